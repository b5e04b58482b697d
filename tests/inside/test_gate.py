"""The gate under attack: wrong fixes whose tests pass must not pass it, and right ones must."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from bot.interpreters import installed
from codemods import catalogue, rewrite
from tests.codemods.test_codemods import BEFORE, after_of, read, sentence
from tests.inside.gate import judged
from tests.inside.wrong_fixes import ELSEWHERE, WRONG, Wrong

PYTHONS = {one.minor: one for one in installed()}
SOME = sorted({"3.8", "3.11", next(iter(PYTHONS))} & PYTHONS.keys())
PACKAGES = re.compile(r"^(?:import|from) (?:numpy|pandas|regex)\b", re.MULTILINE)
CALLS = """\
import asyncio
import importlib
import types


def every(name, calls):
    module = importlib.import_module(name)
    for call in calls or module.CALLS:
        try:
            value = eval(call, dict(vars(module), asyncio=asyncio))
            if isinstance(value, types.CoroutineType):
                value.send(None)
            elif isinstance(value, types.GeneratorType):
                list(value)
        except Exception:
            pass
"""
REFUSED = {
    "attribute_concat_in_loop: rewriting nested loops": "it stops in the middle: what is done by then differs",
    "collection_rebuilt_in_loop: rewriting in a loop": "None, where the loop never comes to it",
    "count_in_loop: rewriting known list": "unhashable",
    "first_of_copy: rewriting comprehension": "IndexError, then StopIteration",
    "index_in_loop: rewriting known list": "ValueError, then KeyError",
    "invariant_method_in_loop: rewriting several calls": "None, where the loop never comes to it",
    "list_membership_in_loop: rewriting copied list": "unhashable",
    "list_membership_in_loop: rewriting names in filter": "unhashable",
    "list_membership_in_loop: rewriting seen words": "unhashable",
    "list_membership_in_loop: rewriting unpacked elements": "unhashable",
    "list_searched_in_loop: rewriting used as a list too": "unhashable",
    "listdir_then_isfile: rewriting both kinds": "None was refused and is the current directory",
    "nested_loop_join: rewriting first match": "an iterator was used up",
    "recursion_without_memo: rewriting with docstring": "True and 1 are one call",
    "remove_in_loop: rewriting attribute": "AttributeError, then TypeError, for a number in place of a list",
    "startswith_any: rewriting names of prefixes": "an iterator was left half read",
}
"""Rewrites for which the gate finds a difference that is there: their codemods call them unsafe, and so they are."""
if sys.version_info >= (3, 13):
    REFUSED["regex_compiled_per_call: rewriting flags"] = "flags by position are deprecated, and nothing warns any more"


def test_the_rules_have_wrong_fixes():
    missing = set(catalogue()) - {one.rule for one in WRONG}
    assert len(missing) < len(catalogue()) / 10, f"write a wrong fix for {sorted(missing)}"


def answers(one: Wrong, source: str) -> list[str]:
    scope = {"asyncio": asyncio, "__name__": "case"}
    exec(compile(source, "case", "exec"), scope)
    return [str(eval(call, scope)) for call in one.calls]


@pytest.mark.filterwarnings("ignore:old:DeprecationWarning")
@pytest.mark.parametrize("one", WRONG, ids=lambda one: f"{one.rule}: {one.why}")
def test_its_own_tests_pass_with_a_wrong_fix(one, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test_all.py").touch()
    elsewhere = ModuleType("elsewhere")
    exec(ELSEWHERE, vars(elsewhere))
    monkeypatch.setitem(sys.modules, "elsewhere", elsewhere)
    assert answers(one, one.after) == answers(one, one.before)


@pytest.mark.parametrize("minor", SOME)
def test_every_wrong_fix_is_rejected(minor, tmp_path):
    same = {"elsewhere.py": ELSEWHERE}
    before = {f"case_{number}.py": one.before for number, one in enumerate(WRONG)} | same
    after = {f"case_{number}.py": one.after for number, one in enumerate(WRONG)} | same
    tests = "".join(f"def test_{n}(): every('case_{n}', {list(one.calls)!r})\n" for n, one in enumerate(WRONG))
    found = judged(tmp_path, before, after, CALLS + tests, PYTHONS[minor].path)
    changed = {path.removesuffix(".py") for path in before if path not in same}
    assert {name.partition(".")[0] for name in found} == changed
    rejected = {name.partition(".")[0] for name, answer in found.items() if answer.word == "rejected"}
    passed = {name: answer for name, answer in found.items() if name.partition(".")[0] not in rejected}
    assert passed == {}


def runs_on_every_python(path: Path) -> bool:
    return not PACKAGES.search(read(path))


def is_safe(path: Path) -> bool:
    return all(site.fix == "safe" for site in rewrite(path.parent.name, read(path)).sites)


def test_every_right_fix_is_accepted_but_for_those_that_do_differ(tmp_path):
    pairs = {f"case_{number}.py": path for number, path in enumerate(filter(runs_on_every_python, BEFORE))}
    before = {name: read(path) for name, path in pairs.items()}
    after = {name: after_of(path) for name, path in pairs.items()}
    tests = "".join(f"def test_{name[:-3]}(): every('{name[:-3]}', ())\n" for name in pairs)
    found = judged(tmp_path, before, after, CALLS + tests)
    refused = {pairs[name.partition("::")[0]] for name, answer in found.items() if answer.word != "accepted"}
    surprising = {sentence(path) for path in refused if sentence(path) not in REFUSED}
    assert surprising <= {sentence(path) for path in refused if not is_safe(path)}
    assert {sentence(path) for path in refused} >= REFUSED.keys()
    assert len(refused) < len(pairs) / 2
