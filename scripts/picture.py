"""Draws the report on the sample of `make demo` as docs/report.svg, for the README: `python -m scripts.picture`."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot import pipeline
from bot.git import Repository
from bot.progress import SilentProgress
from bot.reports import terminal
from bot.sandbox import driver
from bot.settings import read
from bot.workbench import Workbench
from demo.__main__ import PLACE, make

WIDTH = 100
_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    """Check the sample, and keep what a person at a terminal would see."""
    repository = Repository(make(PLACE / "newsdesk"))
    with Workbench(repository, driver("bubblewrap"), read().home, SilentProgress()) as bench:
        report = pipeline.check(bench, pipeline.Request("main", "pull-request"))
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(terminal.render(report, width=WIDTH, colour=True).strip("\n")))
    # The template fetches its fonts from a host; any monospaced one will do.
    drawn = _FONT.sub("", console.export_svg(title="perfwright check --base main --head pull-request"))
    Path("docs/report.svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
