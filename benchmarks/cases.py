"""Runs `check` on recorded pull requests and prints, per case, what was expected, what was said, and a summary.

    make cases CASES=DIR_OF_CLONES [FILE=pull-requests.jsonl] [ONLY=REGEX] [OUT=results.json]

DIR_OF_CLONES holds a git repository (bare or not) per case, found as OWNER/NAME, OWNER+NAME, OWNER__NAME, OWNER-NAME or
NAME, with or without `.git` behind, or one directory further down. A case of two releases (`pypi/NAME`) is made from
the source distributions on the package index. The format of FILE is described beside it.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks import releases
from bot import pipeline
from bot.core.config import parse_config
from bot.core.model import Report, Verdict
from bot.errors import PerfwrightError
from bot.git import Repository
from bot.progress import SilentProgress
from bot.sandbox import driver
from bot.settings import read
from bot.workbench import Workbench

CHANGES = ("regression", "improvement")


def find_clone(place: Path, name: str) -> Path | None:
    owner, _, short = name.partition("/")
    for candidate in (f"{owner}/{short}", f"{owner}+{short}", f"{owner}__{short}", f"{owner}-{short}", short):
        for path in (place / candidate, place / f"{candidate}.git"):
            for found in (path, *(sorted(path.iterdir()) if path.is_dir() else ())):
                if (found / ".git").exists() or (found / "HEAD").is_file():
                    return found
    return None


def run_case(case: dict[str, Any], clones: Path, home: Path) -> dict[str, Any]:
    owner, _, name = case["repo"].partition("/")
    # The two releases of a case of the package index are written as sdist:NAME==VERSION.
    base, head = (case[side].rpartition("==")[2] for side in ("base", "head"))
    outcome: dict[str, Any] = {"id": case["id"], "kind": case["kind"], "rows": []}
    began = time.monotonic()
    try:
        if owner == "pypi":
            clone: Path | None = releases.repository(name, (base, head), home / "releases", driver("bubblewrap"))
        else:
            clone = find_clone(clones, case["repo"])
        if clone is None:
            return {**outcome, "error": f"no clone of {case['repo']}", "seconds": 0.0}
        config = parse_config(f"python: '{case['python']}'\nenv: {json.dumps(case['env'])}\n")
        names = sorted({re.escape(one["name"]) for one in case["benchmarks"]})
        select = f"(^|/)({'|'.join(names)})($|\\()" if names else None
        request = pipeline.Request(base, head, config, None, select)
        with Workbench(Repository(clone), driver("bubblewrap"), home, SilentProgress()) as bench:
            report = pipeline.check(bench, request)
    except PerfwrightError as error:
        return {**outcome, "error": str(error), "seconds": round(time.monotonic() - began, 1)}
    return {**outcome, **judge(case, report), "seconds": round(time.monotonic() - began, 1)}


def judge(case: dict[str, Any], report: Report) -> dict[str, Any]:
    said = {one.id: one for one in report.verdicts}
    rows = []
    for one in case["benchmarks"]:
        verdict = find(said, one["name"])
        rows.append({
            "name": one["name"], "truth": one["ratio_head_over_base"], "expected": one["expected"],
            "said": verdict.verdict if verdict else "missing", "ratio": verdict.ratio if verdict else None,
            "counts": [verdict.base, verdict.head] if verdict else None,
            "reason": verdict.reason if verdict else None, "right": right(one, verdict, report),
        })  # fmt: skip
    causes = {(cause["path"], cause["function"]) for cause in case["root_cause"]}
    ranked: dict[tuple[str, str], float] = {}
    for suspect in report.suspects:
        where = (suspect.path, suspect.function)
        ranked[where] = max(ranked.get(where, 0.0), suspect.share * size(said[suspect.benchmark]))
    order = sorted(ranked, key=lambda where: -ranked[where])
    return {
        "rows": rows,
        "verdict": report.verdict,
        "suspects": [f"{path}::{function}" for path, function in order],
        "cause": "-" if not causes or case["kind"] != "regression" else place_of(causes, order),
        "evidence": [suspect.evidence for suspect in report.suspects],
        "effort": [report.effort.variants, report.effort.experiments_s, report.effort.profiles_s],
        "offered": offered(report),
        "notes": list(report.notes),
        "fixes": [f"{fix.rule} {fix.status} {fix.ratio} {fix.reason}" for fix in report.fixes],
        "uncovered": list(report.uncovered),
    }


def offered(report: Report) -> str:
    """What stands ready for a regression: a rewrite, a partial revert, or nothing that was verified."""
    rules = {fix.rule for fix in report.fixes if fix.status == "verified"}
    if not rules:
        return "nothing"
    return "partial revert" if rules <= {"partial_revert", "restored_decorator"} else "rewrite"


def find(said: dict[str, Verdict], name: str) -> Verdict | None:
    """The verdict on a benchmark; recorded names may lack the directories that our ids have."""
    endings = [one for identity, one in said.items() if identity.endswith(f"/{name}")]
    return said.get(name) or (endings[0] if endings else None)


def size(verdict: Verdict) -> float:
    return (verdict.ratio or 1.0) - 1.0


def place_of(causes: set[tuple[str, str]], order: list[tuple[str, str]]) -> str:
    places = [number for number, where in enumerate(order, 1) if where in causes]
    return f"#{places[0]}" if places else "not found"


def right(expected: dict[str, Any], verdict: Verdict | None, report: Report) -> bool | None:
    """Whether an answer is the expected one; None where any answer is."""
    word, said = expected["expected"], verdict.verdict if verdict else "missing"
    if word in CHANGES:
        return said == word
    if word.startswith(("neutral", "not-comparable", "not-a-code", "match by rename")):
        return said not in CHANGES and said not in ("added", "removed", "missing")
    if word == "not-covered":
        return said not in CHANGES and bool(report.uncovered)
    if word.startswith("only") and expected["ratio_head_over_base"] is None:
        return said in ("added", "removed", "inconclusive", "failed")
    return None


def show(outcome: dict[str, Any]) -> None:
    rows = outcome["rows"]
    wrong = [row for row in rows if row["right"] is False]
    judged = [row for row in rows if row["right"] is not None]
    print(
        f"{outcome['id']:32} {outcome['kind']:12} {outcome.get('verdict', 'ERROR'):13}"
        f" {len(judged) - len(wrong)}/{len(judged)} right  cause {outcome.get('cause', '-'):10}"
        f" {outcome['seconds']:6.1f} s  {outcome.get('error', '')}",
        flush=True,
    )
    for row in wrong:
        ratio = f"{row['ratio']:.4f}" if row["ratio"] else "-"
        print(f"    {row['name']}: expected {row['expected']} ({row['truth']}), said {row['said']} ({ratio})"
              f" {row['reason'] or ''}", flush=True)  # fmt: skip
    for fix in outcome.get("fixes", []):
        print(f"    fix: {fix}")


def summary(outcomes: list[dict[str, Any]]) -> str:
    """The confusion matrix per benchmark, and the causes, as Markdown."""
    words = ("regression", "improvement", "no change", "inconclusive", "added", "removed", "failed", "missing")
    counts: Counter[tuple[str, str]] = Counter()
    for outcome in outcomes:
        for row in outcome["rows"]:
            expected = row["expected"].split(" (")[0]
            kind = expected if expected in (*CHANGES, "neutral", "ambiguous") else "other (hard)"
            counts[kind, row["said"]] += 1
    lines = ["| expected | " + " | ".join(words) + " |", "|---" * (len(words) + 1) + "|"]
    for kind in ("regression", "improvement", "neutral", "ambiguous", "other (hard)"):
        lines.append(f"| {kind} | " + " | ".join(str(counts[kind, word] or "") for word in words) + " |")
    regressions = [outcome for outcome in outcomes if outcome["kind"] == "regression"]
    causes = Counter(outcome.get("cause", "error") for outcome in regressions)
    seconds = sorted(outcome["seconds"] for outcome in outcomes)
    errors = sum("error" in outcome for outcome in outcomes)
    lines += ["", f"Cases: {len(outcomes)}, of which {errors} ended in an error. Root cause among regressions: "
              + ", ".join(f"{place} in {count}" for place, count in sorted(causes.items()))
              + f". Seconds a case: median {seconds[len(seconds) // 2]:.0f}, most {seconds[-1]:.0f}."]  # fmt: skip
    return "\n".join([*lines, *_about_causes(regressions)])


def _about_causes(regressions: list[dict[str, Any]]) -> list[str]:
    """How good causes and fixes are, and what finding them took."""
    known = [one for one in regressions if one.get("cause", "-") != "-"]
    done = [one for one in regressions if one.get("effort", [0])[0]]
    reversed_ = [one for one in regressions if one["id"].endswith("-rev")]
    if not known or not done:
        return []
    first, three = (sum(one["cause"] in places for one in known) for places in (("#1",), ("#1", "#2", "#3")))
    variants = sorted(one["effort"][0] for one in done)
    ratios = sorted((one["effort"][1] + one["effort"][2]) / max(one["effort"][1], 0.1) for one in done)
    offers = Counter(one.get("offered", "error") for one in reversed_)
    helped = offers["rewrite"] + offers["partial revert"]
    return [
        f"The true function is the first suspect in {first} of {len(known)}, among the first three in {three}.",
        f"Verified fixes for {len(reversed_)} reversed performance changes: {helped}"
        f" ({offers['rewrite']} with a rewrite, {offers['partial revert']} with a partial revert alone).",
        f"Variants counted for a check with regressions: median {variants[len(variants) // 2]}, most {variants[-1]}.",
        f"Profiles and experiments took {ratios[len(ratios) // 2]:.2f} times what counting the variants took (median),"
        f" at most {ratios[-1]:.2f} times.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clones", type=Path)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    cases = [json.loads(line) for line in given.file.read_text().splitlines() if line.strip()]
    outcomes = []
    for case in cases:
        if re.search(given.only, case["id"]):
            outcomes.append(run_case(case, given.clones, read().home))
            show(outcomes[-1])
            if given.out:
                given.out.write_text(json.dumps(outcomes, indent=1))
    print()
    print(summary(outcomes))


if __name__ == "__main__":
    main()
