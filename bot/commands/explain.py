"""Explains a rule, a word of a report, or what was found on a benchmark; without one, the worst that was found."""

from __future__ import annotations

from bot.commands import Answer, Call, Who
from bot.errors import UserError
from bot.reports import _explain as explaining
from bot.reports import _words as words

WHO: Who = "write"
USAGE = "[BENCHMARK|RULE|WORD]"


def answer(call: Call) -> Answer:
    """A benchmark's whole id comes before a rule, a rule before a word, a word before part of a name."""
    wanted = call.text
    known = [*call.report.verdicts, *call.report.imports] if call.report else []
    if wanted not in {one.id for one in known}:
        if wanted in call.rules:
            return Answer(explaining.card(wanted, call.rules[wanted]))
        if wanted.lower() in call.meanings:
            return Answer(explaining.word(wanted.lower(), call.meanings[wanted.lower()]))
    report = call.reported()
    if not wanted and not known:
        raise UserError("No benchmark was measured: the notes of the report say why.")
    found = call.verdict(wanted, known) if wanted else words.ordered(known)[0]
    return Answer(explaining.verdict(report, found, call.head_sha))
