"""What the processor counts of a job, asked outside of it: with the kernel's own event for pages of memory, which every
machine has, in the place of instructions.
"""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot import counter, sandbox
from bot.core.model import Suite
from bot.counter import Event, Reading, lacking
from bot.harness import Harness, argv
from bot.sandbox import Command, Mount
from bot.sandbox.process import Process
from bot.stages import turns
from tests.conftest import write
from tests.sandbox.conftest import LIMITS, PYTHON, python

PAGES = Event(1, 2)
"""First uses of a page of memory, of which a program makes as many as it wants."""
NOWHERE = Event(99, 0)
INSIDE = Path(sandbox.__file__).parents[1] / "inside"
USES = """
import os, sys
for line in sys.stdin:
    forked = os.fork() if line.startswith("fork") else 0
    if not forked:
        bytearray(4096 * int(line.split()[-1]))
        if line.startswith("fork"): os._exit(0)
    else:
        os.waitpid(forked, 0)
    print(flush=True)
"""
needs_events = pytest.mark.skipif(lacking(PAGES) is not None, reason=f"the kernel counts nothing: {lacking(PAGES)}")


@pytest.fixture(params=["bubblewrap", "none"])
def driver(request):
    found = sandbox.drivers()[request.param]
    if problem := found.problem():
        pytest.skip(problem)
    return found


def asked(process: Process, *lines: bytes) -> list[int | None]:
    """What was counted from one line to the next."""
    readings = [process.reading()]
    for line in lines:
        process.send(line)
        process.receive(20)
        readings.append(process.reading())
    return [after.since(before) if before and after else None for before, after in pairwise(readings)]


@needs_events
def test_a_job_is_counted_with_all_that_it_forks(driver):
    with Process(driver, python(USES), PAGES) as process:
        _, quiet, itself, child = asked(process, b"0", b"0", b"3000", b"fork 3000")
    assert quiet < 300
    assert 3000 <= itself < 3300
    assert 3000 <= child < 4000, "a child writes to copies of its parent's pages, too"


@pytest.mark.parametrize("event", [None, pytest.param(NOWHERE, id="one that this machine has not")])
def test_without_a_counter_a_job_runs_as_ever(driver, event):
    with Process(driver, python(USES), event) as process:
        assert asked(process, b"0", b"3000") == [None, None]


def test_a_sandbox_may_count_nothing_and_that_is_one_line():
    found = sandbox.drivers()["bubblewrap"]
    if problem := found.problem():
        pytest.skip(problem)
    source = Path(counter.__file__).read_text() + "\nprint(lacking(Event(1, 2)))\n"
    with Process(found, python(source)) as process:
        assert process.receive(20).decode().startswith(f"{counter.FORBIDDEN}: `sysctl kernel.perf_event_paranoid=2`")


def test_what_a_machine_has_not_is_one_line():
    assert (lacking(NOWHERE) or "").startswith("not offered by this machine (")


@pytest.mark.parametrize(
    ("after", "counted"),
    [
        pytest.param(Reading(150, 1_000, 1_000), 50, id="all the time"),
        pytest.param(Reading(150, 1_000, 990), None, id="not all the time, since events share a counter"),
        pytest.param(Reading(100, 500, 500), None, id="of nothing that runs: the kernel has taken it from the job"),
        pytest.param(Reading(100, 900, 900), 0, id="nothing of what ran"),
    ],
)
def test_only_a_whole_reading_is_one(after, counted):
    assert after.since(Reading(100, 500, 500)) == counted


BENCHMARKS = """
import mmap

PAGES = {pages}

def use(pages):
    with mmap.mmap(-1, 4096 * pages) as memory:
        for page in range(pages):
            memory[4096 * page] = 1

class TimePlain:
    def time_plain(self):
        use(PAGES)

class TimePrepared:
    number = 1

    def setup(self):
        use(9000)

    def time_prepared(self):
        use(PAGES)
"""


@pytest.fixture
def side(tmp_path):
    """Starts one side, whose calls use so many pages."""
    bubblewrap = sandbox.drivers()["bubblewrap"]
    if problem := bubblewrap.problem():
        pytest.skip(problem)
    started = []

    def start(pages: int) -> Harness:
        tree = tmp_path / str(pages)
        write(tree, {"benchmarks/__init__.py": "", "benchmarks/bench.py": BENCHMARKS.format(pages=pages)})
        suite = Suite("asv", ("benchmarks",), options={"benchmark_dir": "benchmarks"})
        words = (PYTHON, *argv(suite, "none")[1:])
        shown = python("").mounts
        inside = Mount(INSIDE, sandbox.HARNESS)
        command = Command(words, "run", (tree,), (*shown, inside), {"PYTHONHASHSEED": "0"}, LIMITS)
        started.append(Harness(lambda: Process(bubblewrap, command, PAGES), "none"))
        return started[-1]

    yield start
    for harness in started:
        harness.close()


@needs_events
def test_in_turns_the_calls_alone_are_counted_on_both_sides(side):
    meter = SimpleNamespace(event=PAGES, timeout_s=20, bench=SimpleNamespace(clock=lambda: 0.0))
    both = side(1000), side(1100)
    assert len(both[0].listing.benchmarks) == 2
    for benchmark in both[0].listing.benchmarks:
        taken = turns._Taken()
        assert turns._take(meter, both, benchmark, random.Random(0), taken)
        ((base, head),) = taken.counted
        assert 990 <= base < 1010, benchmark
        assert 1090 <= head < 1110, benchmark
        assert len(taken.cpu) == len(taken.wall) == 1
