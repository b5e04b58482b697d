"""A fix pull request: one rule, with what, why, the evidence, how to undo it and how to turn the rule off."""

from __future__ import annotations

import rules
from bot.core import card
from bot.core.model import PARTIAL_REVERT, RESTORED_DECORATOR, TOGETHER, Fix, Report
from bot.core.text import code_span, label, prose
from bot.reports import _words as words

NAME = "fix_pull_request"
_OTHERS = {
    PARTIAL_REVERT: "take back what made it slow",
    RESTORED_DECORATOR: "put back the decorator that made it fast",
}
"""Fixes that no card is about."""
_WHY = {
    False: "the pattern does more work than the task needs",
    True: "experiments on the changes of the pull request have shown it",
}


def render(report: Report, *, number: int = 0, pull: int | None = None, why: str = "") -> str:
    """The body of the pull request for the `number`th verified fix; `why` is the card's own words on the pattern."""
    verified = [fix for fix in report.fixes if fix.status == "verified"]
    return body(verified[number], report, pull=pull, why=why) if number < len(verified) else "No verified fix.\n"


def title(fix: Fix) -> str:
    """Such as "Speed up render: text that a loop extends should be collected and joined once"."""
    return f"Speed up {label(fix.function, 60)}: {_in_words(fix.rule)}"


def _in_words(rule: str) -> str:
    """What a rule is about, as its card says it; of several in one, how many."""
    if TOGETHER in rule:
        return f"{len(rule.split(TOGETHER))} rewrites in one"
    if rule not in rules.names():
        return _OTHERS.get(rule, label(rule, 40))
    said = card.parse(rules.load(rule)).description.rstrip(".")
    return said[0].lower() + said[1:]


def message(fix: Fix, metric_words: str) -> str:
    """The commit's message."""
    return f"{title(fix)}\n\n{label(metric_words, 200)}\n"


def body(fix: Fix, report: Report, *, pull: int | None, why: str, again: str = "") -> str:
    """What a reviewer needs; text of the repository stands in code spans only. `again` is the command to reproduce."""
    origin = f" It mends a regression that #{pull} brings." if pull else ""
    rows = [
        "| evidence | |", "|:--|:--|",
        f"| measured | {words.outcome(fix, report.metric) or 'no number is known'} |",
        f"| on | {code_span(fix.benchmark or '-', limit=120, table=True)} |",
        f"| against | {code_span(report.revisions.head_sha[:10])} |",
        f"| machine | {prose(words.measured(report), 300, table=True)} |",
    ]  # fmt: skip
    caution = f"\n\n**Look closely:** {prose(fix.reason)}" if fix.reason else ""
    names = ", ".join(fix.rules)
    what = (
        f"rewrites {code_span(fix.function, limit=120)} in {code_span(fix.path, limit=120)} with the rule"
        f" {code_span(fix.rule)}"
    )
    return "\n\n".join([
        f"**What:** {prose(fix.note) if fix.note else what}.{origin}{caution}",
        f"**Why:** {why or _WHY[bool(fix.note)]}",
        "\n".join(rows),
        "**How it was verified:** in sandboxes, before against after: the tests that passed before still pass,"
        f" {_compared(fix)}.",
        f"**To reproduce:** {code_span(again or words.reproduce(report), limit=200)}",
        f"**To turn the rule off:** add {code_span(f'rules: {{ignore: [{names}]}}')} to"
        f" `.github/perfwright.yml`, or write {' and '.join(code_span(f'/perf ignore {one}') for one in fix.rules)}."
        " Closing this pull request is enough to be rid of it: it is not opened again."
        " **To undo** after merging: revert the one commit.",
    ]) + "\n"  # fmt: skip


def _compared(fix: Fix) -> str:
    done = fix.compared
    if done is not None and done.calls:
        return (
            "the benchmark is measurably faster,"
            " and calls that tests and benchmarks make do the same, as do variations of their arguments"
        )
    why = prose((done and done.reason) or "no call was recorded")
    return f"and the benchmark is measurably faster. What its calls do could not be compared: {why}"
