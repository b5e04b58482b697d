"""measure, for repositories without benchmarks: which of base's tests stand in for them.

The slowest tests that reach what the diff changes, and that can be repeated; a few, so that the budget suffices.
Partner: `bot/inside/region.py` tries each (`Trial`), `bot/runners/tests.py` has found their files.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from bot.core.config import Config
from bot.core.model import TESTS, Plan, Suite
from bot.core.text import plain
from bot.errors import MeasureError, NothingRunsError
from bot.harness import Harness, Trial
from bot.stages import coverage
from bot.stages.meter import RECIPE, Sides
from bot.store import key
from bot.workbench import Workbench

MOST = 10
_COUNTING = 800
"""The budget over the time that the calls of all chosen tests take as they simply run.

Counting takes about a hundred times as long, on two sides, and twice where they differ; that may be half of the budget.
"""
_TIMEOUT_S = 20.0
_SHARE = 4
"""Trying may take this part of the budget."""


@dataclass(frozen=True, slots=True)
class _Trials:
    """As it is kept in the store."""

    tried: Mapping[str, Trial]
    unread: tuple[str, ...] = ()
    """Test files that do not load, and why."""


def choose(bench: Workbench, plan: Plan, sides: Sides, config: Config) -> Plan:
    """The plan with the chosen tests as its only suite; as it is where there are benchmarks."""
    suite = next((suite for suite in plan.suites if suite.runner == TESTS), None)
    if suite is None:
        return plan
    changed = coverage.changed(plan, sides)
    watched = [(one.base_path, one.base.start) for one in changed if one.base]
    trials = _try(bench, sides, suite, watched, config) if watched else _Trials({})
    chosen = _best(trials.tried, config.budget_s * 1e9 / _COUNTING)
    narrowed = only(suite, chosen)
    rest = tuple(other for other in plan.suites if other is not suite)
    head_suites = tuple(other for other in plan.head_suites if other.runner != TESTS)
    if not chosen and not rest and not head_suites:
        why = _why_none(trials) if watched else "head changes no function that base has"
        kind = NothingRunsError if _few_run(trials) else MeasureError
        raise kind(f"there are no benchmarks, and {why}: nothing to measure")
    if not chosen:
        return replace(plan, suites=rest, head_suites=head_suites)
    fit = sum(map(_is_usable, trials.tried.values()))
    which = f"{len(chosen)} of {fit} that reach the change and repeat, the slowest that there is time for"
    notes = [f"tests are used as benchmarks: {which}"]
    if _few_run(trials):
        notes.append(f"most tests do not run here: {_failing(trials)}")
    return replace(plan, suites=(*rest, narrowed), head_suites=head_suites, notes=(*plan.notes, *notes))


def only(suite: Suite, tests: Sequence[str]) -> Suite:
    """The suite of tests with these alone; with none named, with all that it has."""
    return replace(suite, options={"only": json.dumps(sorted(tests))} if tests else {})


def _try(bench: Workbench, sides: Sides, suite: Suite, watched: Sequence[tuple[str, int]], config: Config) -> _Trials:
    place = key(
        RECIPE, "trials by the clock", sides.base.variant.digest, sides.base.environment.key, suite.paths, watched
    )
    known = bench.store.get(place, _Trials)
    if known is None:
        deadline = bench.clock() + config.budget_s / _SHARE
        with bench.serve(sides.base, suite, "none") as served:
            unread = tuple(": ".join(filter(None, (one.path, one.message))) for one in served.listing.errors)
            known = _Trials(dict(_trials(bench, served, watched, deadline)), unread)
        bench.store.put(place, known)
    return known


def _trials(
    bench: Workbench, served: Harness, watched: Sequence[tuple[str, int]], deadline: float
) -> Iterator[tuple[str, Trial]]:
    tests = sorted(served.listing.benchmarks, key=lambda test: not _is_near(test, watched))
    for number, test in enumerate(tests):
        if bench.clock() > deadline:
            return
        bench.progress.step("looking for tests that reach the change", done=number, total=len(tests))
        try:
            yield test, served.trial(test, watched, _TIMEOUT_S)
        except MeasureError:
            return  # the process is gone; what it has tried so far will do


def _is_near(test: str, watched: Sequence[tuple[str, int]]) -> bool:
    """Whether a test file is named for a changed file: those are tried first."""
    name = PurePosixPath(test.partition("::")[0]).stem
    return any(PurePosixPath(path).stem.strip("_") in name for path, _ in watched)


def _best(trials: Mapping[str, Trial], room_ns: float) -> list[str]:
    """First a test for each changed function, then more of them; the slowest first that there is time to count."""
    usable = {test: one for test, one in trials.items() if _is_usable(one)}
    slowest = sorted(usable, key=lambda test: (-usable[test].cpu_ns, test))
    chosen, reached = list[str](), set[int]()

    def take(tests: Iterable[str], within_ns: float, *, new: bool) -> None:
        for test in tests:
            used_ns = sum(usable[one].cpu_ns for one in chosen)
            wanted = test not in chosen and not (new and reached.issuperset(usable[test].reached))
            if wanted and len(chosen) < MOST and used_ns + usable[test].cpu_ns <= within_ns:
                chosen.append(test)
                reached.update(usable[test].reached)

    take(slowest, room_ns, new=True)
    take(reversed(slowest), math.inf, new=True)
    take(slowest, room_ns, new=False)
    return chosen


def _is_usable(trial: Trial) -> bool:
    return trial.error is None and bool(trial.reached)


def _few_run(trials: _Trials) -> bool:
    """Whether what most tests need is missing or has changed, so that those which run say little."""
    failed = [one for one in trials.tried.values() if _fails(one)]
    return bool(failed or trials.unread) and 2 * len(failed) >= len(trials.tried)


def _fails(trial: Trial) -> bool:
    return trial.error is not None and not trial.error.startswith("Skipped")


def _why_none(trials: _Trials) -> str:
    """Why no test stands in: whoever can mend it has to know that tests fail here, and how."""
    if not trials.tried:
        return f"no test loads ({plain(trials.unread[0], 300)})" if trials.unread else "there are no tests to try"
    if (failing := _failing(trials)) is None:
        return "no test reaches a function that head changes"
    return f"no test that runs here reaches a function that head changes ({failing})"


def _failing(trials: _Trials) -> str | None:
    """How many of the tests fail, and how; None where none does."""
    failed = Counter(str(one.error) for one in trials.tried.values() if _fails(one))
    if not failed:
        return None
    ((usual, _),) = failed.most_common(1)
    return f"{failed.total()} of {len(trials.tried)} fail, most often with {plain(usual, 200)}"
