"""Lives on after its job has ended.

Mend: the kernel must offer process namespaces (CONFIG_PID_NS).
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any


def attack(_: dict[str, Any]) -> str | None:
    """A process of a session of its own that ignores what can be ignored; whether it lives on is seen from outside."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            time.sleep(60)
        os._exit(0)
    return None
