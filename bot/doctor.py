"""What `perfwright doctor` looks at: this machine's tools, what its sandboxes hold, and how to mend what is missing.

Partner: `bot/sandbox/selftest.py` attacks a sandbox as it is done before anything runs in it.
"""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot import accounts, counter, interpreters, machine
from bot.errors import UserError
from bot.sandbox import Driver, Options, cgroup, driver, drivers
from bot.settings import CREDENTIALS, KEY, Level, read

_LEVELS: tuple[Level, ...] = ("web", "worker", "runner")
_DELEGATE = (
    "run it with `systemd-run --user --scope`, or as a service with Delegate=yes and DelegateSubgroup=runner"
    " (docs/security.md)"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    required: bool
    says: str


def examine(options: Options | None = None, data: Path | None = None) -> tuple[Finding, ...]:
    """Every finding, required ones first."""
    options = options or Options()
    git = shutil.which("git")
    valgrind = machine.valgrind()
    instead = "the processor counts" if counter.lacking() is None else "CPU time is measured"
    missing = f"not installed, {instead} instead: install it (Debian: apt-get install valgrind)"
    return (
        Finding("git", git is not None, True, git or "install it (Debian: apt-get install git)"),
        *_sandboxes(options),
        _interpreters(),
        Finding("valgrind", valgrind is not None, False, valgrind or missing),
        _counters(),
        *_limits(cgroup.groups()),
        _user(options),
        *_levels(data or read().data),
    )


def _interpreters() -> Finding:
    try:
        found = ", ".join(dict.fromkeys(one.minor for one in interpreters.installed()))
    except UserError as error:
        return Finding("CPython", False, True, str(error))
    return Finding("CPython", bool(found), True, found or "none found: run `uv python install`")


def _sandboxes(options: Options) -> tuple[Finding, ...]:
    """One has to work; which of them is what the settings and the command line name."""
    looked = {one.NAME: _problem(one, options) for one in drivers(options).values() if one.CONFINES}
    enough = None in looked.values()
    says = "works, and has withstood its own attack"
    found = [Finding(f"sandbox {name}", why is None, not enough, why or says) for name, why in looked.items()]
    return tuple(sorted(found, key=lambda one: not one.ok))


def _problem(one: Driver, options: Options) -> str | None:
    try:
        driver(one.NAME, options)
    except UserError as error:
        return str(error)
    return None


def _counters() -> Finding:
    """Whether the processor counts, as `docs/decisions/counters.md` has it; most virtual machines cannot be mended."""
    why = counter.lacking()
    says = f"{why}; CPU time stands in" if why else "used: the processor counts while base and head take turns"
    return Finding("hardware counter", why is None or not why.startswith(counter.FORBIDDEN), False, says)


def _limits(groups: cgroup.Groups) -> tuple[Finding, ...]:
    """Which limits are real on this machine."""
    memory, processes = groups.memory is not None, groups.processes is not None
    kernel = f"held by the kernel (control groups, version {groups.version})"
    late = f"looked at every 50 ms, which is late for whoever is quick: {_DELEGATE}"
    counted = "held by the kernel for each sandbox"
    return (
        Finding("limit on memory", memory, False, kernel if memory else late),
        Finding("limit on processes", True, False, f"{counted}, and by control groups" if processes else counted),
        Finding("limit on disk", True, False, "held by the kernel; what an install writes is looked at every second"),
        Finding("limits on time, output, open files", True, False, "held"),
    )


def _levels(data: Path) -> Iterator[Finding]:
    """Which account each level of a server that is started like this runs as, and whether others may read its data."""
    if os.geteuid() == 0:
        named = ", ".join(f"{level} {accounts.account(level).uid}" for level in _LEVELS)
        yield Finding("levels", True, False, f"an account for each, taken at the start: {named}")
    else:
        says = "one account for all, the runner without a view of the data: start as root, or see docs/deployment.md"
        yield Finding("levels", True, False, says)
    open_to_all = [path.name for path in _secret(data) if path.lstat().st_mode & 0o007]
    if open_to_all:
        mend = f"others may read {', '.join(open_to_all)}: chmod o-rwx {data}/{open_to_all[0]}"
        yield Finding("data", False, False, mend)


def _secret(data: Path) -> Iterator[Path]:
    names = (CREDENTIALS, KEY, "perfwright.db", "queue")
    if os.access(data, os.X_OK) and data.stat().st_mode & 0o001:
        yield from (data / name for name in names if (data / name).exists())


def _user(options: Options) -> Finding:
    """Root is left for an account that has to be nobody else's."""
    if os.geteuid() != 0:
        advice = "sandboxes belong to this account: let it hold no key and no token (docs/security.md)"
        return Finding("user", True, False, f"not root; {advice}")
    try:
        name = pwd.getpwuid(options.uid).pw_name
    except KeyError:
        return Finding("user", True, False, f"root; sandboxes belong to uid {options.uid}, which is nobody's")
    shared = f"root; sandboxes belong to uid {options.uid} ({name}): let {name} own nothing and run nothing else"
    return Finding("user", options.uid >= 100, False, shared)
