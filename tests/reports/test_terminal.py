"""The report on a terminal: within its width, and the same with colours and without."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from rich.cells import cell_len

from bot.core.model import Report
from bot.core.text import HIDDEN
from bot.reports.terminal import NARROWEST, render
from tests.reports.build import everywhere, large, reports
from tests.reports.golden import check
from tests.reports.hostile import HOSTILE
from tests.reports.samples import CHANGED, SAMPLES

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
widths = pytest.mark.parametrize("width", [60, 80, 120])


def too_wide(report: Report, width: int) -> list[str]:
    """Lines that go beyond the width, but for those that must stay as they are: the patch and the command."""
    shown = render(replace(report, fixes=()), width=width).split("\n")
    return [line for line in shown if cell_len(line) > width and not line.startswith("  perfwright check")]


@widths
@pytest.mark.parametrize("name", SAMPLES)
def test_the_report_reads_well(name: str, width: int) -> None:
    check(f"{name}.{width}.txt", render(SAMPLES[name], width=width))


def test_the_report_reads_well_in_colour() -> None:
    check("changed.colour.ansi", render(CHANGED, width=100, colour=True))


@pytest.mark.parametrize("name", SAMPLES)
def test_colour_is_never_the_only_signal(name: str) -> None:
    coloured = render(SAMPLES[name], width=90, colour=True)
    assert COLOUR.search(coloured)
    without = "\n".join(line.rstrip() for line in COLOUR.sub("", coloured).split("\n"))
    assert without == render(SAMPLES[name], width=90)


@widths
@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_hostile_names_stay_within_the_width(text: str, width: int) -> None:
    assert not too_wide(everywhere(text), width)


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_hostile_text_adds_nothing_to_our_own_colours(text: str) -> None:
    assert not HIDDEN.search(COLOUR.sub("", render(everywhere(text), colour=True)))


@given(report=reports)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_report_stays_within_the_width(report: Report) -> None:
    assert not too_wide(report, 80)


def test_a_narrower_terminal_than_possible_gets_the_narrowest_report() -> None:
    assert render(CHANGED, width=1) == render(CHANGED, width=NARROWEST)


def test_long_names_lose_their_middle() -> None:
    long = replace(CHANGED.verdicts[1], id="tests/bench/test_url.py::TestURL::test_build_with_everything[many-parts]")
    (row,) = [line for line in render(replace(CHANGED, verdicts=(long,)), width=80).split("\n") if line[:1] == "▲"]
    assert row.startswith("▲ tests/bench/test")
    assert "…" in row
    assert "[many-parts]" in row


def test_many_benchmarks_and_huge_patches_fill_a_few_screens_at_most() -> None:
    shown = render(large(), width=100)
    assert shown.count("\n") < 600
    assert re.search(r"… and [\d,]+ regressions", shown)
    assert "more lines; --json has everything" in shown


def test_a_patch_is_copied_as_it_is_however_long_its_lines() -> None:
    patch = CHANGED.fixes[0].patch + f"+        {'x = 1; ' * 40}\n"
    shown = render(replace(CHANGED, fixes=(replace(CHANGED.fixes[0], patch=patch),)), width=80)
    assert "\n".join(line.rstrip() for line in patch.split("\n")) in shown
