"""The harness as a process of this machine, without a sandbox, spoken to over pipes as the bot does."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import bot

INSIDE = Path(bot.__file__).parent / "inside"
PATIENCE_S = 60
ENV = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}


class Native:
    """A suite being served; close it, or use it as a context."""

    def __init__(
        self,
        root: Path,
        runner: str = "asv",
        *,
        paths: Sequence[str] = (),
        python: str | Path = sys.executable,
        instrument: str = "none",
        benchmark_dir: str = "benchmarks",
        options: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.root = root
        self.scratch = root.parent / f"{root.name}-scratch"
        spec = {
            "runner": runner,
            "root": str(root),
            "scratch": str(self.scratch),
            "paths": list(paths) or ([benchmark_dir] if runner == "asv" else []),
            "options": dict(options or {}),
            "instrument": instrument,
        }
        self._errors = (root.parent / f"{root.name}-errors").open("w+b")
        self._process = subprocess.Popen(
            [str(python), str(INSIDE / "serve.py"), json.dumps(spec)],
            env={**ENV, "HOME": str(root.parent), **(env or {})},
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
        )
        self._buffer = b""
        try:
            self.listing = self.receive()
        except BaseException:
            self.close()
            raise

    @property
    def benchmarks(self) -> list[str]:
        return self.listing["benchmarks"]

    @property
    def errors(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    def send(self, **request: object) -> None:
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()

    def receive(self) -> dict:
        deadline = time.monotonic() + PATIENCE_S
        while b"\n" not in self._buffer:
            with selectors.DefaultSelector() as selector:
                selector.register(self._process.stdout, selectors.EVENT_READ)
                assert selector.select(deadline - time.monotonic()), f"no answer: {self.errors[-2000:]}"
            piece = os.read(self._process.stdout.fileno(), 65536)
            assert piece, f"the harness ended: {self.errors[-2000:]}"
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    def ask(self, benchmark: str, op: str = "once", *, timeout_s: float = 30, **more: object) -> dict:
        self.send(op=op, benchmark=benchmark, timeout_s=timeout_s, **more)
        return self.receive()

    def log(self) -> list[str]:
        """What the suite wrote to its file `log`, one entry a line."""
        path = self.root / "log"
        return path.read_text().split("\n")[:-1] if path.exists() else []

    def wait(self) -> int:
        """Hang up and wait for its end."""
        self._process.stdin.close()
        return self._process.wait(PATIENCE_S)

    def close(self) -> None:
        # Its children lead groups of their own, and are left behind only when the harness is killed between requests.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._errors.close()

    def __enter__(self) -> Native:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
