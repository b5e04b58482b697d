from __future__ import annotations

import json

from bot.core.bisect import Found, Probe
from bot.reports._bisect import Told, as_json, as_text

SLOW, BROKEN, FAST = "a" * 40, "b" * 40, "c" * 40
PROBED = (Probe(FAST, "good"), Probe(BROKEN, "skip"), Probe(SLOW, "bad"))
FOUND = Found((BROKEN, SLOW), 4, 0.9973, PROBED, {FAST: 1.002, SLOW: 1.31})


def told(found: Found, parents: tuple[str, ...] = (FAST,)) -> Told:
    return Told("bench.py::test_it", "v1", "main", found, {SLOW: "make it\x1b[31m slow"}, {SLOW: parents})


def test_the_commit_is_named_with_its_evidence() -> None:
    shown = as_text(told(Found((SLOW,), 4, 0.9973, PROBED, FOUND.ratios)))
    assert shown.startswith(f"{SLOW} make it")
    assert "\x1b" not in shown
    assert "4 measurements, 99.73 % sure, +31.0 % against the good revision" in shown
    assert "the slowest of the faster ones +0.2 %, 1 commit could not be measured" in shown


def test_commits_that_could_not_be_measured_are_named_too() -> None:
    assert "one of these is the first slow one" in as_text(told(FOUND))
    assert json.loads(as_json(told(FOUND)))["first_bad"] is None


def test_a_merge_says_how_to_look_inside() -> None:
    assert f"--bad {BROKEN}" in as_text(told(Found((SLOW,), 4), (FAST, BROKEN)))


def test_nothing_slower_is_nothing_to_find() -> None:
    assert "is not slower at main than at v1" in as_text(told(Found((), 1)))


def test_programs_get_every_number() -> None:
    shown = json.loads(as_json(told(Found((SLOW,), 4, 0.9973, PROBED, FOUND.ratios))))
    assert shown == {
        "schema": "perfwright.bisect/1", "benchmark": "bench.py::test_it", "first_bad": SLOW, "candidates": [SLOW],
        "probes": 4, "sure": 0.9973, "skipped": [BROKEN],
        "measured": [{"commit": FAST, "ratio": 1.002}, {"commit": SLOW, "ratio": 1.31}],
    }  # fmt: skip
