"""Opens sockets that leave the sandbox beside the network, such as those to a virtual machine's host.

Mend: the kernel must filter system calls (CONFIG_SECCOMP_FILTER).
"""

from __future__ import annotations

import socket
from typing import Any

FAMILIES = {
    "vsock": (40, 1, 0),
    "alg": (38, 5, 0),
    "packet": (17, 3, 0),
    "netlink audit": (16, 3, 9),
    "can": (29, 3, 1),
}


def attack(_: dict[str, Any]) -> str | None:
    """Each family of its own."""
    for name, (family, kind, protocol) in FAMILIES.items():
        try:
            socket.socket(family, kind, protocol).close()
        except OSError:
            continue
        return f"opened a socket of the family {name}"
    return None
