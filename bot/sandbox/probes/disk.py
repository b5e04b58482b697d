"""Fills the disk of the host.

Mend: use bubblewrap 0.8 or newer, which makes temporary file systems of a given size.
"""

from __future__ import annotations

import os
from typing import Any


def attack(world: dict[str, Any]) -> str | None:
    """Twice what is allowed, in each place that it can write to, in files that are not too large."""
    for place in (".", "/tmp", "/var/tmp", "/dev/shm", os.environ.get("HOME", "/")):
        written = 0
        try:
            for number in range(64):
                with open(f"{place}/probe-{number}", "wb", buffering=0) as file:
                    written += file.write(bytes(2 * world["disk_bytes"] // 64))
        except OSError:
            pass
        for number in range(64):
            if os.path.exists(f"{place}/probe-{number}"):
                os.unlink(f"{place}/probe-{number}")
        if written > 1.5 * world["disk_bytes"]:
            return f"wrote {written >> 20} MiB to {place}"
    return None
