"""How fast all rules look at real code: the standard library of this Python and the packages beside it.

    python -m benchmarks.sweep_speed [--lines 100000] [--processes 2]

Lines per second, peak memory, the share of files that the slow parser had to read, findings and problems; each file is
looked at once, in a fresh process, as the first run of a sweep does.
"""

from __future__ import annotations

import argparse
import resource
import sysconfig
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from codemods import catalogue, find

NOT_CODE = frozenset({"test", "tests", "idle_test", "lib2to3", "site-packages", "__pycache__"})
MEBIBYTE_IN_KIBIBYTES = 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """What looking at one file gave."""

    path: str
    lines: int
    wall_s: float
    parsed: bool
    rules: tuple[str, ...]
    levels: tuple[str, ...]
    problems: tuple[str, ...]


def sources() -> Iterator[Path]:
    """The files of the standard library, without its tests, and then those of the installed packages."""
    library, packages = (Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib"))
    for path in sorted(library.rglob("*.py")):
        if not NOT_CODE & set(path.relative_to(library).parts):
            yield path
    for path in sorted(packages.rglob("*.py")):
        if not NOT_CODE & set(path.relative_to(packages).parts):
            yield path


def chosen(lines: int) -> list[tuple[Path, int]]:
    """Files of this many lines together, with their lines."""
    found: list[tuple[Path, int]] = []
    for path in sources():
        found.append((path, path.read_bytes().count(b"\n")))
        if sum(count for _, count in found) >= lines:
            break
    return found


def look(item: tuple[Path, int]) -> Seen:
    path, lines = item
    start = time.perf_counter()
    found = find(path.read_bytes())
    wall_s = time.perf_counter() - start
    rules = tuple(one.rule for one in found.found)
    return Seen(
        str(path), lines, wall_s, found.parsed, rules, tuple(one.site.fix for one in found.found), found.problems
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    files = chosen(arguments.lines)
    lines = sum(count for _, count in files)
    catalogue()
    start = time.perf_counter()
    # Long files first, so that the processes end together.
    with ProcessPoolExecutor(arguments.processes) as pool:
        seen = list(pool.map(look, sorted(files, key=lambda item: -item[1]), chunksize=4))
    wall_s = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s, peak_mib = used.ru_utime + used.ru_stime, used.ru_maxrss / MEBIBYTE_IN_KIBIBYTES
    parsed = [item for item in seen if item.parsed]
    levels = Counter(level for item in seen for level in item.levels)
    print(f"{len(catalogue())} rules, {len(files)} files, {lines} lines, {arguments.processes} processes")
    print(f"{wall_s:.1f} s, {lines / wall_s:.0f} lines a second, {wall_s * 100_000 / lines:.1f} s per 100,000 lines")
    print(f"{cpu_s:.1f} s of processor time, {cpu_s * 100_000 / lines:.1f} s per 100,000 lines")
    print(f"peak memory of a process {peak_mib:.0f} MiB")
    print(
        f"read by the slow parser: {len(parsed)} files ({len(parsed) / len(files):.0%}), "
        f"{sum(item.lines for item in parsed) / lines:.0%} of the lines"
    )
    print("findings:", ", ".join(f"{count} {level}" for level, count in levels.most_common()) or "none")
    for rule, count in Counter(rule for item in seen for rule in item.rules).most_common():
        print(f"  {count:5} {rule}")
    for item in sorted(seen, key=lambda item: -item.wall_s)[:3]:
        print(f"slowest: {item.wall_s:.2f} s for {item.lines} lines of {Path(item.path).name}")
    for problem, count in Counter(problem for item in seen for problem in item.problems).most_common(10):
        print(f"problem: {count} times {problem}")


if __name__ == "__main__":
    main()
