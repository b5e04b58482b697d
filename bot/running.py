"""Starts a runner for one job, with nothing of ours in its environment, and ends it when nobody wants its answer.

Partner: `bot/runner.py` is what is started.
"""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from bot import errors
from bot.core.job import Job, Line
from bot.errors import MeasureError, PerfwrightError, TransientError

LONGEST_S = 6 * 3600
_LONGEST_LINE = 64 << 20
_LOOK_EVERY_S = 2.0
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy", "NO_PROXY")
_PASSED_ON_PREFIXES = ("UV_", "PIP_")
_PR_SET_PDEATHSIG = 1


class UnwantedError(PerfwrightError):
    """The job was cancelled while it ran."""


def run(
    job: Job,
    tell: Callable[[str], None],
    still_wanted: Callable[[], bool],
    *,
    home: Path,
    environment: Mapping[str, str],
) -> Line:
    """The line with the answer; raises what the job raised, or UnwantedError."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.runner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(home, environment),
        start_new_session=True,
        preexec_fn=_end_with_parent,  # nothing but one system call
    )
    try:
        return _answer(process, msgspec.json.encode(job), tell, still_wanted)
    finally:
        _end(process)


def _environment(home: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """An allow-list: no token, key, queue or database address ever gets there."""
    kept = {k: v for k, v in environment.items() if k in _PASSED_ON or k.startswith(_PASSED_ON_PREFIXES)}
    return {**kept, "PERFWRIGHT_HOME": str(home), "PYTHONPATH": str(Path(errors.__file__).parent.parent)}


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _answer(
    process: subprocess.Popen[bytes], job: bytes, tell: Callable[[str], None], still_wanted: Callable[[], bool]
) -> Line:
    assert process.stdin is not None
    process.stdin.write(job)
    process.stdin.close()
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(process, lines), daemon=True).start()
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
            raise TransientError(f"the runner ended with status {process.wait()} and no report")
        said = _parsed(line)
        if said.progress is not None:
            tell(said.progress)
        elif said.error is not None:
            raise _error(said.error.kind, said.error.message, said.error.detail)
        else:
            return said
    raise MeasureError(f"the runner did not end within {LONGEST_S / 3600:g} hours")


def _read(process: subprocess.Popen[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    assert process.stdout is not None
    while line := process.stdout.readline(_LONGEST_LINE):
        lines.put(line)
    lines.put(b"")


def _parsed(line: bytes) -> Line:
    try:
        return msgspec.json.decode(line, type=Line)
    except (msgspec.DecodeError, RecursionError) as error:
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
    if process.stdout is not None:
        process.stdout.close()
