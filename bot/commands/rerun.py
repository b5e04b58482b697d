"""Runs the check of this pull request again, as its button does."""

from __future__ import annotations

from bot.commands import Answer, Call, Who, bench

WHO: Who = "write"
USAGE = ""


def answer(call: Call) -> Answer:
    """The whole check."""
    return bench.answer(call)
