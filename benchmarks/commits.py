"""Looks for recorded performance commits with the rules, and prints for each whether a rule finds what people changed.

    make commits CASES=DIR_OF_CLONES [COMMITS=commits.jsonl] [ONLY=REGEX]

Partner: `benchmarks/cases.py`, which finds the clones. A commit is *found* when a rule has a site on lines that the
commit changed, and not any more in what the commit made of that function. *Proposed* is looser: any site on these
lines; of the commits that do not pay, none may be.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cases import find_clone
from codemods import Finding, find


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules say of one commit."""

    pattern: str
    grade: str
    pays: str
    found: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    problem: str = ""


def text_at(clone: Path, sha: str, path: str) -> bytes | None:
    """A file as a commit has it; None where it has none."""
    done = subprocess.run(["git", "-C", str(clone), "show", f"{sha}:{path}"], capture_output=True, check=False)
    return None if done.returncode else done.stdout


def look(case: dict[str, Any], clones: Path) -> Outcome:
    kind = case["pattern"], case["grade"], case["pays"]
    clone = find_clone(clones, case["repo"])
    if clone is None:
        return Outcome(*kind, problem=f"no clone of {case['repo']}")
    before = text_at(clone, case["parent"], case["path"])
    if before is None:
        return Outcome(*kind, problem="the clone does not have the commit")
    proposed = [one for one in find(before).found if on_lines(one, case["parent_lines"])]
    left = Counter(place(one) for one in find(text_at(clone, case["sha"], case["path"]) or b"").found)
    were = Counter(place(one) for one in find(before).found)
    found = [one for one in proposed if left[place(one)] < were[place(one)]]
    return Outcome(*kind, tuple(sorted({one.rule for one in found})), tuple(sorted({one.rule for one in proposed})))


def on_lines(one: Finding, ranges: list[list[int]]) -> bool:
    return any(one.site.line < first + max(count, 1) and first <= one.site.end_line for first, count in ranges)


def place(one: Finding) -> tuple[str, str]:
    return one.rule, one.site.function


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clones", type=Path)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    seen: list[Outcome] = []
    for line in arguments.file.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if re.search(arguments.only, f"{case['repo']} {case['sha']} {case['pattern']} {case['grade']}"):
            one = look(case, arguments.clones)
            seen.append(one)
            said = one.problem or ", ".join(one.found) or f"not found ({', '.join(one.proposed) or 'nothing there'})"
            print(f"{case['repo']} {case['sha'][:8]} {one.pattern} [{one.grade}, pays: {one.pays}]: {said}", flush=True)
    for grade, pays in sorted({(one.grade, one.pays) for one in seen}):
        group = [one for one in seen if (one.grade, one.pays) == (grade, pays) and not one.problem]
        found, proposed = sum(bool(one.found) for one in group), sum(bool(one.proposed) for one in group)
        print(f"{grade}, pays {pays}: {len(group)} looked at, {found} found, {proposed} with a proposal on their lines")
    print(f"not looked at: {sum(bool(one.problem) for one in seen)}")


if __name__ == "__main__":
    main()
