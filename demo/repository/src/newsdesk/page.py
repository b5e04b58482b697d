"""Renders the front page."""

from collections.abc import Iterable

from newsdesk.entries import Entry


def slug(title: str) -> str:
    """A title as a part of an address: letters and digits, with dashes between the words."""
    words = "".join(letter if letter.isalnum() else " " for letter in title.lower()).split()
    return "-".join(words)


def render(entries: Iterable[Entry]) -> str:
    """The page as text, a line a story."""
    return "\n".join(f"{entry.published}  {entry.title}  /{entry.feed}/{slug(entry.title)}" for entry in entries)
