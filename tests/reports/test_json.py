"""The report for programs keeps its contract, `perfwright.check/1`."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Report
from bot.reports.json import render
from tests.reports.build import everywhere, reports
from tests.reports.hostile import HOSTILE
from tests.reports.samples import CHANGED, NOTHING, UNCHANGED

Pair = Annotated[list[float | None], msgspec.Meta(min_length=2, max_length=2)]
Word = Literal["regression", "improvement", "no change", "inconclusive", "added", "removed", "failed"]


class Metric(msgspec.Struct, forbid_unknown_fields=True):
    metric: str
    id: str
    verdict: Word
    ratio: float | None
    interval: Pair | None
    base: float | None
    head: float | None
    unit: str
    reason: str | None


class Benchmark(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    verdict: Word
    ratio: float | None
    interval: Pair | None
    base: float | None
    head: float | None
    unit: str
    rounds: int
    reason: str | None
    runner: str
    metric: str
    metrics: list[Metric]


class Suspect(msgspec.Struct, forbid_unknown_fields=True):
    benchmark: str
    path: str
    function: str
    hunk: str
    lines: Annotated[list[int], msgspec.Meta(min_length=2, max_length=2)]
    share: float | None
    evidence: str
    interval: Pair | None


class Tests(msgspec.Struct, forbid_unknown_fields=True):
    __test__ = False
    passed: int
    failed: int


class Compared(msgspec.Struct, forbid_unknown_fields=True):
    calls: int
    variations: int
    left_out: int
    seconds: float | None
    difference: str | None
    reason: str | None


class Fix(msgspec.Struct, forbid_unknown_fields=True):
    rule: str
    path: str
    function: str
    patch: str
    status: Literal["verified", "rejected", "unverified"]
    ratio: float | None
    interval: Pair | None
    tests: Tests | None
    reason: str | None
    benchmark: str | None
    broken: list[str]
    note: str | None
    compared: Compared | None
    won_back: float | None
    flaky: list[str]
    uncounted: int


class Machine(msgspec.Struct, forbid_unknown_fields=True):
    system: str
    cpu: str
    cores: int
    python: str
    sandbox: str
    tools: dict[str, str]


class Effort(msgspec.Struct, forbid_unknown_fields=True):
    variants: int
    experiments_s: float | None
    profiles_s: float | None


class Contract(msgspec.Struct, forbid_unknown_fields=True):
    """What `perfwright.check/1` promises, in its order; what was added later comes last."""

    schema: Literal["perfwright.check/1"]
    base: str
    head: str
    merge_base: str
    verdict: Word
    metric: Literal["instructions", "cpu time"]
    seconds: float | None
    machine: Machine
    benchmarks: list[Benchmark]
    suspects: list[Suspect]
    fixes: list[Fix]
    notes: list[str]
    uncovered: list[str]
    threshold: float | None
    imports: list[Metric]
    covered: list[str]
    effort: Effort


PARTS = {"benchmarks": Benchmark, "suspects": Suspect, "fixes": Fix}


@given(report=reports)
@settings(max_examples=60)
def test_any_report_keeps_the_contract(report: Report) -> None:
    msgspec.convert(json.loads(render(report)), Contract)


def test_the_keys_come_in_the_order_of_the_contract() -> None:
    shown = json.loads(render(CHANGED))
    assert list(shown) == list(Contract.__struct_fields__)
    for key, part in PARTS.items():
        assert {tuple(one) for one in shown[key]} == {part.__struct_fields__}


def test_numbers_names_and_patches_arrive_as_they_are() -> None:
    shown = json.loads(render(CHANGED))
    assert (shown["base"], shown["merge_base"]) == (CHANGED.revisions.base_sha, CHANGED.revisions.merge_base_sha)
    assert [one["id"] for one in shown["benchmarks"]] == [one.id for one in CHANGED.verdicts]
    assert shown["benchmarks"][1]["ratio"] == 1.083
    assert shown["suspects"][0]["lines"] == [120, 131]
    assert [one["patch"] for one in shown["fixes"]] == [one.patch for one in CHANGED.fixes]
    assert shown["fixes"][0]["tests"] == {"passed": 120, "failed": 2}
    assert shown["fixes"][1]["reason"] == "not measurably faster"


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_hostile_text_is_exact_for_the_program_that_reads_it(text: str) -> None:
    shown = json.loads(render(everywhere(text)))
    assert shown["benchmarks"][0]["id"] == text
    assert shown["fixes"][0]["patch"] == text
    assert shown["notes"] == [text]


@given(st.text())
def test_any_text_arrives_as_it_is(text: str) -> None:
    assert json.loads(render(replace(NOTHING, notes=(text,))))["notes"] == [text]


def test_what_could_not_be_computed_is_null() -> None:
    verdict = replace(CHANGED.verdicts[0], ratio=math.inf, interval=(math.nan, 1.0), base=None)
    (shown,) = json.loads(render(replace(UNCHANGED, verdicts=(verdict,))))["benchmarks"]
    assert (shown["ratio"], shown["interval"], shown["base"]) == (None, [None, 1.0], None)


def test_letters_of_other_languages_stay_readable() -> None:
    assert "性能 → Größe" in render(replace(UNCHANGED, notes=("性能 → Größe",)))
