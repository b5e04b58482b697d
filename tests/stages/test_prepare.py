"""Which interpreter the environments of a check have; none is built."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot.core.config import parse_config
from bot.errors import MeasureError
from bot.git import Repository
from bot.stages import plan as planning
from bot.stages import prepare
from bot.stages.prepare import Preparer

FILES = {"test_a.py": "def test_a(benchmark): benchmark(len, 'a')\n", "pkg.py": "x = 1\n"}
OLD, NEW = SimpleNamespace(minor="3.10"), SimpleNamespace(minor="3.13")


@pytest.fixture
def preparing(make_repository, monkeypatch):
    """A preparer where nothing installs on some interpreters, and what has been built; a commit is of OLD's days."""
    repository = Repository(make_repository(FILES, {"pkg.py": "x = 2\n"}))
    plan, config = planning.plan(repository, "c0", "c1", parse_config(""))
    built = []
    monkeypatch.setattr(prepare, "choose", lambda *_, date: NEW if date is None else OLD)

    def preparing(*failing, aged=False):
        def build(recipe, _variant, _determining, like):
            built.append(recipe.interpreter.minor)
            if recipe.interpreter in failing:
                raise MeasureError(f"no wheel for {recipe.interpreter.minor}")
            return recipe.interpreter

        bench = SimpleNamespace(
            repository=repository, environments=SimpleNamespace(prepare=build),
            progress=SimpleNamespace(step=lambda _: None),
        )  # fmt: skip
        return Preparer(bench, plan, config, aged=aged), plan, built

    return preparing


@pytest.mark.parametrize(
    ("failing", "aged", "minors", "noted"),
    [
        pytest.param((), False, ["3.13"] * 2, False, id="the newest"),
        pytest.param((), True, ["3.10"] * 2, False, id="that of the day, with its packages"),
        pytest.param((NEW,), False, ["3.13", "3.10", "3.10"], True, id="that of the day where nothing installs"),
    ],
)
def test_an_interpreter_serves_both_sides_and_every_other_head(preparing, failing, aged, minors, noted):
    preparer, plan, built = preparing(*failing, aged=aged)
    preparer.sides()
    assert built == minors
    assert ("nothing installs with CPython 3.13: 3.10 was taken" in preparer.notes) == noted
    preparer.of(plan).sides()
    assert built == [*minors, *minors[-1:] * 2]


def test_where_nothing_installs_at_all_what_is_said_is_of_today(preparing):
    preparer, _, built = preparing(OLD, NEW)
    with pytest.raises(MeasureError, match=r"no wheel for 3\.13"):
        preparer.sides()
    assert built == ["3.13", "3.10"]
