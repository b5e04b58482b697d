"""The processor's own counter of instructions, opened here for a job and all that it forks: a job has no hand on it.

It is perf_event_open(2), which Python's library does not have. Partners: `bot/sandbox/process.py` opens one before a
job begins, `bot/stages/turns.py` asks what was counted in between, and `docs/decisions/counters.md` says why.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass
from functools import cache

_CALL = {"x86_64": 298, "aarch64": 241}
_ATTRIBUTE = struct.Struct("=IIQQQQQIIQ")
"""`perf_event_attr` as the first kernels had it, which all others read as well."""
_ENABLED, _RUNNING = 1, 2
_INHERIT, _NO_KERNEL, _NO_HYPERVISOR = 1 << 1, 1 << 5, 1 << 6
_CLOSE_ON_EXEC = 8
_ANY_CORE = _NO_GROUP = -1
FORBIDDEN = "not allowed here"
"""How it is said that a counter may be there for others."""


@dataclass(frozen=True, slots=True)
class Event:
    """What is counted, in the kernel's numbers (`linux/perf_event.h`)."""

    kind: int
    number: int


INSTRUCTIONS = Event(0, 1)


@dataclass(frozen=True, slots=True)
class Reading:
    """A count so far, and for how long it was wanted and was really counted: events may have to share a counter."""

    count: int
    wanted_ns: int
    counted_ns: int

    def since(self, before: Reading) -> int | None:
        """What was counted in between; None where that is not all, or where nothing is counted any more."""
        wanted, counted = self.wanted_ns - before.wanted_ns, self.counted_ns - before.counted_ns
        return self.count - before.count if 0 < wanted <= counted else None


class Counter:
    """Counts what a process does outside of the kernel, and all that it forks from now on; close it."""

    def __init__(self, pid: int, event: Event) -> None:
        """Raises OSError where the kernel has no such counter, or does not let us have it."""
        flags = _INHERIT | _NO_KERNEL | _NO_HYPERVISOR
        attribute = _ATTRIBUTE.pack(
            event.kind, _ATTRIBUTE.size, event.number, 0, 0, _ENABLED | _RUNNING, flags, 0, 0, 0
        )
        number = _CALL.get(platform.machine())
        if number is None:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        kernel = ctypes.CDLL(None, use_errno=True)
        self._descriptor = kernel.syscall(
            ctypes.c_long(number), attribute, pid, _ANY_CORE, _NO_GROUP, ctypes.c_ulong(_CLOSE_ON_EXEC)
        )
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def read(self) -> Reading:
        """All that was counted until now, in processes that have ended too."""
        return Reading(*struct.unpack("=QQQ", os.read(self._descriptor, 24)))

    def close(self) -> None:
        """Count no more."""
        os.close(self._descriptor)


@cache
def lacking(event: Event = INSTRUCTIONS) -> str | None:
    """Why nothing can be counted on this machine, in one line; None where it can."""
    try:
        Counter(os.getpid(), event).close()
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            return (
                f"{FORBIDDEN}: `sysctl kernel.perf_event_paranoid=2` lets an account count its own processes,"
                " unless a container refuses it"
            )
        return f"not offered by this machine ({error.strerror})"
    return None
