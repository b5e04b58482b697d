"""Starts what a driver made, speaks lines with it, and ends it with all that it started.

Partner: the drivers beside this file.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from bot.errors import MeasureError
from bot.sandbox import Command, Driver

_TAIL_BYTES = 64 * 1024
_LINE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended: its exit status, what it printed (capped), and why we stopped it, if we did."""

    status: int
    output: str
    errors: str
    stopped: str | None = None


class Process:
    """A running command. Close it (or use it as a context): nothing of it survives."""

    def __init__(self, driver: Driver, command: Command) -> None:
        launch = driver.launch(command)
        self._limits = command.limits
        self._deadline = time.monotonic() + command.limits.wall_s
        self._buffer = bytearray()
        self._tail = bytearray()
        self._refused = False
        self._popen = subprocess.Popen(
            launch.argv,
            env=dict(launch.env),
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            close_fds=True,
            start_new_session=True,
        )
        self._drain = threading.Thread(target=self._keep_tail, daemon=True)
        self._drain.start()

    def _keep_tail(self) -> None:
        assert self._popen.stderr is not None
        while piece := os.read(self._popen.stderr.fileno(), 65536):
            self._tail += piece
            del self._tail[:-_TAIL_BYTES]

    @property
    def errors(self) -> str:
        """The end of what was printed on standard error."""
        return self._tail.decode(errors="replace")

    def send(self, line: bytes) -> None:
        """Write one line to its standard input."""
        assert self._popen.stdin is not None
        if self._popen.stdin.closed:
            raise self._ended()
        left = memoryview(line + b"\n")
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._popen.stdin, selectors.EVENT_WRITE)
                while left:
                    if not selector.select(max(0.0, self._deadline - time.monotonic())):
                        raise self._stopped("did not read what it was sent in time")
                    # A pipe that can be written takes this much without waiting.
                    left = left[os.write(self._popen.stdin.fileno(), left[: select.PIPE_BUF]) :]
        except BrokenPipeError:
            raise self._ended() from None

    def receive(self, timeout_s: float) -> bytes:
        """The next line of its standard output; raises MeasureError when it ends, is late or says too much."""
        if self._refused:
            raise self._ended()
        deadline = min(time.monotonic() + timeout_s, self._deadline)
        while b"\n" not in self._buffer:
            if len(self._buffer) > _LINE_BYTES:
                raise self._stopped("printed a line of over 8 MiB")
            if not self._read_some(deadline):
                raise self._ended()
        line, _, rest = self._buffer.partition(b"\n")
        self._buffer = bytearray(rest)
        return bytes(line)

    def _read_some(self, deadline: float) -> bool:
        assert self._popen.stdout is not None
        if self._popen.stdout.closed:
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(self._popen.stdout, selectors.EVENT_READ)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise self._stopped("did not answer in time")
        piece = os.read(self._popen.stdout.fileno(), 65536)
        self._buffer += piece
        return bool(piece)

    def _stopped(self, why: str) -> MeasureError:
        self._refused = True
        self.kill()
        return MeasureError(f"the sandboxed process {why}; it was stopped", detail=self.errors)

    def _ended(self) -> MeasureError:
        self.close()
        return MeasureError(
            f"the sandboxed process ended with status {self._popen.returncode} in the middle of its work",
            detail=self.errors,
        )

    def finish(self) -> Finished:
        """Wait for the end and return all that was printed, within the limits."""
        assert self._popen.stdin is not None
        stopped = None
        try:
            self._popen.stdin.close()
            while self._read_some(self._deadline):
                if len(self._buffer) > self._limits.output_bytes:
                    stopped = f"printed more than {self._limits.output_bytes} bytes"
                    break
            if stopped is None:
                self._popen.wait(max(0.1, self._deadline - time.monotonic()))
        except (MeasureError, subprocess.TimeoutExpired):
            stopped = f"did not end within {self._limits.wall_s:g} s"
        self.close()
        return Finished(self._popen.returncode, self._buffer.decode(errors="replace"), self.errors, stopped)

    def kill(self) -> None:
        """End it now, with everything it started; whoever reads from it is told that it ended. Safe from any thread."""
        if self._popen.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)

    def close(self) -> None:
        """End it now, with everything it started, and let go of its pipes."""
        self.kill()
        self._popen.wait()
        self._drain.join(timeout=2)
        for stream in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def run(driver: Driver, command: Command) -> Finished:
    """Run a command to its end."""
    with Process(driver, command) as process:
        return process.finish()
