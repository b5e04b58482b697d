"""What a candidate has to answer for besides its own benchmark; asv's conventions need no package."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from bot import machine, pipeline
from bot.core.config import Config
from bot.core.model import Compared, Fix, Suite, Verdict
from bot.core.patch import make_patch
from bot.core.reasons import SPENT
from bot.errors import MeasureError
from bot.git import Repository
from bot.harness import Count
from bot.progress import SilentProgress
from bot.sandbox import driver
from bot.stages import verify as verifying
from bot.stages.behave import Judgement
from bot.stages.fix import Candidate
from bot.stages.recording import Reaching
from bot.stages.verify import Laid, Refused, _is_worth, _no_other_slower, _verify_one, _word
from bot.workbench import Workbench

pytestmark = pytest.mark.skipif(machine.valgrind() is None, reason="instructions are counted by valgrind")
CODE = """\
def total(numbers, few):
    found = 0
    for number in numbers:
        found += number
    return found


def make(numbers, of):
    return [of(number) for number in numbers]


def use(made):
    return -1 in made
"""
FILES = {
    ".github/perfwright.yml": "install: 'true'\n",
    "asv.conf.json": '{"version": 1, "benchmark_dir": "benchmarks"}',
    "benchmarks/__init__.py": "",
    "benchmarks/it.py": (
        "import pkg\n\n\ndef time_few():\n    pkg.total(range(3000), True)\n\n\n"
        "def time_many():\n    pkg.total(range(3000), False)\n\n\n"
        "class Made:\n    def setup(self):\n        self.made = pkg.make(range(3000), lambda number: number)\n\n"
        "    def time_make(self):\n        pkg.make(range(3000), lambda number: number)\n\n"
        "    def time_use(self):\n        pkg.use(self.made)\n"
    ),
    "pkg.py": CODE,
}
FASTER = CODE.replace("    found = 0\n", "    if few:\n        return sum(numbers)\n    found = 0\n")
FASTER_FOR_FEW = FASTER.replace(
    "    found = 0\n", "    sum(sorted(numbers)) + sum(map(str.__len__, map(str, numbers)))\n    found = 0\n"
)
MADE_FOR_WORSE = CODE.replace("[of(number) for number in numbers]", "list(numbers) * 2")


FEW = "no call could be recorded: nothing calls it"
WHY = f"no test calls what it takes back, and {FEW}: review it"


@pytest.mark.parametrize(
    ("rule", "calls", "enough", "tests", "status", "reason"),
    [
        pytest.param("partial_revert", 0, False, (), "unverified", WHY, id="nothing looks at what it takes back"),
        pytest.param("restored_decorator", 0, False, (), "unverified", WHY, id="nothing looks at what it puts back"),
        pytest.param("partial_revert", 1, False, (), "verified", FEW, id="a call was compared: left to people"),
        pytest.param("partial_revert", 0, False, ("test_a",), "verified", FEW, id="a test calls it: left to people"),
        pytest.param("partial_revert", 20, True, ("test_a",), "verified", None, id="enough calls were compared"),
        pytest.param("str_concat_in_loop", 0, False, (), "verified", None, id="the code itself proves it"),
    ],
)
@pytest.mark.parametrize(
    "price", [None, "it costs b (+2.0%), which is no slower than base"], ids=["free", "at a price"]
)
def test_what_is_taken_back_is_verified_only_where_something_looks_at_it(
    rule, calls, enough, tests, status, reason, price
):
    exam = SimpleNamespace(config=Config(), recorder=SimpleNamespace(covering=lambda _: tests))
    compared = Compared(calls=calls, reason=None if enough else FEW)
    fix = Fix(rule, "pkg.py", "total", "", "unverified")
    try:
        fix = _word(exam, Candidate(fix, {}, None), fix, Judgement(compared, enough=enough), price)
    except Refused as refused:
        fix, price = refused.fix, None
    assert (fix.status, fix.reason) == (status, "; ".join(filter(None, (reason, price))) or None)


@pytest.mark.parametrize(
    ("rule", "lost", "at_base", "answer"),
    [
        pytest.param("partial_revert", [1.02], "no change", True, id="a twentieth is lost that base had lost too"),
        pytest.param("restored_decorator", [1.02], "improvement", True, id="a decorator costs what base had paid"),
        pytest.param("partial_revert", [1.02, 1.03], "no change", False, id="several lose too much together"),
        pytest.param("partial_revert", [1.05], "no change", False, id="one loses too much"),
        pytest.param("partial_revert", [1.02], "regression", False, id="slower than at base"),
        pytest.param("partial_revert", [1.02], None, False, id="base has no such benchmark"),
        pytest.param("str_concat_in_loop", [1.02], "no change", False, id="a rewrite takes nothing back"),
    ],
)
def test_others_may_pay_a_little_of_what_base_paid_as_well(monkeypatch, rule, lost, at_base, answer):
    asked = []

    def counted(_exam, _fix, before, after, benchmark, threshold):
        asked.append((before, after, benchmark, threshold))
        return Verdict(benchmark, at_base)

    monkeypatch.setattr(verifying, "_counted", counted)
    verdicts = [Verdict("b0", "no change", base=1.0 if at_base else None), Verdict("b1", "no change", base=1.0)]
    exam = SimpleNamespace(config=Config(), sides=SimpleNamespace(base="base"), verdicts=verdicts)
    slower = [Verdict(f"b{len(lost) - 1 - number}", "regression", ratio) for number, ratio in enumerate(lost)]
    fix = Fix(rule, "pkg.py", "total", "", "unverified", ratio=0.6)
    assert _is_worth(exam, Laid(Candidate(fix, {}, None), "patched", "own"), fix, "suite", slower) == answer
    assert all(one == (("base", "suite"), ("patched", "suite"), "b0", 0.01) for one in asked)


@pytest.mark.parametrize("spent", ["head", "patched"])
def test_what_the_budget_did_not_suffice_to_count_is_not_called_as_fast_as_before(spent):
    def counts(side, _suite, benchmarks, seed):
        return dict.fromkeys(benchmarks, Count(error=SPENT) if side == spent else Count(1e6))

    exam = SimpleNamespace(
        config=Config(), sides=SimpleNamespace(head="head"), meter=SimpleNamespace(counts=counts), verdicts=[],
        recorder=SimpleNamespace(reaching=lambda _: [Reaching(Suite("asv", ()), "b")]),
        plan=SimpleNamespace(suites=[Suite("asv", ())]),
    )  # fmt: skip
    fix = Fix("rule", "pkg.py", "total", "", "unverified")
    with pytest.raises(Refused) as refused:
        _no_other_slower(exam, Laid(Candidate(fix, {}, None), "patched", "own"), fix)
    assert (refused.value.fix.status, refused.value.fix.reason) == ("unverified", verifying._SPENT)


def test_a_candidate_that_does_not_build_is_not_verified_and_ends_nothing():
    def prepare(_):
        raise MeasureError("the environment of head does not build")

    side = SimpleNamespace(variant=SimpleNamespace(tree=None, replaced={}))
    exam = SimpleNamespace(
        meter=SimpleNamespace(out_of_time=False), sides=SimpleNamespace(head=side, own=side), prepare=prepare
    )
    fix = _verify_one(exam, Candidate(Fix("rule", "pkg.py", "total", "", "rejected"), {}, None))
    assert fix.status == "unverified"
    assert fix.reason == "it could not be verified: the environment of head does not build"


@pytest.fixture
def judged(make_repository, tmp_path):
    def judged(after, spent_s=0.0, function="total", benchmarks=("few", "many")):
        repository = Repository(make_repository(FILES, {"pkg.py": f"# slower\n{CODE}"}))
        with Workbench(repository, driver("bubblewrap"), tmp_path / "home", SilentProgress()) as bench:
            job = pipeline.plan(bench, pipeline.Request("c0", "c1"))
            before = job.sides.own.variant.text("pkg.py")
            names = [f"benchmarks.it.{'Made.' if one in ('make', 'use') else ''}time_{one}" for one in benchmarks]
            fix = Fix("rule", "pkg.py", function, make_patch("pkg.py", before, after), "unverified", names[0])
            verdicts = [Verdict(name, "no change", runner="asv", base=1e5, head=1e5) for name in names]
            candidates = [Candidate(fix, {"pkg.py": after}, None)]
            (found,) = pipeline.verify(replace(job, began=job.began - spent_s), verdicts, candidates)
            return found

    return judged


def test_what_makes_another_benchmark_of_the_same_function_slower_is_rejected(judged):
    fix = judged(FASTER_FOR_FEW)
    assert fix.status == "rejected"
    assert fix.reason.startswith("makes another benchmark slower: benchmarks.it.time_many (+")


def test_what_makes_another_benchmark_slower_that_does_not_call_it_is_rejected(judged):
    """What it works on is made before it is measured; that it is another thing is not seen: no lambda can be copied."""
    fix = judged(MADE_FOR_WORSE, function="make", benchmarks=("make", "use"))
    assert fix.status == "rejected"
    assert fix.reason.startswith("makes another benchmark slower: benchmarks.it.Made.time_use (+")


def test_what_leaves_the_others_as_they_are_has_its_tests_to_pass(judged):
    fix = judged(FASTER)
    assert fix.status == "unverified"
    assert "test" in fix.reason


def test_what_the_budget_does_not_suffice_for_is_not_called_verified(judged):
    fix = judged(FASTER, spent_s=600.0)
    assert (fix.status, fix.reason, fix.ratio) == ("unverified", "the budget was spent before it was verified", None)
