"""Measures what `check` costs beside the benchmarks themselves, on a made repository; see docs/performance.md.

    make overhead

The repository has 100,000 lines and an asv suite of 60 benchmarks of about a millisecond; one head changes 50 files and
makes nothing slower, another one makes three benchmarks slower too. Environments are built before the clock starts.
"""

from __future__ import annotations

import resource
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot import pipeline
from bot.core.model import Report
from bot.git import Repository
from bot.harness import Harness
from bot.progress import SilentProgress
from bot.sandbox import driver
from bot.stages import plan as planning
from bot.workbench import Workbench

FILES, LINES, BENCHMARKS = 500, 200, 60


def make(place: Path) -> None:
    body = "\n".join(f"def function_{n}(x):\n    return x + {n}\n" for n in range(LINES // 4))
    for number in range(FILES):
        path = place / f"package/part{number // 50}/module{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((body + "\n") + f"# module {number}\n" * (LINES // 4))
    (place / "asv.conf.json").write_text('{"benchmark_dir": "benchmarks"}')
    (place / ".github").mkdir()
    (place / ".github/perfwright.yml").write_text("install: 'true'\n")
    (place / "benchmarks").mkdir()
    (place / "benchmarks/__init__.py").write_text("")
    (place / "work.py").write_text("def few(n):\n    return sum(range(n))\n")
    bodies = (
        f"def time_{n:02}():\n    {'work.few(20000)' if n < 3 else f'sorted(range({20000 + n}))'}\n"
        for n in range(BENCHMARKS)
    )
    (place / "benchmarks/suite.py").write_text("import work\n\n" + "\n".join(bodies))
    commit(place, "base")
    for number in range(50):
        path = place / f"package/part{number // 50}/module{number}.py"
        path.write_text(path.read_text().replace("return x + 7", "return x - 7"))
    commit(place, "same")
    (place / "work.py").write_text("def few(n):\n    return sum(list(range(n)))\n")
    commit(place, "slower")


def commit(place: Path, name: str) -> None:
    git = ["git", "-C", str(place), "-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", name], check=True)
    subprocess.run([*git, "tag", name], check=True)


START = "start of an interpreter with the suite"


class Watch:
    """When benchmarks ran, from each question to a harness until its answer, and when what runs them was started."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, float, str]] = []
        ask, start = Harness._ask, Harness.__init__

        def timed(harness: Harness, kind: Any, timeout_s: float, **request: object) -> Any:
            with self.noted(str(request["op"])):
                return ask(harness, kind, timeout_s, **request)

        def started(harness: Harness, *arguments: Any) -> None:
            with self.noted(START):
                start(harness, *arguments)

        Harness._ask, Harness.__init__ = timed, started  # type: ignore[method-assign]

    @contextmanager
    def noted(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.asked.append((began, time.perf_counter(), what))

    def seconds(self, *without: str) -> float:
        """The time in which at least one of these was under way: both sides run at the same time."""
        return covered((began, ended) for began, ended, what in self.asked if what not in without)


def covered(intervals: Iterable[tuple[float, float]]) -> float:
    """The length of what intervals cover together."""
    total, until = 0.0, float("-inf")
    for began, ended in sorted(intervals):
        total += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return total


def tell(report: Report, whole: float, watch: Watch) -> None:
    running, both = watch.seconds(START), watch.seconds()
    print(f"{BENCHMARKS} benchmarks, {dict(Counter(one.verdict for one in report.verdicts))}: {whole:.1f} s,")
    print(f"  of which benchmarks run {running:.1f} s, what runs them starts in {both - running:.1f} s more,")
    print(f"  and {whole - both:.1f} s are spent beside them")
    kinds = [what for _, _, what in watch.asked]
    for kind in dict.fromkeys(kinds):
        print(f"  {kind}: {kinds.count(kind)} times, {watch.seconds(*(set(kinds) - {kind})):.1f} s")


def main() -> None:
    watch = Watch()
    with tempfile.TemporaryDirectory() as temporary:
        place, home = Path(temporary) / "repository", Path(temporary) / "home"
        place.mkdir()
        make(place)
        repository = Repository(place)
        began = time.perf_counter()
        planning.plan(repository, "base", "slower", None)
        planned = time.perf_counter() - began
        with Workbench(repository, driver("bubblewrap"), home, SilentProgress()) as bench:
            pipeline.check(bench, pipeline.Request("base", "base", select="time_59"))
        print(f"planning and diffing {FILES * LINES:,} lines: {planned:.2f} s")
        for head in ("same", "slower"):
            watch.asked.clear()
            began = time.perf_counter()
            with Workbench(Repository(place), driver("bubblewrap"), home, SilentProgress()) as bench:
                report = pipeline.check(bench, pipeline.Request("base", head))
            tell(report, time.perf_counter() - began, watch)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the bot itself: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
