"""Reads a file of the host that it was not shown.

Mend: let no other program bind more of the host into the sandbox, and use bubblewrap 0.8 or newer.
"""

from __future__ import annotations

from typing import Any


def attack(world: dict[str, Any]) -> str | None:
    """By its path, and through the roots and working directories of processes."""
    secret = world["secret"]
    for prefix in ("", "/proc/1/root", "/proc/self/root", "/proc/1/cwd", "/oldroot", "/job/repo/../../.."):
        try:
            with open(prefix + secret) as file:
                return f"{prefix}{secret} holds {file.read(40)}"
        except OSError:
            continue
    return None
