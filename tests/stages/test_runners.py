"""Every runner beside asv and pytest in one check, through the real path; nothing here needs the network."""

from __future__ import annotations

import pytest

from bot import machine, pipeline
from bot.git import Repository
from bot.progress import SilentProgress
from bot.sandbox import driver
from bot.stages import measure as measuring
from bot.workbench import Workbench

pytestmark = pytest.mark.skipif(machine.valgrind() is None, reason="instructions are counted by valgrind")
RUNNERS = """\
install: 'true'
fixes: off
benchmarks:
  - {runner: functions}
  - {runner: pyperf, command: python speed.py --size 3000}
  - {runner: command, command: [python -c 'import sample; sample.extra()']}
"""
SCRIPT = """\
import pyperf
import sample

runner = pyperf.Runner()
runner.argparser.add_argument("--size", type=int, required=True)
args = runner.parse_args()
runner.bench_func("work", sample.work, args.size)
runner.bench_func("extra", sample.extra)
print('{"forged": true}')
"""
FUNCTIONS = "import sample\n\ndef bench_work():\n    sample.work(3000)\n\ndef bench_extra():\n    sample.extra()\n"
FAST = "def work(n):\n    return sum(range(n))\n"
SLOW = "def work(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
EXTRA = "\ndef extra():\n    {}\n"


def test_each_says_what_is_slower_and_what_fails(make_repository, tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "MOST_CONFIRMED", 0)  # that times confirm counts is tested elsewhere
    place = make_repository(
        {".github/perfwright.yml": RUNNERS, "speed.py": SCRIPT, "perf/bench.py": FUNCTIONS,
         "sample.py": FAST + EXTRA.format("pass")},
        {"sample.py": SLOW + EXTRA.format("raise ValueError('no')")},
    )  # fmt: skip
    with Workbench(Repository(place), driver("bubblewrap"), tmp_path / "home", SilentProgress()) as bench:
        report = pipeline.check(bench, pipeline.Request("c0", "c1"))
    assert report.verdict == "regression"
    found = {one.id: one for one in report.verdicts}
    for name in ("perf/bench.py::bench_work", "speed.py::work"):
        assert found[name].verdict == "regression", found
    failing = {
        "perf/bench.py::bench_extra": "fails at head only: ValueError: no",
        "speed.py::extra": "fails at head only: ValueError: no",
        "python -c 'import sample; sample.extra()'": "fails at head only: CommandFailed: the command ended with"
        " status 1: ValueError: no",
    }
    for name, reason in failing.items():
        assert found[name].verdict == "failed", found
        assert found[name].reason.startswith(reason)
