"""Holds files of the host open that the bot had open.

Mend: report it, this is a fault of Perfwright.
"""

from __future__ import annotations

import os
from typing import Any


def attack(_: dict[str, Any]) -> str | None:
    """Anything beside its three pipes and the directory that is being listed."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
        if int(name) > 2 and not target.startswith("/proc/"):
            found.append(target)
    return f"inherited {found}" if found else None
