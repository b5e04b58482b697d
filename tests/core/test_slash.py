from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.slash import MOST, Words, nearest, parse


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("/perf bench", [Words("bench")], id="a word"),
        pytest.param("Thanks!\n/perf bench tests/*_x*[a]\nBye", [Words("bench", ("tests/*_x*[a]",))], id="a glob"),
        pytest.param("/perf explain `pkg.Suite.time_it`", [Words("explain", ("pkg.Suite.time_it",))], id="in ticks"),
        pytest.param("/PERF", [], id="the prefix as it is"),
        pytest.param("/perf", [Words("help")], id="no word is help"),
        pytest.param("/perf Bench", [Words("bench")], id="a word in capitals"),
        pytest.param("/perf fix\n/perf fix", [Words("fix")], id="twice is once"),
        pytest.param("/perf fix\r\n\r\n/perf status", [Words("fix"), Words("status")], id="line ends of the web"),
        pytest.param("please /perf bench", [], id="not first on its line"),
        pytest.param("/performance bench", [], id="another word"),
        pytest.param("> /perf bench", [], id="a quote"),
        pytest.param("> quoted\n/perf bench", [], id="a lazy continuation of a quote"),
        pytest.param("```\n/perf bench\n```", [], id="a fence"),
        pytest.param("~~~\n/perf bench", [], id="a fence without end"),
        pytest.param("    /perf bench", [], id="indented code"),
        pytest.param("`/perf bench`", [], id="a code span"),
        pytest.param("see `code\n/perf bench` here", [], id="a code span over two lines"),
        pytest.param("- /perf bench", [], id="a list"),
        pytest.param("<!--\n/perf bench\n-->", [], id="a comment"),
        pytest.param("<details>\n/perf bench\n</details>", [], id="HTML"),
        pytest.param("\\/perf bench", [], id="an escape"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_what_is_a_command(text, found):
    assert list(parse(text)) == found


def test_a_comment_holds_a_few_commands_at_most():
    assert len(parse("\n".join(f"/perf bench {number}" for number in range(50)))) == MOST


@given(st.text(st.sampled_from("/perf bench\n`>-*_[]()<!#~ \t\r\0ab")))
def test_any_text_is_read(text):
    for one in parse(text):
        assert one.word


@given(st.text(st.sampled_from("ab/perf `\n>"), max_size=40))
def test_nothing_in_a_fence_is_a_command(text):
    fence = "`" * 50
    assert parse(f"{fence}\n{text}\n{fence}") == ()


def test_the_nearest_word():
    assert nearest("benhc", ["bench", "fix"]) == "bench"
    assert nearest("zzz", ["bench", "fix"]) is None
