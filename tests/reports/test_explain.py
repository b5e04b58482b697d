"""What `/perf explain` says of a benchmark; what it finds is tested with the command."""

from __future__ import annotations

from dataclasses import replace

import pytest

import rules
from bot.core.model import Verdict
from bot.reports import _explain as explaining
from tests.reports.build import everywhere
from tests.reports.hostile import HOSTILE
from tests.reports.samples import ALSO, CHANGED, TIMES
from tests.reports.test_markdown import assert_nothing_active

HEAD = CHANGED.revisions.head_sha


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_hostile_text_does_nothing_in_an_answer(text: str) -> None:
    report = everywhere(text)
    for one in report.verdicts:
        assert_nothing_active(explaining.verdict(report, one, HEAD))


def test_further_metrics_are_told() -> None:
    shown = explaining.verdict(ALSO, ALSO.verdicts[0], HEAD)
    assert "- peak memory 1.20 MiB → 2.42 MiB (2.01×), regression" in shown


def test_what_takes_sessions_says_so() -> None:
    assert "cpu time 3.20 ms → 3.50 ms, over 14 sessions" in explaining.verdict(
        TIMES, replace(TIMES.verdicts[0], metric="cpu time"), HEAD
    )


@pytest.mark.parametrize(
    ("one", "said"),
    [
        pytest.param(Verdict("b", "regression", 1.05, (1.04, 1.06)), "lies wholly above +1 %", id="slower"),
        pytest.param(Verdict("b", "improvement", 0.9, (0.89, 0.91)), "lies wholly below -1 %", id="faster"),
        pytest.param(Verdict("b", "regression", 1.007, (1.006, 1.008)), "above its threshold", id="its own threshold"),
        pytest.param(Verdict("b", "no change", 1.001, (0.997, 1.005)), "+0.1 %, interval -0.3 to +0.5 %", id="calm"),
        pytest.param(Verdict("b", "added", reason="only head has it"), "from the merge on it is compared", id="new"),
    ],
)
def test_the_first_sentence_says_why(one: Verdict, said: str) -> None:
    assert said in explaining.verdict(CHANGED, one, HEAD).splitlines()[0]


@pytest.mark.parametrize("name", rules.names())
def test_every_card_can_be_shown(name: str) -> None:
    assert explaining.card(name, rules.load(name)).startswith(f"### `{name}`\n\n")
