"""Reaches the network of the host.

Mend: the kernel must offer network namespaces (CONFIG_NET_NS).
"""

from __future__ import annotations

import socket
from typing import Any


def attack(world: dict[str, Any]) -> str | None:
    """A listener of the host on its loopback, one without a path, and any interface but the loopback."""
    addresses: list[tuple[int, Any]] = [
        (socket.AF_INET, ("127.0.0.1", world["port"])),
        (socket.AF_UNIX, "\0" + world["abstract"]),
    ]
    for family, address in addresses:
        with socket.socket(family) as client:
            client.settimeout(2)
            try:
                client.connect(address)
            except OSError:
                continue
            return f"connected to {address}"
    others = [name for _, name in socket.if_nameindex() if name != "lo"]
    return f"has the interfaces {others}" if others else None
