"""What a sweep has found, for programs (`perfwright.sweep/1`) and for people. Partner: `bot/core/model.py`, `Swept`."""

from __future__ import annotations

import json

from bot.core.model import Opportunity, Swept
from bot.core.text import code_span, plain, prose
from bot.reports import _words as words
from bot.reports.json import compared

SCHEMA = "perfwright.sweep/1"


def as_json(swept: Swept) -> str:
    """One JSON object and a newline; keys and their order are a contract, new ones come last."""
    shown = {
        "schema": SCHEMA,
        "rev": swept.rev_sha,
        "files": swept.files,
        "seconds": swept.seconds,
        "opportunities": [_opportunity(one) for one in swept.opportunities],
        "notes": list(swept.notes),
    }
    return json.dumps(shown, indent=1, ensure_ascii=True) + "\n"


def _opportunity(one: Opportunity) -> dict[str, object]:
    fix = one.fix
    return {
        "rule": fix.rule, "path": fix.path, "line": one.line, "end_line": one.end_line, "function": fix.function,
        "fix": one.level, "status": fix.status, "patch": fix.patch, "rank": one.rank, "reason": fix.reason,
        "benchmark": fix.benchmark, "ratio": fix.ratio, "compared": compared(fix.compared),
    }  # fmt: skip


def as_text(swept: Swept) -> str:
    """A line for each opportunity, for a terminal."""
    lines = [_line(one) for one in swept.opportunities]
    found = words.counted(len(lines), "opportunity" if len(lines) == 1 else "opportunities")
    return "\n".join([*lines, *map(plain, swept.notes), f"{found} in {words.several(swept.files, 'file')}"]) + "\n"


def _line(one: Opportunity) -> str:
    cost = f" {_cost(one)} of {one.fix.benchmark}" if one.rank else ""
    gain = f" {words.change(one.fix.ratio)}" if one.fix.ratio else ""
    why = f" ({one.fix.reason})" if one.fix.reason else ""
    return plain(f"{one.fix.path}:{one.line} {one.fix.rule} [{one.level}, {one.fix.status}]{gain}{cost}{why}", 400)


def row(one: Opportunity, address: str) -> str:
    """A row of the dashboard's table: rule, place, cost, fix, state."""
    cost = _cost(one) if one.rank else "-"
    gain = words.change(one.fix.ratio) if one.fix.ratio else "-"
    state = f"{one.fix.status}{': ' + prose(one.fix.reason, 120, table=True) if one.fix.reason else ''}"
    place = f"[{code_span(f'{one.fix.path}:{one.line}', limit=120, table=True)}]({address})"
    return f"| {code_span(one.fix.rule, table=True)} | {place} | {cost} | {gain} | {one.level} | {state} |"


def _cost(one: Opportunity) -> str:
    """Such as "93 %"."""
    return f"{one.rank * 100:.0f} %"
