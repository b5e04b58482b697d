"""What bisecting has found, for a terminal and for programs (`perfwright.bisect/1`). Partner: `bot/core/bisect.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.bisect import Found
from bot.core.text import plain
from bot.reports import _words as words

SCHEMA = "perfwright.bisect/1"


@dataclass(frozen=True, slots=True)
class Told:
    """What was asked and found, with what git says of the commits."""

    benchmark: str
    good: str
    bad: str
    found: Found
    subjects: Mapping[str, str]
    parents: Mapping[str, tuple[str, ...]]


def as_json(told: Told) -> str:
    """One JSON object and a newline; the keys are a contract, new ones come last."""
    found = told.found
    only = found.candidates[-1] if len(found.candidates) == 1 else None
    answer = {
        "schema": SCHEMA, "benchmark": told.benchmark, "first_bad": only, "candidates": list(found.candidates),
        "probes": found.probes, "sure": round(found.sure, 6), "skipped": list(found.skipped),
        "measured": [
            {"commit": sha, "ratio": round(ratio, 6)} for sha, ratio in sorted(found.ratios.items(), key=lambda i: i[1])
        ],
    }  # fmt: skip
    return json.dumps(answer, indent=1) + "\n"


def as_text(told: Told) -> str:
    """A few lines: the commit, and why."""
    return "\n".join(_lines(told)) + "\n"


def _lines(told: Told) -> Iterator[str]:
    found = told.found
    if not found.candidates:
        yield f"{plain(told.benchmark)} is not slower at {plain(told.bad)} than at {plain(told.good)}: nothing to find"
        return
    if len(found.candidates) > 1:
        yield "commits that could not be measured stand before it; one of these is the first slow one:"
    for sha in found.candidates:
        yield f"{sha} {plain(told.subjects.get(sha, ''), 100)}"
    yield f"  {evidence(found)}"
    first = found.candidates[-1]
    if len(told.parents.get(first, ())) > 1:
        before, merged = told.parents[first][:2]
        yield "  it is a merge: to look inside, run"
        yield f"  perfwright bisect --good $(git merge-base {before} {merged}) --bad {merged} --benchmark ID"


def evidence(found: Found) -> str:
    """How sure it is, and from what."""
    first = found.candidates[-1]
    fast = [ratio for ratio in found.ratios.values() if found.ratios.get(first, 0.0) > ratio]
    parts = [f"{found.probes} measurements", f"{min(found.sure, 0.9999) * 100:.4g} % sure"]
    if first in found.ratios:
        parts.append(f"{words.change(found.ratios[first])} against the good revision")
    if fast:
        parts.append(f"the slowest of the faster ones {words.change(max(fast))}")
    if found.skipped:
        parts.append(f"{words.several(len(found.skipped), 'commit')} could not be measured")
    return ", ".join(parts)
