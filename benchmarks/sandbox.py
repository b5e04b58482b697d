"""Measures what a sandbox costs over a bare process, and whether what is measured inside is the same as outside.

    python -m benchmarks.sandbox [DRIVER]

Bare and sandboxed runs alternate, and so does which of a pair is first. Of work, the ratio of each pair counts: both of
a pair find the machine alike, whose pace changes by a third from one second to the next. Prints a Markdown table.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from bot.errors import UserError
from bot.sandbox import Command, Driver, Limits, Mount, cgroup, driver
from bot.sandbox.process import run

STARTS, TURNS, DRAWS = 100, 100, 2000
WORK = "x = 0\nfor n in range({count}):\n    x = (x * 31 + n) % 1000003\n"
CLOCK = "import os, time\nbegan = time.process_time()\n{body}\nprint(time.process_time() - began)"
CPU = CLOCK.format(body=WORK.format(count=1_000_000))
CALLS = CLOCK.format(body="for n in range(100_000):\n    os.getppid()")
ENV = {"PYTHONHASHSEED": "0", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
PYTHON = Path(os.path.realpath(sys.executable))


def command(*argv: str) -> Command:
    prefix = PYTHON.parent.parent
    mounts = () if prefix.is_relative_to("/usr") else (Mount(prefix, str(prefix)),)
    return Command(argv, "run", mounts=mounts, env=ENV, limits=Limits(wall_s=300))


def inside(chosen: Driver, *argv: str) -> tuple[str, str]:
    answer = run(chosen, command(*argv))
    if answer.status != 0:
        raise SystemExit(f"{argv[0]} failed in the sandbox: {answer.errors}")
    return answer.output, answer.errors


@cache
def variables() -> dict[str, str]:
    """Those of the inside: their size moves the stack, and that alone can cost a loop some percent."""
    return dict(line.split("=", 1) for line in inside(driver("bubblewrap"), "env")[0].splitlines())


def outside(*argv: str) -> tuple[str, str]:
    answer = subprocess.run(argv, env=variables(), capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return answer.stdout, answer.stderr


def wall_ms(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1e3


def alternating(turns: int, first: Callable[[], float], second: Callable[[], float]) -> tuple[list[float], list[float]]:
    values: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns):
        for side in ((0, 1), (1, 0))[turn % 2]:
            values[side].append((first, second)[side]())
    return values


def instructions(errors: str) -> float:
    found = re.search(r"Collected : (\d+)", errors)
    if found is None:
        raise SystemExit(f"valgrind said nothing: {errors[-300:]}")
    return float(found[1])


def row(what: str, a: float, b: float, unit: str) -> str:
    return f"| {what} | {a:,.1f} {unit} | {b:,.1f} {unit} | {b - a:+,.1f} {unit} | {100 * (b / a - 1):+.2f} % |"


def paired(what: str, outside: list[float], inside: list[float]) -> str:
    """The median of the pairs' ratios with its 95 % interval (bootstrap)."""
    ratios = np.array(inside) / np.array(outside)
    drawn = np.median(np.random.default_rng(0).choice(ratios, (DRAWS, len(ratios))), axis=1)
    median, least, most = (100 * (value - 1) for value in (np.median(ratios), *np.quantile(drawn, (0.025, 0.975))))
    a, b = statistics.median(outside), statistics.median(inside)
    return f"| {what}, {TURNS} pairs | {a:,.1f} ms | {b:,.1f} ms | | {median:+.2f} % ({least:+.2f} to {most:+.2f}) |"


def main() -> None:
    try:
        chosen = driver(sys.argv[1] if len(sys.argv) > 1 else "bubblewrap")
    except UserError as error:
        raise SystemExit(str(error)) from None
    python = (str(PYTHON), "-s", "-S", "-c")
    rows = []
    for what, argv in (("start of `true`", ("true",)), ("start of Python", (*python, "pass"))):
        measured = alternating(
            STARTS, lambda a=argv: wall_ms(lambda: outside(*a)), lambda a=argv: wall_ms(lambda: inside(chosen, *a))
        )
        rows.append(row(f"{what}, median of {STARTS}", *map(statistics.median, measured), "ms"))
    for what, code in (("CPU time of a loop", CPU), ("CPU time of 100,000 system calls", CALLS)):
        measured = alternating(
            TURNS,
            lambda c=code: float(outside(*python, c)[0]) * 1e3,
            lambda c=code: float(inside(chosen, *python, c)[0]) * 1e3,
        )
        rows.append(paired(what, *measured))
    counted = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *python, WORK.format(count=200_000))
    measured = alternating(
        3, lambda: instructions(outside(*counted)[1]) / 1e6, lambda: instructions(inside(chosen, *counted)[1]) / 1e6
    )
    rows.append(row("instructions of a loop, median of 3", *map(statistics.median, measured), "M"))
    who = "root" if os.geteuid() == 0 else "an ordinary user"
    memory = f"version {cgroup.groups().version}" if cgroup.groups().memory else "none"
    print(f"Driver {chosen.NAME}, as {who}, memory cgroup: {memory}\n")
    print("| what | outside | inside | difference | |\n|---|--:|--:|--:|--:|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
