"""Sees or signals processes of the host.

Mend: the kernel must offer process namespaces (CONFIG_PID_NS).
"""

from __future__ import annotations

import os
from typing import Any


def attack(world: dict[str, Any]) -> str | None:
    """The bot itself, and whoever has more company than a sandbox has."""
    seen = [name for name in os.listdir("/proc") if name.isdigit()]
    if len(seen) > 12 or os.getpid() > 100:
        return f"sees {len(seen)} processes"
    try:
        os.kill(world["bot"], 0)
    except OSError:
        return None
    return f"may signal process {world['bot']}"
