"""Numbers are asked for until they tell; what is missing then is said, and blamed on nobody."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from benchmarks import chance
from bot.core import reasons
from bot.core.config import parse_config
from bot.core.model import Suite
from bot.core.verdict import decide
from bot.errors import MeasureError
from bot.harness import Count
from bot.stages.counting import INSTRUCTIONS, compared, sampled
from bot.stages.meter import AGAIN, COUNT

SIDES = SimpleNamespace(base="base", head="head")
SPENT = Count(error=reasons.SPENT, timeout=True)
NEVER = MeasureError("valgrind does not start")


class Meter:
    """Answers by (question, side, seed): a number, an error, or what stops the process; 1e6 where nothing is said."""

    def __init__(self, answers):
        self.answers, self.asked, self.config = answers, [], parse_config("")
        self.bench = SimpleNamespace(progress=SimpleNamespace(step=lambda *_, **__: None))

    def ask(self, question, side, suite, benchmarks, *, seed, total=0):
        self.asked += [(question, side, seed)] * len(benchmarks)
        found = {}
        for one in benchmarks:
            answer = self.answers(question, side, seed)
            if isinstance(answer, MeasureError):
                raise answer
            found[one] = answer if isinstance(answer, Count) else Count(answer)
        return found


def told(answers):
    meter = Meter(answers)
    (samples,) = sampled(meter, SIDES, Suite("asv", ()), INSTRUCTIONS, ["b"])
    return decide(samples, 0.01), meter


def steady(ratio):
    return lambda _question, side, _seed: 1e6 * (ratio if side == "head" else 1.0)


@pytest.mark.parametrize(
    ("ratio", "word", "asked"),
    [
        pytest.param(1.0, "no change", 2, id="equal counts, once"),
        pytest.param(1.003, "no change", 2, id="nearly equal ones, once"),
        pytest.param(1.006, "no change", 8, id="within the threshold under three seeds"),
        pytest.param(1.015, "regression", 16, id="a small change under seven"),
        pytest.param(1.05, "regression", 8, id="a larger one under three"),
        pytest.param(0.9, "improvement", 8, id="a gain as well"),
    ],
)
def test_what_repeats_is_asked_no_more_often_than_it_takes(ratio, word, asked):
    answer, meter = told(steady(ratio))
    assert (answer.verdict, answer.reason, len(meter.asked)) == (word, None, asked)


def without(missing, what):
    """As `steady`, but for the questions that `missing` is true of."""
    return lambda question, side, seed: what if missing(question, side, seed) else steady(1.05)(question, side, seed)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        pytest.param(
            without(lambda question, _, seed: question is AGAIN or seed, SPENT), reasons.TOO_FEW, id="after one pair"
        ),
        pytest.param(without(lambda question, *_: question is AGAIN, SPENT), reasons.TOO_FEW, id="before the repeat"),
        pytest.param(
            without(lambda _, side, seed: side == "base" and seed == 2, SPENT), reasons.TOO_FEW, id="on one side only"
        ),
        pytest.param(
            lambda question, side, seed: SPENT if seed > 2 else steady(1.015)(question, side, seed),
            reasons.TOO_FEW,
            id="while it was in doubt",
        ),
        pytest.param(
            without(lambda _, side, seed: side == "head" and seed == 1, Count(error="OSError: no")),
            f"{reasons.UNSTEADY}: OSError: no",
            id="and it fails under one seed",
        ),
        pytest.param(
            without(lambda question, _, seed: question is COUNT and seed, NEVER),
            f"{reasons.UNSTEADY}: {NEVER}",
            id="and no process starts any more",
        ),
    ],
)
def test_a_difference_that_was_not_asked_often_enough_is_no_change_of_the_code(answers, reason):
    answer, _ = told(answers)
    assert (answer.verdict, answer.reason) == ("inconclusive", reason)
    assert answer.ratio is not None


def failing(*broken):
    """Counts, but for the sides and seeds that fail."""
    return lambda _, side, seed: Count(error=f"no {seed}") if (side, seed) in broken else 1e6


@pytest.mark.parametrize(
    ("answers", "word", "reason", "asked"),
    [
        pytest.param(
            failing(("head", 0), ("head", 1), ("head", 2)), "failed", "fails at head only: no 0", 4, id="each time"
        ),
        pytest.param(
            failing(("base", 0), ("base", 1), ("base", 2)), "failed", "fails at base only: no 0", 4, id="or base"
        ),
        pytest.param(failing(("head", 0)), "inconclusive", "does not always run: no 0", 3, id="not the second time"),
        pytest.param(failing(("base", 0), ("base", 1)), "inconclusive", "does not always run: no 0", 4, id="the third"),
        pytest.param(
            lambda _, side, seed: (Count(error="no") if seed == 0 else SPENT) if side == "head" else 1e6,
            "inconclusive",
            reasons.SPENT,
            3,
            id="no time to ask again",
        ),
        pytest.param(
            lambda _, side, seed: Count(error=f"{reasons.TOO_LATE} 9 s", timeout=True) if side == "head" else 1e6,
            "inconclusive",
            f"one side {reasons.TOO_LATE} 9 s: raise `budget`, a benchmark may take a fifth of it",
            2,
            id="late, which would cost as much again",
        ),
    ],
)
def test_a_side_that_fails_alone_is_asked_again_before_it_is_blamed(answers, word, reason, asked):
    answer, meter = told(answers)
    assert (answer.verdict, answer.reason, len(meter.asked)) == (word, reason, asked)


def test_single_calls_are_compared_where_one_side_has_no_calls_in_a_row():
    """Around the limit one side may be a little longer than what is counted in a row, which costs less a call."""
    answer, meter = told(lambda _, side, __: Count(399e3, 360e3) if side == "base" else Count(401e3))
    assert (answer.verdict, answer.base, len(meter.asked)) == ("no change", 399e3, 8)


@pytest.mark.parametrize(
    ("answers", "word", "reason"),
    [
        pytest.param(
            lambda _, side, seed: SPENT if side == "head" else 1e6, "inconclusive", reasons.SPENT, id="never counted"
        ),
        pytest.param(
            lambda _, side, seed: Count(error="no"), "failed", "fails on both sides: no", id="failing on both sides"
        ),
    ],
)
def test_what_has_no_count_says_why(answers, word, reason):
    answer, _ = told(answers)
    assert (answer.verdict, answer.reason, answer.ratio) == (word, reason, None)


def test_a_process_that_does_not_start_for_the_first_counts_is_an_error():
    with pytest.raises(MeasureError, match=str(NEVER)):
        told(lambda *_: NEVER)


def test_noise_alone_is_hardly_ever_called_a_change():
    """Seeded: of equal code at most one in a thousand, however much its counts vary."""
    false = {}
    for spread in (0.02, 0.05, 0.1, 0.2):
        said = chance.words(chance.Meter(chance.normal(spread)), 1500)
        false[spread] = said["regression"] + said["improvement"]
    assert sum(false.values()) <= 6, false


@pytest.mark.parametrize(
    ("draw", "by_seed", "factor", "least"),
    [
        pytest.param(chance.none, chance.none, 1.015, 200, id="what repeats"),
        pytest.param(chance.none, chance.normal(0.05), 1.015, 200, id="what repeats, and goes by the order of sets"),
        pytest.param(chance.normal(0.005), chance.none, 1.05, 198, id="a larger change of what varies a little"),
        pytest.param(chance.normal(0.02), chance.none, 1.2, 198, id="a large one of what varies more"),
    ],
)
def test_a_regression_is_found(draw, by_seed, factor, least):
    assert chance.words(chance.Meter(draw, factor, by_seed), 200)["regression"] >= least


def test_what_does_not_repeat_is_asked_under_all_seeds_while_it_may_still_tell():
    def drifting(question, side, _seed):
        return (1.05e6 if side == "head" else 1e6) * (1.006 if question is AGAIN else 1.0)

    answer, meter = told(drifting)
    assert (answer.verdict, answer.rounds, len(meter.asked)) == ("regression", 8, 16)
    assert answer.reason.startswith(reasons.RANDOM)


def by_chance(question, side, seed):
    """Counts of equal code that do not repeat: the first three of the second version happen to be less."""
    return 1e6 * (0.99 if side == "head" and seed < 3 and question is COUNT else 1.0 + 0.005 * (seed % 3))


@pytest.mark.parametrize(
    ("answers", "word", "asked"),
    [
        pytest.param(steady(0.99), "improvement", 8, id="repeats, under three seeds"),
        pytest.param(steady(0.999), "no change", 8, id="within what equal counts differ by"),
        pytest.param(by_chance, "inconclusive", 8, id="does not repeat: three may be less by chance"),
    ],
)
def test_a_fix_is_faster_by_more_than_chance_makes_of_equal_code(answers, word, asked):
    meter, suite = Meter(answers), Suite("asv", ())
    answer = decide(compared(meter, ("base", suite), ("head", suite), "b", 0.0), 0.0)
    assert (answer.verdict, len(meter.asked)) == (word, asked)
