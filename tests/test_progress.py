"""What a person sees while the path is under way, on a terminal and in a file."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bot.progress import TerminalProgress
from tests.reports.hostile import HOSTILE


def shown(text: str, *, terminal: bool) -> str:
    file = io.StringIO()
    with TerminalProgress(Console(file=file, force_terminal=terminal, width=200)) as progress:
        progress.stage("measure")
        progress.step(text, done=1, total=2)
        progress._bar.refresh()
    return file.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("t.py::test_a[/tmp/x]", id="what looks like the end of a markup"),
        pytest.param("t[link=https://evil.example]click[/link]", id="a link"),
        pytest.param("t[bold red]x", id="colours"),
    ],
)
def test_names_of_benchmarks_are_no_markup(text):
    said = shown(text, terminal=True)
    assert text in said
    assert "\x1b]8" not in said


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("terminal", [True, False])
def test_hostile_names_move_nothing(text, terminal):
    said = shown(text, terminal=terminal)
    assert "\x1b]" not in said
    assert not terminal or "measure" in said
