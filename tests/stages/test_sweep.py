"""How opportunities are ranked, and which a night verifies: what nobody has tried comes first; none waits for ever."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from bot.core.config import Config
from bot.core.model import Fix, Known, Opportunity, Suite
from bot.errors import MeasureError
from bot.harness import Cover, Listing, Profile
from bot.stages.meter import Meter
from bot.stages.sweep import MOST_VERIFIED, promising, rank

RULE = "list_membership_in_loop"


def opportunity(number, rule=RULE):
    return Opportunity(Fix(rule, "pkg.py", f"f{number}", f"patch {number}", "unverified"), number, number, "safe")


FOUND = tuple(opportunity(number) for number in range(20))


def keys(*numbers):
    return tuple(FOUND[number].key for number in numbers)


def chosen(known, found=FOUND):
    return [one.line for one in promising(found, "3.12", known)]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(Known(), range(8), id="nothing is known: the best eight"),
        pytest.param(Known(declined=keys(0, 2)), [1, *range(3, 10)], id="what was declined has no place"),
        pytest.param(Known(open=keys(4, 9)), [4, 9, 0, 1, 2, 3, 5, 6, 7, 8], id="what is open has places of its own"),
        pytest.param(Known(tried=keys(*range(8))), range(8, 16), id="what was tried lets the others go first"),
        pytest.param(
            Known(tried=keys(*range(3, 19), 1, 0)), [2, 19, *range(3, 9)], id="the longest ago is tried again first"
        ),
        pytest.param(Known(declined=(RULE,)), [], id="a rule that is ignored"),
        pytest.param(Known(declined=("str_concat_in_loop",)), range(8), id="another rule is ignored"),
    ],
)
def test_whose_turn_it_is(known, expected):
    assert chosen(known) == list(expected)


def test_what_can_only_be_advised_is_never_verified():
    assert chosen(Known(), [replace(FOUND[0], level="display-only")]) == []


def test_each_is_tried_once_before_any_is_tried_again():
    tried = ()
    for _night in range(2 * len(FOUND) // MOST_VERIFIED + 1):
        tonight = keys(*chosen(Known(tried=tried)))
        again = set(tonight) & set(tried)
        assert not again or len(set(tried) | set(tonight)) == len(FOUND)
        tried = (*(key for key in tried if key not in tonight), *tonight)
    assert set(tried) == {one.key for one in FOUND}


class Nights:
    """A repository of functions and benchmarks, over several nights: only the store is kept from one to the next."""

    def __init__(self, functions, costs):
        """`costs` has, for each benchmark, what each function (by its number) weighs in it."""
        self.source = "".join(f"def f{number:03}():\n    pass\n" for number in range(functions))
        self.found = [
            replace(one, fix=replace(one.fix, path="pkg.py"), line=2 * number + 2)
            for number, one in enumerate(map(opportunity, range(functions)))
        ]
        self.costs, self.kept, self.asked = costs, {}, []
        self.broken = self.last = None
        """Which benchmark ends its process, and behind which the budget is spent."""

    def night(self):
        self.asked, self.now_s = [], 0.0
        store = SimpleNamespace(get=lambda place, _kind: self.kept.get(place), put=self.kept.__setitem__)
        progress = SimpleNamespace(step=lambda *_, **__: None)
        bench = SimpleNamespace(store=store, serve=self.serve, clock=lambda: self.now_s, progress=progress)
        variant = SimpleNamespace(digest="", text={"pkg.py": self.source}.get)
        own = SimpleNamespace(variant=variant, environment=SimpleNamespace(key=""), env={})
        ranked, notes = rank(
            SimpleNamespace(own=own), [Suite("asv", ())], Meter(bench, Config(), "instructions"), self.found
        )
        return [(one.line // 2 - 1, one.rank, one.fix.benchmark) for one in ranked if one.rank], notes

    def serve(self, *_, **__):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def close(self):
        pass

    def ready(self, _benchmark):
        pass

    @property
    def listing(self):
        return Listing(tuple(self.costs))

    def cover(self, benchmark, _timeout_s):
        return Cover(tuple(("pkg.py", 2 * number + 1) for number in self.costs[benchmark]))

    def profile(self, benchmark, watched, _timeout_s):
        self.asked.append(benchmark)
        if benchmark == self.broken:
            raise MeasureError("the sandboxed process ended")
        if benchmark == self.last:
            self.now_s = 1e9
        weights = {("pkg.py", 2 * number + 1): weight for number, weight in self.costs[benchmark].items()}
        return Profile((*((*place, 1, weights[place], 0) for place in watched), ("", 0, 0, 1, 0)))


NIGHTS = {"a": {0: 30}, "b": {1: 80, 0: 10}, "c": {2: 60}}


def test_what_no_benchmark_reaches_comes_last_and_has_none():
    ranked, notes = Nights(4, NIGHTS).night()
    assert {(number, benchmark) for number, _, benchmark in ranked} == {(0, "a"), (1, "b"), (2, "c")}
    assert notes == ()


def test_functions_are_ranked_however_many_there_are():
    [(number, share, benchmark)], _ = Nights(3000, {"a": {2999: 99}}).night()
    assert (number, share, benchmark) == (2999, 0.99, "a")


def test_a_benchmark_that_ends_its_process_hides_no_other_and_is_asked_again():
    nights = Nights(4, NIGHTS)
    nights.broken = "b"
    ranked, _ = nights.night()
    assert (nights.asked, {number for number, *_ in ranked}) == (["a", "b", "c"], {0, 2})
    nights.broken = None
    ranked, _ = nights.night()
    assert (nights.asked, {number for number, *_ in ranked}) == (["b"], {0, 1, 2})
    nights.night()
    assert nights.asked == []


def test_what_there_was_no_time_for_is_said_and_asked_the_next_night():
    nights = Nights(4, NIGHTS)
    nights.last = "a"
    ranked, [note] = nights.night()
    assert ([number for number, *_ in ranked], note[:37]) == ([0], "2 benchmarks not asked for the rankin")
    nights.last = None
    ranked, notes = nights.night()
    assert (nights.asked, {number for number, *_ in ranked}, notes) == (["b", "c"], {0, 1, 2}, ())
