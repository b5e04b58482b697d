import pytest
from newsdesk import Entry, merge, render
from newsdesk.entries import parse
from newsdesk.page import slug


def entry(number, feed="wire", published="2024-05-01"):
    return Entry(feed, number, f"Story {number}", published)


def test_each_story_is_kept_once():
    assert merge([[entry(1), entry(2)], [entry(2), entry(3)]]) == [entry(1), entry(2), entry(3)]


def test_the_same_number_in_another_feed_is_another_story():
    assert len(merge([[entry(1)], [entry(1, feed="city")]])) == 2


def test_the_newest_story_comes_first():
    old, new = entry(1, published="2024-05-01"), entry(2, published="2024-05-02")
    assert merge([[old, new]]) == [new, old]


def test_no_feeds_make_an_empty_page():
    assert merge([]) == []
    assert render([]) == ""


@pytest.mark.parametrize(("title", "expected"), [("Hello, World", "hello-world"), ("  a  b ", "a-b"), ("", "")])
def test_slugs(title, expected):
    assert slug(title) == expected


def test_a_line_of_the_wire():
    assert parse("wire | 7 | 2024-05-01 | A | B") == Entry("wire", 7, "A | B", "2024-05-01")


def test_a_page_has_a_line_for_each_story():
    assert render([entry(1), entry(2)]).splitlines()[1] == "2024-05-01  Story 2  /wire/story-2"
