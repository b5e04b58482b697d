"""Looks at what a job uses from outside, where this machine has no memory cgroup; a look is late, a cgroup is not.

Partner: `bot/sandbox/process.py` looks every so often; `bot/sandbox/cgroup.py` makes it unnecessary.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bot.sandbox import MEBIBYTE, Limits

_PLACES = ("tmp", "job", "dev/shm")


def excess(pid: int, limits: Limits) -> str | None:
    """What the processes below `pid` use too much of, or None."""
    processes = list(_descendants(pid))
    files, disk_bytes = _files(processes)
    if files > limits.disk_files:
        return f"made more than {limits.disk_files} files"
    if disk_bytes + sum(map(_resident, processes)) <= limits.memory_bytes:
        return None
    # Pages that processes share are in the sum several times: what each of them has to answer for takes longer to ask.
    if disk_bytes + sum(map(_proportional, processes)) <= limits.memory_bytes:
        return None
    return f"used more than {limits.memory_bytes // MEBIBYTE} MiB of memory"


def _descendants(pid: int) -> Iterator[int]:
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        yield parent
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            waiting += [int(word) for word in _text(children).split()]


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
