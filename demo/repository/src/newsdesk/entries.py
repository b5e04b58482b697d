"""What a feed delivers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One story, as one feed tells it."""

    feed: str
    number: int
    title: str
    published: str


def parse(line: str) -> Entry:
    """Read `feed|number|published|title`, as the wire sends it."""
    feed, number, published, title = line.split("|", 3)
    return Entry(feed.strip(), int(number), title.strip(), published.strip())
