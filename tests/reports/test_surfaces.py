"""What holds on every surface; a new one is covered by being in the room."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import HealthCheck, given, settings

from bot.core.model import Report
from bot.core.text import HIDDEN
from bot.reports import Surface, surfaces
from tests.reports.build import everywhere, large, reports
from tests.reports.hostile import HOSTILE
from tests.reports.samples import SAMPLES

every_surface = pytest.mark.parametrize("surface", [pytest.param(one, id=name) for name, one in surfaces().items()])
every_hostile_text = pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
every_sample = pytest.mark.parametrize("report", [pytest.param(one, id=name) for name, one in SAMPLES.items()])


def assert_safe_to_print(shown: str) -> None:
    assert not HIDDEN.search(shown)
    shown.encode()
    for line in shown.split("\n"):
        assert not re.match(r"\s*::[A-Za-z].*::", line)


def test_every_file_of_the_room_is_a_surface() -> None:
    assert {"json", "markdown", "terminal"} <= set(surfaces())
    assert all(surface.__name__.endswith(f".{name}") for name, surface in surfaces().items())  # type: ignore[attr-defined]


@every_surface
@every_hostile_text
def test_hostile_text_reaches_nobody(surface: Surface, text: str) -> None:
    assert_safe_to_print(surface.render(everywhere(text)))


@every_surface
@given(report=reports)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_report_renders(surface: Surface, report: Report) -> None:
    shown = surface.render(report)
    assert_safe_to_print(shown)
    assert shown.endswith("\n")


@every_surface
@every_sample
def test_rendering_twice_gives_the_same(surface: Surface, report: Report) -> None:
    assert surface.render(report) == surface.render(report)


@every_surface
def test_many_benchmarks_and_huge_patches_are_rendered(surface: Surface) -> None:
    shown = surface.render(large())
    assert_safe_to_print(shown)
    assert shown.endswith("\n")


@every_surface
@every_sample
def test_the_environment_makes_no_difference(surface: Surface, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = surface.render(report)
    for name, value in {"COLUMNS": "40", "LINES": "9", "FORCE_COLOR": "1", "TERM": "dumb", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", None)
    assert surface.render(report) == shown
