"""Merges the entries of many feeds, newest first, each story once."""

from collections.abc import Iterable

from newsdesk.entries import Entry


def newest_first(entries: Iterable[Entry]) -> list[Entry]:
    """Entries by date, and by feed where the dates are equal."""
    return sorted(entries, key=lambda entry: (entry.published, entry.feed), reverse=True)


def merge(feeds: Iterable[Iterable[Entry]]) -> list[Entry]:
    """Every story of every feed once, newest first."""
    seen = set()
    merged = []
    for entry in newest_first(entry for feed in feeds for entry in feed):
        key = f"{entry.feed}/{entry.number}"
        if key not in seen:
            seen.add(key)
            merged.append(entry)
    return merged
