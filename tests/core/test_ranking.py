from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Fix
from bot.core.ranking import ordered, size, won_back

SMALL, LARGE = "--- a/a.py\n+++ b/a.py\n-x\n+y\n", "--- a/a.py\n+++ b/a.py\n-x\n-z\n+y\n+w\n"


def fix(name, status="verified", ratio=0.5, share=None, patch=SMALL):
    return Fix(name, "a.py", "f", patch, status, ratio=ratio, won_back=share)


def names(*fixes):
    return [one.rule for one in ordered(fixes)]


@given(st.floats(1.001, 100), st.floats(0.001, 1))
def test_a_fix_that_restores_base_wins_everything_back_and_one_that_changes_nothing_wins_nothing(regression, share):
    assert won_back(regression, 1 / regression) == pytest.approx(1)
    assert won_back(regression, 1.0) == 0
    assert won_back(regression, 1 - share * (1 - 1 / regression)) == pytest.approx(share, rel=1e-3)


@pytest.mark.parametrize(("regression", "fixed"), [(None, 0.5), (2.0, None), (1.0, 0.5), (0.9, 0.5)])
def test_nothing_is_won_back_where_nothing_was_lost(regression, fixed):
    assert won_back(regression, fixed) is None


def test_the_lines_of_a_patch_are_counted_without_its_heads():
    assert (size(fix("a")), size(fix("a", patch=LARGE))) == (2, 4)


def test_what_wins_back_more_comes_first_and_what_is_rejected_last():
    assert names(fix("a", share=0.4), fix("b", "rejected", share=1.0), fix("c", share=0.9)) == ["c", "a", "b"]
    assert names(fix("a", "rejected"), fix("b", "unverified"), fix("c")) == ["c", "b", "a"]


def test_of_two_that_win_back_as_much_the_smaller_one_comes_first():
    assert names(fix("a", share=0.98, patch=LARGE), fix("b", share=0.97)) == ["b", "a"]


def test_without_a_regression_the_faster_one_comes_first():
    assert names(fix("a", ratio=0.8), fix("b", ratio=0.3)) == ["b", "a"]
