"""When a partial revert is tried for some calls alone; nothing runs."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType, SimpleNamespace

import pytest

from bot.core.changed import Changed
from bot.core.config import Config
from bot.core.cuts import Cut
from bot.core.diagnose import Cause
from bot.core.guards import Shape
from bot.core.model import Compared, Fix, TestCount
from bot.core.patch import apply_all
from bot.core.source import functions
from bot.errors import MeasureError
from bot.progress import SilentProgress
from bot.stages import guard
from bot.stages import verify as verifying
from bot.stages.diagnose import Diagnosis
from bot.stages.fix import Candidate
from bot.stages.guard import offered

BASE = "def f(data):\n    return data[::-1].hex()\n\n\ndef g(data):\n    return data\n"
HEAD = BASE.replace("data[::-1].hex()", '"%032x" % int.from_bytes(data, "little")')
DIFFERENT = Compared(difference="f(b'') returned '0…'; with the fix it returned ''")


def tree(text):
    return SimpleNamespace(text={"m.py": text}.get)


def cut(name):
    before, after = ({one.name: one for one in functions(text)}[name] for text in (BASE, HEAD))
    return Cut(Changed("m.py", name, "m.py", before, after, ()), ())


def found(*fixes, guilty=("f",), files=MappingProxyType({"m.py": BASE})):
    diagnosis = Diagnosis(causes={"b": Cause(tuple(map(cut, guilty)))})
    candidates = [Candidate(one, files, None) for one in fixes]
    shapes = {"f": {"data": Shape("bytes", 16)}}
    return list(offered(diagnosis, fixes, candidates, tree(BASE), tree(HEAD), lambda _: shapes))


def revert(status="rejected", compared=DIFFERENT, **more):
    return Fix("partial_revert", "m.py", "f", "patch", status, "b", compared=compared, **more)


PASSED = TestCount(4, 0, before=4)
FEWER = {"m.py": BASE.replace("def g(data)", "def g()")}
"""A parameter is taken away."""


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param(revert(), id="it does something else"),
        pytest.param(revert("unverified"), id="it does so for another type"),
        pytest.param(revert(compared=None, tests=TestCount(3, 1, broken=("t",), before=4)), id="it breaks a test"),
    ],
)
def test_a_partial_revert_that_differs_is_tried_for_the_calls_that_do_not(refused):
    ((first, second),) = found(refused)
    condition = "type(data) is bytes and len(data) == 16"
    assert first.fix.note == f"takes base's way in f where `{condition}`, and stays with head's for all other calls"
    assert second.fix.status == "unverified"
    assert apply_all(tree(HEAD).text, first.fix.patch) == first.files


def test_one_that_takes_a_parameter_away_is_tried_as_well():
    refused = revert("unverified", Compared(calls=20), tests=PASSED)
    assert found(refused, files=FEWER) != []


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param(revert("unverified", None, reason=verifying.NOT_BEGUN), id="its turn never came"),
        pytest.param(revert("unverified", None, reason="it could not be verified: …"), id="it does not build"),
        pytest.param(revert("unverified", Compared(calls=20)), id="its tests were not run"),
    ],
)
def test_what_nobody_has_looked_at_is_not_refused_for_what_it_takes(refused):
    assert found(refused, files=FEWER) == []


@pytest.mark.parametrize(
    ("fixes", "guilty"),
    [
        pytest.param([revert(compared=Compared(calls=20))], ("f",), id="it was refused for another reason"),
        pytest.param([revert(), revert("verified", Compared(calls=20))], ("f",), id="another one is verified"),
        pytest.param([revert()], ("f", "g"), id="several functions are guilty together"),
        pytest.param([], ("f",), id="none was tried"),
    ],
)
def test_nothing_is_tried(fixes, guilty):
    assert found(*fixes, guilty=guilty) == []


@pytest.mark.parametrize(
    ("spent", "asked"), [pytest.param(True, 0, id="the budget is spent"), pytest.param(False, 1, id="no replay")]
)
def test_calls_that_cannot_be_replayed_end_nothing_and_none_is_asked_for_too_late(spent, asked, monkeypatch):
    tried = []

    def shapes(*_):
        tried.append(1)
        raise MeasureError("it does not run")

    monkeypatch.setattr(guard, "Recorder", lambda *_: None)
    monkeypatch.setattr(guard.behave, "shapes", shapes)
    sides = SimpleNamespace(base=SimpleNamespace(variant=tree(BASE)), own=SimpleNamespace(variant=tree(HEAD)))
    meter = SimpleNamespace(bench=SimpleNamespace(), out_of_time=spent, config=Config())
    diagnosis, refused = Diagnosis(causes={"b": Cause((cut("f"),))}), revert()
    candidates = [Candidate(refused, {"m.py": BASE}, None)]
    ways = list(guard.guarded(meter, None, sides, diagnosis, [refused], candidates))
    assert len(tried) == asked
    conditions = [one.fix.note for alike in ways for one in alike]
    assert not any("len(data) == 16" in note for note in conditions)


def test_where_one_is_enough_the_others_are_not_tried(monkeypatch):
    words = iter(["rejected", "verified"])
    monkeypatch.setattr(verifying, "Recorder", lambda *_: None)
    monkeypatch.setattr(verifying, "_verify_one", lambda _, candidate: replace(candidate.fix, status=next(words)))
    meter = SimpleNamespace(bench=SimpleNamespace(progress=SilentProgress()), config=Config())
    candidates = [Candidate(Fix("partial_revert", "pkg.py", "total", "", "unverified"), {}, None)] * 3
    fixes = verifying.verify(meter, None, None, None, [], candidates, one_is_enough=True)
    assert [fix.status for fix in fixes] == ["verified", "rejected"]
