"""The comment on a pull request, as it is read and as GitHub reads it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.core.model import Report, Verdict
from bot.reports.markdown import LIMIT, render
from tests.reports.build import everywhere, large, reports
from tests.reports.golden import check
from tests.reports.hostile import HOSTILE
from tests.reports.samples import CHANGED, NOTHING, SAMPLES, UNCHANGED

markdown = MarkdownIt("commonmark").enable("table")
FOLD = re.compile(r"<details><summary>[0-9A-Za-z ,]+</summary>|</details>")


def leaves(text: str) -> list[Token]:
    return [leaf for token in markdown.parse(text) for leaf in (token.children or [token])]


def assert_nothing_active(text: str) -> None:
    """Links, mentions, references and HTML do nothing inside code; outside of it there are none of them."""
    folds = 0
    for token in leaves(text):
        if token.type == "text":
            assert not re.search(r"@\w|#\d|://|www\.|\bGH-\d|[<>](?<!->)", token.content)
        elif token.type.startswith("html"):
            assert FOLD.fullmatch(token.content.strip())
            folds += 1 if "<summary>" in token.content else -1
        else:
            assert token.type not in ("link_open", "image", "hr", "blockquote_open", "hardbreak")
    assert folds == 0


def assert_tables_are_whole(text: str) -> None:
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({row.count("|") for row in table.splitlines()}) == 1


@pytest.mark.parametrize("name", SAMPLES)
def test_the_comment_reads_well(name: str) -> None:
    check(f"{name}.md", render(SAMPLES[name]))


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_hostile_text_does_nothing_in_a_comment(text: str) -> None:
    shown = render(everywhere(text))
    assert_nothing_active(shown)
    assert_tables_are_whole(shown)
    assert len(shown) <= LIMIT


@given(report=reports)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_report_is_harmless_and_fits_into_a_comment(report: Report) -> None:
    shown = render(report)
    assert_nothing_active(shown)
    assert_tables_are_whole(shown)
    assert len(shown) <= LIMIT


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("+        total = total + part\n", id="lines of code"),
        pytest.param("+" + "`" * 70 + "\n", id="lines of backticks"),
        pytest.param("+" * 500, id="one line"),
    ],
)
def test_many_benchmarks_and_huge_patches_fit_and_say_what_is_left_out(line: str) -> None:
    shown = render(large(line=line))
    assert 30_000 < len(shown) <= LIMIT
    assert re.search(r"^\| … and [\d,]+ more \|", shown, re.MULTILINE)
    assert "The patch is longer than shown; `perfwright check --json` has everything." in shown
    assert_nothing_active(shown)
    assert_tables_are_whole(shown)


def test_the_largest_regression_comes_first_and_the_unchanged_are_folded() -> None:
    shown = render(CHANGED)
    open_part = re.sub(r"<details>.*?</details>", "", shown, flags=re.DOTALL)
    assert open_part.index("test_join") < open_part.index("test_build_url") < open_part.index("test_quote")
    assert "test_split" not in open_part
    assert "<summary>2 unchanged</summary>" in shown


def test_a_report_without_a_change_is_one_line_and_a_fold() -> None:
    assert re.fullmatch(
        r"\*\*Perfwright: no change\*\* in 2 benchmarks\n\n<details>.*</details>\n", render(UNCHANGED), re.S
    )


def test_an_empty_report_says_that_nothing_was_measured() -> None:
    assert render(NOTHING).startswith("**Perfwright: inconclusive** (no benchmark was measured)\n")


def test_a_patch_that_fits_is_shown_whole_and_without_a_word_about_it() -> None:
    shown = render(CHANGED)
    assert f"```diff\n{CHANGED.fixes[0].patch}```" in shown
    assert "longer than shown" not in shown


def test_a_rejected_candidate_keeps_its_reason_and_shows_no_patch() -> None:
    shown = render(replace(CHANGED, fixes=CHANGED.fixes[1:]))
    assert "not measurably faster" in shown
    assert "```diff" not in shown


def test_no_cause_is_given_for_an_improvement() -> None:
    faster = tuple(one for one in CHANGED.verdicts if one.verdict == "improvement")
    shown = render(replace(CHANGED, verdict="improvement", verdicts=faster, suspects=(), fixes=()))
    assert "Cause" not in shown
    assert "A regression means" not in shown


def test_a_bar_in_a_name_is_one_cell() -> None:
    shown = render(replace(UNCHANGED, verdicts=(Verdict("test[a|b]", "no change", 1.0, (1.0, 1.0), 1.0, 1.0),)))
    assert "| `test[a¦b]` |" in shown
