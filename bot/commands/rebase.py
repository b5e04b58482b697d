"""Brings a fix pull request of the bot up to date with its base."""

from __future__ import annotations

from bot.commands import Answer, Call, Who, sweep
from bot.errors import UserError

WHO: Who = "write"
USAGE = ""


def answer(call: Call) -> Answer:
    """What it was made from is looked at again: the sweep, or the pull request that it mends."""
    if call.ours is None:
        raise UserError("`/perf rebase` is for the pull requests that Perfwright has opened.")
    if call.ours == 0:
        return sweep.answer(call)
    raise UserError(f"This mends #{call.ours}: a push there, or `/perf bench` there, brings it up to date.")
