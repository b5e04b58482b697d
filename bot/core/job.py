"""What goes between the publisher and a runner: a job in, lines out. Partners: `bot/running.py`, `bot/runner.py`."""

from __future__ import annotations

from typing import Literal

import msgspec

from bot.core.bisect import Found
from bot.core.model import Known, Report, Swept

Purpose = Literal["check", "sweep", "bisect"]


class Job(msgspec.Struct, frozen=True):
    """What is to be done with commits of a bare store."""

    store: str
    base: str
    head: str
    purpose: Purpose = "check"
    select: str | None = None
    """A regular expression for benchmarks (check), or the benchmark itself (bisect)."""
    repository: str = ""
    """OWNER/NAME, by which the runner's own settings know it."""
    fork: bool = True
    """Whether anything of it may come from a fork: unless somebody knows better, it may."""
    known: Known = msgspec.field(default_factory=Known)
    """What a sweep need not find out again."""


class Failure(msgspec.Struct, frozen=True):
    """What kept us from measuring, and the tail of the output that explains it; `kind` is the name of our error."""

    message: str
    detail: str = ""
    kind: str = "MeasureError"


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a runner's answer; exactly one field is there."""

    progress: str | None = None
    report: Report | None = None
    swept: Swept | None = None
    found: Found | None = None
    error: Failure | None = None
