"""Hostile text is harmless, and harmless text stays as it is."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.core.text import code_span, fence, fits, inert, label, percent, plain, prose, shorten, visible
from tests.reports.hostile import HOSTILE

SEEN_THOUGH_FORMAT = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
texts = st.one_of(
    st.text(), st.text("`|~\\ \nx@#:[]<>&"), st.sampled_from(sorted(HOSTILE.values())),
    st.lists(st.sampled_from(sorted(text[:200] for text in HOSTILE.values()))).map("".join),
)  # fmt: skip
hostile = pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
markdown = MarkdownIt("commonmark").enable("table")


def hidden(text: str) -> set[str]:
    return {
        sign for sign in text
        if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and sign not in "\n\t" and ord(sign) not in SEEN_THOUGH_FORMAT
    }  # fmt: skip


def inline(text: str) -> list[tuple[str, str]]:
    (paragraph,) = [token for token in markdown.parse(text) if token.type == "inline"]
    return [(token.type, token.content) for token in paragraph.children or ()]


@given(texts)
def test_nothing_in_visible_text_is_hidden(text: str) -> None:
    assert not hidden(visible(text))


@given(texts)
def test_making_text_visible_twice_changes_nothing_more(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(texts, st.integers(1, 400))
def test_plain_text_is_one_line_within_its_limit(text: str, limit: int) -> None:
    line = plain(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert not hidden(line)


@given(texts, st.booleans())
def test_a_code_span_is_one_code_span_and_nothing_else(text: str, table: bool) -> None:
    span = code_span(text, table=table)
    assert [kind for kind, _ in inline(f"a {span} b")] == ["text", "code_inline", "text"]
    assert len(span) <= 350
    assert not (table and "|" in span)


@given(texts)
@example("+a\n")
@example("`" * 30)
@example("+a\r\n")
def test_what_fits_into_a_fence_can_be_copied_out_of_it(text: str) -> None:
    shown = "\n".join(fence(text, limit=60).split("\n")[1:-1])
    assert fits(text, 60) <= (shown == text.rstrip("\n"))
    assert fits("+a\n", 60)


@given(texts)
def test_a_fence_is_one_block_and_nothing_else(text: str) -> None:
    tokens = markdown.parse(f"a\n\n{fence(text, 'diff')}\n\nb")
    assert [token.type for token in tokens if token.nesting <= 0 and token.type != "paragraph_close"] == [
        "inline", "fence", "inline",
    ]  # fmt: skip
    assert len(fence(text)) <= 4300


@given(texts)
def test_prose_is_text_and_code_spans_with_nothing_active_in_the_text(text: str) -> None:
    line = prose(text)
    tokens = markdown.parse(f"{line} b")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    for kind, content in inline(f"{line} b"):
        assert kind in ("text", "code_inline")
        if kind == "text":
            assert not re.search(r"[@#<>\[\]|&$*~\\{}](?<!->)|://|www\.|\bgh-\d", content, re.IGNORECASE)


@given(texts)
def test_prose_never_splits_a_cell(text: str) -> None:
    assert "|" not in prose(text, table=True)


@given(texts)
def test_a_label_holds_nothing_but_its_few_characters(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9 ._:/()+,'=-]{0,72}", label(text))


@given(texts)
@example("::error\nof two::lines")
def test_no_line_is_a_command_of_a_log(text: str) -> None:
    for line in (*visible(text).split("\n"), plain(text), *fence(text).split("\n")):
        assert not re.match(r"\s*::[A-Za-z].*::", line)
        assert "##[" not in line


@hostile
def test_hostile_text_ends_up_short_and_seen(text: str) -> None:
    for shown in (plain(text), code_span(text), fence(text), prose(text), label(text)):
        assert not hidden(shown)
        assert len(shown) < 4300


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tests/test_bench.py::TestURL::test_parse[long-1.5]", id="an id of pytest"),
        pytest.param("bench.Time.time_parse(10, 'a b')", id="an id of asv"),
        pytest.param("Größe, naïve, 性能, Ω ≤ 3 µs, 🎉", id="letters of other languages"),
        pytest.param("C:\\path -> %PATH% ${HOME} ~ ^ & *", id="signs that mean nothing on a terminal"),
        pytest.param("a::b::c and std::vector<int>::iterator", id="two colons within a line"),
        pytest.param("## a heading and [a link]", id="Markdown"),
    ],
)
def test_harmless_text_is_plain_already(text: str) -> None:
    assert visible(text) == plain(text) == inert(text) == text
    assert code_span(text) == f"`{text}`"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("fails on both sides: no module", "fails on both sides: no module", id="plain words stay"),
        pytest.param("idna 3.1 -> 3.2", "idna 3.1 -> 3.2", id="an arrow between words stays"),
        pytest.param("1,204 → 8,911 calls (+8.3 %)", "1,204 → 8,911 calls (+8.3 %)", id="numbers stay"),
        pytest.param("what it calls, e.g. a.b/c=d?", "what it calls, e.g. a.b/c=d?", id="punctuation stays"),
        pytest.param("`a b` fails (`c`).", "`a b` fails (`c`).", id="code that is marked already stays"),
        pytest.param("in my_file.py: fails", "in `my_file.py`: fails", id="a name becomes code, its colon does not"),
        pytest.param("[Errno 2] no file", "`[Errno 2]` no file", id="words that stand together share a span"),
        pytest.param("thanks @octocat, closes #1.", "thanks `@octocat`, closes `#1`.", id="mention and reference"),
        pytest.param("- a", "`-` a", id="a list is not opened"),
        pytest.param("a - b", "a - b", id="a dash between words stays"),
        pytest.param("a ` b", "a `` ` `` b", id="a lone backtick opens nothing"),
        pytest.param("commit 1a2b3c4d5e", "commit `1a2b3c4d5e`", id="a sha is no reference"),
        pytest.param("leaves 196100000 of it", "leaves 196100000 of it", id="a number is no sha"),
    ],
)
def test_prose_puts_into_code_what_could_mean_more_than_itself(text: str, shown: str) -> None:
    assert prose(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\x1b[1;31mE\x1b[0m  x", "E  x", id="colours go without a trace"),
        pytest.param("a\x1b[2Jb", "a�b", id="an erased screen leaves a mark"),
        pytest.param("a\x1b]0;t\x07b", "a�b", id="a title leaves a mark"),
        pytest.param("a\x1b]0;t", "a�0;t", id="an unfinished title hides nothing"),
        pytest.param("a\r\nb", "a\nb", id="line ends of Windows are line ends"),
        pytest.param("a\rb", "a�b", id="a carriage return overwrites nothing"),
        pytest.param("a\tb", "a\tb", id="a tab stays"),
        pytest.param(" ::error::x", " �:error::x", id="a command of a log is broken"),
        pytest.param(" ::\n text", " ::\n text", id="two colons of reStructuredText stay"),
    ],
)
def test_visible_text(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_long_name_loses_its_middle() -> None:
    assert shorten("tests/test_bench.py::test_parse", 15) == "tests/t…t_parse"


def test_a_long_block_counts_the_lines_that_it_leaves_out() -> None:
    block = fence("+ line\n" * 100, "diff", limit=70)
    assert block.startswith("```diff\n+ line\n")
    assert block.endswith("\n… 90 more lines\n```")


def test_a_long_line_in_a_block_is_cut() -> None:
    assert fence("x" * 100, limit=10) == "```\nxxxxxxxxxx…\n```"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.916, "92 %"), (1.0, "100 %"), (0.996, "99.6 %"), (1.004, "100.4 %"), (0.0, "0 %"), (-0.0004, "0 %"),
        (0.0042, "0.4 %"), (-0.004, "-0.4 %"), (-0.12, "-12 %"), (0.9999, "100 %"), (12.5, "1250 %"),
    ],
)  # fmt: skip
def test_a_share_is_all_or_nothing_only_where_it_is(share, words):
    assert percent(share) == words
