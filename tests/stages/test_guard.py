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
from bot.progress import SilentProgress
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
    refused = revert("unverified", Compared(calls=20))
    assert found(refused, files={"m.py": BASE.replace("def g(data)", "def g()")}) != []


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


def test_where_one_is_enough_the_others_are_not_tried(monkeypatch):
    words = iter(["rejected", "verified"])
    monkeypatch.setattr(verifying, "Recorder", lambda *_: None)
    monkeypatch.setattr(verifying, "_verify_one", lambda _, candidate: replace(candidate.fix, status=next(words)))
    meter = SimpleNamespace(bench=SimpleNamespace(progress=SilentProgress()), config=Config())
    candidates = [Candidate(Fix("partial_revert", "pkg.py", "total", "", "unverified"), {}, None)] * 3
    fixes = verifying.verify(meter, None, None, None, [], candidates, one_is_enough=True)
    assert [fix.status for fix in fixes] == ["verified", "rejected"]
