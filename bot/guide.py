"""Gives the two pages of `docs/` that are shown to people who have none of this repository: words, and statistics.

Partners: `bot/web.py` serves them, `bot/commands/explain.py` answers from them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import bot

PAGES = ("glossary", "statistics")
_HERE = Path(bot.__file__).parent
_ROW = re.compile(r"^\| ([^|]+) \| (.+) \|$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\(([\w/]+)\.md(#[\w-]+)?\)")


@cache
def load(name: str) -> str:
    """The text of a page; KeyError when it is none of these."""
    if name not in PAGES:
        raise KeyError(name)
    # In `docs` of a checkout; beside the code where it is installed.
    places = (_HERE.parent / "docs" / f"{name}.md", _HERE / f"{name}.md")
    return next(place for place in places if place.is_file()).read_text(encoding="utf-8")


@cache
def meanings() -> Mapping[str, str]:
    """What each word means, with links as they are in `docs/`."""
    _, _, rows = load("glossary").partition("|---|")
    return dict(_ROW.findall(rows))


def linked(text: str, address: str) -> str:
    """Links to these pages lead to where they are served; other pages are not."""

    def there(found: re.Match[str]) -> str:
        return f"[{found[1]}]({address}/{found[2]}{found[3] or ''})" if found[2] in PAGES else found[1]

    return _LINK.sub(there, text)


def unlinked(text: str) -> str:
    """For a terminal: a link is told by its title and its page."""
    return _LINK.sub(r'"\1" in docs/\2.md', text)
