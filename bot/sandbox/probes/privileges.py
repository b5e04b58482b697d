"""Runs with privileges.

Mend: start the bot as an ordinary user, or as root with the program setpriv (Debian: util-linux) installed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def attack(_: dict[str, Any]) -> str | None:
    """Capabilities, root, and the way to gain them from a program with a set-id bit."""
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines())
    held = [name for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb") if int(status[name], 16)]
    if held:
        return f"has capabilities: {held}"
    if os.getuid() == 0 or os.getgid() == 0:
        return "is root"
    return "may gain privileges" if status["NoNewPrivs"].strip() != "1" else None
