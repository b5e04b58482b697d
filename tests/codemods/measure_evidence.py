"""Measures cards' examples on the interpreters given, and writes the Evidence section of the cards.

    python tests/codemods/measure_evidence.py PYTHON [PYTHON ...] [RULE ...]

Before and after take turns in one process; the ratio is the quickest before over the quickest after, above 1 is faster.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bot.core import card

RULES = Path(__file__).parents[2] / "rules"
ROUNDS = 60
"""Short turns, and many: on a busy machine some of them are left alone."""
STEPS = (1, 8, 32)

# Runs in the interpreter that is measured, so it may use nothing but the standard library.
MEASURE = """
import json, platform, sys, time
job = json.load(sys.stdin)
sides = [{}, {}]
for side, code in zip(sides, job["codes"]):
    exec(code, side)
rows = []
for n in job["sizes"]:
    calls = [eval("lambda: " + job["workload"], dict(side, n=n)) for side in sides]
    assert calls[0]() == calls[1]()
    start = time.perf_counter_ns(); calls[0](); once = time.perf_counter_ns() - start
    repeat = max(1, min(20_000, 500_000 // max(once, 1)))
    best = [float("inf")] * 2
    for _ in range(job["rounds"]):
        for i, call in enumerate(calls):
            start = time.perf_counter_ns()
            for _ in range(repeat):
                call()
            best[i] = min(best[i], (time.perf_counter_ns() - start) / repeat)
    rows.append([n, best[0] / best[1]])
print(json.dumps({"python": platform.python_version(), "rows": rows}))
"""


def measure(python: str, rule: card.Card) -> dict[str, object]:
    first = rule.break_even
    job = {
        "codes": [rule.before, rule.after],
        "workload": rule.workload,
        "sizes": [first * step for step in STEPS],
        "rounds": ROUNDS,
    }
    done = subprocess.run([python, "-c", MEASURE], input=json.dumps(job), capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def table(rule: card.Card, answers: list[dict[str, object]]) -> str:
    ratios: dict[int, list[str]] = {}
    for answer in answers:
        for n, ratio in answer["rows"]:  # type: ignore[attr-defined]
            ratios.setdefault(n, []).append(f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}")
    versions = " | ".join(str(answer["python"]) for answer in answers)
    lines = [
        f"Workload `{rule.workload}`; time before over time after, above 1 is faster; "
        f"quickest of {ROUNDS} rounds, before and after in turn.",
        "",
        f"| n | {versions} |",
        "|---" * (len(answers) + 1) + "|",
        *(f"| {n} | {' | '.join(row)} |" for n, row in ratios.items()),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> None:
    cards = sorted(RULES.glob("*.md"))
    chosen = {path.stem for path in cards} & set(arguments)
    pythons = [argument for argument in arguments if argument not in chosen]
    for path in cards:
        if chosen and path.stem not in chosen:
            continue
        text = path.read_text(encoding="utf-8")
        rule = card.parse(text)
        if rule.workload is None:
            continue
        evidence = table(rule, [measure(python, rule) for python in pythons])
        head, heading, _ = text.rpartition("## Evidence\n")
        path.write_text(head + heading + evidence, encoding="utf-8")
        sys.stdout.write(f"{rule.name}\n{evidence}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
