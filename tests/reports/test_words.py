"""Numbers as people read them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Compared, Fix, Report, TestCount, Verdict
from bot.reports import _words as words
from bot.reports import markdown, terminal
from tests.reports.samples import ALSO, CHANGED, NOTHING, TIMES, UNCHANGED


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        pytest.param(912, "instructions", "912", id="few instructions have no scale"),
        pytest.param(1_083_000, "instructions", "1.08 M", id="millions"),
        pytest.param(999_999, "instructions", "1.00 M", id="rounding goes up to the next scale"),
        pytest.param(999.7, "ns", "1.00 µs", id="rounding of a time goes up too"),
        pytest.param(5e15, "instructions", "5,000 T", id="beyond the last scale"),
        pytest.param(3_204_000, "ns", "3.20 ms", id="milliseconds"),
        pytest.param(0.52, "ns", "0.52 ns", id="less than a nanosecond"),
        pytest.param(12_345, "pages", "12,345 pages", id="a unit without scales"),
        pytest.param(None, "ns", "-", id="nothing is known"),
        pytest.param(math.nan, "ns", "-", id="no number"),
    ],
)
def test_amount(value: float | None, unit: str, shown: str) -> None:
    assert words.amount(value, unit) == shown


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        pytest.param(1.083, "+8.3 %", id="slower"),
        pytest.param(0.79, "-21.0 %", id="faster"),
        pytest.param(0.99999, "0.0 %", id="zero has no sign"),
        pytest.param(1.9996, "+100.0 %", id="a percentage up to twice"),
        pytest.param(2.76, "2.76×", id="times from twice"),
        pytest.param(1234.5, "1,234×", id="many times"),
        pytest.param(0.042, "0.042×", id="a percentage would say -96 for very different gains"),
        pytest.param(None, "-", id="nothing is known"),
        pytest.param(math.inf, "-", id="infinitely slower is unknown"),
    ],
)
def test_change(ratio: float | None, shown: str) -> None:
    assert words.change(ratio) == shown


@pytest.mark.parametrize(
    ("bounds", "ratio", "shown"),
    [
        pytest.param((1.071, 1.095), 1.083, "+7.1 to +9.5 %", id="percent"),
        pytest.param((1.94, 2.01), 1.98, "+94.0 to +101.0 %", id="percent as the change, though it reaches twice"),
        pytest.param((1.97, 2.2), 2.05, "1.97× to 2.20×", id="times as the change, though it begins below twice"),
        pytest.param((0.994, 1.0), 0.998, "-0.6 to 0.0 %", id="zero has no sign"),
        pytest.param(None, 1.0, "-", id="nothing is known"),
    ],
)
def test_interval_is_in_the_unit_of_the_change(bounds: tuple[float, float] | None, ratio: float, shown: str) -> None:
    assert words.interval(bounds, ratio) == shown


@given(st.floats(1e-9, 1e9))
def test_a_bar_points_the_way_of_the_change_and_stays_short(ratio: float) -> None:
    bar = words.bar(ratio)
    assert set(bar) == ({"▲"} if ratio > 1 else {"▼"})
    assert 1 <= len(bar) <= 8


@given(st.floats(1e-9, 1e18), st.sampled_from(["instructions", "ns"]))
def test_an_amount_is_never_in_powers_of_ten(value: float, unit: str) -> None:
    assert "e" not in words.amount(value, unit)


DOUBTFUL = replace(
    UNCHANGED, verdict="inconclusive",
    verdicts=(Verdict("b", "inconclusive", 1.5, (1.4, 1.6), reason="suspicious: it claims"), *UNCHANGED.verdicts),
)  # fmt: skip
VERIFIED = Fix("rule", "a.py", "f", "", "verified", ratio=0.91, interval=(0.90, 0.92), tests=TestCount(120, 0))


@pytest.mark.parametrize(
    ("fix", "shown"),
    [
        pytest.param(VERIFIED, "9 % fewer instructions (interval 8-10 %), 120 tests passed", id="verified"),
        pytest.param(
            replace(VERIFIED, ratio=1.02, interval=(0.99, 1.05)),
            "2 % more instructions (interval -1 to 5 %), 120 tests passed", id="slower",
        ),
        pytest.param(
            replace(VERIFIED, interval=None, tests=TestCount(1, 3)),
            "9 % fewer instructions, 1 test passed, 3 failed but none newly", id="tests that failed before",
        ),
        pytest.param(
            replace(VERIFIED, ratio=None, tests=TestCount(1, 3, ("a", "b"))),
            "1 test passed, at least 2 broken by it", id="broken tests",
        ),
        pytest.param(replace(VERIFIED, ratio=None, tests=None), "", id="nothing was measured"),
    ],
)  # fmt: skip
def test_outcome(fix: Fix, shown: str) -> None:
    assert words.outcome(fix, "instructions") == shown


@pytest.mark.parametrize(
    ("report", "shown"),
    [
        pytest.param(UNCHANGED, "no change in 2 benchmarks", id="nothing changed"),
        pytest.param(NOTHING, "inconclusive (no benchmark was measured)", id="nothing was measured"),
        pytest.param(TIMES, "1 regression, 1 inconclusive in 3 benchmarks", id="one of each"),
        pytest.param(
            replace(UNCHANGED, verdict="inconclusive", uncovered=("a.py::f",), covered=()),
            "inconclusive (2 benchmarks, none of which reaches what head changes)", id="nothing reaches the change",
        ),
        pytest.param(
            replace(UNCHANGED, verdict="inconclusive", verdicts=UNCHANGED.verdicts[:1], uncovered=("f",), covered=()),
            "inconclusive (1 benchmark, which does not reach what head changes)", id="the one does not reach it",
        ),
        pytest.param(replace(DOUBTFUL, verdicts=DOUBTFUL.verdicts[:1]), "1 benchmark inconclusive", id="the only one"),
        pytest.param(DOUBTFUL, "1 of 3 benchmarks inconclusive", id="one that is suspicious"),
        pytest.param(replace(NOTHING, ignored=1), "inconclusive (the only benchmark is ignored in this repository)",
                     id="the only one is ignored"),
        pytest.param(replace(NOTHING, ignored=3), "inconclusive (all 3 benchmarks are ignored in this repository)",
                     id="all are ignored"),
        pytest.param(
            replace(UNCHANGED, verdicts=(UNCHANGED.verdicts[0], replace(UNCHANGED.verdicts[1], verdict="added"))),
            "no change, 1 added in 2 benchmarks", id="nothing changed and one is new",
        ),
    ],
)  # fmt: skip
def test_headline(report, shown: str) -> None:
    assert words.headline(report) == shown


def test_one_function_is_one_cause_with_its_strongest_benchmark_first() -> None:
    (build, count), (clean, one) = words.causes(CHANGED)
    assert (build.function, build.benchmark, count) == ("URL.build", CHANGED.suspects[0].benchmark, 2)
    assert (clean.function, one) == ("_clean", 1)


def test_regressions_that_were_not_looked_into_are_not_called_without_a_cause() -> None:
    many = tuple(Verdict(f"b{number}", "regression", 1.1 + number) for number in range(20))
    assert {one.id for one in words.unexplained(replace(UNCHANGED, verdicts=many))} == {f"b{n}" for n in range(8, 20)}


def test_the_command_asks_for_the_metric_that_was_used() -> None:
    assert words.reproduce(TIMES).endswith(" --metric 'cpu time'")
    assert "--metric" not in words.reproduce(CHANGED)


def test_a_report_says_that_it_was_the_processor_that_counted() -> None:
    (one, *_), report = CHANGED.verdicts, replace(CHANGED, metric="processor instructions")
    assert words.measured(report).startswith("Measured in instructions, counted by the processor on ")
    assert "taken in turns with base's execute more instructions at head" in words.explanation(report)
    assert words.reproduce(report).endswith(" --metric 'processor instructions'")
    told = words.figures(replace(one, metric="processor instructions", rounds=10))
    assert told.startswith("processor instructions ")
    assert told.endswith(", over 10 sessions")


def test_a_further_metric_is_told_only_where_it_says_something() -> None:
    assert words.telling(UNCHANGED) == []
    (one,) = words.telling(ALSO)
    assert words.further(one) == "peak memory 1.20 MiB → 2.42 MiB (2.01×), regression"
    for surface in (markdown.render(ALSO), terminal.render(ALSO)):
        assert "Also measured" in surface
        assert words.further(one) in surface


def test_a_slower_import_is_counted_and_told() -> None:
    slower = Verdict("import yarl", "regression", 1.5, (1.49, 1.51), 2e6, 3e6, metric="import time")
    report = replace(
        UNCHANGED, verdict="regression", imports=(slower, replace(slower, id="import b", verdict="no change"))
    )
    assert words.headline(report) == "1 regression in 2 benchmarks and 2 imports"
    assert words.telling(report) == [slower]
    for surface in (markdown.render(report), terminal.render(report)):
        assert "import yarl" in surface
        assert "import time 2.00 M → 3.00 M (+50.0 %), regression" in surface


@pytest.mark.parametrize("render", [markdown.render, partial(terminal.render, width=400)], ids=["Markdown", "terminal"])
def test_why_nothing_was_compared_is_said_once(render: Callable[[Report], str]) -> None:
    why = "no call could be recorded: an argument of type Manager cannot be copied"
    fix = replace(CHANGED.fixes[0], reason=why, compared=Compared(reason=why))
    shown = render(replace(CHANGED, fixes=(fix,)))
    assert shown.count(why) == 1
    assert "its behaviour was not compared" in shown
