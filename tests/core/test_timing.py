"""The time arm's judgement on seeded sessions: few false alarms, and what is large is found soon."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import stats, timing
from bot.core.model import Samples
from bot.core.timing import LOOKS, PROCESSES, THREADS, WAITS, Look
from bot.core.verdict import decide


def sessions(truth: float, number: int, seed: int, spread: float = 0.02, bursts: float = 0.0) -> Samples:
    """Pairs with the spread that was measured between fresh processes in lockstep, or five times that in bursts."""
    draw = np.random.default_rng(seed)
    base = 1e6 * draw.lognormal(0, 0.3, size=number)
    spreads = np.where(draw.random(number) < bursts, 5 * spread, spread)
    return Samples("b", "asv", "cpu time", tuple(base), tuple(base * truth * draw.lognormal(0, spreads)))


def run(truth: float, seed: int, spread: float = 0.02, bursts: float = 0.0) -> Samples:
    """The sessions after which a benchmark alone is told, or all."""
    whole = sessions(truth, LOOKS[-1], seed, spread, bursts)
    looks = (Samples("b", "asv", "cpu time", whole.base[:look], whole.head[:look]) for look in LOOKS)
    return next((some for some in looks if timing.told({"b": some}, {"b": 0.01})), whole)


def enough(truth: float, seed: int) -> int:
    """After how many sessions a benchmark alone is told."""
    return len(run(truth, seed).base)


def test_a_large_change_needs_few_sessions_and_a_small_one_more() -> None:
    def mean(truth: float) -> float:
        return float(np.mean([enough(truth, seed) for seed in range(40)]))

    assert mean(1.10) < 12
    assert mean(1.10) <= mean(1.03) <= 40
    assert mean(1.00) < 20


@pytest.mark.parametrize(
    ("truth", "spread", "bursts", "word", "least"),
    [
        pytest.param(1.03, 0.018, 0.0, "regression", 58, id="3 % more on a quiet machine"),
        pytest.param(1.05, 0.018, 0.0, "regression", 60, id="5 % more on a quiet machine"),
        pytest.param(0.97, 0.018, 0.0, "improvement", 58, id="3 % less on a quiet machine"),
        pytest.param(1.05, 0.03, 0.2, "regression", 58, id="5 % more among bursts"),
        pytest.param(1.00, 0.018, 0.0, "no change", 60, id="equal on a quiet machine"),
        pytest.param(1.00, 0.03, 0.2, "no change", 58, id="equal among bursts"),
    ],
)
def test_two_runs_of_one_benchmark_find_what_changed_and_nothing_else(truth, spread, bursts, word, least) -> None:
    words = Counter[str]()
    for seed in range(60):
        runs = [decide(run(truth, 1000 * again + seed, spread, bursts), 0.01).verdict for again in range(2)]
        words[runs[0] if len({*runs}) == 1 else "no change" if truth == 1 else "inconclusive"] += 1
    assert words[word] >= least
    assert truth != 1 or {*words} <= {"no change", "inconclusive"}


@given(st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=60), st.floats(-0.5, 0.5))
def test_an_interval_leaves_out_what_the_chance_of_ranks_rules_out(ratios, limit) -> None:
    found = stats.estimate_times([1.0] * len(ratios), [math.exp(one) for one in ratios])
    assert found is not None
    exact = stats.log_ratios([1.0] * len(ratios), [math.exp(one) for one in ratios])
    if stats.chance([one - limit for one in exact]) <= (1 - stats.TIME_CONFIDENCE) / 2:
        assert found.low >= limit - 1e-9
    assert min(exact) <= found.low <= found.middle <= found.high <= max(exact)
    mirrored = stats.estimate_times([math.exp(one) for one in ratios], [1.0] * len(ratios))
    assert mirrored is not None
    assert (mirrored.low, mirrored.middle) == pytest.approx((-found.high, -found.middle), abs=1e-9)


def test_many_equal_benchmarks_make_hardly_a_discovery() -> None:
    found = 0
    for suite in range(20):
        known = {str(n): sessions(1.0, 40, 100 * suite + n, 0.05) for n in range(30)}
        found += len(timing.discoveries(known, dict.fromkeys(known, 0.01)))
    assert found <= 1


def test_the_changed_ones_are_discovered_among_many() -> None:
    known = {str(n): sessions(1.1 if n < 3 else 1.0, 40, n) for n in range(30)}
    assert timing.discoveries(known, dict.fromkeys(known, 0.01)) == {"0", "1", "2"}


def test_one_that_changed_among_many_needs_more_than_ten_sessions() -> None:
    known = {str(n): sessions(1.1 if n < 1 else 1.0, 10, n) for n in range(60)}
    assert timing.discoveries(known, dict.fromkeys(known, 0.01)) == set()


def test_a_margin_is_no_discovery() -> None:
    known = {"b": sessions(1.03, 40, 1)}
    assert timing.discoveries(known, {"b": 0.01}) == {"b"}
    assert timing.discoveries(known, {"b": 0.05}) == set()


@pytest.mark.parametrize(
    ("differences", "answer"),
    [
        pytest.param([1, 2, 3], 1 / 8, id="all above"),
        pytest.param([-1, -2, -3], 1, id="all below"),
        pytest.param([-1, 2, 3], 2 / 8, id="the smallest below"),
        pytest.param([1, 2, -3], 5 / 8, id="the largest below"),
        pytest.param([-1, 1, 1], 5 / 8, id="as far below as above: the largest below"),
        pytest.param([1, 1, -1], 5 / 8, id="in whichever order they come"),
        pytest.param([0, 0], 1, id="no difference"),
        pytest.param([], 1, id="nothing"),
    ],
)
def test_the_chance_of_ranks_is_exact(differences, answer) -> None:
    assert stats.chance(differences) == pytest.approx(answer)


@given(st.lists(st.floats(-1, 1).filter(bool), min_size=1, max_size=30, unique_by=abs))
def test_chances_of_both_directions_overlap_in_one_outcome(differences) -> None:
    both = stats.chance(differences) + stats.chance([-one for one in differences])
    assert 1 <= both <= 2
    assert both > 1 or len(differences) > 20


@pytest.mark.parametrize(
    ("look", "answer"),
    [
        pytest.param(Look(1e6, 1e6), None, id="plain work"),
        pytest.param(Look(1e6, 9e6), None, id="a busy machine is no waiting"),
        pytest.param(Look(1e6, 9e6, pauses=1), WAITS, id="a sleep"),
        pytest.param(Look(1e6, 1.01e6, pauses=5), None, id="short pauses"),
        pytest.param(Look(1e6, 1e6, threads_ns=5e5), THREADS, id="threads"),
        pytest.param(Look(1e6, 2e6, children_ns=9e5, pauses=1), PROCESSES, id="a process that is waited for"),
        pytest.param(Look(), None, id="nothing at all"),
    ],
)
def test_what_instructions_do_not_see(look, answer) -> None:
    assert timing.unseen(look) == answer


def test_a_machine_that_finds_a_change_in_nothing_is_too_noisy() -> None:
    assert timing.noisy(sessions(1.0, 10, 1), 0.01) is None
    assert "read" in (timing.noisy(sessions(1.2, 10, 1), 0.01) or "")
    assert "read" in (timing.noisy(sessions(1.0, 10, 1, 0.5), 0.01) or "")
    assert timing.noisy(Samples("b", "asv", "cpu time"), 0.01) is not None


def test_sessions_that_wait_are_known_by_their_two_clocks() -> None:
    cpu = sessions(1.0, 10, 1)
    slow = Samples("b", "asv", "wall time", tuple(2 * one for one in cpu.base), tuple(2 * one for one in cpu.head))
    assert timing.waits(cpu, slow)
    assert not timing.waits(cpu, cpu)
    assert math.isclose(stats.chance([1.0]), 0.5)
