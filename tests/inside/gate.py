"""The gate without sandbox and valgrind: many pairs of versions at once, recorded from one benchmark and replayed."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bot.core.behaviour import Alike, compare, left_otherwise
from bot.core.touched import Touched, names, touched
from tests.conftest import write
from tests.inside.native import Native

PATIENCE = 4
BENCH = """
import test_all

def time_all():
    for name in sorted(vars(test_all)):
        if name.startswith("test"):
            vars(test_all)[name]()
"""


@dataclass(frozen=True)
class Answer:
    """What comparing one function has shown: its recorded calls, and variations of them."""

    calls: Alike
    variations: Alike
    left: tuple[str, str] | None

    @property
    def word(self) -> str:
        if self.calls.different is not None or self.variations.different is not None or self.left:
            return "rejected"
        if self.calls.beyond is not None or self.variations.beyond is not None:
            return "held back"
        return "accepted" if self.calls.same else "not compared"


def judged(
    place: Path, before: Mapping[str, str], after: Mapping[str, str], tests: str, python: str | Path = sys.executable
) -> dict[str, Answer]:
    """The answer for each function (`file::name`) that differs between the versions of some files."""
    functions = [one for path, source in before.items() for one in touched(path, source, after[path])]
    old, new = place / "before", place / "after"
    for root, files in ((old, before), (new, after)):
        root.mkdir(parents=True)
        write(root, {**files, "test_all.py": tests})
    recording = recorded(old, functions, python)
    for root in (old, new):
        (root / "recording.json").write_text(json.dumps(recording))
    shared = {path: names(source, after[path]).same for path, source in before.items() if after[path] != source}
    was, now = {one: one.before for one in functions}, {one: one.after for one in functions}
    with ThreadPoolExecutor(2) as pool:
        first, again = (pool.submit(replayed, old, functions, was, shared, python, seed=seed) for seed in (0, 1))
        then = replayed(new, functions, now, shared, python, patience=PATIENCE)
        sides = (first.result(), again.result(), then)
    return {
        f"{one.path}::{one.name}": Answer(*(_alike(*(there[one, varied] for there in sides))
                                            for varied in (False, True)),
                                          left_otherwise(*(_replayed(there[one, False]) for there in sides)))
        for one in functions
    }  # fmt: skip


def recorded(root: Path, functions: list[Touched], python: str | Path) -> dict:
    """As a benchmark records them, which needs no pytest beside this Python."""
    write(root, {"benchmarks/__init__.py": "", "benchmarks/bench.py": BENCH})
    options = {"watched": json.dumps([(one.path, one.before) for one in functions])}
    with Native(root, python=python, options=options) as served:
        answer = served.ask("benchmarks.bench.time_all", "record", timeout_s=60)
    assert "error" not in answer, answer
    return answer


def replayed(
    root: Path, functions: list[Touched], lines: Mapping[Touched, int], shared: Mapping[str, tuple[str, ...]],
    python: str | Path, *, seed: int = 0, patience: int = 1,
) -> dict[tuple[Touched, bool], dict]:  # fmt: skip
    options = {
        "recording": "recording.json",
        "watched": json.dumps([(one.path, lines[one]) for one in functions]),
        "names": json.dumps([(_id(one), one.name if one.decorated else "") for one in functions]),
        "caches": "[]",
        "unseen": "[]",
        "shared": json.dumps(shared),
    }
    found = {}
    with Native(root, "recorded", python=python, options=options, env={"PYTHONHASHSEED": str(seed)}) as served:
        for one in functions:
            for varied in (False, True):
                how = {
                    "variables": one.variables,
                    "constants": one.constants,
                    "changing": one.changing,
                    "varied": varied,
                    "late_s": (0.25 if varied else 2) * patience,
                }
                found[one, varied] = served.ask(_id(one), "replay", timeout_s=60, **how)
    return found


def _id(function: Touched) -> str:
    return f"{function.path}::{function.name}:{function.before}"


def _replayed(answer: dict) -> tuple[list[str], list[tuple[str, str, str]]]:
    return answer.get("digests", []), [tuple(one) for one in answer.get("left", [])]


def _alike(before: dict, again: dict, after: dict) -> Alike:
    if wrong := before.get("error") or again.get("error"):
        return Alike(reasons=(wrong,))
    if "error" in after:
        return Alike(different=0)
    return compare(before["digests"], again["digests"], after["digests"], beyond=set(before["beyond"]))
