"""What the path hands on from stage to stage; nothing runs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from bot import pipeline
from bot.core.config import Config
from bot.core.model import Fix, Plan, Revisions
from bot.environment import Built, Environment
from bot.stages.diagnose import Diagnosis
from bot.stages.imports import Imported
from bot.stages.measure import Measurement
from bot.stages.meter import Sides
from bot.workbench import Checkout


def fix(rule, status, ratio=None):
    return Fix(rule, "m.py", "f", "", status, "b", ratio)


def test_fixes_of_all_rounds_are_ranked_together():
    environment = Environment("", Path(), SimpleNamespace(version="3.12.1"), Built((), ()))
    base, head = (Checkout(side, None, environment, {}) for side in ("base", "head"))
    job = pipeline.Check(
        SimpleNamespace(driver=SimpleNamespace(NAME="none")), Plan(Revisions("", "", ""), (), (), ()), Config(),
        "instructions", Sides(base, head, head), SimpleNamespace(notes=()), None, 0.0,
    )  # fmt: skip
    alone, together, part = fix("a", "verified", 0.8), fix("a + b", "verified", 0.4), fix("c", "rejected")
    rounds = [alone, part, together]
    report = pipeline.report(job, Measurement(()), Imported(), [], Diagnosis(), rounds, seconds=1.0)
    assert report.fixes == (together, alone, part)
