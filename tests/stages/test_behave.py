"""What comparing says of a candidate as a whole, without a sandbox."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot.core.behaviour import NOT_TWICE
from bot.core.model import Fix
from bot.core.touched import Names, Touched
from bot.harness import Recording, Replayed
from bot.stages import behave
from bot.stages.behave import judge
from bot.stages.fix import Candidate

BEFORE = "def total(numbers, most=3):\n    return sum(numbers[:most])\n"


@pytest.mark.parametrize(
    ("after", "held"),
    [
        pytest.param(BEFORE.replace("sum(", "sum (("), None, id="nothing is known of a file that is no Python"),
        pytest.param(BEFORE.replace("sum", "0 + sum"), None, id="what calls show"),
        pytest.param(
            BEFORE.replace("most=3", "most=2"),
            "it changes what total takes: (numbers, most=3) becomes (numbers, most=2), which no recorded call shows",
            id="what no call shows",
        ),
        pytest.param("", "it takes total away, which no recorded call shows", id="what is gone has no calls"),
    ],
)
def test_what_no_recorded_call_shows_holds_a_candidate_back(after, held):
    own = SimpleNamespace(variant=SimpleNamespace(text=lambda _: BEFORE))
    recorder = SimpleNamespace(functions=lambda _: (), recording=lambda _: Recording())
    candidate = Candidate(Fix("partial_revert", "a.py", "total", "", "unverified"), {"a.py": after}, None)
    bench = SimpleNamespace(clock=lambda: 0.0)
    judgement = judge(bench, None, SimpleNamespace(own=own), recorder, candidate, None)  # type: ignore[arg-type]
    assert (judgement.held, judgement.different, judgement.enough) == (held, False, False)


def test_what_is_the_same_twice_by_chance_is_found_under_further_seeds():
    """The order of a set of objects goes by their addresses: half of the time, two of them come in one order."""
    answer = Replayed(("=a", "=b", "=c"))
    steady = behave._steady(answer, [Replayed(("=a", "=x")), Replayed(error="killed")])
    assert steady.digests == ("=a", f"?{NOT_TWICE}", "=c")


@pytest.mark.parametrize(
    ("name", "after", "left", "rebound"),
    [
        pytest.param("LIMIT", "2", None, "LIMIT of a.py", id="a name that others may read is set otherwise"),
        pytest.param("LIMIT", "1", None, None, id="set otherwise, to the same"),
        pytest.param("_LIMIT", "2", None, None, id="a private one: who reads it is compared"),
        pytest.param("Box._limit", "2", None, None, id="a private one of a class"),
        pytest.param("SEEN", "2", "SEEN of a.py", None, id="what the calls have changed"),
    ],
)
def test_what_modules_hold_after_the_calls(name, after, left, rebound):
    function = Touched("a.py", "f", 1, 1)
    replays = object.__new__(behave._Replays)
    replays._functions, replays._names = [function], {"a.py": Names(("SEEN",), ("LIMIT", "_LIMIT", "Box._limit"))}

    def answers(digest):
        return {(function, False): Replayed(("=a",), left=(("a.py", "", ""), ("a.py", name, digest)))}

    found = [replays._left(answers("1"), answers("1"), answers(after), rebound=one) for one in (False, True)]
    assert found == [left, rebound]
