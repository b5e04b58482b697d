"""What this machine is and can measure; partner: `perfwright doctor` shows it."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import get_args

from bot import counter as processor
from bot.core.model import Gate, Machine

_PROCESSOR = re.compile(
    r"^(?:vendor_id|cpu family|model|model name|stepping|flags|CPU \w+|Features)\s*:.*$", re.MULTILINE
)
"""What /proc/cpuinfo says of a processor that programs go by; not its frequency now."""
_COUNTABLE = ("x86_64", "aarch64")


def best_metric() -> Gate:
    """Instructions where valgrind can count them, or else the processor; CPU time elsewhere."""
    return metrics()[0]


def metrics() -> tuple[Gate, ...]:
    """What can decide here, the best first."""
    able = {
        "instructions": valgrind() is not None and platform.machine() in _COUNTABLE,
        "processor instructions": processor.lacking() is None,
    }
    return tuple(one for one in get_args(Gate) if able.get(one, True))


@cache
def valgrind() -> str | None:
    """The version of valgrind, or None where it is not installed."""
    found = shutil.which("valgrind", path="/usr/bin:/bin")  # where a sandbox would find it
    if found is None:
        return None
    answer = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    return answer.stdout.strip().removeprefix("valgrind-") or None


@cache
def counter(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """What counts here, besides the interpreter: another valgrind, libc or processor counts otherwise."""
    try:
        processor = "\n".join(_PROCESSOR.findall(cpuinfo.read_text().partition("\n\n")[0]))
    except OSError:
        processor = platform.processor()
    parts = (valgrind() or "", *platform.libc_ver(), platform.machine(), processor)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def describe(sandbox: str, python: str) -> Machine:
    """The machine as a report shows it."""
    tools = {"valgrind": version} if (version := valgrind()) else {}
    return Machine(f"{platform.system()} {platform.machine()}", _cpu(), os.cpu_count() or 1, python, sandbox, tools)


def _cpu() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        return platform.processor() or "unknown"
    return found[1] if found else platform.processor() or "unknown"


def package_changes(base: Sequence[str], head: Sequence[str]) -> tuple[str, ...]:
    """How the installed packages differ, such as "idna 3.1 -> 3.2"."""
    old, new = (dict(line.split("==", 1) for line in lines) for lines in (base, head))
    return tuple(
        f"{name} {old.get(name, 'absent')} -> {new.get(name, 'absent')}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )
