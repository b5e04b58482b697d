from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.bisect import SURE, search


def commits(number: int) -> list[str]:
    return [f"c{at}" for at in range(number)]


@settings(deadline=None)
@given(st.integers(1, 1000), st.data())
def test_the_first_bad_commit_is_found_with_few_measurements(number, data):
    first = data.draw(st.integers(0, number - 1))
    found = search(commits(number), lambda sha, _: "bad" if int(sha[1:]) >= first else "good")
    assert found.candidates == (f"c{first}",)
    assert found.sure >= SURE
    assert found.probes <= math.ceil(math.log2(number)) * 1.2 + 6


@settings(deadline=None)
@given(st.integers(1, 60), st.data())
def test_commits_that_cannot_be_measured_are_left_over_only_beside_it(number, data):
    first = data.draw(st.integers(0, number - 1))
    broken = data.draw(st.sets(st.integers(0, number - 2))) if number > 1 else set()
    asked: list[int] = []

    def ask(sha, _):
        at = int(sha[1:])
        asked.append(at)
        return "skip" if at in broken else "bad" if at >= first else "good"

    found = search(commits(number), ask)
    assert f"c{first}" in found.candidates
    assert all(int(sha[1:]) in broken for sha in found.candidates[:-1])
    assert len(asked) == found.probes
    assert all(asked.count(at) == 1 for at in broken & set(asked)), "one that does not build is not tried again"
    assert {int(sha[1:]) for sha in found.skipped} == broken & set(asked)


def test_a_range_of_one_needs_no_measurement():
    found = search(["c0"], lambda *_: "good")
    assert (found.candidates, found.probes) == (("c0",), 0)


@pytest.mark.parametrize(
    ("wrong", "most"),
    [
        pytest.param(0.0, 12, id="measurements that are always right"),
        pytest.param(0.01, 13, id="one measurement in 100 is wrong"),
        pytest.param(0.02, 14, id="one in 50 is wrong"),
    ],
)
def test_it_is_right_in_99_of_100_ranges(wrong, most):
    draw = random.Random(1)
    right, probes, runs = 0, 0, 2000
    for _ in range(runs):
        number = draw.randint(2, 200)
        first = draw.randrange(number)
        found = search(
            commits(number),
            lambda sha, _, first=first: ("bad", "good")[(int(sha[1:]) >= first) == (draw.random() < wrong)],
        )
        right += found.candidates == (f"c{first}",)
        probes += found.probes
    assert right / runs >= 0.99
    assert probes / runs <= most


def test_it_is_right_when_commits_cannot_be_measured_and_measurements_are_wrong():
    draw = random.Random(2)
    right, runs = 0, 1000
    for _ in range(runs):
        number = draw.randint(2, 100)
        first = draw.randrange(number)
        broken = {at for at in range(number - 1) if draw.random() < 0.2}

        def ask(sha, _, first=first, broken=broken):
            at = int(sha[1:])
            return "skip" if at in broken else ("bad", "good")[(at >= first) == (draw.random() < 0.01)]

        right += f"c{first}" in search(commits(number), ask).candidates
    assert right / runs >= 0.99
