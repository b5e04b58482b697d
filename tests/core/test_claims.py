"""What is claimed inside and what is counted outside: when they are said to contradict each other, and when not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.claims import SUSPICIOUS, Visit, disagreement, idle, suspect, suspicious
from bot.core.model import Verdict


def verdict(ratio: float | None, *, base: float = 1e6, unit: str = "instructions") -> Verdict:
    head = None if ratio is None else base * ratio
    return Verdict("b", "regression", ratio, (ratio, ratio) if ratio else None, base, head, unit)


def visits(*ratios: float) -> list[Visit]:
    return [Visit(1000.0, 1000.0 * ratio) for ratio in ratios]


@pytest.mark.parametrize(
    ("claimed", "counted"),
    [
        pytest.param(1.0, [2.0] * 5, id="a slow-down that is hidden"),
        pytest.param(1.0, [0.5] * 5, id="a gain that is hidden"),
        pytest.param(0.4, [1.0] * 5, id="a gain that is made up"),
        pytest.param(5.0, [1.0, 1.02, 0.98, 1.1, 0.9], id="a slow-down that is made up"),
        pytest.param(0.5, [2.0] * 5, id="a slow-down that is sold as a gain"),
        pytest.param(1.0, [0.0] * 5, id="no work for any call"),
        pytest.param(1.0, [-0.1, 0.0, 0.01, 0.0, 0.02], id="no work, and some noise"),
        pytest.param(1.0, [2.0, 2.0, 2.0, 2.0, 1.0], id="one visit that was disturbed"),
        pytest.param(1.0, [2.0] * 3, id="few visits, since calls are long"),
    ],
)
def test_a_claim_is_not_believed(claimed, counted):
    why = disagreement(verdict(claimed), visits(*counted))
    assert why is not None
    assert "\n" not in why


@pytest.mark.parametrize(
    ("claimed", "counted"),
    [
        pytest.param(1.0, [1.0] * 5, id="equal"),
        pytest.param(1.0, [1.2, 1.15, 1.2, 1.25, 1.2], id="caches that make equal instructions dearer"),
        pytest.param(5.5, [3.0] * 5, id="cheap instructions were added"),
        pytest.param(1.3, [1.0] * 5, id="a small change that time does not show"),
        pytest.param(0.2, [0.35] * 5, id="cheap instructions were taken away"),
        pytest.param(1.0, [0.2, 5.0, 3.0, 0.3, 1.0], id="a machine that is too busy to tell"),
        pytest.param(1.0, [2.0, 2.0, 2.0, 1.0, 1.1], id="two visits that were disturbed"),
        pytest.param(1.0, [9.0] * 2, id="too few visits"),
        pytest.param(None, [9.0] * 5, id="no claim"),
    ],
)
def test_a_claim_is_believed(claimed, counted):
    assert disagreement(verdict(claimed), visits(*counted)) is None


def test_where_base_costs_nothing_that_can_be_counted_nothing_is_said():
    assert disagreement(verdict(1.0), [Visit(0.0, 10.0)] * 5) is None
    assert disagreement(verdict(1.0), [Visit(-5.0, 10.0)] * 5) is None


@given(st.floats(0.02, 50), st.lists(st.floats(0.05, 20), min_size=3, max_size=5))
def test_swapping_the_sides_changes_nothing(claimed, counted):
    there = disagreement(verdict(claimed), visits(*counted))
    back = disagreement(verdict(1 / claimed), [Visit(one.head_ns, one.base_ns) for one in visits(*counted)])
    assert (there is None) == (back is None)


def test_noise_of_a_busy_machine_makes_nobody_suspicious():
    draw = random.Random(3)
    wrong = 0
    for _ in range(2000):
        claimed = draw.choice([1.0, 1.0, 1.5, 0.5, 3.0])
        counted = [claimed * draw.lognormvariate(0.0, 0.15) for _ in range(5)]
        wrong += disagreement(verdict(claimed), visits(*counted)) is not None
    assert wrong == 0


def test_a_doubled_cost_that_is_hidden_is_seen_through_noise():
    draw = random.Random(4)
    seen = sum(
        disagreement(verdict(1.0), visits(*(2.0 * draw.lognormvariate(0.0, 0.1) for _ in range(5)))) is not None
        for _ in range(500)
    )
    assert seen > 480


def test_a_benchmark_that_has_all_but_stopped_to_work_is_not_believed():
    assert idle(verdict(1e-4)) is not None
    assert idle(verdict(1e-4, base=1e5, unit="ns")) is not None


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(verdict(0.5, base=600), id="a tiny benchmark that became faster"),
        pytest.param(verdict(1.0, base=100), id="one that never did much"),
        pytest.param(verdict(1e-2), id="a great gain that leaves some work"),
        pytest.param(verdict(None), id="one that was not measured"),
    ],
)
def test_little_work_is_still_work(one):
    assert idle(one) is None


def test_what_is_not_believed_decides_nothing_and_says_so():
    doubted = suspect(verdict(0.2), "because")
    assert doubted.verdict == "inconclusive"
    assert doubted.reason == f"{SUSPICIOUS}because"
    assert suspicious([verdict(1.0), doubted]) == (doubted,)
