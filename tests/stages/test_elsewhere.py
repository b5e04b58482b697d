"""What is blamed for a regression that no change of the code explains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import ANY

import pytest

from bot.core.diagnose import Cause, Experiment
from bot.core.model import FileChange, Verdict
from bot.environment import Built, Environment
from bot.errors import MeasureError
from bot.harness import Count
from bot.stages import elsewhere
from bot.stages.diagnose import Diagnosis
from bot.workbench import Checkout

OLD, NEW = Built((), ("fast==1.0", "same==2")), Built((), ("fast==1.1", "same==2"))


def checkout(side, built):
    return Checkout(side, None, Environment(built.packages[0], Path(), None, built), {})


def change(path):
    return FileChange(path, path, "modified", ())


class Meter:
    """Counts by the side's files and its packages: the figure of a pair, the same for every benchmark."""

    def __init__(self, figures, metric="instructions", *, spent=False):
        self.figures, self.metric, self.asked, self.out_of_time = figures, metric, [], spent
        self.bench = SimpleNamespace(progress=SimpleNamespace(step=lambda text: None))

    def counts(self, side, suite, benchmarks, *, seed):
        where = side.side, side.environment.built.packages[0].partition("==")[2]
        self.asked.append(where)
        if where not in self.figures:
            raise MeasureError("it does not load")
        return {one: Count(self.figures[where]) for one in benchmarks}


def reasons(
    figures, *, base=OLD, head=NEW, causes=(), changes=("m.py",), metric="instructions", spent=False, whole=True
):
    meter = Meter(figures, metric, spent=spent)
    sides = SimpleNamespace(base=checkout("base", base), head=checkout("head", head))
    plan = SimpleNamespace(changes=[change(path) for path in changes])
    return elsewhere.reasons(plan, sides, meter, None, ["bench"], dict(causes), whole=whole), meter


BLAMED = {("base", "1.0"): 1000.0, ("head", "1.1"): 1500.0, ("head", "1.0"): 1010.0}


def test_a_package_that_got_slower_is_named_with_what_it_costs():
    found, _ = reasons(BLAMED)
    assert found["bench"].startswith("the installed packages differ (fast 1.0 -> 1.1), not the code")
    assert "lose 98 % of the change" in found["bench"]


def test_packages_that_explain_a_part_leave_the_rest_to_the_code():
    found, _ = reasons({**BLAMED, ("head", "1.0"): 1200.0})
    assert found["bench"].startswith("the installed packages differ (fast 1.0 -> 1.1): head's files with")
    assert "lose 60 % of the change" in found["bench"]


@pytest.mark.parametrize(
    "figures",
    [
        pytest.param({**BLAMED, ("head", "1.0"): 1490.0}, id="head is as slow with base's packages"),
        pytest.param({**BLAMED, ("head", "1.0"): None}, id="head cannot be counted with them"),
        pytest.param({one: BLAMED[one] for one in list(BLAMED)[:2]}, id="head does not load with them"),
    ],
)
def test_packages_are_not_blamed_without_evidence(figures):
    assert reasons(figures)[0] == {}


def test_files_that_are_not_python_are_named_where_nothing_else_is():
    found, meter = reasons({**BLAMED, ("head", "1.0"): 1500.0}, head=OLD, changes=("m.py", "fast.pxd", "a.c"))
    words = "no change in Python was found to explain half of it; the diff changes files that are not Python"
    assert found["bench"] == f"{words}: fast.pxd, a.c"
    assert set(meter.asked) == {("base", "1.0"), ("head", "1.0")}, "the packages are the same: not counted with others"


@pytest.mark.parametrize(
    ("changes", "spent"),
    [
        pytest.param(("m.py", "CHANGES.rst", "README", "docs/a.png", ".github/a.yml"), False, id="prose"),
        pytest.param(("m.py", "a.c"), True, id="nobody had the time to try the code"),
    ],
)
def test_nothing_is_said_of_files_that_nothing_reads_or_before_the_code_was_tried(changes, spent):
    assert reasons(BLAMED, head=OLD, changes=changes, spent=spent)[0] == {}


def test_what_the_verdict_says_itself_is_kept():
    diagnosis = Diagnosis(reasons={"b": "the installed packages differ"})
    one = Verdict("b", "regression", reason="instructions +9.0 %, CPU time +8.1 %: it agrees")
    assert diagnosis.reason(one) == f"{one.reason}; the installed packages differ"
    assert diagnosis.reason(Verdict("b", "regression")) == "the installed packages differ"
    assert diagnosis.reason(Verdict("c", "no change")) is None


def test_packages_are_not_blamed_where_bases_environment_holds_its_code_as_well():
    assert reasons(BLAMED, base=replace(OLD, copied=True)) == ({}, ANY)


EXPLAINED = Cause(experiment=Experiment(((1000.0, 1500.0, 1000.0),)))


def test_what_the_code_explains_is_left_alone():
    found, meter = reasons(BLAMED, causes={"bench": EXPLAINED}, changes=("m.py", "a.c"))
    assert (found, meter.asked) == ({}, [])
    little = replace(EXPLAINED, experiment=Experiment(((1000.0, 1500.0, 1400.0),)))
    assert "bench" in reasons(BLAMED, causes={"bench": little})[0]


def test_nothing_is_said_of_a_change_that_counts_do_not_show():
    figures = {("base", "1.0"): 1_000_000.0, ("head", "1.1"): 1_000_100.0, ("head", "1.0"): 1_000_000.0}
    assert reasons(figures, changes=("m.py", "a.c"))[0] == {}


def test_without_counts_nothing_is_said():
    assert reasons(BLAMED, metric="cpu time")[0] == {}


def test_other_files_are_not_blamed_where_not_all_of_the_code_was_looked_into():
    figures = {**BLAMED, ("head", "1.0"): 1500.0}
    assert reasons(figures, head=OLD, changes=("m.py", "a.c"))[0]
    assert reasons(figures, head=OLD, changes=("m.py", "a.c"), whole=False)[0] == {}
