"""Every reason that a verdict can have is explained, with what one can do about it."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from bot.core import reasons
from bot.core.claims import SUSPICIOUS
from bot.core.model import Verdict

ROOT = Path(__file__).parents[2]
MODULES = ("bot.core.verdict", "bot.core.claims", "bot.stages.verdict", "bot.stages.elsewhere")
# What is put together from several: how it reads then, "" where each part has a row of its own.
TOGETHER = {
    "; ": "",
    "…; …": "",
    "CPU time": "",
    "it …": "",
    "it …, …": "",
    "since it …": "",
    "suspicious: …": "",
    "one side …: raise `budget`, a benchmark may take a fifth of it": f"one side {reasons.TOO_LATE} 60 s",
    "in … only, shown by two independent runs: instructions cannot tell, …": "in CPU time only, shown by two",
    "…, shown by two independent runs: valgrind cannot tell, …": f"{reasons.COUNTED}, shown by two independent runs",
    "in CPU time, not in instructions, which the processor counted": "in CPU time, not in instructions",
    "instructions …, but …": "instructions +3.0 %, but CPU time -2.0 %",
    "…, and those of base and head hardly overlap": f"{reasons.RANDOM}: …, and those of base and head hardly overlap",
    "…, which …": "CPU time +0.1 %, which shows no change",
    "shows no change": "CPU time +0.1 %, which shows no change",
    "is too uncertain to tell": "CPU time +0.1 %, which is too uncertain to tell",
    "… shows no change": "CPU time shows no change",
}
PARTS = (
    reasons.SEEDS,
    reasons.NOISY,
    reasons.VARIES,
    reasons.PROCESSES,
    reasons.WAITS,
    reasons.THREADS,
    reasons.TOO_LONG,
)


def written() -> list[tuple[str, str]]:
    """(module, text) for each reason that is written: keyword arguments `reason`, and functions that say why."""
    found = []
    for name in MODULES:
        known = vars(importlib.import_module(name))
        tree = ast.parse((ROOT / f"{name.replace('.', '/')}.py").read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "reason":
                found += [(name, text) for text in texts(node.value, known)]
            elif isinstance(node, ast.FunctionDef) and ast.unparse(node.returns or ast.Constant("")) == "str | None":
                returned = [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value]
                found += [(name, text) for value in returned for text in texts(value, known)]
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("reason", "why", "found[one]"):
                found += [(name, text) for text in texts(node.value, known)]
    return found


def texts(value: ast.expr, known: dict[str, object]) -> list[str]:
    """The texts that an expression writes, with … for what is only known when it runs."""
    if isinstance(value, ast.Constant):
        return [value.value] if isinstance(value.value, str) else []
    if isinstance(value, ast.Name):
        return [one] if isinstance(one := known.get(value.id), str) else []
    if isinstance(value, ast.JoinedStr):
        return ["".join((texts(part, known) or ["…"])[0] for part in value.values)]
    if isinstance(value, ast.FormattedValue):
        return texts(value.value, known)
    if isinstance(value, ast.IfExp):
        return [*texts(value.body, known), *texts(value.orelse, known)]
    return [
        text for child in ast.iter_child_nodes(value) if isinstance(child, ast.expr) for text in texts(child, known)
    ]


WRITTEN = sorted({text for _, text in written()})
WHOLE = [*(text for text in WRITTEN if text not in TOGETHER), *filter(None, TOGETHER.values()), *PARTS]


def test_reasons_are_found():
    """What the search finds, so that it cannot find nothing unseen."""
    assert {reasons.SPENT, reasons.UNSURE, reasons.NOT_AGAIN, "only head has it"} <= set(WRITTEN)
    assert len(WRITTEN) > 25


@pytest.mark.parametrize("text", WHOLE)
def test_every_reason_has_a_row(text):
    assert reasons.advice(text), f"bot/core/reasons.py does not explain {text!r}"


@pytest.mark.parametrize("words", reasons.TABLE)
def test_every_row_is_for_a_reason_that_is_written(words):
    assert any(words in text for text in WHOLE)


def test_a_joined_reason_is_explained_piece_by_piece():
    one = Verdict("b", "inconclusive", reason=f"a test, used as a benchmark; {reasons.SPENT}")
    first, second = reasons.advice(one.reason or "")
    assert "budget" in second.do
    assert reasons.steps(one) == (first.do, second.do)


def test_the_wider_words_win():
    (row,) = reasons.advice(reasons.SPENT)
    assert row is reasons.TABLE[reasons.SPENT]
    assert len(reasons.advice(f"{SUSPICIOUS}one side does no work that could be counted")) == 1


def test_a_regression_says_what_one_can_do():
    assert "/perf accept" in reasons.steps(Verdict("b", "regression", 1.1, (1.09, 1.11)))[-1]
    assert reasons.steps(Verdict("b", "no change", 1.0)) == ()
