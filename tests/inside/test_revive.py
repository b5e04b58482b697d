"""A cache that only one version has: objects get it as their constructor would set it; what it holds is not seen."""

from __future__ import annotations

import base64
import json
import pickle
import sys
import types

import pytest

HEAD = """\
class Item:
    __slots__ = ("n",)
    def __init__(self, n):
        self.n = n
    def key(self):
        return [self.n, self.n]
"""
FIXED = """\
class Item:
    __slots__ = ("n", "_key")
    def __init__(self, n):
        self.n = n
        self._key = None
    def key(self):
        if self._key is None:
            self._key = [self.n, self.n]
        return list(self._key)
"""
FORGETFUL = FIXED.replace("list(self._key)", "list(self._key) if self._key != [2, 2] else self._key.pop() and [2, 2]")


@pytest.fixture
def calls(request, monkeypatch):
    """Calls of `Item.key` as recorded at head."""
    work = types.ModuleType("work")
    exec(getattr(request, "param", HEAD), vars(work))
    monkeypatch.setitem(sys.modules, "work", work)
    monkeypatch.setattr(work.Item, "__module__", "work")
    return [base64.b64encode(pickle.dumps(((work.Item(n),), {}), 4)).decode() for n in (1, 2, 3)]


def digests(serve, calls, source, *, caches=(), unseen=("_key",), varied=False):
    line = source[: source.index("    def key")].count("\n") + 1
    options = {
        "recording": "recording.json",
        "watched": json.dumps([["work.py", line]]),
        "names": json.dumps([["key", ""]]),
        "caches": json.dumps(caches),
        "unseen": json.dumps(unseen),
        "shared": "{}",
    }
    recording = {"calls": [[0, one] for one in calls], "modules": [[0, "work"]], "path": []}
    served = serve({"work.py": source, "recording.json": json.dumps(recording)}, "recorded", options=options)
    return served.ask("key", "replay", variables=[], constants=[], changing=[], varied=varied, late_s=1)["digests"]


INITIAL = [["Item", "_key", "None"]]


@pytest.mark.parametrize(
    "varied", [pytest.param(False, id="as recorded"), pytest.param(True, id="twice on one object")]
)
def test_a_cache_that_comes_back_changes_nothing(serve, calls, varied):
    before = digests(serve, calls, HEAD, varied=varied)
    assert {one[0] for one in before} == {"="}
    assert digests(serve, calls, FIXED, caches=INITIAL, varied=varied) == before


def test_without_its_attribute_every_call_fails(serve, calls):
    assert {one[0] for one in digests(serve, calls, FIXED)} == {"!"}


def test_an_attribute_that_is_not_said_to_be_a_cache_is_seen(serve, calls):
    seen = [digests(serve, calls, text, caches=INITIAL, unseen=()) for text in (HEAD, FIXED)]
    assert not set(seen[0]) & set(seen[1])


def test_a_cache_that_is_wrong_the_second_time_is_found(serve, calls):
    assert digests(serve, calls, FORGETFUL, caches=INITIAL) == digests(serve, calls, HEAD)
    before, after = (
        digests(serve, calls, HEAD, varied=True),
        digests(serve, calls, FORGETFUL, caches=INITIAL, varied=True),
    )
    assert before != after


WITH_DICT = HEAD.replace('    __slots__ = ("n",)\n', "")


@pytest.mark.parametrize("calls", [WITH_DICT], indirect=True, ids=["recorded without slots"])
@pytest.mark.parametrize(
    ("source", "same"),
    [(HEAD, True), (HEAD.replace('"n"', '"m"').replace("self.n = n", "pass"), False)],
    ids=["slots for all that they have", "no slot for what they have"],
)
@pytest.mark.parametrize("varied", [False, True], ids=["as they are", "varied"])
def test_objects_without_slots_are_made_again_with_them(serve, calls, source, same, varied):
    before, after = (digests(serve, calls, text, unseen=(), varied=varied) for text in (WITH_DICT, source))
    assert len(before) == len(after) or not same
    assert (before == after) == same
