"""Calls parts of the kernel that no benchmark needs and that exploits begin with.

Mend: the kernel must filter system calls (CONFIG_SECCOMP_FILTER).
"""

from __future__ import annotations

import ctypes
import platform
from typing import Any

MACHINES = {
    "x86_64": {
        "keyctl": 250, "ptrace": 101, "unshare": 272, "mount": 165, "bpf": 321, "perf_event_open": 298,
        "userfaultfd": 323, "io_uring_setup": 425,
    },
    "aarch64": {
        "keyctl": 219, "ptrace": 117, "unshare": 97, "mount": 40, "bpf": 280, "perf_event_open": 241,
        "userfaultfd": 282, "io_uring_setup": 425,
    },
}  # fmt: skip


def attack(_: dict[str, Any]) -> str | None:
    """Arguments with which each would succeed, or fail in another way than by being forbidden."""
    libc = ctypes.CDLL(None, use_errno=True)
    zeros = ctypes.create_string_buffer(128)
    arguments: dict[str, tuple[Any, ...]] = {
        "keyctl": (0, -3, 1),
        "ptrace": (0, 0, 0, 0),
        "unshare": (0x10000000,),
        "mount": (b"none", b"/tmp", b"tmpfs", 0, None),
        "bpf": (0, zeros, 48),
        "perf_event_open": (zeros, 0, -1, -1, 0),
        "userfaultfd": (1,),
        "io_uring_setup": (2, zeros),
    }
    for name, number in MACHINES.get(platform.machine(), {}).items():
        if name in arguments and libc.syscall(number, *arguments[name]) >= 0:
            return f"may call {name}"
    return None
