"""Looks from outside at what a job uses, where nothing in the kernel bounds it; a look is late, the kernel is not.

That is memory where this machine has no memory cgroup (`bot/sandbox/cgroup.py`), what is written to directories of
the host, and processor time where no group counts it. Partner: `bot/sandbox/process.py` looks every so often.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.sandbox import HOST_ENV, MEBIBYTE, Limits

_PLACES = ("tmp", "job", "dev/shm")
_LOOKS = 3
_LEAST_FREE_BYTES = 256 * MEBIBYTE
"""What a job that hides what it writes leaves of a disk, at the worst."""
_TICK_NS = 10**9 // os.sysconf("SC_CLK_TCK")
_CUTIME = 13
"""Where the times of children stand in /proc/PID/stat behind the name, which may hold anything."""


def too_many_files(pid: int, limits: Limits) -> str | None:
    """Whether the processes below `pid` have made too many files; their bytes are bounded by the kernel."""
    files, _ = _files(list(_descendants(pid)))
    return f"made more than {limits.disk_files} files" if files > limits.disk_files else None


def excess(pid: int, limits: Limits) -> str | None:
    """What the processes below `pid` use too much of, or None."""
    processes = list(_descendants(pid))
    files, disk_bytes = _files(processes)
    if files > limits.disk_files:
        return f"made more than {limits.disk_files} files"
    if disk_bytes + sum(map(_resident, processes)) <= limits.memory_bytes:
        return None
    # Pages that processes share are in the sum several times: what each of them has to answer for takes longer to ask.
    # One that ends meanwhile leaves its part to the others and is in the sum all the same, so one look proves nothing.
    for _ in range(_LOOKS):
        if disk_bytes + sum(map(_proportional, _descendants(pid))) <= limits.memory_bytes:
            return None
    return f"used more than {limits.memory_bytes // MEBIBYTE} MiB of memory"


def cpu_ns(pid: int) -> int:
    """The processor time of the processes below `pid`: of threads that live to the nanosecond, of children that have
    ended to the tick; what has ended without its parent is not seen.
    """
    return sum(_own_ns(one) + _waited_for_ns(one) for one in _descendants(pid))


def _own_ns(pid: int) -> int:
    return sum(int(text.split()[0]) for path in _of_threads(pid, "schedstat") if (text := _text(path)))


def _waited_for_ns(pid: int) -> int:
    fields = _text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(map(int, fields[_CUTIME : _CUTIME + 2])) * _TICK_NS if len(fields) > _CUTIME + 1 else 0


@dataclass(frozen=True, slots=True)
class Disk:
    """Directories of the host that a job may write to, and what was in them before."""

    places: tuple[str, ...]
    bytes_before: int
    files_before: int

    @classmethod
    def of(cls, places: Iterable[Path]) -> Self:
        """As they are now."""
        names = tuple(map(str, places))
        return cls(names, _usage(names, "--block-size=1"), _usage(names, "--inodes"))

    def excess(self, pid: int, limits: Limits) -> str | None:
        """What the processes below `pid` have added to them too much of, or None."""
        written = _usage(self.places, "--block-size=1") - self.bytes_before
        if written + _unlinked_bytes(pid, self.places) > limits.disk_bytes:
            return f"wrote more than {limits.disk_bytes // MEBIBYTE} MiB, or where nobody can look"
        if _usage(self.places, "--inodes") - self.files_before > limits.disk_files:
            return f"made more than {limits.disk_files} files"
        if any(shutil.disk_usage(place).free < _LEAST_FREE_BYTES for place in self.places):
            return f"left less than {_LEAST_FREE_BYTES // MEBIBYTE} MiB of the disk"
        return None


def _usage(places: tuple[str, ...], unit: str) -> int:
    # Trees that a job makes may be deeper than Python can follow, and than a path can name; `du` minds neither.
    command = ["du", "--summarize", "--one-file-system", unit, "--", *places]
    plain = {**HOST_ENV, "LC_ALL": "C"}
    try:
        answer = subprocess.run(command, env=plain, capture_output=True, text=True, check=False, timeout=60)
    except subprocess.TimeoutExpired:
        return sys.maxsize  # more than anybody can count is too much
    if "Permission denied" in answer.stderr:
        return sys.maxsize  # and so is what it lets nobody count; what has merely gone meanwhile is no fault
    return sum(int(line.split("\t")[0]) for line in answer.stdout.splitlines())


def _unlinked_bytes(pid: int, places: Iterable[str]) -> int:
    """What files take that have no name any more and that a process still holds open."""
    devices = {os.stat(place).st_dev for place in places}
    held: dict[tuple[int, int], int] = {}
    for one in _descendants(pid):
        with contextlib.suppress(OSError):  # it has ended, or it shows itself to nobody
            for name in os.listdir(f"/proc/{one}/fd"):
                with contextlib.suppress(OSError):
                    file = os.stat(f"/proc/{one}/fd/{name}")
                    if file.st_nlink == 0 and file.st_dev in devices and stat.S_ISREG(file.st_mode):
                        held[file.st_dev, file.st_ino] = file.st_blocks * 512
    return sum(held.values())


def _descendants(pid: int) -> Iterator[int]:
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        yield parent
        for children in _of_threads(parent, "children"):
            waiting += [int(word) for word in _text(children).split()]


def _of_threads(pid: int, name: str) -> list[Path]:
    """A file of each thread; none where the process has ended meanwhile, which may happen at any moment."""
    try:
        return [Path(f"/proc/{pid}/task/{thread}/{name}") for thread in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _resident(pid: int) -> int:
    """Its pages in memory that are no file's on disk."""
    words = _text(Path(f"/proc/{pid}/status")).split()
    return sum(int(words[words.index(name) + 1]) * 1024 for name in ("RssAnon:", "RssShmem:") if name in words)


def _proportional(pid: int) -> int:
    words = _text(Path(f"/proc/{pid}/smaps_rollup")).split()
    return sum(int(words[words.index(name) + 1]) * 1024 for name in ("Pss_Anon:", "Pss_Shmem:") if name in words)


def _files(processes: list[int]) -> tuple[int, int]:
    """Files and bytes on the private file systems, asked of the last process that sees them.

    What is asked for are the places where they are mounted: nothing inside can put a link there.
    """
    outside = os.readlink("/proc/self/ns/mnt")
    for pid in reversed(processes):
        try:
            if os.readlink(f"/proc/{pid}/ns/mnt") == outside:
                continue
            found = [os.statvfs(f"/proc/{pid}/root/{place}") for place in _PLACES]
        except OSError:
            continue
        files = sum(one.f_files - one.f_ffree for one in found)
        return files, sum((one.f_blocks - one.f_bfree) * one.f_frsize for one in found)
    return 0, 0
