"""verdict: one answer for each benchmark from all that was measured of it, and one word for the whole check.

Partner: `bot/core/verdict.py` turns samples into words; here they meet the configuration and what head did to a suite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core import claims
from bot.core import verdict as deciding
from bot.core.config import Config
from bot.core.model import IN_TURNS, TESTS, Samples, Verdict, Word
from bot.core.reasons import SPENT, TOO_FEW
from bot.core.text import several
from bot.stages.measure import Measurement


def decide(measurement: Measurement, config: Config, *, lost: Sequence[str]) -> tuple[Verdict, ...]:
    """A word for each benchmark; `lost` are compiled modules that head's build lacks: no regression of the code."""
    compared = [_with_circumstances(one, measurement, lost) for one in _compared(measurement, config)]
    added = [Verdict(one.id, "added", runner=one.runner, reason="only head has it") for one in measurement.added]
    removed = [Verdict(one.id, "removed", runner=one.runner, reason="only base has it") for one in measurement.removed]
    return (*compared, *added, *removed)


def whole(verdicts: Sequence[Verdict], imports: Sequence[Verdict], config: Config, *, blind: bool) -> Word:
    """One word for all of a check; `blind` when no benchmark reaches any function that head changes."""
    named = [other for one in verdicts for other in one.metrics if config.decides(other.metric)]
    word = deciding.overall([*verdicts, *named, *imports])
    if word in ("no change", "improvement") and claims.suspicious(verdicts):
        return "inconclusive"
    # What was counted once and looks changed is not called a change, and not called unchanged either.
    unsure = any(one.verdict == "inconclusive" and TOO_FEW in (one.reason or "") for one in [*verdicts, *named])
    return "inconclusive" if word == "no change" and (blind or unsure) else word


def left_out(verdicts: Sequence[Verdict], measurement: Measurement) -> tuple[str, ...]:
    """One line on those whose turn never came."""
    waiting = [one.id for one in verdicts if one.ratio is None and SPENT in (one.reason or "")]
    if not waiting:
        return ()
    apart = len({*waiting} & {*measurement.later})
    which = f", {apart} of them since they call nothing of what head changes" if apart else ""
    return (
        f"{len(waiting)} of {several(len(verdicts), 'benchmark')} not measured: the budget was spent before{which}",
    )


def _compared(measurement: Measurement, config: Config) -> list[Verdict]:
    """One verdict a benchmark, from all that was measured of it on both sides."""

    def alone(samples: Samples) -> Verdict:
        return deciding.decide(samples, _threshold(config, samples))

    gates = {one.benchmark: alone(one) for one in measurement.samples}
    runs = deciding.believed(
        [(samples, alone(samples)) for samples in measurement.further],
        lambda samples: _threshold(config, samples),
    )
    unseen = dict(measurement.unseen)
    found = []
    for name in dict.fromkeys((*gates, *(one.benchmark for one in measurement.further))):
        further = tuple(one for one in runs if one.id == name)
        counted, cpu, wall = ([one for one in further if one.metric == metric] for metric in IN_TURNS)
        word = deciding.combine(gates.get(name), counted, cpu, wall, unseen.get(name))
        found.append(replace(word, metrics=further))
    return found


def _threshold(config: Config, samples: Samples) -> float:
    if samples.metric == "instructions":
        return config.threshold_for(samples.benchmark)
    return config.metric_threshold(samples.metric, samples.benchmark) or 0.0


def _with_circumstances(one: Verdict, measurement: Measurement, lost: Sequence[str]) -> Verdict:
    """The verdict with what a reader has to know of how it came to be."""
    if lost and one.verdict == "regression":
        reason = f"head's build lost compiled modules that base has ({', '.join(lost[:3])}): not a change of the code"
        one = replace(one, verdict="inconclusive", reason=reason)
    if one.id in measurement.changed and not one.reason:
        one = replace(one, reason="head changes this benchmark: base's version was measured on both sides")
    if one.id in measurement.later and one.verdict == "inconclusive" and one.ratio is None:
        one = replace(one, reason=f"{one.reason}; those that call what head changes came first, as this one does not")
    if one.runner == TESTS:
        one = replace(one, reason="; ".join(filter(None, ("a test, used as a benchmark", one.reason))))
    return one
