"""A driver attacks itself before anything runs in it, and is refused when something gets out.

What has withstood is remembered until the machine, the kernel, the driver or this room changes. Partner: the attacks in
`bot/sandbox/probes/`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot import sandbox
from bot.sandbox import MEBIBYTE, Command, Driver, Limits, Mount, Options, cgroup
from bot.sandbox.process import run

LIMITS = Limits(
    wall_s=20,
    memory_bytes=192 * MEBIBYTE,
    disk_bytes=8 * MEBIBYTE,
    processes=48,
    open_files=128,
    output_bytes=MEBIBYTE,
)
_PLACE = Path(__file__).parent / "probes"
_RAISED = 1
"""How Python ends where an exception ends it."""
_DECOYS = ("bwrap", "cp", "env", "mkdir", "prlimit", "setpriv", "sh", "timeout")
_DECOY = '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n'
"""What a job brings along under the name of a program that limits it: it limits nothing."""
_RUN = "import json, sys\nprint('began', flush=True)\nprint(json.dumps(attack(json.loads(sys.argv[1]))))\n"


@dataclass(frozen=True, slots=True)
class Probe:
    """One attack."""

    name: str
    text: str

    @property
    def does(self) -> str:
        """What a job can do where it works."""
        return self.text.split('"""')[1].splitlines()[0].rstrip(".")

    @property
    def mend(self) -> str:
        """What to do about it."""
        return " ".join(self.text.split('"""')[1].split("Mend: ")[1].split()).rstrip(".")


def probes() -> tuple[Probe, ...]:
    """Every attack of this room."""
    return tuple(Probe(path.stem, path.read_text()) for path in sorted(_PLACE.glob("[a-z]*.py")))


def escape(driver: Driver, options: Options) -> str | None:
    """How something gets out of the driver and how to mend it, in one line; None where everything is held."""
    with world() as made:
        for probe in probes():
            if got := attempt(driver, probe, made):
                does = probe.does[:1].lower() + probe.does[1:]
                return f"the sandbox {driver.NAME} does not hold and is not used: a job {does} ({got}): {probe.mend}"
    _remember(driver, options)
    return None


def attempt(driver: Driver, probe: Probe, world: World) -> str | None:
    """What an attack got; None where it got nothing."""
    command = python(probe.text + _RUN, json.dumps(world.description))
    command = replace(command, mounts=(*command.mounts, Mount(world.environment, sandbox.ENVIRONMENT)))
    finished = run(driver, command)
    lines = finished.output.splitlines()
    if lines[:1] != ["began"]:
        return f"the attack could not be tried: {finished.errors.strip()[-200:] or finished.stopped}"
    if world.canary in finished.output + finished.errors:
        return "it read a secret"
    if world.alive():
        return "it is still running"
    if len(lines) < 2 and finished.status == _RAISED and not finished.stopped:
        return f"the attack ended before it knew: {finished.errors.strip()[-200:]}"
    if len(lines) < 2 or finished.stopped:
        return None  # it was ended, as whatever takes too much is
    answer = json.loads(lines[1])
    return None if answer is None else str(answer)


def python(code: str, argument: str) -> Command:
    """A command that runs some Python with the interpreter of the bot, which no job has touched."""
    path = Path(os.path.realpath(sys.executable))
    prefix = path.parent.parent
    mounts = () if prefix.is_relative_to("/usr") else (Mount(prefix, str(prefix)),)
    return Command((str(path), "-I", "-S", "-c", code, argument), "run", mounts=mounts, limits=LIMITS)


@dataclass(frozen=True, slots=True)
class World:
    """What there is to attack, all of it made for this."""

    canary: str
    environment: Path
    description: dict[str, Any]

    def alive(self) -> bool:
        """Is a process of an attack still there?"""
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if str(self.description["tag"]).encode() in place.read_bytes():
                    return True
        return False


@contextlib.contextmanager
def world() -> Iterator[World]:
    """A secret in a file, listeners, an environment with programs of a job's own, and the bot itself."""
    canary, tag = secrets.token_hex(16), f"perfwright-{secrets.token_hex(8)}"
    with (
        tempfile.TemporaryDirectory(prefix="perfwright-selftest-") as place,
        socket.create_server(("127.0.0.1", 0)) as loopback,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        Path(place, "secret").write_text(canary)
        abstract.bind(f"\0{tag}")
        abstract.listen()
        yield World(canary, _environment(Path(place, "environment")), {
            "secret": f"{place}/secret", "port": loopback.getsockname()[1], "abstract": tag, "tag": tag,
            "bot": os.getpid(), "processes": LIMITS.processes, "memory_bytes": LIMITS.memory_bytes,
            "disk_bytes": LIMITS.disk_bytes, "open_files": LIMITS.open_files, "file_bytes": LIMITS.file_bytes,
            "address_bytes": LIMITS.address_bytes,
        })  # fmt: skip


def _environment(place: Path) -> Path:
    for directory in (place, place / "bin"):
        directory.mkdir()
        directory.chmod(0o755)  # whoever runs inside may be another account
    for name in _DECOYS:
        decoy = place / "bin" / name
        decoy.write_text(_DECOY)
        decoy.chmod(0o755)
    return place


def withstood(driver: Driver, options: Options) -> bool:
    """Has this very driver withstood its attack since the machine was started?"""
    try:
        return _mark(driver, options).exists()
    except OSError:
        return False


def _remember(driver: Driver, options: Options) -> None:
    # Where nothing can be kept, the next start attacks again.
    with contextlib.suppress(OSError):
        mark = _mark(driver, options)
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()


def _mark(driver: Driver, options: Options) -> Path:
    digest = hashlib.sha256()
    groups = cgroup.groups()
    for part in (
        Path("/proc/sys/kernel/random/boot_id").read_text(), platform.release(), driver.NAME, driver.version(),
        str(os.geteuid()), str(options.uid), str(options.runtime), str(groups),
    ):  # fmt: skip
        digest.update(part.encode() + b"\0")
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return options.state / "withstood" / digest.hexdigest()[:32]
