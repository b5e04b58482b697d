"""Measures what `check` costs beside the benchmarks themselves, on a made repository; see docs/performance.md.

    make overhead

The repository has 100,000 lines and an asv suite of 60 benchmarks of about a millisecond; head changes 50 files, one of
which makes three benchmarks slower. Environments are built before the clock starts.
"""

from __future__ import annotations

import resource
import subprocess
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from bot import pipeline
from bot.git import Repository
from bot.harness import Count, Harness
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
    (place / "work.py").write_text("def few(n):\n    return sum(list(range(n)))\n")
    commit(place, "head")


def commit(place: Path, name: str) -> None:
    git = ["git", "-C", str(place), "-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", name], check=True)
    subprocess.run([*git, "tag", name], check=True)


def main() -> None:
    spent: Counter[int] = Counter()
    count = Harness.count

    def timed(self: Harness, benchmark: str, timeout_s: float) -> Count:
        began = time.perf_counter()
        answer = count(self, benchmark, timeout_s)
        spent[threading.get_ident()] += time.perf_counter() - began  # type: ignore[assignment]
        return answer

    Harness.count = timed  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as temporary:
        place, home = Path(temporary) / "repository", Path(temporary) / "home"
        place.mkdir()
        make(place)
        repository = Repository(place)
        began = time.perf_counter()
        planning.plan(repository, "base", "head", None)
        planned = time.perf_counter() - began
        with Workbench(repository, driver("bubblewrap"), home, SilentProgress()) as bench:
            pipeline.check(bench, pipeline.Request("base", "base", select="time_59"))
        spent.clear()
        began = time.perf_counter()
        with Workbench(Repository(place), driver("bubblewrap"), home, SilentProgress()) as bench:
            report = pipeline.check(bench, pipeline.Request("base", "head"))
        whole = time.perf_counter() - began
    words = Counter(one.verdict for one in report.verdicts)
    # Both sides count at the same time, a thread each: what one side's thread waits for is the benchmarks' own time.
    own = sum(spent.values()) / 2
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"verdicts: {dict(words)}")
    print(f"planning and diffing {FILES * LINES:,} lines: {planned:.2f} s")
    print(
        f"check of {BENCHMARKS} benchmarks: {whole:.1f} s, of which counting {own:.1f} s, beside it {whole - own:.1f} s"
    )
    print(f"peak memory of the bot itself: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
