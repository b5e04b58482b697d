"""From plan to a verified fix on the sample of `make demo`; its environment needs pytest from the package index."""

from __future__ import annotations

import subprocess

import pytest

from bot import machine, pipeline
from bot.core.config import parse_config
from bot.core.model import Fix, Verdict
from bot.core.patch import make_patch
from bot.errors import UserError
from bot.git import Repository
from bot.progress import SilentProgress
from bot.sandbox import driver
from bot.stages import plan as planning
from bot.stages import verify as verifying
from bot.stages.fix import Candidate
from bot.stages.meter import Meter
from bot.stages.prepare import Preparer
from bot.workbench import Workbench
from demo.__main__ import make

pytestmark = pytest.mark.skipif(machine.valgrind() is None, reason="instructions are counted by valgrind")
BENCHMARK = "tests/test_benchmarks.py::test_merge_feeds"
PATH = "src/newsdesk/merge.py"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return make(tmp_path_factory.mktemp("demo") / "newsdesk")


@pytest.fixture(scope="module")
def bench(place, tmp_path_factory):
    with Workbench(Repository(place), driver("bubblewrap"), tmp_path_factory.mktemp("home"), SilentProgress()) as bench:
        yield bench


@pytest.fixture(scope="module")
def report(bench):
    return pipeline.check(bench, pipeline.Request("main", "pull-request"))


def test_the_regression_is_the_only_change(report):
    words = {one.id: one.verdict for one in report.verdicts}
    assert words.pop(BENCHMARK) == "regression"
    assert set(words.values()) == {"no change"}


def test_the_cause_is_the_function_that_the_diff_made_slow(report):
    assert [(one.path, one.function) for one in report.suspects] == [(PATH, "merge")]
    assert report.suspects[0].share > 0.9
    assert report.suspects[0].lines == (13, 22), "the hunks go back together only: none is said to be innocent"


def test_the_fix_is_verified_and_git_applies_it(report, place):
    (fix,) = (one for one in report.fixes if one.rule == "list_membership_in_loop")
    assert fix.status == "verified"
    assert fix.interval is not None
    assert fix.interval[1] < 0.5
    assert fix.tests is not None
    assert (fix.tests.failed, fix.tests.broken) == (0, ())
    command = ["git", "-C", str(place), "apply", "--check", "-"]
    subprocess.run(command, input=fix.patch, text=True, check=True)


def test_tests_stand_in_where_they_are_asked_for_and_are_called_what_they_are(bench):
    config = parse_config("benchmarks: [{runner: tests}]\nfixes: off\n")
    report = pipeline.check(bench, pipeline.Request("main", "pull-request", config, None, "kept_once|slugs|limit"))
    (one,) = report.verdicts  # slugs reach nothing that the diff changes, and only head has a limit
    assert one.id == "tests/test_newsdesk.py::test_each_story_is_kept_once"
    assert (one.reason or "").startswith("a test, used as a benchmark")


def test_a_partial_revert_says_what_it_takes_back(report):
    (fix,) = (one for one in report.fixes if one.rule == "partial_revert")
    assert "of merge in src/newsdesk/merge.py" in fix.note


def judged(bench, after, *, doubt=None, config="", benchmark=BENCHMARK):
    """What `verify` says of a rewrite of the guilty file."""
    plan, read = planning.plan(bench.repository, "main", "pull-request", parse_config(config))
    preparer = Preparer(bench, plan, read)
    sides = preparer.sides()
    before = sides.own.variant.text(PATH)
    patch = make_patch(PATH, before, after(before))
    candidate = Candidate(Fix("some_rule", PATH, "merge", patch, "unverified", benchmark), {PATH: after(before)}, doubt)
    verdicts = [Verdict(BENCHMARK, "regression", 5.0, runner="pytest")]
    (fix,) = verifying.verify(Meter(bench, read, "instructions"), plan, sides, preparer, verdicts, [candidate])
    return fix


def good(text):
    return text.replace("seen = []", "seen = set()").replace("seen.append", "seen.add")


def test_a_rewrite_that_breaks_a_test_is_rejected_with_its_name(bench):
    fix = judged(bench, lambda text: good(text).replace("len(merged) == limit", "len(merged) < 0"))
    assert fix.status == "rejected"
    assert "test_a_limit_keeps_the_newest_stories" in fix.reason


def test_a_rewrite_that_is_not_faster_is_rejected(bench):
    fix = judged(bench, lambda text: text.replace("seen = []", "seen = list()"))
    assert (fix.status, fix.tests) == ("rejected", None)
    assert "not measurably faster" in fix.reason


def test_a_rewrite_that_does_not_run_is_rejected(bench):
    fix = judged(bench, lambda text: text.replace("seen = []", "seen = nothing"))
    assert fix.status == "rejected"
    assert "NameError" in fix.reason


def test_a_rewrite_that_may_be_unsafe_is_verified_by_comparing_its_behaviour(bench):
    fix = judged(bench, good, doubt="elements may not be hashable")
    assert (fix.status, fix.reason) == ("verified", "elements may not be hashable")
    assert fix.compared.calls > 0
    assert fix.compared.variations > 100
    assert fix.compared.difference is None


def test_without_a_benchmark_its_recorded_calls_are_one(bench):
    fix = judged(bench, good, benchmark=None)
    assert (fix.status, fix.benchmark) == ("verified", "recorded calls of src/newsdesk/merge.py::merge:13")
    assert fix.ratio < 0.6


def test_a_rewrite_whose_tests_pass_and_that_does_something_else_is_rejected_with_an_example(bench):
    fix = judged(bench, lambda text: good(text).replace("return merged", "return merged[:9] + merged[:8:-1]"))
    assert fix.status == "rejected"
    assert fix.reason.startswith("does not do the same: merge(")


def test_a_rewrite_that_may_be_unsafe_is_verified_where_the_configuration_lets_it(bench):
    fix = judged(bench, good, doubt="elements may not be hashable", config="rules: {unsafe: true}\n")
    assert (fix.status, fix.reason) == ("verified", "elements may not be hashable")


def test_tests_of_another_kind_count_by_their_exit_status(bench):
    assert judged(bench, good, config="tests: test -f pyproject.toml\n").status == "verified"
    assert judged(bench, good, config="tests: exit 1\n").status == "unverified"


def commit(place, message, *paths, **files):
    """A commit on the branch that is checked out; keyword NAME writes NAME.txt."""
    for name, text in files.items():
        (place / f"{name}.txt").write_text(text)
    identity = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    subprocess.run(["git", "-C", str(place), "add", "."], check=True)
    subprocess.run(["git", "-C", str(place), *identity, "commit", "-q", "-m", message, *paths], check=True)


def test_the_first_slow_commit_is_found_beside_one_that_does_not_load(bench, place):
    guilty = subprocess.run(
        ["git", "-C", str(place), "show", f"pull-request:{PATH}"], capture_output=True, text=True, check=True
    ).stdout
    subprocess.run(["git", "-C", str(place), "checkout", "-q", "-b", "line", "main"], check=True)
    commit(place, "notes", notes="1")
    good = (place / PATH).read_text()
    (place / PATH).write_text("nonsense(\n")
    commit(place, "broken")
    (place / PATH).write_text(good)
    commit(place, "mended", notes="2")
    (place / PATH).write_text(guilty)
    commit(place, "slow")
    commit(place, "more notes", notes="3")
    found = pipeline.bisect(bench, pipeline.Request("main", "line"), BENCHMARK)
    assert [bench.repository.subject(sha) for sha in found.candidates] == ["slow"]
    assert len(found.probed) <= 8
    assert found.ratios[found.candidates[0]] > 2
    assert pipeline.bisect(bench, pipeline.Request("main", "line~2"), BENCHMARK).candidates == ()
    assert pipeline.bisect(bench, pipeline.Request("main", "main"), BENCHMARK).candidates == ()
    with pytest.raises(UserError, match="did you mean tests/test_benchmarks"):
        pipeline.bisect(bench, pipeline.Request("main", "line"), BENCHMARK[:-1])
    with pytest.raises(UserError, match="no ancestor"):
        pipeline.bisect(bench, pipeline.Request("line", "main"), BENCHMARK)
