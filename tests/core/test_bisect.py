from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from bot.core.bisect import search


def commits(number: int) -> list[str]:
    return [f"c{at}" for at in range(number)]


@given(st.integers(1, 2000), st.data())
def test_the_first_bad_commit_is_found_with_few_probes(number, data):
    first = data.draw(st.integers(0, number - 1))
    found = search(commits(number), lambda sha: "bad" if int(sha[1:]) >= first else "good")
    assert found.candidates == (f"c{first}",)
    assert found.probes <= math.ceil(math.log2(number)) + 1


@given(st.integers(1, 60), st.data())
def test_commits_that_do_not_build_are_left_over_only_beside_it(number, data):
    first = data.draw(st.integers(0, number - 1))
    broken = data.draw(st.sets(st.integers(0, number - 2))) if number > 1 else set()
    asked: list[int] = []

    def probe(sha):
        at = int(sha[1:])
        asked.append(at)
        return "skip" if at in broken else "bad" if at >= first else "good"

    found = search(commits(number), probe)
    assert f"c{first}" in found.candidates
    assert all(int(sha[1:]) in broken for sha in found.candidates[:-1])
    assert len(asked) == len(set(asked)) == found.probes


def test_a_range_of_one_needs_no_probe():
    assert search(["c0"], lambda _: "good").probes == 0
