"""Judges how cost that only moved is told from cost that grew, on generated profile series with known truth.

    python -m benchmarks.shifts FILE

A line of FILE is one series: the share of each function in every profile, who calls whom, and which functions each
commit touches. Self cost is compared over 40 profiles to each side of the commit; less than three standard errors is
nothing. `bot/core/diagnose.py` then takes shifts off, as it does with counts.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from bot.core.diagnose import without_shifts

WINDOW = 40
SURE = 3


def self_cost(series: dict[str, Any], function: int) -> list[float]:
    children = [one for one, parent in enumerate(series["parent"]) if parent == function]
    shares = series["shares"]
    return [whole - sum(shares[one][at] for one in children) for at, whole in enumerate(shares[function])]


def judge(series: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the right function is blamed (or none, for a shift), with shifts taken off and without."""
    truth = series["truth"]
    commit = next(one for one in series["commits"] if one["id"] == truth["commit"])
    grown, error = {}, {}
    for one in commit["touches"]:
        costs = self_cost(series, one)
        before, after = costs[max(0, commit["at"] - WINDOW) : commit["at"]], costs[commit["at"] :][:WINDOW]
        error[one] = math.sqrt(sum(statistics.variance(part) / len(part) for part in (before, after)))
        growth = statistics.mean(after) - statistics.mean(before)
        grown[one] = growth if abs(growth) > SURE * error[one] else 0.0
    left = without_shifts(grown, lambda _one, _other: True)
    wanted = truth["funcs"] if truth["kind"] == "regression" else []
    return tuple([one for one, growth in of.items() if growth > SURE * error[one]] == wanted for of in (left, grown))  # type: ignore[return-value]


def main() -> None:
    right, plain, number = Counter[str](), Counter[str](), Counter[str]()
    for line in Path(sys.argv[1]).read_text().splitlines():
        series = json.loads(line)
        if series["truth"]["commit"] is not None:
            kind = series["truth"]["kind"]
            with_, without = judge(series)
            number[kind] += 1
            right[kind] += with_
            plain[kind] += without
    for kind in sorted(number):
        print(f"{kind}: right in {right[kind]} of {number[kind]}; without taking shifts off in {plain[kind]}")


if __name__ == "__main__":
    main()
