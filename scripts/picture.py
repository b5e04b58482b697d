"""Makes the pictures of the documentation from real output: `python -m scripts.picture`.

`docs/comment.png` is what `make demo` puts on the pull request, as GitHub shows it, taken by Chromium (Debian: apt-get
install chromium). `docs/report.svg` is the report of `perfwright check` on a terminal.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from rich.console import Console
from rich.text import Text

from bot import pipeline
from bot.git import Repository
from bot.progress import SilentProgress
from bot.reports import terminal
from bot.sandbox import driver
from bot.settings import read
from bot.workbench import Workbench
from demo.__main__ import PLACE, make, opened, suggested, watch

WIDTH = 100
_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_PIXELS = 900
_STYLE = (Path(__file__).parent / "picture.css").read_text(encoding="utf-8")
_AVATAR = (
    '<svg class="avatar" viewBox="0 0 40 40"><rect width="40" height="40" rx="20" fill="#24292f"/>'
    '<path d="M9 27a12.5 12.5 0 1 1 22 0" fill="none" stroke="#8b949e" stroke-width="3" stroke-linecap="round"/>'
    '<path d="M20 24 27 14" stroke="#3fb950" stroke-width="3" stroke-linecap="round"/>'
    '<circle cx="20" cy="24" r="3" fill="#3fb950"/></svg>'
)


def comment() -> None:
    """The demo's comment and suggestion, as GitHub shows them."""
    with opened() as (_, pull):
        watch(pull, Console(file=io.StringIO()))
        (said,), (note,) = pull.comments(), pull.notes()
        place = note.now.place
        shown = [
            _box(said.author, "commented", _html(said.body)),
            _box(
                said.author,
                f"suggested a change to <code>{escape(place.path)}</code> lines {place.start_line}-{place.line}",
                _suggestion(_html(suggested(pull, note))),
            ),
        ]
    page = f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style><body>{"".join(shown)}</body>'
    _photograph(page, Path("docs/comment.png").absolute())


def _box(author: str, did: str, body: str) -> str:
    name, _, is_bot = author.partition("[bot]")
    label = "" if not is_bot and author == name else '<span class="bot">bot</span>'
    head = f"<strong>{escape(name)}</strong>{label} <span>{did}</span>"
    return f'<section>{_AVATAR}<article><header>{head}</header><div class="body">{body}</div></article></section>'


def _html(text: str) -> str:
    """Markdown as GitHub takes it, with its colours for diffs and commands."""
    maker = MarkdownIt("commonmark", {"html": True, "highlight": _coloured}).enable("table")
    # GitHub breaks long names there too, when a column is narrow.
    return str(maker.render(text)).replace("::", "::<wbr>")


def _coloured(code: str, language: str, _attributes: str) -> str:
    if language != "diff":
        return str(highlight(code, get_lexer_by_name(language or "text"), HtmlFormatter(nowrap=True)))
    kinds = {"+": "new", "-": "old", "@": "place"}
    # Whole lines are coloured, so that nothing stands between the blocks.
    return "".join(
        f'<span class="{kinds.get(line[:1], "same")}">{escape(line) or " "}</span>' for line in code.splitlines()
    )


def _suggestion(body: str) -> str:
    """GitHub's frame around a suggestion."""
    frame = '<div class="suggestion"><header>Suggested change</header>'
    return body.replace("<pre>", f"{frame}<pre>").replace(
        "</pre>", '</pre><footer><span class="button">Commit suggestion</span></footer></div>'
    )


def _photograph(page: str, to: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise SystemExit("Chromium is not installed: install it (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as place:
        source = Path(place, "comment.html")
        source.write_text(page, encoding="utf-8")
        height = _height(browser, source, place)
        arguments = (f"--screenshot={to}", f"--window-size={_PIXELS},{height}", "--force-device-scale-factor=1.5")
        _browse(browser, place, *arguments, source.as_uri())


def _height(browser: str, source: Path, place: str) -> int:
    """How high the page is at our width: the browser writes it into the page that it dumps."""
    measured = Path(place, "measured.html")
    script = "<script>document.title = Math.ceil(document.body.getBoundingClientRect().bottom)</script>"
    measured.write_text(source.read_text(encoding="utf-8") + script, encoding="utf-8")
    dumped = _browse(browser, place, f"--window-size={_PIXELS},800", "--dump-dom", measured.as_uri())
    found = re.search(r"<title>(\d+)</title>", dumped)
    if found is None:
        raise SystemExit("Chromium did not say how high the page is")
    return int(found[1])


def _browse(browser: str, place: str, *arguments: str) -> str:
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={place}/profile")
    done = subprocess.run([browser, *flags, *arguments], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def report() -> None:
    """What a person at a terminal sees of a check of the sample."""
    repository = Repository(make(PLACE / "newsdesk"))
    with Workbench(repository, driver("bubblewrap"), read().home, SilentProgress()) as bench:
        found = pipeline.check(bench, pipeline.Request("main", "pull-request"))
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(terminal.render(found, width=WIDTH, colour=True).strip("\n")))
    # The template fetches its fonts from a host; any monospaced one will do.
    drawn = _FONT.sub("", console.export_svg(title="perfwright check --base main --head pull-request"))
    Path("docs/report.svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["comment", "report"]
    if "comment" in wanted:
        comment()
    if "report" in wanted:
        report()
