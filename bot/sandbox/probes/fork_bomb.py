"""Starts processes without end.

Mend: Linux 5.14 or newer counts processes for each sandbox; for an older kernel give the bot a pids cgroup.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any


def attack(world: dict[str, Any]) -> str | None:
    """Twice what is allowed."""
    children: list[int] = []
    try:
        while len(children) < 2 * world["processes"]:
            child = os.fork()
            if child == 0:
                time.sleep(30)
                os._exit(0)
            children.append(child)
    except OSError:
        pass
    for child in children:
        os.kill(child, signal.SIGKILL)
    return f"started {len(children)} processes" if len(children) > world["processes"] else None
