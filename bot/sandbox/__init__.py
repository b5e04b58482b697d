"""Where code of the repository runs: one interface, one file a driver, found by being here.

A driver turns a `Command` into a `Launch`; `bot/sandbox/process.py` starts it and holds it to its limits. Inside, every
driver shows the same layout (the constants below), so that both sides of a comparison see the same paths. What is
promised, and what is not: `docs/security.md`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

from platformdirs import user_cache_path

from bot.errors import UserError

REPOSITORY = "/job/repo"
"""A private, writable copy of the tree; the working directory."""
ENVIRONMENT = "/job/venv"
HARNESS = "/job/inside"
SCRATCH = "/tmp/perfwright"
CACHE = "/job/cache"
TOOLS = "/job/tools"

HOST_ENV = {"PATH": "/usr/bin:/bin"}
"""For programs of the host's own that look at a job or start it."""
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
    memory_bytes: int = 4096 * MEBIBYTE
    """Of everything together, files on its temporary file systems included."""
    address_bytes: int = 8192 * MEBIBYTE
    disk_bytes: int = 1024 * MEBIBYTE
    """On each of its temporary file systems, and added to the host's directories that it may write to."""
    disk_files: int = 250_000
    file_bytes: int = 256 * MEBIBYTE
    processes: int = 256
    open_files: int = 1024
    output_bytes: int = 16 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Command:
    """Something to run in a sandbox, without a network; installing asks the index through `bot/sandbox/gate.py`."""

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
    inputs: Mapping[str, bytes] = field(default_factory=dict)
    """Words of `argv` that stand for the number of a descriptor, and what can be read from it."""
    limited_outside: bool = True
    """Is it for the host to bound memory and processes? False where something else starts the processes."""
    end: tuple[str, ...] = ()
    """What to run to end what is not a descendant of the host's process."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the server's settings say about sandboxes; front doors read them."""

    uid: int = 59_917
    """Whom sandboxed processes belong to when the bot is root: an account that owns nothing and runs nothing else."""
    runtime: str | None = None
    """What the container driver runs containers with, such as `runsc` (gVisor)."""
    state: Path = field(default_factory=lambda: user_cache_path("perfwright"))
    """Where it is remembered that a driver has withstood its own attack."""


class Driver(Protocol):
    """What a file of this room offers as `DRIVER`, made from `Options`."""

    @property
    def NAME(self) -> str:  # noqa: N802
        """What it is called in settings, results and reports."""
        ...

    @property
    def CONFINES(self) -> bool:  # noqa: N802
        """Does it hold hostile code at all? Where not, it is never taken without being asked for by name."""
        ...

    def problem(self) -> str | None:
        """What is missing on this machine and how to mend it, or None when the driver works."""
        ...

    def version(self) -> str:
        """What it starts processes with: another version has to prove itself anew."""
        ...

    def launch(self, command: Command) -> Launch:
        """The host's command line for `command`."""
        ...


@cache
def _kinds() -> Mapping[str, type]:
    modules = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    return {module.DRIVER.NAME: module.DRIVER for module in modules if hasattr(module, "DRIVER")}


def drivers(options: Options | None = None) -> Mapping[str, Driver]:
    """Every driver by name."""
    return {name: kind(options or Options()) for name, kind in _kinds().items()}


def driver(name: str, options: Options | None = None, *, unsandboxed: bool = False) -> Driver:
    """The driver `name`, which has withstood its own attack; there is no fall-back from one driver to a weaker one.

    `unsandboxed` is the caller's word that somebody asked for no sandbox: a person for their own checkout, or the
    server's settings for this repository.
    """
    options = options or Options()
    found = drivers(options).get(name)
    if found is None:
        raise UserError(f"no sandbox driver {name!r}: use one of {', '.join(sorted(_kinds()))}")
    if not (found.CONFINES or unsandboxed):
        raise UserError(f"the driver {name!r} confines nothing and is only for repositories on the server's own list")
    from bot.sandbox import selftest  # it runs drivers, which import this module

    if found.CONFINES and selftest.withstood(found, options):
        return found
    problem = found.problem() or (selftest.escape(found, options) if found.CONFINES else None)
    if problem:
        raise UserError(problem)
    return found
