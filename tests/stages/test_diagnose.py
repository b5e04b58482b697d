"""What is said when the time for looking into a diff, or for being certain of a cause, is over."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot.core import reasons
from bot.core.changed import Changed
from bot.core.model import Suite, Verdict
from bot.core.source import Function
from bot.harness import Early
from bot.stages import diagnose

SPENT = "the budget was spent before it was known"


@pytest.mark.parametrize(
    ("errors", "notes"),
    [
        pytest.param({}, [], id="all were looked into"),
        pytest.param({"b": reasons.SPENT, "c": reasons.SPENT}, [SPENT], id="the budget was spent"),
        pytest.param(
            {"b": "the process ended"},
            ["is not known: b could not be looked into: the process ended"],
            id="one ended its process",
        ),
        pytest.param({"b": "the process ended", "c": reasons.SPENT}, [SPENT], id="both"),
    ],
)
def test_what_was_not_looked_into_is_not_said_to_be_reached_by_nothing(monkeypatch, errors, notes):
    function = Function("f", 1, 2)
    monkeypatch.setattr(
        diagnose, "_candidates", lambda *_: ([Changed("a.py", "f", "a.py", function, function, ())], ())
    )
    asked = []

    def ask(question, side, suite, benchmarks):
        asked.extend(benchmarks)
        return {one: question.kind(error=errors.get(one)) for one in benchmarks}

    base, head = SimpleNamespace(side="base"), SimpleNamespace(side="head")
    plan, sides = SimpleNamespace(suites=[Suite("asv", ())]), SimpleNamespace(base=base, head=head)
    verdicts = [Verdict(name, "no change", ratio=1.0, runner="asv") for name in ("b", "c")]
    found = diagnose.diagnose(None, plan, sides, None, SimpleNamespace(ask=ask), verdicts)
    assert asked == ["b", "c"]
    assert found.uncovered == (() if errors else ("a.py::f",))
    assert len(found.notes) == len(notes)
    assert all(words in note for words, note in zip(notes, found.notes, strict=True))


def test_functions_of_one_name_are_listed_with_their_lines():
    one, other, third = (
        Changed("a.py", name, "a.py", None, Function(name, line, line + 1), ())
        for name, line in [("f", 1), ("f", 5), ("g", 9)]
    )
    assert diagnose._names([one, other, third], {other}) == (("a.py::f:5",), ("a.py::f:1", "a.py::g"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Early(loaded=(0,)), "at import", id="at import"),
        pytest.param(Early(prepared=(0,), called=(0,)), "in the benchmark's set-up", id="in set-up"),
        pytest.param(Early((0,), (1, 0)), "at import and in the benchmark's set-up", id="in both"),
        pytest.param(Early(called=(1, 0)), "in the first call alone, or in another thread", id="in a first call"),
        pytest.param(Early((1,), (1,), (1,)), "", id="another function"),
        pytest.param(Early(error="it ended"), "", id="nobody knows"),
    ],
)
def test_where_a_function_runs_in_words(answer, words):
    assert diagnose._where(answer, 0) == words


@pytest.mark.parametrize(
    ("benchmarks", "which"),
    [
        pytest.param([], [], id="all are explained"),
        pytest.param(["a"], ["what explains a, so that taking it back was not tried"], id="one is not"),
        pytest.param(["a", "b", "c"], ["what explains a and 2 more, so that"], id="several are not"),
    ],
)
def test_why_nothing_was_taken_back_as_a_fix(benchmarks, which):
    notes = diagnose.unfinished(benchmarks)
    assert len(notes) == len(which)
    assert all(words in note for words, note in zip(which, notes, strict=True))


def test_what_a_program_has_written_leaves_room_for_what_people_write():
    function = Function("f", 1, 2)
    generated = [Changed("a.py", f"f{n}", "a.py", function, function, ()) for n in range(diagnose.MOST_WATCHED + 9)]
    written = [Changed(path, "f", path, function, function, ()) for path in ("b.py", "c.py")]
    chosen = diagnose._watchable([*generated, *written])
    assert chosen == [*generated[: diagnose.MOST_WATCHED - 2], *written]
    assert diagnose._watchable(written) == written
