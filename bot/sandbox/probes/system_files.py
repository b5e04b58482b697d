"""Changes the system that the host and later jobs use.

Mend: let nothing else bind files of the host into the sandbox, and use bubblewrap 0.8 or newer.
"""

from __future__ import annotations

import os
import stat
from typing import Any

PLACES = ("/", "/usr", "/usr/bin", "/usr/lib", "/etc", "/dev", "/proc/sys/kernel", "/job/..", "/sys/kernel")
SETTINGS = ("sys/kernel/core_pattern", "sys/kernel/modprobe", "sys/vm/drop_caches", "sysrq-trigger")


def attack(_: dict[str, Any]) -> str | None:
    """New files, settings of the kernel, and device nodes."""
    for place in PLACES:
        try:
            os.close(os.open(f"{place}/perfwright-probe", os.O_WRONLY | os.O_CREAT))
        except OSError:
            continue
        return f"made a file in {place}"
    for setting in SETTINGS:
        try:
            os.close(os.open(f"/proc/{setting}", os.O_WRONLY))
        except OSError:
            continue
        return f"may set /proc/{setting}"
    for kind, number in ((stat.S_IFBLK, os.makedev(254, 0)), (stat.S_IFCHR, os.makedev(1, 1))):
        try:
            os.mknod("/tmp/probe-device", 0o600 | kind, number)
        except OSError:
            continue
        return "made a device"
    return None
