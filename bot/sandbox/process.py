"""Starts what a driver made, speaks lines with it, and ends it with all that it started.

Partner: the drivers beside this file; `bot/sandbox/cgroup.py` and `bot/sandbox/watch.py` bound a job as a whole.
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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from bot.counter import Counter, Event, Reading
from bot.errors import MeasureError
from bot.sandbox import MEBIBYTE, Command, Driver, Launch, cgroup, watch

_MEMORY_S, _DISK_S = 0.05, 1.0
_ENTER = """
while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done
shift
echo 1000 > /proc/self/oom_score_adj
exec "$@"
"""
"""Joins its groups before it becomes the command, so that nothing is started outside of them."""
_WAIT = "read -r _ || exit 125\n"
"""Where it is counted, nothing is started before the counter is there."""
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

    def __init__(self, driver: Driver, command: Command, event: Event | None = None) -> None:
        """`event` is what is to be counted of all that it starts, as far as this machine can."""
        self._launch = driver.launch(command)
        self._limits = command.limits
        self._deadline = time.monotonic() + command.limits.wall_s
        self._buffer = bytearray()
        self._tail = bytearray()
        self._refused = False
        self._excess: str | None = None
        self._end: subprocess.Popen[bytes] | None = None
        self._over = threading.Event()
        writable = [mount.source for mount in command.mounts if mount.writable]
        disk = watch.Disk.of(writable) if writable else None
        self._group = cgroup.groups().make(command.limits) if self._launch.limited_outside else None
        try:
            # What something else starts is no child of ours.
            counted = event if self._launch.limited_outside else None
            self._popen = _start(self._launch, self._group, waiting=counted is not None)
        except BaseException:
            if self._group is not None:
                self._group.close()
            raise
        self._counter: Counter | None = None
        self._threads = [threading.Thread(target=self._keep_tail, daemon=True)]
        if self._group is not None and "memory" not in self._group.places:
            self._look(_MEMORY_S, lambda: watch.excess(self._popen.pid, self._limits))
        elif self._group is not None:
            self._look(_DISK_S, lambda: watch.too_many_files(self._popen.pid, self._limits))
        if disk is not None:
            self._look(_DISK_S, lambda: disk.excess(self._popen.pid, self._limits))
        for thread in self._threads:
            thread.start()
        if counted is not None:
            self._count(counted)

    def _count(self, event: Event) -> None:
        """Have all counted that it starts from now on, where that can be had, and let it begin."""
        with contextlib.suppress(OSError):
            self._counter = Counter(self._popen.pid, event)
        try:
            self.send(b"")
        except BaseException:
            self.close()
            raise

    def _look(self, every_s: float, at: Callable[[], str | None]) -> None:
        def look() -> None:
            while not self._over.wait(every_s):
                if excess := at():
                    self._excess = excess
                    self.kill()
                    return

        self._threads.append(threading.Thread(target=look, daemon=True))

    def _keep_tail(self) -> None:
        assert self._popen.stderr is not None
        while piece := os.read(self._popen.stderr.fileno(), 65536):
            self._tail += piece
            del self._tail[:-_TAIL_BYTES]

    @property
    def errors(self) -> str:
        """The end of what was printed on standard error."""
        return self._tail.decode(errors="replace")

    def cpu_ns(self) -> int | None:
        """The processor time of all that it started, counted where it cannot reach; None where nobody can count it."""
        if self._group is None:
            return None  # something else is the parent of its processes
        counted = self._group.cpu_ns()
        return watch.cpu_ns(self._popen.pid) if counted is None else counted

    def reading(self) -> Reading | None:
        """What was counted of all that it started; None where nothing is counted."""
        return self._counter.read() if self._counter is not None else None

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
        if self._excess:
            return MeasureError(f"the sandboxed process {self._excess}; it was stopped", detail=self.errors)
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
        output = self._buffer.decode(errors="replace")
        return Finished(self._popen.returncode, output, self.errors, self._excess or stopped)

    def kill(self) -> None:
        """End it now, with everything it started; whoever reads from it is told that it ended. Safe from any thread."""
        if self._popen.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
        if self._launch.end and self._end is None:
            quiet = subprocess.DEVNULL
            self._end = subprocess.Popen(
                self._launch.end, env=dict(self._launch.env), stdin=quiet, stdout=quiet, stderr=quiet
            )

    def close(self) -> None:
        """End it now, with everything it started, and let go of its pipes."""
        self.kill()
        self._popen.wait()
        self._over.set()
        if self._end is not None:
            self._end.wait()
        for thread in self._threads:
            thread.join(timeout=2)
        if self._group is not None:
            if self._popen.returncode and self._group.ran_out_of_memory():
                self._excess = f"used more than {self._limits.memory_bytes // MEBIBYTE} MiB of memory"
            self._group.close()
        if self._counter is not None:
            self._counter.close()
            self._counter = None
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


def _start(launch: Launch, group: cgroup.Group | None, *, waiting: bool) -> subprocess.Popen[bytes]:
    with _descriptors(launch.inputs) as numbers:
        words = [str(numbers.get(word, word)) for word in launch.argv]
        joined = group.joined_by if group is not None else ()
        return subprocess.Popen(
            ["/bin/sh", "-c", _WAIT + _ENTER if waiting else _ENTER, "sh", *joined, "--", *words],
            env=dict(launch.env),
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            close_fds=True,
            pass_fds=tuple(numbers.values()),
            start_new_session=True,
        )


@contextlib.contextmanager
def _descriptors(inputs: Mapping[str, bytes]) -> Iterator[dict[str, int]]:
    numbers: dict[str, int] = {}
    try:
        for word, data in inputs.items():
            numbers[word] = os.memfd_create(word)
            with open(numbers[word], "wb", closefd=False) as file:
                file.write(data)
            os.lseek(numbers[word], 0, os.SEEK_SET)
        yield numbers
    finally:
        for number in numbers.values():
            os.close(number)
