"""Runs the check of this pull request again, as its button does."""

from __future__ import annotations

from dataclasses import replace

from bot.commands import Answer, Call, Who, bench
from bot.core.slash import Words

WHO: Who = "write"
USAGE = ""


def answer(call: Call) -> Answer:
    """The whole check, whatever follows the word."""
    return bench.answer(replace(call, words=Words(call.words.word)))
