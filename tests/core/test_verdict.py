from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Samples, Verdict
from bot.core.reasons import COUNTED, RANDOM, TOO_FEW, TOO_LATE, TOO_LONG, UNMEASURED
from bot.core.timing import PROCESSES, THREADS, WAITS
from bot.core.verdict import believed, combine, decide, in_doubt, needs_recount, overall

UP, DOWN, SAME, UNSURE = "regression", "improvement", "no change", "inconclusive"


def counts(base, head):
    return Samples("b", "pytest", "instructions", tuple(map(float, base)), tuple(map(float, head)))


@pytest.mark.parametrize(
    ("base", "head", "word"),
    [
        pytest.param([1e6] * 3, [1.05e6, 1.051e6, 1.049e6], "regression", id="five percent more under every seed"),
        pytest.param([1e6] * 3, [0.95e6] * 3, "improvement", id="five percent fewer"),
        pytest.param([1e6], [1.0005e6], "no change", id="as far as unrelated edits move a count"),
        pytest.param([1e6] * 3, [1.012e6] * 3, "no change", id="not shown to be beyond the threshold"),
        pytest.param([1e6] * 3, [1.016e6] * 3, "regression", id="one and a half percent is found"),
        pytest.param([1e6] * 3, [1.05e6, 0.99e6, 1.05e6], "inconclusive", id="seeds that disagree decide nothing"),
        pytest.param([1e3] * 3, [1.03e3] * 3, "no change", id="a few dozen instructions are no change"),
        pytest.param([1e6] * 7, [0.98e6, *[1e6] * 6], "no change", id="one odd layout of seven decides nothing"),
        pytest.param([1e6] * 7, [1.02e6] * 6 + [1e6], "regression", id="one odd layout of seven hides nothing"),
        pytest.param([1e6] * 7, [1.03e6] * 5 + [1e6] * 2, "inconclusive", id="two odd layouts of seven leave a doubt"),
        pytest.param([0.0], [1e6], "inconclusive", id="no work on one side"),
        pytest.param([], [], "inconclusive", id="nothing measured"),
    ],
)
def test_counts(base, head, word):
    assert decide(counts(base, head), 0.01).verdict == word


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        pytest.param([1.08e6] * 3, False, id="a large change that all show"),
        pytest.param([0.9e6] * 3, False, id="a large gain that all show"),
        pytest.param([1.005e6] * 3, False, id="within the threshold under all"),
        pytest.param([1.08e6], False, id="a single count, since the first agreed"),
        pytest.param([1.015e6] * 3, True, id="a small change"),
        pytest.param([1.08e6, 1.08e6, 1.0e6], True, id="a change that one does not show"),
        pytest.param([1.0e6, 1.0e6, 0.98e6], True, id="a change that one alone shows"),
    ],
)
def test_more_is_counted_only_in_doubt(head, answer):
    assert in_doubt(counts([1e6] * len(head), head), 0.01) is answer


def test_a_larger_threshold_silences_a_smaller_change():
    assert decide(counts([1e6] * 3, [1.04e6] * 3), 0.05).verdict == "no change"


@pytest.mark.parametrize(
    ("noise", "reason"),
    [
        pytest.param(0.003, None, id="counts of the same code that are nearly equal"),
        pytest.param(
            0.004,
            "not deterministic: counts of the same code are 0.4 % apart, and those of base and head hardly overlap",
            id="those that are not",
        ),
    ],
)
def test_counts_that_cannot_be_repeated_are_said_to_be_so(noise, reason):
    assert decide(replace(counts([1e6] * 8, [1.05e6] * 8), noise=noise), 0.01).reason == reason


LATE = f"{TOO_LATE} 60 s"


@pytest.mark.parametrize(
    ("base", "head", "says"),
    [
        pytest.param(None, "ValueError: x", "fails at head only", id="only head"),
        pytest.param("ValueError: x", None, "fails at base only", id="only base"),
        pytest.param("ValueError: x", "ValueError: x", "fails on both sides: ValueError: x", id="both alike"),
        pytest.param(LATE, LATE, f"fails on both sides: {LATE}", id="both too late"),
    ],
)
def test_a_benchmark_that_fails_says_where(base, head, says):
    verdict = decide(Samples("b", "pytest", "instructions", (), (), base, head), 0.01)
    assert verdict.verdict == "failed"
    assert verdict.reason is not None
    assert verdict.reason.startswith(says)


POSITIVE = st.floats(2e5, 1e9)


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=5), st.floats(0.001, 0.2))
def test_swapping_the_sides_swaps_the_word(pairs, threshold):
    base, head = zip(*pairs, strict=True)
    opposite = {"regression": "improvement", "improvement": "regression"}
    there, back = decide(counts(base, head), threshold), decide(counts(head, base), threshold)
    assert back.verdict == opposite.get(there.verdict, there.verdict)
    assert there.ratio is not None
    assert back.ratio is not None
    assert math.isclose(there.ratio * back.ratio, 1.0, rel_tol=1e-9)


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=5), st.floats(1.0, 1e3))
def test_scaling_both_sides_changes_nothing(pairs, scale):
    base, head = zip(*pairs, strict=True)
    there = decide(counts(base, head), 0.01)
    scaled = decide(counts([b * scale for b in base], [h * scale for h in head]), 0.01)
    # The absolute floor may only silence, and scaling up only leaves it behind.
    assert scaled.verdict == there.verdict or abs(head[0] - base[0]) < 40


def times(base, head):
    return Samples("b", "pytest", "cpu time", tuple(base), tuple(head))


def test_the_time_arm_has_few_false_alarms_and_finds_what_is_large():
    """Seeded sessions with the spread that was measured between fresh processes in lockstep: 2 %."""
    rng = np.random.default_rng(7)
    words = {1.0: [], 1.1: []}
    for truth, said in words.items():
        for _ in range(200):
            base = 1e6 * rng.lognormal(0, 0.3, size=20)
            said.append(decide(times(base, base * truth * rng.lognormal(0, 0.02, size=20)), 0.01).verdict)
    assert words[1.0].count("regression") + words[1.0].count("improvement") <= 1
    assert words[1.1].count("regression") == 200


@pytest.mark.parametrize(
    ("truth", "spread", "often"),
    [
        pytest.param(1.0, 0.0005, (0, 0), id="equal code, on a calm machine"),
        pytest.param(1.0, 0.004, (0, 0), id="equal code, with threads that spin"),
        pytest.param(1.012, 0.0005, (0, 0), id="less than what counts of equal code differ by, and the threshold"),
        pytest.param(1.016, 0.0005, (100, 100), id="one and a half percent, which CPU time would seldom show"),
        pytest.param(1.03, 0.004, (100, 100), id="three percent"),
    ],
)
def test_sessions_of_what_the_processor_counts_find_small_changes_and_no_others(truth, spread, often):
    rng = np.random.default_rng(11)
    found = 0
    for _ in range(100):
        base = 1e6 * rng.lognormal(0, 0.01, size=10)
        head = base * truth * rng.lognormal(0, spread, size=10)
        samples = replace(times(base, head), metric="processor instructions")
        told = [word.verdict for word in believed([(samples, decide(samples, 0.01))], lambda _: 0.01)]
        found += told == ["regression"]
        assert "improvement" not in told
    assert often[0] <= found <= often[1]


def test_a_few_instructions_that_the_processor_counts_are_no_change():
    few = replace(times([1000.0] * 10, [1030.0] * 10), metric="processor instructions")
    many = replace(few, head=(1050.0,) * 10)
    assert [decide(one, 0.01).verdict for one in (few, many)] == [SAME, UP]
    assert [decide(one, 0.1).verdict for one in (few, many)] == [SAME, SAME], "the threshold of instructions"


def values(base, head, metric="tracked"):
    return Samples("b", "asv", metric, tuple(map(float, base)), tuple(map(float, head)), unit="pages")


@pytest.mark.parametrize(
    ("samples", "word"),
    [
        pytest.param(values([10] * 3, [10] * 3), "no change", id="the same value"),
        pytest.param(values([0] * 3, [0] * 3), "no change", id="nothing on both sides"),
        pytest.param(values([0] * 3, [5] * 3), "inconclusive", id="nothing at base has no ratio"),
        pytest.param(values([-4] * 3, [-5] * 3), "inconclusive", id="below zero nothing has a ratio"),
        pytest.param(values([10] * 3, [12] * 3), "regression", id="a fifth more, each time"),
        pytest.param(values([12] * 3, [10] * 3), "improvement", id="a sixth less, each time"),
        pytest.param(values([10, 10, 10], [12, 12, 9]), "inconclusive", id="runs that disagree decide nothing"),
        pytest.param(values([10, 12, 8], [10.1, 12.1, 8.1]), "no change", id="values that move together"),
        pytest.param(values([1000], [4000], "peak memory"), "no change", id="less than a page of memory"),
        pytest.param(values([100_000], [150_000], "peak memory"), "regression", id="half as much memory again"),
        pytest.param(values([100], [107], "calls"), "no change", id="a few calls more"),
        pytest.param(values([100], [108], "calls"), "regression", id="a few calls more, and then one"),
        pytest.param(values([100], [139], "bytecodes"), "no change", id="a few bytecodes more"),
        pytest.param(values([], []), "inconclusive", id="no value"),
    ],
)
def test_values(samples, word):
    answer = decide(samples, 0.05)
    assert (answer.verdict, answer.metric, answer.unit) == (word, samples.metric, "pages")


@pytest.mark.parametrize(
    ("samples", "again", "word"),
    [
        pytest.param(values([100_000], [150_000], "peak memory"), True, UP, id="a change of what repeats"),
        pytest.param(values([100_000], [101_000], "peak memory"), False, SAME, id="less than the threshold"),
        pytest.param(
            replace(values([1e5] * 4, [1.5e5] * 4, "peak memory"), noise=0.1),
            True,
            UNSURE,
            id="four that do not repeat",
        ),
        pytest.param(
            replace(values([1e5] * 8, [1.5e5] * 8, "peak memory"), noise=0.1), True, UP, id="eight that hardly overlap"
        ),
        pytest.param(replace(values([10] * 3, [12] * 3), noise=0.1), True, UNSURE, id="what a suite tracks itself"),
    ],
)
def test_values_that_do_not_repeat_are_judged_as_counts_are(samples, again, word):
    answer = decide(samples, 0.05)
    assert answer.verdict == word
    assert needs_recount(replace(samples, noise=0.0), 0.05) is again
    assert in_doubt(samples, 0.05) is (samples.noise > 0)
    assert (answer.reason or "").startswith(f"{RANDOM}: values of") is (samples.noise > 0)


@pytest.mark.parametrize("metric", ["peak memory", "bytecodes", "calls"])
def test_what_cannot_be_had_beside_the_gate_is_no_failure(metric):
    answer = decide(Samples("b", "asv", metric, base_error="a command", head_error="a command"), 0.05)
    assert (answer.verdict, answer.reason) == ("inconclusive", f"{UNMEASURED}: a command")


def test_one_session_decides_nothing():
    assert decide(times([1e6], [2e6]), 0.01).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("base", "head", "answer"),
    [(1e6, 1.001e6, False), (1e6, 1.005e6, True), (1e6, 0.9e6, True), (0.0, 1.0, False)],
)
def test_only_a_difference_is_counted_again(base, head, answer):
    assert needs_recount(counts([base], [head]), 0.01) is answer


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["no change", "improvement", "regression"], "regression"),
        (["no change", "improvement"], "improvement"),
        (["no change", "inconclusive"], "no change"),
        (["failed"], "inconclusive"),
        ([], "inconclusive"),
    ],
)
def test_one_word_for_all(words, answer):
    assert overall([Verdict("b", word) for word in words]) == answer


def said(word, metric="instructions", ratio=1.1, reason=None):
    return Verdict("b", word, ratio, (ratio, ratio), metric=metric, reason=reason)


def cpu(*words):
    return [said(word, "cpu time") for word in words]


def wall(*words):
    return [said(word, "wall time", 1.5) for word in words]


@pytest.mark.parametrize(
    ("gate", "times", "walls", "unseen", "word", "reason"),
    [
        pytest.param(UP, [], [], None, UP, None, id="counted, not timed"),
        pytest.param(UP, [UP], [UP], None, UP, "agrees", id="time agrees"),
        pytest.param(UP, [SAME], [SAME], None, UP, "shows no change", id="time does not see it"),
        pytest.param(UP, [UNSURE], [UNSURE], None, UP, "too uncertain", id="time cannot tell"),
        pytest.param(UP, [DOWN], [DOWN], None, SAME, "but CPU time", id="more instructions in less time"),
        pytest.param(DOWN, [UP], [UP], None, SAME, "but CPU time", id="fewer instructions in more time"),
        pytest.param(SAME, [], [], None, SAME, None, id="nothing, and nothing unseen"),
        pytest.param(SAME, [], [], WAITS, UNSURE, "could not be timed", id="it waits, and nobody timed it"),
        pytest.param(SAME, [UP], [UP], PROCESSES, UNSURE, "second run", id="one run alone is not believed"),
        pytest.param(SAME, [UP, SAME], [UP, SAME], PROCESSES, UNSURE, "second", id="a second run that sees none"),
        pytest.param(SAME, [UP, UP], [UP, UP], PROCESSES, UP, "two independent runs", id="two runs in CPU time"),
        pytest.param(SAME, [SAME, SAME], [UP, UP], WAITS, UP, "waits longer", id="two runs in wall time alone"),
        pytest.param(SAME, [UNSURE], [SAME], WAITS, SAME, "wall time shows no", id="waiting as long as before"),
        pytest.param(SAME, [SAME], [UNSURE], WAITS, UNSURE, "waits", id="nobody can tell how long it waits"),
        pytest.param(SAME, [SAME], [UNSURE], PROCESSES, SAME, "CPU time shows no", id="processes that cost the same"),
        pytest.param(SAME, [UNSURE], [UNSURE], THREADS, SAME, None, id="all threads have been counted"),
        pytest.param(UNSURE, [SAME], [SAME], None, SAME, "CPU time", id="seeds disagree, time does not"),
        pytest.param(UNSURE, [UNSURE], [SAME], None, UNSURE, "noisy", id="neither can tell"),
        pytest.param(None, [UP], [UP], None, UNSURE, "second run", id="time alone, once"),
        pytest.param(None, [UP, UP], [UP, UP], None, UP, None, id="time alone, twice"),
        pytest.param(None, [SAME], [SAME], None, SAME, None, id="time alone sees nothing"),
    ],
)
def test_one_word_from_both_arms(gate, times, walls, unseen, word, reason):
    answer = combine(said(gate) if gate else None, [], cpu(*times), wall(*walls), unseen)
    assert answer.verdict == word
    assert (reason or "") in (answer.reason or "")


@pytest.mark.parametrize(
    ("gate", "counts", "times", "walls", "unseen", "word", "metric", "reason"),
    [
        pytest.param(UP, [UP], [UNSURE], [UNSURE], None, UP, "instructions", f"{COUNTED} +10.0 %: it agrees",
                     id="valgrind and the processor agree, and nobody can tell the time"),
        pytest.param(UP, [SAME], [UP], [UP], None, UP, "instructions", f"{COUNTED} +10.0 %, which shows no change",
                     id="the processor is asked before CPU time is"),
        pytest.param(UP, [UP], [DOWN], [DOWN], None, SAME, "instructions", "but CPU time",
                     id="more instructions of both kinds in less time"),
        pytest.param(UP, [DOWN], [SAME], [SAME], None, SAME, "instructions", f"but {COUNTED}",
                     id="the processor contradicts valgrind"),
        pytest.param(SAME, [UP, UP], [UNSURE] * 2, [UNSURE] * 2, PROCESSES, UP, "processor instructions",
                     f"{COUNTED}, shown by two", id="in other processes, where valgrind is blind"),
        pytest.param(SAME, [SAME], [UNSURE], [UNSURE], PROCESSES, SAME, "instructions", f"{COUNTED} shows no change",
                     id="nor in other processes"),
        pytest.param(SAME, [SAME], [], [], WAITS, UNSURE, "instructions", "could not be timed",
                     id="who counts does not see it wait"),
        pytest.param(SAME, [SAME], [SAME], [UP], WAITS, UNSURE, "instructions", "second run",
                     id="it waits longer, seen once"),
        pytest.param(UNSURE, [SAME], [UNSURE], [UNSURE], None, SAME, "instructions", COUNTED,
                     id="seeds disagree, the processor does not"),
        pytest.param(None, [UP], [UP], [UP], None, UNSURE, "processor instructions", "second run", id="once"),
        pytest.param(None, [UP, UP], [UNSURE] * 2, [UNSURE] * 2, None, UP, "processor instructions", COUNTED,
                     id="without valgrind, on a noisy machine"),
        pytest.param(None, [UP, UP], [DOWN] * 2, [DOWN] * 2, None, SAME, "processor instructions", "but CPU time",
                     id="more instructions, counted by the processor alone, in less time"),
        pytest.param(None, [UP, UP], [], [], TOO_LONG, UP, "processor instructions", "since it takes too long",
                     id="too long for valgrind, where times were too noisy to be judged at all"),
        pytest.param(None, [SAME], [UNSURE], [UNSURE], None, SAME, "processor instructions", COUNTED, id="calm"),
        pytest.param(None, [SAME] * 2, [UP, UP], [UP, UP], None, UP, "cpu time", "in CPU time, not in instructions",
                     id="as many instructions that take longer: caches"),
        pytest.param(None, [UNSURE], [SAME], [SAME], None, UNSURE, "processor instructions", COUNTED, id="threads"),
    ],
)  # fmt: skip
def test_what_the_processor_counts_comes_before_cpu_time(gate, counts, times, walls, unseen, word, metric, reason):
    counted = [said(one, "processor instructions") for one in counts]
    answer = combine(said(gate) if gate else None, counted, cpu(*times), wall(*walls), unseen)
    assert (answer.verdict, answer.metric) == (word, metric)
    assert reason in (answer.reason or "")


def test_what_counting_left_open_is_said_where_nobody_timed_it_either():
    answer = combine(said(UNSURE, reason=TOO_FEW), [], [], [], WAITS)
    assert answer.reason == f"{TOO_FEW}; it {WAITS}, and could not be timed"


def test_chance_among_many_is_no_change_in_time():
    calm = [(times([1e6] * 20, [1e6] * 20), said(SAME, "cpu time")) for _ in range(1)]
    lucky = times([1e6] * 20, [1.02e6] * 11 + [0.99e6] * 9)
    (_, word) = believed([*calm, (replace(lucky, benchmark="lucky"), said(UP, "cpu time"))], lambda _: 0.01)
    assert word.verdict == "inconclusive"


@pytest.mark.parametrize(
    ("noise", "base", "head", "word"),
    [
        pytest.param(0.0, [1e6] * 3, [1.02e6] * 3, UP, id="repeatable"),
        pytest.param(0.02, [1e6] * 8, [1.10e6] * 8, UP, id="eight pairs that do not overlap"),
        pytest.param(0.02, [1e6] * 8, [0.9e6] * 8, DOWN, id="nor in the other direction"),
        pytest.param(0.02, [1e6] * 7 + [1.07e6], [1.10e6] * 7 + [1.06e6], UP, id="one comparison of 64 against"),
        pytest.param(0.02, [1e6] * 7 + [1.07e6], [1.10e6] * 6 + [1.06e6] * 2, UNSURE, id="two against"),
        pytest.param(0.02, [1e6] * 4, [1.10e6] * 4, UNSURE, id="four pairs: chance does that once in 35"),
        pytest.param(0.02, [1e6, 2e6] * 4, [1.1e6, 2.2e6] * 4, UNSURE, id="every pair, though the sides overlap"),
        pytest.param(0.02, [1e6] * 8, [1.005e6] * 8, UNSURE, id="less than the threshold"),
        pytest.param(0.02, [1e6] * 3, [1.001e6] * 3, UNSURE, id="no change that could be told from noise"),
    ],
)
def test_what_is_not_deterministic_is_said(noise, base, head, word):
    answer = decide(replace(counts(base, head), noise=noise), 0.01)
    assert answer.verdict == word
    assert (answer.reason or "").startswith(RANDOM) is (noise > 0)


@pytest.mark.parametrize(
    ("head", "more"),
    [
        pytest.param([1.2e6] * 3, True, id="however large it is"),
        pytest.param([0.8e6] * 3, True, id="as well as a gain"),
        pytest.param([1.2e6, 1.2e6, 0.9e6], False, id="but not where the sides overlap, since nothing can come of it"),
        pytest.param([1.2e6], False, id="nor where the first counts agreed"),
    ],
)
def test_of_what_is_not_deterministic_more_is_counted(head, more):
    assert in_doubt(replace(counts([1e6] * len(head), head), noise=0.02), 0.01) is more


@pytest.mark.parametrize(
    ("times", "word"),
    [
        pytest.param(UP, UP, id="which time shows too"),
        pytest.param(UNSURE, UP, id="which time cannot tell"),
        pytest.param(SAME, UNSURE, id="which time does not show"),
        pytest.param(DOWN, SAME, id="which time contradicts"),
    ],
)
def test_a_change_of_counts_that_do_not_repeat(times, word):
    assert combine(said(UP, reason=f"{RANDOM}: …"), [], cpu(times), wall(times), None).verdict == word


@pytest.mark.parametrize("metric", ["instructions", "cpu time", "tracked", "peak memory"])
@pytest.mark.parametrize(
    ("base", "head", "word"),
    [
        pytest.param(1e-300, 1e300, "regression", id="from next to nothing"),
        pytest.param(1.7e308, 5e-324, "improvement", id="to next to nothing"),
        pytest.param(1.7e308, 1.7e308, "no change", id="as large as can be"),
    ],
)
@pytest.mark.parametrize("rounds", [2, 9])
def test_a_verdict_on_the_largest_and_smallest_numbers_has_numbers(metric, base, head, word, rounds):
    samples = Samples("b", "asv", metric, (base,) * rounds, (head,) * rounds)
    found = decide(samples, 0.01)
    assert found.verdict == word
    assert all(map(math.isfinite, (found.ratio, *found.interval, found.base, found.head)))


def test_what_was_not_counted_at_all_is_not_suspicious():
    assert decide(Samples("b", "asv", "instructions"), 0.01).reason == UNMEASURED
