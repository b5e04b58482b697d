"""Which tests stand in for benchmarks."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot.core.config import parse_config
from bot.core.model import Plan, Revisions, Suite
from bot.harness import Trial
from bot.stages import choose

MS = 1_000_000


def best(**trials: Trial) -> list[str]:
    return choose._best(trials, 1000 * MS)


def test_the_slowest_come_first():
    assert best(a=Trial((0,), 5 * MS), b=Trial((0,), 9 * MS), c=Trial((0,), 7 * MS)) == ["b", "c", "a"]


def test_every_changed_function_gets_one_before_any_gets_two():
    trials = {f"t{number:02}": Trial((0,), (50 - number) * MS) for number in range(20)}
    chosen = best(**trials, other=Trial((1,), 1 * MS))
    assert chosen[:2] == ["t00", "other"]
    assert len(chosen) == choose.MOST


@pytest.mark.parametrize(
    ("trials", "chosen"),
    [
        pytest.param({"a": (0, 900), "b": (0, 300), "c": (0, 90)}, ["a", "c"], id="those that fit together"),
        pytest.param({"a": (0, 1100), "b": (0, 300)}, ["b"], id="none that alone takes all of the time"),
        pytest.param({"a": (0, 1100), "b": (0, 1200)}, ["a"], id="the quickest where none fits"),
        pytest.param(
            {"a": (0, 900), "b": (1, 300), "c": (1, 200)}, ["a", "c"], id="the quickest of a function in need"
        ),
    ],
)
def test_what_there_is_no_time_to_count_is_not_taken(trials, chosen):
    assert best(**{test: Trial((reached,), ms * MS) for test, (reached, ms) in trials.items()}) == chosen


def test_what_fails_or_reaches_nothing_is_not_taken():
    assert best(fails=Trial((0,), 9 * MS, "ValueError: worn out"), elsewhere=Trial((), 9 * MS)) == []


def test_tests_named_for_a_changed_file_are_tried_first():
    watched = [("src/pkg/_merge.py", 1)]
    assert choose._is_near("tests/test_merge.py::test_a", watched)
    assert not choose._is_near("tests/test_page.py::test_merge", watched)


@pytest.mark.parametrize(
    ("trials", "why"),
    [
        pytest.param(choose._Trials({"a": Trial((), MS)}), "no test reaches a function that head changes", id="none"),
        pytest.param(
            choose._Trials({}, ("tests/test_a.py: FileNotFoundError: values", "tests/test_b.py: other")),
            "no test loads (tests/test_a.py: FileNotFoundError: values)",
            id="test files that do not load",
        ),
        pytest.param(
            choose._Trials({
                "a": Trial((), MS),
                "b": Trial((), 0, "Failed: fixture 'app' not found"),
                "c": Trial((), 0, "Failed: KeyError: 'x'"),
                "d": Trial((), 0, "Failed: fixture 'app' not found"),
                "e": Trial((), 0, "Skipped: only there"),
            }),
            "no test that runs here reaches a function that head changes"
            " (3 of 5 fail, most often with Failed: fixture 'app' not found)",
            id="tests that fail here",
        ),
    ],
)  # fmt: skip
def test_why_no_test_stands_in(trials, why):
    assert choose._why_none(trials) == why


@pytest.mark.parametrize(
    ("trials", "few"),
    [
        (choose._Trials({"a": Trial((), MS), "b": Trial((), 0, "Failed: x"), "c": Trial((), 0, "Failed: x")}), True),
        (choose._Trials({"a": Trial((), MS), "b": Trial((), MS), "c": Trial((), 0, "Failed: x")}), False),
        (choose._Trials({"a": Trial((), 0, "Skipped: elsewhere")}), False),
        (choose._Trials({}, ("tests/test_a.py: ImportError: x",)), True),
        (choose._Trials({}), False),
    ],
    ids=["most fail", "most run", "all are skipped", "none loads", "there are none"],
)
def test_older_packages_may_help_where_few_tests_run(trials, few):
    assert choose._few_run(trials) is few


@pytest.mark.parametrize(("failing", "noted"), [(2, True), (0, False)], ids=["most fail", "all run"])
def test_that_most_tests_fail_is_said_where_some_stand_in(failing, noted, monkeypatch):
    trials = {"a": Trial((0,), MS)} | {f"b{number}": Trial((), 0, "Failed: x") for number in range(failing)}
    reached = SimpleNamespace(base_path="a.py", base=SimpleNamespace(start=1))
    monkeypatch.setattr(choose.coverage, "changed", lambda *_: [reached])
    monkeypatch.setattr(choose, "_try", lambda *_: choose._Trials(trials))
    plan = Plan(Revisions("c0", "c1", "c0"), (), (Suite("tests", ("test_a.py",)),), ())
    made = choose.choose(None, plan, None, parse_config(""))
    assert ("most tests do not run here: 2 of 3 fail, most often with Failed: x" in made.notes) == noted
