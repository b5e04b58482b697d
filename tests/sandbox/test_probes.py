"""Every hostile program of the directory that PERFWRIGHT_PROBES names, run through every driver, and none gets out.

A probe is a short Python program with a preamble (`T`, `SC` and `R`, by which it says whether its attack worked) and a
description of what there is to attack: all of it made here.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bot.sandbox import Mount
from bot.sandbox.process import Process
from tests.sandbox.conftest import LIMITS, python
from tests.sandbox.test_drivers import gone

PROBES = Path(os.environ.get("PERFWRIGHT_PROBES", "/nonexistent"))
WALL_S = 1.5
SLOW = {"10_timeout", "08_memory_hog", "31_orphan"}
PREAMBLE = """
import ctypes, errno, json, os, signal, socket, sys, time
C = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
def T(function, *args, **kwargs):
    try:
        return True, function(*args, **kwargs)
    except BaseException as error:
        return False, f"{type(error).__name__}: {error}"
def SC(number, *args):
    answer = libc.syscall(number, *args)
    return answer, "ok" if answer >= 0 else errno.errorcode.get(ctypes.get_errno(), "?")
def R(attack, evidence="", **more):
    print("\\n@@" + json.dumps({"attack": bool(attack), "evidence": str(evidence)[:300], **more}), flush=True)
print("@@began", flush=True)
"""


def cases() -> list:
    found = sorted(PROBES.glob("*.py")) if PROBES.is_dir() else []
    made = []
    for path in found:
        title = re.search(r"^# title: *(.*)$", path.read_text(), re.MULTILINE)
        made.append(pytest.param(path, id=f"{path.stem}: {title[1] if title else ''}"))
    return made


class World:
    """What there is to attack: secrets with a canary, listeners, another checkout, a process, shared memory."""

    def __init__(self, place: Path) -> None:
        self.place, self.canary = place, "CANARY" + secrets.token_hex(12)
        self.tag = "probe-" + secrets.token_hex(8)
        for name in ("secrets", "checkouts/mine", "checkouts/other", "out"):
            (place / name).mkdir(parents=True)
        self.secret, self.other = place / "secrets/app.pem", place / "checkouts/other"
        self.secret.write_text(self.canary)
        (self.other / "code.py").write_text(self.canary)
        self.shared = Path(f"/dev/shm/{self.tag}")
        self.shared.write_text(self.canary)
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.shmat.restype = ctypes.c_void_p
        self.segment = self.libc.shmget(0, 4096, 0o1666)
        address = self.libc.shmat(self.segment, None, 0)
        ctypes.memmove(address, self.canary.encode(), len(self.canary))
        self.hits: list[str] = []
        self.sockets = [
            self._listen(socket.AF_INET, ("127.0.0.1", 0)),
            self._listen(socket.AF_INET, ("127.0.0.2", 0)),
            self._listen(socket.AF_UNIX, "\0" + self.tag),
            self._listen(socket.AF_UNIX, str(place / "docker.sock")),
        ]
        code = (
            "import sys, time\nsecret = bytearray(sys.argv[1].encode())\nprint(id(secret), flush=True)\ntime.sleep(600)"
        )
        self.victim = subprocess.Popen(
            [sys.executable, "-c", code, self.canary], stdout=subprocess.PIPE, env={"TOKEN": self.canary}
        )
        self.address = int(self.victim.stdout.readline())

    def _listen(self, family: int, address: object) -> socket.socket:
        server = socket.socket(family)
        server.bind(address)
        server.listen()

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                self.hits.append(str(address))
                connection.close()

        threading.Thread(target=serve, daemon=True).start()
        return server

    def description(self, limits) -> dict:
        redis, metadata = self.sockets[0].getsockname(), self.sockets[1].getsockname()
        return {
            "tag": self.tag, "secret": str(self.secret), "world": str(self.place), "other": str(self.other),
            "checkout": "/job/repo", "out": "/job/out", "redis": redis, "metadata": metadata, "v6": None,
            "abstract": self.tag, "usock": str(self.place / "docker.sock"), "victim": self.victim.pid,
            "vaddr": self.address, "shm": str(self.shared), "shmid": self.segment, "mem_mb": 512, "disk_mb": 64,
            "nproc": limits.processes, "wall": limits.wall_s, "bound_s": 20, "orch": os.getpid(),
        }  # fmt: skip

    def harm(self) -> list[str]:
        """What has been done to it."""
        found = [f"{address} was reached" for address in self.hits]
        if self.victim.poll() is not None:
            found.append("the other process has ended")
        if [path.name for path in self.other.iterdir()] != ["code.py"]:
            found.append("the other checkout has changed")
        if not self.shared.exists():
            found.append("shared memory is gone")
        if {path.name for path in self.place.iterdir()} != {"secrets", "checkouts", "out", "docker.sock"}:
            found.append("files have been left")
        return found

    def close(self) -> None:
        for server in self.sockets:
            server.close()
        self.libc.shmctl(self.segment, 0, None)
        self.shared.unlink(missing_ok=True)
        self.victim.kill()
        self.victim.wait()
        self.victim.stdout.close()


@pytest.fixture
def world(tmp_path, monkeypatch):
    made = World(tmp_path)
    monkeypatch.setenv("GITHUB_TOKEN", made.canary)
    yield made
    made.close()


@pytest.mark.skipif(not PROBES.is_dir(), reason="PERFWRIGHT_PROBES names no directory of probes")
@pytest.mark.parametrize("path", cases())
def test_a_probe_is_blocked(driver, world, path):
    wall_s = WALL_S if path.stem in SLOW else 10
    limits = replace(LIMITS, wall_s=wall_s)
    if path.stem == "08_memory_hog":  # four processes of 220 MiB, none of them too large by itself
        limits = replace(limits, wall_s=8)
    # No result file is ever read from a sandbox, so that there is no directory to leave one in.
    command = python(
        PREAMBLE + path.read_text(), json.dumps(world.description(limits)), limits=limits,
        mounts=(Mount(world.place / "checkouts/mine", "/job/mine"),),
    )  # fmt: skip
    with world.secret.open() as secret:
        os.set_inheritable(secret.fileno(), True)
        with Process(driver, command) as process:
            if path.stem == "31_orphan":
                process.receive(10)
                process._popen.kill()
                output = "@@began"
            else:
                finished = process.finish()
                output = finished.output
                assert not re.search(r"(Syntax|Indentation|Name|Attribute)Error", finished.errors), finished.errors
                assert world.canary not in finished.errors
    said = [line for line in output.splitlines() if line.startswith("@@")]
    assert said, "the probe has not begun: it proves nothing"
    assert world.canary not in output
    for line in said:
        assert line == "@@began" or not json.loads(line[2:])["attack"], line
    assert world.harm() == []
    assert gone(world.tag)
