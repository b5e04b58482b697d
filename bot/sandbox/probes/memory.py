"""Takes more memory than it may, in several processes none of which takes too much.

Mend: give the bot a memory cgroup (docs/security.md says how).
"""

from __future__ import annotations

import os
import time
from typing import Any

CHILDREN = 4


def attack(world: dict[str, Any]) -> str | None:
    """All of it at the same time, twice what is allowed."""
    each = 2 * world["memory_bytes"] // CHILDREN
    reading, writing = os.pipe()
    children = []
    for number in range(CHILDREN):
        children.append(os.fork())
        if children[-1] == 0:
            held = bytearray(each)
            held[::4096] = b"x" * len(range(0, each, 4096))
            os.write(writing, bytes([number]))
            time.sleep(30)
            os._exit(len(held) & 1)
    os.close(writing)
    time.sleep(1)
    os.set_blocking(reading, False)
    try:
        filled = os.read(reading, CHILDREN)
    except BlockingIOError:
        filled = b""
    # The kernel makes room for one by ending another: what has ended holds nothing.
    whole = sum(os.waitpid(children[number], os.WNOHANG) == (0, 0) for number in filled)
    return f"held {whole * each >> 20} MiB" if whole * each > 1.5 * world["memory_bytes"] else None
