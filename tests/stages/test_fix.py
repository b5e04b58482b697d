"""Candidates for a regression whose cause is known; nothing runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.config import parse_config
from bot.core.cuts import Cut, apart
from bot.core.diagnose import Cause, Experiment
from bot.core.model import Fix, Suspect
from bot.core.patch import apply_all, make_patch
from bot.git import Repository, Variant
from bot.stages.diagnose import Diagnosis
from bot.stages.fix import MOST_REWRITES, candidates, combined, parts
from tests.core.test_changed import Diff

OLD = """\
import functools


@functools.lru_cache
def key(x):
    return str(x)


def unique(items):
    seen = set()
    found = []
    for item in items:
        if key(item) not in seen:
            seen.add(key(item))
            found.append(item)
    return found
"""
NEW = (
    OLD.replace("@functools.lru_cache\n", "")
    .replace("set()", "[]")
    .replace("seen.add(", "seen.append(")
    .replace("return found", "return list(found)")
)


def known(make_repository, names=("unique", "key"), **more):
    """A diagnosis that finds some functions guilty, and the two versions."""
    diff = Diff(make_repository, {"m.py": OLD}, {"m.py": NEW})
    place = Repository(diff.base._repository.path)
    base, head = Variant(place.tree(diff.base.sha), {}), Variant(place.tree(diff.head.sha), {})
    by_name = {one.name: one for one in diff.functions}
    whole = [Cut(by_name[name], by_name[name].hunks) for name in names]
    guilty = tuple(whole) if len(whole) > 1 else apart(whole[0], base, head)
    cause = Cause(guilty, (), guilty, Experiment(((1.0, 2.0, 1.0),)))
    suspect = Suspect("b", "m.py", "unique", "@@", (8, 14), 1.0, "")
    return Diagnosis((suspect,), causes={"b": cause}, **more), base, head


def offered(make_repository, config="", **more):
    diagnosis, base, head = known(make_repository, **more)
    found, untried = candidates(diagnosis, base, head, parse_config(config), "3.12")
    assert untried == ()
    return found, head


def test_a_rewrite_a_restored_decorator_and_a_partial_revert_are_offered(make_repository):
    found, head = offered(make_repository)
    rules = [one.fix.rule for one in found]
    assert rules[-2:] == ["restored_decorator", "partial_revert"]
    assert "seen_list_in_loop" in rules or "list_membership_in_loop" in rules
    assert all(apply_all(head.text, one.fix.patch) == one.files for one in found)


def test_a_partial_revert_says_what_it_takes_back(make_repository):
    found, _ = offered(make_repository)
    (revert,) = (one for one in found if one.fix.rule == "partial_revert")
    assert revert.files == {"m.py": OLD}
    assert revert.fix.note.startswith(
        "takes back lines 9-15 of unique in m.py, line 4 of key in m.py, to what base has"
    )


def test_what_the_configuration_ignores_is_not_offered(make_repository):
    found, _ = offered(make_repository, "rules: {ignore: [partial_revert, restored_decorator]}\n")
    assert {"partial_revert", "restored_decorator"}.isdisjoint(one.fix.rule for one in found)


REJECTED = Fix("partial_revert", "m.py", "unique", "", "rejected", "b")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(
            ("unique", "key"),
            [OLD.replace("@functools.lru_cache\n", ""), NEW.replace("\ndef key", "\n@functools.lru_cache\ndef key")],
            id="one function after the other",
        ),
        pytest.param(
            ("unique",),
            [
                NEW.replace("= []\n    found", "= set()\n    found").replace("seen.append", "seen.add"),
                NEW.replace("return list(found)", "return found"),
            ],
            id="hunks that need each other, and one that needs none",
        ),
        pytest.param(("key",), [], id="not the only one"),
    ],
)
def test_parts_of_what_is_rejected_as_a_whole_are_offered(make_repository, names, expected):
    diagnosis, base, head = known(make_repository, names)
    assert [one.files["m.py"] for one in parts(diagnosis, [REJECTED], base, head)] == expected
    assert parts(diagnosis, [REJECTED, replace(REJECTED, status="verified")], base, head) == ()
    assert parts(diagnosis, [replace(REJECTED, status="unverified")], base, head) == ()


def test_every_cause_has_its_partial_revert(make_repository):
    names = "abc"
    old = {f"{name}.py": f"def {name}():\n    return 1\n" for name in names}
    diff = Diff(make_repository, old, {path: text.replace("1", "2") for path, text in old.items()})
    place = Repository(diff.base._repository.path)
    base, head = Variant(place.tree(diff.base.sha), {}), Variant(place.tree(diff.head.sha), {})
    causes = {one.name: (Cut(one, one.hunks),) for one in diff.functions}
    diagnosis = Diagnosis(causes={name: Cause(cuts, (), cuts) for name, cuts in causes.items()})
    found, _ = candidates(diagnosis, base, head, parse_config(""), "3.12")
    assert [(one.fix.benchmark, one.fix.path) for one in found] == [(name, f"{name}.py") for name in names]
    refused = [replace(REJECTED, benchmark=name) for name in names]
    assert parts(diagnosis, refused, base, head) == (), "each is one hunk"


def test_every_regression_has_its_turn_and_a_note_names_the_rewrites_beyond(make_repository):
    loop = "    found = []\n    for item in row:\n        if item not in found:\n            found.append(item)\n"
    many = "".join(f"def f{number}(row):\n{loop}    return found\n\n\n" for number in range(MOST_REWRITES + 1))
    files = {"many.py": many, "one.py": many.partition("def f1")[0]}
    diff = Diff(make_repository, {"m.py": ""}, files)
    head = Variant(Repository(diff.base._repository.path).tree(diff.head.sha), {})
    names = [("b", "many.py", f"f{number}") for number in range(MOST_REWRITES + 1)] + [("c", "one.py", "f0")]
    suspects = tuple(Suspect(benchmark, path, name, "@@", (1, 1), 1.0, "") for benchmark, path, name in names)
    found, (note,) = candidates(Diagnosis(suspects), head, head, parse_config(""), "3.12")
    assert [one.fix.benchmark for one in found] == ["b", "c", *"b" * (MOST_REWRITES - 2)]
    (rule,) = {one.fix.rule for one in found}
    assert note == f"not tried, beyond {MOST_REWRITES} others: 2 rewrites ({rule} in f7, {rule} in f8)"


CALLER = """\
def slow(rows):
    return [clean(row) for row in rows]


def clean(row):
    found = []
    for item in row:
        if item not in found:
            found.append(item)
    return len(found)
"""


def rewritten(make_repository, count, caller=CALLER):
    """The functions that are rewritten when `slow` is called once and calls `clean` so often."""
    diff = Diff(make_repository, {"m.py": caller.replace("rows]", "rows[1:]]")}, {"m.py": caller})
    head = Variant(Repository(diff.base._repository.path).tree(diff.head.sha), {})
    suspect = Suspect("b", "m.py", "slow", "@@", (2, 2), 1.0, "")
    diagnosis = Diagnosis((suspect,), called={"b": {("b.py", 1, "m.py", 1): 1, ("m.py", 2, "m.py", 5): count}})
    found, _ = candidates(diagnosis, head, head, parse_config(""), "3.12")
    return {one.fix.function for one in found}


@pytest.mark.parametrize("more", ["", "\n\ndef slow(rows):\n    return rows\n"], ids=["one", "one of its name below"])
def test_what_a_suspect_calls_in_a_loop_is_rewritten_too(make_repository, more):
    assert rewritten(make_repository, 200, CALLER + more) == {"clean"}


def test_what_a_suspect_calls_once_is_left_alone(make_repository):
    assert rewritten(make_repository, 1) == set()


def test_rewrites_that_are_faster_alone_are_offered_together(make_repository):
    diff = Diff(make_repository, {"m.py": ""}, {"m.py": CALLER})
    head = Variant(Repository(diff.base._repository.path).tree(diff.head.sha), {})
    first = CALLER.replace("len(found)", "len(set(found))")
    second = CALLER.replace("[clean(row) for row in rows]", "list(map(clean, rows))")
    fixes = [
        Fix(rule, "m.py", "f", make_patch("m.py", CALLER, after), "verified", "b")
        for rule, after in (("list_membership_in_loop", first), ("seen_list_in_loop", second))
    ]
    (both,) = combined(fixes, head)
    assert both.files == {"m.py": first.replace("[clean(row) for row in rows]", "list(map(clean, rows))")}
    assert both.fix.rule == "list_membership_in_loop + seen_list_in_loop"
    assert combined(fixes[:1], head) == ()
    assert combined([fixes[0], replace(fixes[1], patch=fixes[0].patch)], head) == (), "they do not fit together"
