"""Reads shared memory of the host.

Mend: the kernel must offer IPC namespaces (CONFIG_IPC_NS).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def attack(_: dict[str, Any]) -> str | None:
    """System V segments, and POSIX ones in their directory."""
    table = Path("/proc/sysvipc/shm")
    if table.exists() and len(table.read_text().splitlines()) > 1:
        return "sees segments of the host"
    found = os.listdir("/dev/shm")
    return f"sees {found[:3]} in /dev/shm" if found else None
