from newsdesk import Entry, merge, render
from newsdesk.entries import parse
from newsdesk.page import slug

FEEDS = [
    [
        Entry(f"feed{feed}", number, f"Story {number} of feed {feed}", f"2024-05-{number % 28 + 1:02}")
        for number in range(80)
    ]
    for feed in range(4)
]
LINES = [f"{e.feed} | {e.number} | {e.published} | {e.title}" for feed in FEEDS for e in feed]


def test_merge_feeds(benchmark):
    merged = benchmark(merge, FEEDS + FEEDS)
    assert len(merged) == 320


def test_render_page(benchmark):
    page = benchmark(render, FEEDS[0])
    assert page.count("\n") == 79


def test_parse_lines(benchmark):
    entries = benchmark(lambda: [parse(line) for line in LINES])
    assert len(entries) == 320


def test_slugs(benchmark):
    assert benchmark(slug, "A rather long title, with punctuation: and more of it!").startswith("a-rather")
