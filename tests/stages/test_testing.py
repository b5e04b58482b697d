"""Which runs of the tests are needed: those that would tell nothing new are not made."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot.core.config import Config
from bot.errors import MeasureError
from bot.harness import Recording
from bot.progress import SilentProgress
from bot.stages.testing import Outcomes, Selection, Tests

WATCHING = Selection(watched=(("pkg.py", 1),))


class Runs(Tests):
    """Tests whose runs are made up; `made` has those that were asked for."""

    __test__ = False

    def __init__(self, ends) -> None:
        store = SimpleNamespace(get=lambda *_: None, put=lambda *_: None)
        super().__init__(SimpleNamespace(bench=SimpleNamespace(store=store), config=Config()))
        self.ends, self.made = ends, []

    def _run(self, checkout, selection):
        self.made.append((checkout.name, selection))
        outcomes = self.ends[checkout.name]
        recording = Recording() if selection.watched else None
        return Outcomes(outcomes, status=int("failed" in outcomes.values()), recording=recording)


def checkout(name):
    return SimpleNamespace(
        name=name, variant=SimpleNamespace(digest=name), environment=SimpleNamespace(key="e"), env={}
    )


HEAD, FIXED = checkout("head"), checkout("fixed")


@pytest.mark.parametrize("selection", [Selection(), Selection(only=("t::b",))])
def test_a_recorded_run_without_a_failure_is_the_run_before(selection):
    runs = Runs({"head": {"t::a": "passed", "t::b": "passed"}, "fixed": {"t::a": "passed", "t::b": "passed"}})
    runs.outcomes(HEAD, WATCHING)
    assert runs.compared(HEAD, FIXED, selection).broken == ()
    assert runs.made == [("head", WATCHING), ("fixed", selection)]


def test_what_a_fix_breaks_is_found_against_a_recorded_run():
    runs = Runs({"head": {"t::a": "passed", "t::b": "passed"}, "fixed": {"t::a": "passed", "t::b": "failed"}})
    runs.outcomes(HEAD, WATCHING)
    found = runs.compared(HEAD, FIXED)
    assert (found.broken, found.before) == (("t::b",), 2)


def test_a_recorded_run_with_a_failure_stands_in_for_nothing():
    runs = Runs({"head": {"t::a": "passed", "t::b": "failed"}, "fixed": {"t::a": "passed"}})
    runs.outcomes(HEAD, WATCHING)
    runs.compared(HEAD, FIXED)
    assert runs.made[1:] == [("head", Selection()), ("fixed", Selection())]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        pytest.param("ModuleNotFoundError: No module named 'pytest'\n", "pytest is not installed", id="it is missing"),
        pytest.param("Killed\n", "pytest ended without an answer: Killed", id="it ended"),
    ],
)
def test_why_the_tests_could_not_be_run(monkeypatch, said, why):
    finished = SimpleNamespace(output="", errors=f"Traceback …\n{said}")
    runs = Runs({})
    monkeypatch.setattr(runs, "_finish", lambda *_: finished)
    runs._bench.progress = SilentProgress()
    with pytest.raises(MeasureError, match=why):
        Tests._run(runs, HEAD, Selection())
