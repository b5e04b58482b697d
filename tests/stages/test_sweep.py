"""Which opportunities a night verifies: what nobody has tried comes first, so that none waits for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.model import Fix, Known, Opportunity
from bot.stages.sweep import MOST_VERIFIED, promising

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
