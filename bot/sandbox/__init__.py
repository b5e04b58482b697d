"""Where code of the repository runs: one interface, one file a driver, found by being here.

A driver turns a `Command` into a `Launch`; `bot/sandbox/process.py` starts it and holds it to its limits. Inside, every
driver shows the same layout (the constants below), so that both sides of a comparison see the same paths.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, Protocol, cast

from bot.errors import UserError

REPOSITORY = "/job/repo"
"""A private, writable copy of the tree; the working directory."""
ENVIRONMENT = "/job/venv"
HARNESS = "/job/inside"
SCRATCH = "/tmp/perfwright"
CACHE = "/job/cache"
TOOLS = "/job/tools"

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Mount:
    """A host path shown inside."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What a command may use; whatever it started ends with it.

    There is no limit on CPU seconds: with RLIMIT_CPU set, Linux answers CLOCK_PROCESS_CPUTIME_ID from its timer ticks,
    and a turn of a few milliseconds reads as nothing. Wall time bounds it instead.
    """

    wall_s: float = 600
    address_bytes: int = 8192 * MEBIBYTE
    disk_bytes: int = 1024 * MEBIBYTE
    file_bytes: int = 256 * MEBIBYTE
    processes: int = 256
    open_files: int = 1024
    output_bytes: int = 16 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Command:
    """Something to run in a sandbox. In the run phase there is no network at all."""

    argv: tuple[str, ...]
    phase: Literal["install", "run"]
    sources: tuple[Path, ...] = ()
    """Directories copied, in order, over each other into `REPOSITORY`; empty where a mount provides it."""
    mounts: tuple[Mount, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Launch:
    """What the host really starts."""

    argv: tuple[str, ...]
    env: Mapping[str, str]


class Driver(Protocol):
    """What a module of this room offers."""

    NAME: str

    def problem(self) -> str | None:
        """What is missing on this machine and how to mend it, or None when the driver works."""
        ...

    def launch(self, command: Command) -> Launch:
        """The host's command line for `command`."""
        ...


@cache
def drivers() -> Mapping[str, Driver]:
    """Every driver by name."""
    modules = (
        cast(Driver, importlib.import_module(f"{__name__}.{info.name}"))
        for info in pkgutil.iter_modules(__path__)
        if info.name != "process"
    )
    return {module.NAME: module for module in modules}


def driver(name: str) -> Driver:
    """The driver `name`, ready to run; there is no fall-back from one driver to a weaker one."""
    found = drivers().get(name)
    if found is None:
        raise UserError(f"no sandbox driver {name!r}: use one of {', '.join(sorted(drivers()))}")
    if problem := found.problem():
        raise UserError(problem)
    return found
