"""Reaches a runner for one job, and ends it when nobody wants its answer.

Where the settings name its socket, the runner is another account's (`serve`, its other end, is here too); elsewhere it
is started as a child, with nothing of ours in its environment and without a view of our data. Partner: `bot/runner.py`
is what is started.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from bot import accounts, errors, settings
from bot.core.job import Job, Line
from bot.errors import LostError, MeasureError, PerfwrightError, TransientError

LONGEST_S = 6 * 3600
_LONGEST_LINE = 64 << 20
_LOOK_EVERY_S = 2.0


class UnwantedError(PerfwrightError):
    """The job was cancelled while it ran."""


@dataclass(frozen=True, slots=True)
class Where:
    """How a publisher reaches its runner."""

    home: Path
    environment: Mapping[str, str]
    hidden: Path | None = None
    """What a runner of the publisher's own account is kept from: the database, the queue, the credentials."""
    socket: Path | None = None


def run(job: Job, tell: Callable[[str], None], still_wanted: Callable[[], bool], *, where: Where) -> Line:
    """The line with the answer; raises what the job raised, or UnwantedError."""
    reached = _connected(where.socket) if where.socket else _started(where)
    with reached as (ask, answers):
        ask(msgspec.json.encode(job) + b"\n")
        return _answer(answers, tell, still_wanted)


# ---- A runner of our own


@contextmanager
def _started(where: Where) -> Iterator[tuple[Callable[[bytes], object], IO[bytes]]]:
    process = _popen(where, subprocess.PIPE, subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    stdin = process.stdin

    def ask(job: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # its end is told by what it does not answer
            stdin.write(job)
            stdin.close()

    try:
        yield ask, process.stdout
    finally:
        _end(process)


def _popen(where: Where, stdin: int, stdout: int) -> subprocess.Popen[bytes]:
    command = (sys.executable, "-m", "bot.runner")
    return subprocess.Popen(
        accounts.blinded(where.hidden, *command) if where.hidden else command,
        stdin=stdin,
        stdout=stdout,
        env=_environment(where.home, where.environment),
        start_new_session=True,
        preexec_fn=accounts.end_with_parent,  # nothing but one system call
    )


def _environment(home: Path, environment: Mapping[str, str]) -> dict[str, str]:
    kept = settings.environment("runner", environment)
    return {**kept, "PERFWRIGHT_HOME": str(home), "PYTHONPATH": str(Path(errors.__file__).parent.parent)}


# ---- A runner of another account


@contextmanager
def _connected(place: Path) -> Iterator[tuple[Callable[[bytes], object], IO[bytes]]]:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(place))
        except OSError as error:
            raise TransientError(f"the runner at {place} does not answer ({error.strerror}): start it") from None
        with connection.makefile("rb") as answers:
            yield connection.sendall, answers


def serve(place: Path, where: Where, ended: threading.Event) -> None:
    """Wait for publishers at a socket that this account's group may open; each connection is one job."""
    place.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        place.chmod(0o660)
        listener.listen()
        listener.settimeout(_LOOK_EVERY_S)
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = listener.accept()
                threading.Thread(target=_host, args=(connection, where, ended), daemon=True).start()


def _host(connection: socket.socket, where: Where, ended: threading.Event) -> None:
    """A fresh process for a job; it ends when its publisher hangs up."""
    with connection:
        process = _popen(where, connection.fileno(), connection.fileno())
        watched = select.poll()
        watched.register(connection, 0)  # a hang-up is told unasked
        while process.poll() is None and not ended.is_set() and not watched.poll(500):
            pass
        _end(process)


# ---- What it says


def _answer(answers: IO[bytes], tell: Callable[[str], None], still_wanted: Callable[[], bool]) -> Line:
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(answers, lines), daemon=True).start()
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        try:
            line = lines.get(timeout=_LOOK_EVERY_S)
        except queue.Empty:
            line = None
        if not still_wanted():
            raise UnwantedError("a newer push, or a person, has cancelled this")
        if line is None:
            continue
        if not line:
            raise LostError("the runner ended with no report: tried again later")
        said = _parsed(line)
        if said.progress is not None:
            tell(said.progress)
        elif said.error is not None:
            raise _error(said.error.kind, said.error.message, said.error.detail)
        else:
            return said
    raise MeasureError(f"the runner did not end within {LONGEST_S / 3600:g} hours")


def _read(answers: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):  # closed while it is read: nobody waits for it any more
        while line := answers.readline(_LONGEST_LINE):
            lines.put(line)
    lines.put(b"")


def _parsed(line: bytes) -> Line:
    try:
        return msgspec.json.decode(line, type=Line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MeasureError(f"the runner answered with garbage: {error}") from None


def _error(kind: str, message: str, detail: str) -> PerfwrightError:
    if kind == "UserError":
        return errors.UserError(message)
    return TransientError(message) if kind == "TransientError" else MeasureError(message, detail=detail)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to stop what it has started, then end the whole session."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
