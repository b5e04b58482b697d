"""What `perfwright doctor` looks at: the tools of this machine, and how to mend what is missing."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass

from bot import interpreters, machine
from bot.sandbox import drivers


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    required: bool
    says: str


def examine() -> tuple[Finding, ...]:
    """Every finding, required ones first."""
    git = shutil.which("git")
    found = [Finding("git", git is not None, True, git or "install it (Debian: apt-get install git)")]
    for name, driver in drivers().items():
        problem = driver.problem()
        found.append(Finding(f"sandbox {name}", problem is None, True, problem or "works"))
    pythons = ", ".join(dict.fromkeys(one.minor for one in interpreters.installed()))
    found.append(Finding("CPython", bool(pythons), True, pythons or "none found: run `uv python install`"))
    valgrind = machine.valgrind()
    missing = "not installed, CPU time is measured instead: install it (Debian: apt-get install valgrind)"
    found.append(Finding("valgrind", valgrind is not None, False, valgrind or missing))
    # Linux exempts root from the limit on processes, and a namespace of root's is root to the kernel.
    user = "root: run Perfwright as an ordinary user, the sandbox holds better" if os.getuid() == 0 else "not root"
    found.append(Finding("user", os.getuid() != 0, False, user))
    return tuple(found)
