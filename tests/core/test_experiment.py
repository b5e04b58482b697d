"""The search finds what simulated regressions are made of, with few tries."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.experiment import ENOUGH, LITTLE, SpentError, Unseen, search


def additive(parts):
    """Each change brings its part of the growth."""
    return lambda taken: sum(parts[one] for one in taken)


def together(*members):
    """Slow only while all are there: taking any of them back is enough."""
    return lambda taken: 1.0 if taken & set(members) else 0.0


def each(*members):
    """Any of them alone makes it slow: only taking all of them back helps."""
    return lambda taken: 1.0 if taken >= set(members) else 0.0


def limited(share, most):
    """No more than so many tries."""
    left = [most]

    def measure(taken):
        if not left[0]:
            raise SpentError
        left[0] -= 1
        return share(taken)

    return measure


def test_one_guilty_change_that_the_profile_names_takes_one_trial():
    found = search([0.0, 0.9, 0.1, 0.0], additive([0, 1, 0, 0]))
    assert (found.smallest, found.share, found.minimal, len(found.tried)) == ({1}, 1.0, True, 1)


def test_a_wrong_profile_costs_some_trials_and_no_answer():
    found = search([0.9, 0.1, 0.0, 0.0], additive([0, 0, 0, 1]))
    assert found.smallest == {3}
    assert len(found.tried) <= 8


def test_two_causes_are_both_named_with_their_shares():
    found = search([0.6, 0.4, 0.0], additive([0.6, 0.4, 0]))
    assert found.smallest == {0, 1}
    assert (found.share_of({0}), found.share_of({1})) == (0.6, 0.4)


def test_changes_that_make_it_slow_only_together_are_told_by_either():
    found = search([0.5, 0.5], together(0, 1))
    assert len(found.smallest) == 1
    assert found.share == 1.0


def test_changes_of_which_each_alone_makes_it_slow_are_found_together():
    found = search([0.5, 0.5, 0.0], each(0, 1))
    assert found.smallest == {0, 1}
    assert found.share_of({0}) == found.share_of({1}) == 0.0


def test_what_a_change_needs_is_taken_back_with_it():
    tried = []

    def measure(taken):
        tried.append(taken)
        return None if 0 in taken and 2 not in taken else float(0 in taken)

    found = search([1.0, 0.0, 0.0], measure, needs=[{2}, set(), set()])
    assert (found.smallest, found.guilty) == ({0, 2}, {0})
    assert all(2 in taken for taken in tried if 0 in taken)


def test_nothing_is_blamed_when_nothing_helps():
    found = search([0.5, 0.5], additive([0.02, 0.03]))
    assert (found.smallest, found.share) == (frozenset(), 0.0)


def test_nothing_is_blamed_when_nothing_can_be_run():
    assert search([0.5, 0.5], lambda taken: None).smallest == frozenset()


def test_without_changes_there_is_no_cause():
    assert search([], additive([])).smallest == frozenset()


def test_the_best_answer_so_far_is_given_when_the_trials_are_spent():
    found = search([0.2] * 5, limited(additive([0.0, 0.0, 0.0, 0.0, 1.0]), 2))
    assert not found.minimal
    assert 4 in found.smallest


@pytest.mark.parametrize(
    ("share", "likely", "smallest", "asked", "most"),
    [
        pytest.param(additive([1, 0, 0, 0, 0]), [], {0}, 0, 1, id="not where what is seen explains it"),
        pytest.param(additive([0, 0, 0, 0, 0]), [], set(), 0, 4, id="nor where all together explain nothing"),
        pytest.param(additive([0.4, 0, 0.05, 0, 0]), [], {0}, 0, 4, id="nor where all explain as much as what is seen"),
        pytest.param(additive([0, 0, 0, 1, 0]), [3], {3}, 1, 4, id="the likely one explains it"),
        pytest.param(additive([0, 0, 0, 1, 0]), [2], {3}, 1, 9, id="another one than the likely one"),
        pytest.param(additive([0, 0, 0, 1, 0]), [], {3}, 1, 9, id="none is likely"),
        pytest.param(additive([0.5, 0, 0, 0.5, 0]), [3], {0, 3}, 1, 7, id="one that is seen and one that is not"),
        pytest.param(
            lambda taken: None if 4 in taken else float(3 in taken), [2, 3], {3}, 1, 6, id="all together do not run"
        ),
    ],
)
def test_what_the_profile_does_not_see_is_tried_last(share, likely, smallest, asked, most):
    questions = []
    unseen = Unseen([2, 3, 4], lambda: questions.append(1) or likely)
    found = search([0.9, 0.1, 0, 0, 0], share, unseen=unseen)
    assert (found.smallest, len(questions)) == (smallest, asked)
    assert len(found.tried) <= most


@st.composite
def causes(draw):
    """A regression of several changes: some add up, some act together, some hide behind each other."""
    number = draw(st.integers(1, 12))
    guilty = draw(st.lists(st.integers(0, number - 1), min_size=1, max_size=min(4, number), unique=True))
    kind = draw(st.sampled_from(["additive", "together", "each"]))
    if kind == "additive":
        share = [1 / len(guilty) if one in guilty else 0.0 for one in range(number)]
        return number, set(guilty), additive(share)
    return number, set(guilty), together(*guilty) if kind == "together" else each(*guilty)


@settings(deadline=None)
@given(causes(), st.data())
def test_the_answer_explains_the_regression_and_nothing_can_be_left_out(cause, data):
    number, guilty, share = cause
    prior = data.draw(st.lists(st.floats(0, 1), min_size=number, max_size=number))
    hidden = data.draw(st.sets(st.integers(0, number - 1)))
    likely = data.draw(st.sets(st.sampled_from(sorted(hidden)))) if hidden else set()
    found = search(prior, share, unseen=Unseen(hidden, lambda: sorted(likely)))
    assert found.smallest <= guilty
    assert found.share >= ENOUGH - 1e-9
    assert all(share(found.smallest - {one}) < ENOUGH for one in found.smallest)
    assert len(dict(found.tried)) == len(found.tried), "nothing is measured twice"


@settings(deadline=None)
@given(causes(), st.integers(0, 12))
def test_no_more_is_tried_than_allowed(cause, most):
    number, _guilty, share = cause
    assert len(search([1.0] * number, limited(share, most)).tried) <= most


@settings(deadline=None)
@given(causes(), st.data())
def test_needs_are_always_kept(cause, data):
    number, _guilty, share = cause
    needs = [data.draw(st.sets(st.integers(0, number - 1), max_size=2)) for _ in range(number)]
    found = search([1.0] * number, share, needs=needs)
    assert all(need <= taken for taken, _ in found.tried for one in taken for need in [needs[one]])


@pytest.mark.parametrize(
    ("right", "unseen", "most"),
    [
        pytest.param(0.8, False, 3, id="a good profile"),
        pytest.param(0.0, False, 7, id="a profile that knows nothing"),
        pytest.param(0.0, True, 4, id="one that does not see them"),
    ],
)
def test_the_median_number_of_trials_is_small(right, unseen, most):
    draw = random.Random(7)
    counts = []
    for _ in range(300):
        number = draw.randint(1, 12)
        guilty = draw.sample(range(number), k=min(number, draw.choice([1, 1, 1, 2])))
        parts = [1 / len(guilty) if one in guilty else 0.0 for one in range(number)]
        prior = [right * part + 0.2 * draw.random() for part in parts]
        hidden = set(guilty) if unseen else set()
        found = search(prior, additive(parts), unseen=Unseen(hidden, lambda hidden=hidden: hidden))
        counts.append(len(found.tried))
        assert found.share >= 1 - LITTLE
    assert statistics.median(counts) <= most


def test_one_of_many_that_the_profile_does_not_see_takes_few_trials():
    draw = random.Random(7)
    counts = []
    for _ in range(100):
        likely = draw.sample(range(3, 33), 4)
        guilty = draw.choice(likely)
        share = additive([float(one == guilty) for one in range(33)])
        found = search([0.3, 0.1, 0.0, *[0.0] * 30], share, unseen=Unseen(range(3, 33), lambda likely=likely: likely))
        assert found.smallest == {guilty}
        counts.append(len(found.tried))
    assert statistics.median(counts) <= 6
