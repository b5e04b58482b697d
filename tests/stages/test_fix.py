"""Candidates for a regression whose cause is known; nothing runs."""

from __future__ import annotations

from bot.core.config import parse_config
from bot.core.cuts import Cut
from bot.core.diagnose import Cause, Experiment
from bot.core.model import Suspect
from bot.core.patch import apply_all
from bot.git import Repository, Variant
from bot.stages.diagnose import Diagnosis
from bot.stages.fix import candidates, combined
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


def offered(make_repository, config="", **more):
    diff = Diff(make_repository, {"m.py": OLD}, {"m.py": NEW})
    place = Repository(diff.base._repository.path)
    base, head = Variant(place.tree(diff.base.sha), {}), Variant(place.tree(diff.head.sha), {})
    by_name = {one.name: one for one in diff.functions}
    guilty = tuple(Cut(by_name[name], by_name[name].hunks) for name in ("unique", "key"))
    cause = Cause(guilty, (), guilty, Experiment(((1.0, 2.0, 1.0),)))
    suspect = Suspect("b", "m.py", "unique", "@@", (8, 14), 1.0, "")
    diagnosis = Diagnosis((suspect,), causes={"b": cause}, **more)
    return candidates(diagnosis, base, head, parse_config(config), "3.12"), head


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


def test_what_a_suspect_calls_in_a_loop_is_rewritten_too(make_repository):
    alone, _ = offered(make_repository, called={"b": {("m.py", 12, "m.py", 4): 1, ("m.py", 1, "m.py", 8): 1}})
    often, _ = offered(
        lambda *commits: make_repository(*commits, name="other"),
        called={"b": {("m.py", 11, "m.py", 4): 200, ("m.py", 1, "m.py", 8): 1}},
    )
    assert {one.fix.function for one in alone} <= {one.fix.function for one in often}


def test_rewrites_that_are_faster_alone_are_offered_together(make_repository):
    found, head = offered(make_repository)
    verified = [one.fix for one in found if one.fix.rule not in ("partial_revert", "restored_decorator")][:1]
    assert combined([], head) == combined(verified, head) == ()
