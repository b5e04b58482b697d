"""Values are alike by structure, without asking them; what cannot be looked into is never alike."""

from __future__ import annotations

import base64
import json
import pickle
import sys
import threading
from collections import Counter, OrderedDict, deque
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType, ModuleType
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot

sys.path.append(str(Path(bot.__file__).parent / "inside"))
import call_copies
import replay_calls
import vary_calls
from call_likeness import Likeness

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=4),
    lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(max_size=2), one, max_size=3) | st.tuples(one),
    max_leaves=12,
)  # fmt: skip


def digest(value):
    return Likeness().take(value).digest()


@given(values)
def test_a_copy_is_like_its_original(value):
    assert digest(value) == digest(pickle.loads(pickle.dumps(value, 4)))


@given(values, values)
def test_values_that_are_alike_are_shown_alike(one, other):
    if digest(one) == digest(other):
        assert repr(one) == repr(other)


def held(lock):
    lock.acquire()
    return lock


DAY = datetime(2024, 1, 2)


def split_anew(text):
    return type(urlsplit(text))(*urlsplit(text))


def shared(twice):
    one = [1]
    return [one, one] if twice else [one, [1]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(1, True, id="a number and a truth"),
        pytest.param(1, 1.0, id="a whole number and a real one"),
        pytest.param(0.0, -0.0, id="the two zeros"),
        pytest.param([1], (1,), id="a list and a tuple"),
        pytest.param({"a": 1, "b": 2}, {"b": 2, "a": 1}, id="the order of a dict"),
        pytest.param({1: "a"}, {True: "a"}, id="keys that are equal and not the same"),
        pytest.param(bytearray(b"a"), b"a", id="bytes that may change and bytes that may not"),
        pytest.param(shared(twice=True), shared(twice=False), id="one list twice and two lists"),
        pytest.param(OrderedDict(a=1), {"a": 1}, id="a class and its base"),
        pytest.param([b"a"] * 9, [bytearray(b"a")] * 9, id="in a long list too"),
        pytest.param(Counter("ab"), Counter("abb"), id="what a class holds"),
        pytest.param(ValueError("a"), ValueError("b"), id="exceptions"),
        pytest.param(threading.Lock(), held(threading.Lock()), id="a lock and one that is held"),
        pytest.param(threading.RLock(), held(threading.RLock()), id="the other kind of lock"),
        pytest.param(MappingProxyType({1: 2}), {1: 2}, id="a dict and a view of it"),
        pytest.param(json, pickle, id="modules"),
    ],
)
def test_what_is_told_apart(one, other):
    assert digest(one) != digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({1, 2, 3}, {3, 2, 1}, id="the order of a set"),
        pytest.param(float("nan"), float("nan"), id="not a number"),
        pytest.param(datetime(2024, 1, 2), datetime(2024, 1, 2), id="dates"),
        pytest.param(Decimal("1.0"), Decimal("1.0"), id="decimals"),
        pytest.param(deque([1, 2]), deque([1, 2]), id="deques"),
        pytest.param([Decimal(1)] * 2, [Decimal(1), Decimal(1)], id="one decimal twice and two"),
        pytest.param([DAY] * 2, [DAY, DAY.replace()], id="one day twice and two"),
        pytest.param([urlsplit("a")] * 2, [urlsplit("a"), split_anew("a")], id="one tuple with names and two"),
    ],
)
def test_what_is_alike(one, other):
    assert digest(one) == digest(other)


class Held:
    def __init__(self, *held):
        self.held = held


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(threading.Lock(), id="a lock"),
        pytest.param(threading.RLock(), id="a lock that one thread may take twice"),
        pytest.param(json, id="a module"),
        pytest.param(MappingProxyType({"a": [1]}), id="a view of a dict"),
        pytest.param(Held(threading.Event(), {"again": Held(json, MappingProxyType({}))}), id="all of it, deep inside"),
    ],
)
def test_what_pickle_refuses_is_copied(value):
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(value, 4)
    copy = pickle.loads(call_copies.dumps(value))
    assert type(copy) is type(value)
    assert digest(copy) == digest(value)


def test_a_lock_is_handed_out_open():
    assert not pickle.loads(call_copies.dumps(held(threading.Lock()))).locked()


@pytest.mark.parametrize(
    "value", [pytest.param(ModuleType("nowhere"), id="a module of no file"), pytest.param(lambda: 0, id="a function")]
)
def test_what_cannot_be_had_again_is_refused(value):
    with pytest.raises((pickle.PicklingError, AttributeError)):
        call_copies.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(threading.local(), id="what belongs to a thread"),
        pytest.param(lambda: 0, id="a function made while it ran"),
        pytest.param([[{"a": (n for n in ())}]], id="a generator, deep inside"),
    ],
)
def test_what_cannot_be_looked_into_is_opaque(value):
    assert Likeness().take(value).opaque


def test_a_value_that_holds_itself_and_one_that_is_too_deep_have_an_end():
    loop: list = []
    loop.append(loop)
    assert Likeness().take(loop).opaque is None
    deep: list = []
    for _ in range(100):
        deep = [deep]
    assert Likeness().take(deep).opaque


class Liar:
    def __eq__(self, other):
        raise AssertionError("asked")

    def __hash__(self):
        return 0

    __repr__ = __str__ = __eq__


def test_a_value_is_never_asked_what_it_is_like():
    assert digest([Liar()]) == digest([Liar()])


@given(
    st.lists(
        st.tuples(st.tuples(values), st.dictionaries(st.sampled_from("ab"), values, max_size=2)), min_size=1, max_size=5
    )
)
def test_the_same_recording_gives_the_same_variations_and_each_can_be_made(calls):
    planned = vary_calls.plan(pickle.loads(pickle.dumps(calls)))
    assert planned == vary_calls.plan(pickle.loads(pickle.dumps(calls)))
    assert len(planned) <= vary_calls.MOST
    for number, steps, change, _beyond in planned[:20]:
        args, kwargs = vary_calls.varied(pickle.loads(pickle.dumps(calls[number])), steps, change)
        assert isinstance(args, tuple)
        assert isinstance(kwargs, dict)


WORK = """
import time

def slow(n):
    while n: pass
    return n

def clock(n):
    return time.perf_counter_ns()

def shared(n, known={}):
    return known.setdefault(n, [])

def steps(log):
    try:
        while True:
            yield log
    except ValueError:
        yield 1
    finally:
        log.append(0)

plain = {n: str(n) for n in range(3000)}
nested = [[[n]] for n in range(3000)]
words = {str(n) for n in range(3000)}

def change(n):
    if n == 1:
        plain[2000] = "2001"
    elif n == 2:
        nested[2000][0][0] = 2001
    elif n == 3:
        words.symmetric_difference_update(("2000", "3000"))
    elif n == 4:
        nested[1500][0], nested[1501][0] = nested[1501][0], nested[1500][0]

def leave(n):
    pass
"""


def replayable(serve, *functions):
    """Calls of functions by the line where each begins, as (name, line, arguments …)."""
    calls = [
        [number, base64.b64encode(pickle.dumps(((one,), {}), 4)).decode()]
        for number, (_, _, *given) in enumerate(functions)
        for one in given
    ]
    recording = {"calls": calls, "modules": [[number, "work"] for number in range(len(functions))], "path": []}
    options = {
        "recording": "recording.json",
        "watched": json.dumps([["work.py", line] for _, line, *_ in functions]),
        "names": json.dumps([[name, ""] for name, *_ in functions]),
        "caches": "[]",
        "unseen": "[]",
        "shared": "{}",
    }
    return serve({"work.py": WORK, "recording.json": json.dumps(recording)}, "recorded", options=options)


def test_a_generator_is_also_left_at_its_first_item(serve):
    served = replayable(serve, ("steps", 14, []))
    how = {"variables": [], "constants": [], "changing": [], "varied": True, "late_s": 0.5}
    closed, thrown = (served.ask("steps", "replay", shown=number, **how) for number in (1, 2))
    assert (closed["call"], closed["parts"][0]) == ("([])", "yielded [[]], and then was closed")
    assert (thrown["call"], thrown["parts"][0]) == ("([])", "yielded [[]], and then was given an error")
    assert closed["after"] == "([0])"


def test_what_has_no_end_or_is_never_the_same_is_no_match_and_the_rest_is(serve):
    served = replayable(serve, ("slow", 4, 0, 1), ("clock", 8, 0, 1), ("shared", 11, 0, 1))
    assert served.benchmarks == ["slow", "clock", "shared"]
    how = {"variables": [], "constants": [], "changing": [], "varied": False, "late_s": 0.1}
    slow = served.ask("slow", "replay", **how)["digests"]
    assert [word[0] for word in slow] == ["=", "?"]
    assert served.ask("clock", "replay", **how) != served.ask("clock", "replay", **how)
    assert served.ask("shared", "replay", **how) == served.ask("shared", "replay", **how)
    shown = served.ask("shared", "replay", shown=0, **how)
    assert (shown["call"], shown["parts"][0]) == ("(0)", "returned []")
    assert served.ask("shared") == {}


@pytest.mark.parametrize(
    ("calls", "shapes"),
    [
        pytest.param(["ab", "cd"], [["n", "str", 2]], id="one type, one length"),
        pytest.param([[], [1]], [["n", "list", -1]], id="one type, several lengths"),
        pytest.param([3, 4], [["n", "int", -1]], id="a type without a length"),
        pytest.param([3, True], [], id="several types"),
        pytest.param([Counter()], [], id="a type of somebody's own"),
    ],
)
def test_what_all_recorded_calls_have_alike_is_told(serve, calls, shapes):
    how = {"variables": [], "constants": [], "changing": [], "varied": False, "late_s": 0.1}
    assert replayable(serve, ("clock", 8, *calls)).ask("clock", "replay", **how)["shapes"] == shapes


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param([1], id="a value of a dict"),
        pytest.param([3], id="a set of as many"),
        pytest.param([0, 4, 2] + [0] * 9, id="items of items, between two looks"),
    ],
)
def test_what_changes_deep_in_a_large_variable_is_seen(serve, calls):
    served = replayable(serve, ("change", 27, *calls), ("leave", 37, *calls))
    how = {"variables": ["plain", "nested", "words"], "constants": [], "changing": [], "varied": False, "late_s": 0.5}
    assert served.ask("change", "replay", **how)["digests"] != served.ask("leave", "replay", **how)["digests"]
    still = {**how, "variables": ["WORK"]}
    assert served.ask("change", "replay", **still)["digests"] == served.ask("leave", "replay", **still)["digests"]


class Plain:
    pass


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(Plain(), "<Plain object>", id="of a class that shows nothing"),
        pytest.param([Plain()], "[<Plain object>]", id="in a list"),
        pytest.param((Plain(),), "(<Plain object>,)", id="in a tuple"),
        pytest.param(digest, "<function digest>", id="a function"),
        pytest.param(Decimal(2), "Decimal('2')", id="what shows itself"),
    ],
)
def test_what_people_see_of_a_value_has_no_addresses(value, shown):
    assert replay_calls._shown(value) == shown
