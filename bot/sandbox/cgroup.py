"""Control groups: limits on memory and processes that hold for a job as a whole, where this machine lets us set them.

Version 2 where the bot may make groups beside its own (systemd: `Delegate=yes`), and version 1. They also count the
processor time of all that a job has ever started. Partner: `bot/sandbox/process.py` starts a job inside of its group,
`bot/sandbox/watch.py` stands in where there is none.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.sandbox import Limits

_PREFIX = "perfwright-"
_DELEGATED = "perfwright"
_OWN_PROCESSES = 12
"""What a driver starts itself before the command."""
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Groups:
    """Where groups can be made: one directory for both in version 2, one for each controller in version 1."""

    version: int
    memory: Path | None
    processes: Path | None
    cpu: Path | None = None
    """Bounds nothing: what is made here counts."""

    def make(self, limits: Limits) -> Group:
        """A new group that holds to these limits."""
        name = f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
        places: dict[str, Path] = {}
        for kind, parent in (("memory", self.memory), ("processes", self.processes), ("cpu", self.cpu)):
            if parent is not None:
                places[kind] = parent / name
                places[kind].mkdir(exist_ok=True)
                for file, value in _settings(self.version, kind, limits).items():
                    _write(places[kind] / file, value)
        return Group(self.version, places)


@dataclass(frozen=True, slots=True)
class Group:
    """The group of one job."""

    version: int
    places: Mapping[str, Path]

    @property
    def joined_by(self) -> tuple[str, ...]:
        """The files that a process writes its number to."""
        return tuple(dict.fromkeys(str(place / "cgroup.procs") for place in self.places.values()))

    def ran_out_of_memory(self) -> bool:
        """Did the kernel end a process of it for its use of memory?"""
        if "memory" not in self.places:
            return False
        file = "memory.events" if self.version == 2 else "memory.oom_control"
        words = _read(self.places["memory"] / file).split()
        return any(name == "oom_kill" and count != "0" for name, count in itertools.pairwise(words))

    def cpu_ns(self) -> int | None:
        """The processor time of all that was ever in it, or None where nothing counts it."""
        if "cpu" not in self.places:
            return None
        if self.version == 1:
            return int(_read(self.places["cpu"] / "cpuacct.usage") or 0)
        words = _read(self.places["cpu"] / "cpu.stat").split()
        return 1000 * int(words[words.index("usage_usec") + 1]) if "usage_usec" in words else None

    def close(self) -> None:
        """End what is left in it and remove it."""
        for place in set(self.places.values()):
            _remove(place)


def _settings(version: int, kind: str, limits: Limits) -> dict[str, str]:
    memory, processes = str(limits.memory_bytes), str(limits.processes + _OWN_PROCESSES)
    if kind == "cpu":
        return {}
    if kind == "processes":
        return {"pids.max": processes}
    if version == 2:
        return {"memory.max": memory, "memory.swap.max": "0", "memory.oom.group": "1"}
    return {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory}


_OPTIONAL = ("memory.swap.max", "memory.oom.group", "memory.memsw.limit_in_bytes")
"""Absent where the kernel accounts for no swap."""


def _write(file: Path, value: str) -> None:
    if file.exists() or file.name not in _OPTIONAL:
        file.write_text(value)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def _remove(place: Path) -> None:
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        for pid in _read(place / "cgroup.procs").split():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(pid), signal.SIGKILL)
        try:
            place.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.002)  # a process that was killed leaves its group a moment later
        else:
            return


def delegate(uid: int) -> None:
    """Root's part: groups below our own that an account may make others in, and this process in one of them."""
    found = groups()
    for parent in dict.fromkeys(filter(None, (found.memory, found.processes, found.cpu))):
        given = [parent / _DELEGATED]
        if found.version == 2:
            # What has groups with controllers below it may hold no process itself.
            given.append(given[0] / "runner")
        for place in given:
            place.mkdir(exist_ok=True)
            if place is not given[-1]:
                (place / "cgroup.subtree_control").write_text("+memory +pids")
            for owned in (place, place / "cgroup.procs", place / "cgroup.subtree_control"):
                if owned.exists():
                    os.chown(owned, uid, uid)
        (given[-1] / "cgroup.procs").write_text(str(os.getpid()))
    groups.cache_clear()


@cache
def groups() -> Groups:
    """What can be bounded by groups on this machine; nothing where none can be made."""
    return find(Path("/proc/self/cgroup").read_text(), Path("/sys/fs/cgroup"))


def find(own: str, root: Path) -> Groups:
    """The same from the text of /proc/self/cgroup and the place where the groups are mounted."""
    lines = [line.split(":", 2) for line in own.splitlines()]
    for _, controllers, path in lines:
        if not controllers:
            for parent in _version_2_parents(root, path):
                return Groups(2, parent, parent, parent)
    places = {
        name: root / controllers / path.lstrip("/")
        for _, controllers, path in lines
        for name in controllers.split(",")
        if name in ("memory", "pids", "cpuacct")
    }
    usable = {name: place for name, place in places.items() if _usable(place)}
    return Groups(1, usable.get("memory"), usable.get("pids"), usable.get("cpuacct"))


def _version_2_parents(root: Path, path: str) -> list[Path]:
    """The group above our own, which may have groups beside ours; ours holds processes and can have none below."""
    if not (root / "cgroup.controllers").exists() or path == "/":
        return []
    parent = (root / path.lstrip("/")).parent
    control = parent / "cgroup.subtree_control"
    if not {"memory", "pids"} <= set(_read(control).split()):
        with contextlib.suppress(OSError):
            control.write_text("+memory +pids")
    return [parent] if {"memory", "pids"} <= set(_read(control).split()) and _usable(parent) else []


def _usable(parent: Path) -> bool:
    """May groups be made here? Those that a bot left behind when it was killed are removed."""
    for left in parent.glob(f"{_PREFIX}*-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            with contextlib.suppress(OSError):
                left.rmdir()
    trial = parent / f"{_PREFIX}{os.getpid()}-trial"
    try:
        trial.mkdir()
        trial.rmdir()
    except OSError:
        return False
    # Moving a process needs the right to write to where it comes from and to where it goes.
    return os.access(parent / "cgroup.procs", os.W_OK)
