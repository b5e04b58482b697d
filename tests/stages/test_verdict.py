"""One word for a whole check, from those of its benchmarks."""

from __future__ import annotations

import pytest

from bot.core.config import Config
from bot.core.model import Verdict
from bot.core.reasons import SEEDS, TOO_FEW
from bot.stages.verdict import whole


def test_a_slower_import_is_a_regression_of_the_whole():
    benchmark = Verdict("bench_quick", "no change", 1.0)
    slower = Verdict("import heavy", "regression", 3.0, metric="import time")
    assert whole([benchmark], [slower], Config(), blind=True) == "regression"
    assert whole([benchmark], [], Config(), blind=False) == "no change"


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        pytest.param(TOO_FEW, "inconclusive", id="a change that was seen once"),
        pytest.param(f"a test, used as a benchmark; {TOO_FEW}", "inconclusive", id="the same of a test"),
        pytest.param(SEEDS, "no change", id="what cannot be told at all"),
    ],
)
def test_a_change_that_was_not_counted_again_is_no_calm(reason, word):
    steady = Verdict("bench_quick", "no change", 1.0)
    cut_off = Verdict("bench_long", "inconclusive", 1.59, reason=reason)
    assert whole([steady, cut_off], [], Config(), blind=False) == word
    found = Verdict("bench_other", "regression", 1.2)
    assert whole([steady, cut_off, found], [], Config(), blind=False) == "regression"
