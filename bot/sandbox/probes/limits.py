"""Runs without the limits that its job has.

Mend: report it, this is a fault of Perfwright.
"""

from __future__ import annotations

import resource
from typing import Any

LIMITS = {
    "open_files": resource.RLIMIT_NOFILE,
    "file_bytes": resource.RLIMIT_FSIZE,
    "address_bytes": resource.RLIMIT_AS,
}


def attack(world: dict[str, Any]) -> str | None:
    """By programs in its own environment that have the names of those that limit it."""
    for name, limit in LIMITS.items():
        _, most = resource.getrlimit(limit)
        if most == resource.RLIM_INFINITY or most > world[name]:
            return f"{name}: {most}"
    return None
