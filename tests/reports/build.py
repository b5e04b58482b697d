"""Hypothesis strategies for reports, and reports whose every text is one that a stranger chose."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from bot.core.model import Compared, Fix, Machine, Report, Revisions, Suspect, TestCount, Verdict
from tests.reports.hostile import HOSTILE
from tests.reports.samples import CHANGED

text = st.one_of(st.text(max_size=40), st.sampled_from(sorted(HOSTILE.values())))
number = st.one_of(st.floats(min_value=0), st.just(float("nan")))
ratio = st.one_of(st.floats(1e-6, 1e6), st.floats(0.9, 1.2), st.sampled_from([0.0, float("inf"), float("nan")]))
bounds = st.tuples(ratio, ratio)
word = st.sampled_from(["regression", "improvement", "no change", "inconclusive", "added", "removed", "failed"])


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


texts = st.lists(text, max_size=4).map(tuple)
revisions = st.builds(Revisions, text, text, text, st.booleans())
machines = st.builds(Machine, text, text, st.integers(0, 512), text, text, st.dictionaries(text, text, max_size=2))
verdicts = st.builds(
    Verdict, text, word, maybe(ratio), maybe(bounds), maybe(number), maybe(number),
    st.sampled_from(["instructions", "ns", "furlongs"]), st.integers(0, 99), maybe(text), text,
)  # fmt: skip
positions = st.tuples(st.integers(0, 99_999), st.integers(0, 99_999))
suspects = st.builds(Suspect, text, text, text, text, positions, st.floats(0, 3), text)
tests = st.builds(TestCount, st.integers(0, 9_999), st.integers(0, 9_999), st.lists(text, max_size=3).map(tuple), texts)
compared = st.builds(
    Compared, st.integers(0, 9_999), st.integers(0, 9_999), st.integers(0, 9_999), st.floats(0, 999), maybe(text),
    maybe(text),
)  # fmt: skip
fixes = st.builds(
    Fix, text, text, text, text, st.sampled_from(["verified", "rejected", "unverified"]), maybe(text), maybe(ratio),
    maybe(bounds), maybe(tests), maybe(text), maybe(text), maybe(compared), maybe(st.floats(-2, 2)),
)  # fmt: skip
reports = st.builds(
    Report, revisions, word, st.sampled_from(["instructions", "cpu time"]), st.floats(0, 1e5), machines,
    st.lists(verdicts, max_size=12).map(tuple), st.lists(suspects, max_size=8).map(tuple),
    st.lists(fixes, max_size=6).map(tuple), texts, texts,
    st.floats(0, 1),
)  # fmt: skip


def everywhere(hostile: str) -> Report:
    """The sample with one text in every place that a stranger can reach."""
    count = TestCount(1, 1, (hostile,), (hostile,))
    compared = Compared(1, 1, 1, 1.0, hostile, hostile)
    return replace(
        CHANGED,
        revisions=Revisions(hostile, hostile, hostile),
        machine=Machine(hostile, hostile, 1, hostile, hostile, {hostile: hostile}),
        verdicts=tuple(
            replace(one, id=hostile, reason=hostile, runner=hostile, unit=hostile) for one in CHANGED.verdicts
        ),
        suspects=tuple(
            replace(one, benchmark=hostile, path=hostile, function=f"{number}{hostile}", hunk=hostile, evidence=hostile)
            for number, one in enumerate(CHANGED.suspects)
        ),
        fixes=tuple(
            replace(
                one,
                rule=hostile,
                path=hostile,
                function=hostile,
                patch=hostile,
                reason=hostile,
                tests=count,
                note=hostile,
                compared=compared,
            )
            for one in CHANGED.fixes
        ),
        notes=(hostile,),
        uncovered=(hostile,),
        covered=(hostile,),
    )


def large(count: int = 500, line: str = "+        total = total + part\n") -> Report:
    """Many of everything, and patches of thousands of lines."""
    name = "tests/benchmarks/test_parsing.py::TestParser::test_parse_a_document_of_many_parts[case-{}-of-many]".format
    patch = "--- a/pkg/url.py\n+++ b/pkg/url.py\n@@ -1 +1,5000 @@\n" + line * 5_000
    return replace(
        CHANGED,
        verdicts=tuple(
            replace(one, id=name(number), reason="the count differs from one hash seed to the next " * 5)
            for number in range(count)
            for one in CHANGED.verdicts
        ),
        suspects=tuple(
            replace(one, function=f"function_{number}", benchmark=name(number), evidence=f"{one.evidence}; " * 20)
            for number in range(count)
            for one in CHANGED.suspects
        ),
        fixes=tuple(
            replace(one, patch=patch, reason="not measurably faster, " * 30) for one in CHANGED.fixes * (count // 10)
        ),
        notes=tuple(f"note {number}: " + "something to know " * 30 for number in range(count)),
        uncovered=tuple(f"pkg/module_{number}.py::function_{number}" for number in range(count)),
        covered=tuple(f"pkg/reached_{number}.py::function_{number}" for number in range(count)),
    )
