"""diagnose: profiles of both sides of each regression, laid over the diff; and what no benchmark reaches.

Partner: `bot/core/diagnose.py` decides who is a suspect.
"""

from __future__ import annotations

import json
from collections import ChainMap, Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache

from bot.core import diagnose as pure
from bot.core import ranking
from bot.core.changed import PYTHON, Changed, left_out
from bot.core.diagnose import Cause, Cost, Costs
from bot.core.model import Effort, Plan, Side, Suite, Suspect, Verdict
from bot.core.reasons import SPENT
from bot.core.source import MODULE
from bot.core.text import several
from bot.errors import MeasureError
from bot.harness import Early, Harness, Profile, Reach
from bot.stages import coverage, elsewhere
from bot.stages.experiment import Laboratory, explain
from bot.stages.meter import Answer, Meter, Question, Sides
from bot.stages.prepare import Preparer
from bot.workbench import Checkout, Workbench

MOST_WATCHED = 2000


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Suspects of every regression, and which of the changed functions benchmarks reach."""

    suspects: tuple[Suspect, ...] = ()
    uncovered: tuple[str, ...] = ()
    covered: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    causes: Mapping[str, Cause] = field(default_factory=dict)
    """By benchmark, what experiments have shown."""
    called: Mapping[str, Calls] = field(default_factory=dict)
    """By benchmark, which line at head calls which function how often."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """By benchmark, what is to blame where the code is not."""
    effort: Effort = field(default_factory=Effort)

    def reason(self, one: Verdict) -> str | None:
        """Why a verdict is what it is, and what is to blame where the code is not."""
        return "; ".join(filter(None, (one.reason, self.reasons.get(one.id)))) or None

    @property
    def blind(self) -> bool:
        """Whether the diff changes functions and not one of them is reached by a benchmark."""
        return bool(self.uncovered) and not self.covered


_Watched = list[tuple[str, int]]
Calls = Mapping[tuple[str, int, str, int], int]


def diagnose(
    bench: Workbench, plan: Plan, sides: Sides, preparer: Preparer, meter: Meter, verdicts: Sequence[Verdict]
) -> Diagnosis:
    """Suspects for each regression, what is to blame where the code is not, and what no benchmark reaches."""
    candidates, notes = _candidates(plan, sides)
    running = [one for one in verdicts if one.ratio is not None or SPENT in (one.reason or "")]
    if not running:
        return Diagnosis(notes=notes)
    reached, unasked = _reached(meter, plan, sides, running, candidates)
    regressed, smaller = ranking.profiled(running)
    if smaller:
        speak = f"the {len(regressed)} largest speak for {'it' if len(smaller) == 1 else 'them'}"
        notes += (f"not looked into: {several(len(smaller), 'smaller regression')}; {speak}",)
    parts = []
    for suite in plan.suites:
        mine = [one.id for one in regressed if one.runner == suite.runner]
        if mine:
            part = _diagnose_suite(bench, sides, preparer, meter, suite, mine, candidates)
            whole = len(candidates) < MOST_WATCHED
            reasons = elsewhere.reasons(plan, sides, meter, suite, mine, part.causes, whole=whole)
            parts.append(replace(part, reasons=reasons))
    causes: dict[str, Cause] = dict(ChainMap(*(dict(part.causes) for part in parts)))
    reached |= {cut.changed for cause in causes.values() if cause.experiment for cut in cause.cuts}
    covered, uncovered = _names(candidates, reached)
    if uncovered and unasked:
        notes += (unasked,)
        uncovered = ()
    return Diagnosis(
        tuple(suspect for part in parts for suspect in part.suspects),
        uncovered,
        covered,
        (*notes, *(note for part in parts for note in part.notes)),
        causes,
        dict(ChainMap(*(dict(part.called) for part in parts))),
        dict(ChainMap(*(dict(part.reasons) for part in parts))),
        _together([part.effort for part in parts]),
    )


def _names(candidates: Sequence[Changed], reached: Collection[Changed]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The functions that benchmarks reach and the others; with their line where several in a file have one name."""
    named = [one for one in candidates if one.name != MODULE]
    alike = Counter((one.path, one.name) for one in named)

    def name(one: Changed) -> str:
        line = f":{one.lines[0]}" if alike[one.path, one.name] > 1 else ""
        return f"{one.path}::{one.name}{line}"

    return tuple(name(one) for one in named if one in reached), tuple(name(one) for one in named if one not in reached)


def _candidates(plan: Plan, sides: Sides) -> tuple[list[Changed], tuple[str, ...]]:
    """The changed functions that may be to blame, and what of the diff could not be looked into."""
    base, head = sides.base.variant, sides.head.variant
    python = [change for change in plan.changes if change.path.endswith(PYTHON)]
    base.load(change.old_path for change in python)
    head.load(change.path for change in python)
    found = coverage.changed(plan, sides)
    notes = left_out(plan.changes, base, head)
    if len(found) > MOST_WATCHED:
        many = f"the diff changes {len(found):,} functions"
        notes += (f"{many}: {MOST_WATCHED:,} were looked into, those of files with few of them first",)
    return _watchable(found), notes


def _watchable(found: Sequence[Changed]) -> list[Changed]:
    """As many as can be watched: what a program has written changes by the thousand, what people write by the dozen."""
    in_file = Counter(one.path for one in found)
    chosen = set(sorted(found, key=lambda one: in_file[one.path])[:MOST_WATCHED])
    return [one for one in found if one in chosen]


def _together(efforts: Sequence[Effort]) -> Effort:
    return Effort(
        sum(one.variants for one in efforts),
        round(sum(one.experiments_s for one in efforts), 1),
        round(sum(one.profiles_s for one in efforts), 1),
    )


def _diagnose_suite(
    bench: Workbench,
    sides: Sides,
    preparer: Preparer,
    meter: Meter,
    suite: Suite,
    benchmarks: Sequence[str],
    candidates: Sequence[Changed],
) -> Diagnosis:
    began = bench.clock()
    profiles: dict[str, tuple[Costs, Costs, dict[Changed, float]]] = {}
    notes = []
    profiled = _profiles(meter, sides, suite, benchmarks, candidates)
    late = [one for one, (base, head) in profiled.items() if SPENT in (base.error, head.error)]
    if late:
        notes.append(f"{several(len(late), 'regression')} not looked into: the budget was spent before")
    for benchmark, (base, head) in profiled.items():
        if benchmark in late:
            continue
        if wrong := base.error or head.error:
            notes.append(f"{benchmark} could not be profiled: {wrong}")
        before, after = _costs(base, candidates, "base"), _costs(head, candidates, "head")
        profiles[benchmark] = (before, after, pure.growth(candidates, before, after))
    profiled_s = bench.clock() - began
    laboratory = Laboratory(sides, preparer, meter, suite)
    runs = cache(lambda: _runs(meter, sides, suite, list(profiles), candidates))
    causes = explain(laboratory, candidates, profiles, runs) if meter.metric == "instructions" else {}
    if causes and meter.out_of_time:
        open_ = [one for one in profiles if one not in causes or not causes[one].cuts]
        notes += unfinished([one for one in open_ if one in laboratory.growing(open_)])
    found = [
        suspect
        for benchmark, (before, after, grown) in profiles.items()
        for suspect in pure.suspects(benchmark, grown, before, after, causes.get(benchmark, Cause()))
    ]
    effort = Effort(laboratory.variants, round(laboratory.seconds, 1), round(profiled_s, 1))
    called = {benchmark: head.calls for benchmark, (_base, head, _grown) in profiles.items()}
    return Diagnosis(tuple(found), notes=tuple(notes), causes=causes, called=called, effort=effort)


def unfinished(benchmarks: Sequence[str]) -> list[str]:
    """Without a cause that experiments have shown nothing can be taken back, and nobody would know why not."""
    if not benchmarks:
        return []
    which = f"{benchmarks[0]} and {len(benchmarks) - 1} more" if len(benchmarks) > 1 else benchmarks[0]
    return [
        f"the budget was spent before it was certain what explains {which}, so that taking it back"
        " was not tried as a fix: raise `budget`"
    ]


def _reached(
    meter: Meter, plan: Plan, sides: Sides, running: Sequence[Verdict], candidates: Sequence[Changed]
) -> tuple[set[Changed], str | None]:
    """The changed functions that some benchmark calls at head, or at base where head has deleted them.

    `running` are those that were compared, or would have been had the budget lasted. With why it is not known of all:
    of what nobody has looked into, nobody can say that it reaches nothing.
    """
    found: set[Changed] = set()
    wrong: dict[str, str] = {}
    for suite in plan.suites:
        mine = [one.id for one in running if one.runner == suite.runner]
        for side, there in _sides(sides, candidates):
            answers = _ask(meter, side, suite, mine, _watched(side.side, there), Reach, Harness.reach)
            found |= {there[number] for answer in answers.values() for number in answer.reached if number < len(there)}
            wrong |= {one: answer.error for one, answer in answers.items() if answer.error}
    if SPENT in wrong.values():
        return found, "the budget was spent before it was known whether some benchmark reaches each changed function"
    if wrong:
        which, why = next(iter(wrong.items()))
        unknown = "whether some benchmark reaches each changed function is not known"
        return found, f"{unknown}: {which} could not be looked into: {why}"
    return found, None


def _sides(sides: Sides, candidates: Sequence[Changed]) -> tuple[tuple[Checkout, list[Changed]], ...]:
    """Where each function is looked for: at head, or at base where head has deleted it."""
    deleted = [one for one in candidates if one.head is None and one.base is not None]
    return (sides.head, [one for one in candidates if one.head]), (sides.base, deleted)


def _profiles(
    meter: Meter, sides: Sides, suite: Suite, benchmarks: Sequence[str], candidates: Sequence[Changed]
) -> dict[str, tuple[Profile, Profile]]:
    def profile(side: Checkout) -> dict[str, Profile]:
        return _ask(meter, side, suite, benchmarks, _watched(side.side, candidates), Profile, Harness.profile)

    with ThreadPoolExecutor(2) as pool:
        base, head = pool.map(profile, (sides.base, sides.head))
    return {one: (base[one], head[one]) for one in benchmarks}


def _runs(
    meter: Meter, sides: Sides, suite: Suite, benchmarks: Sequence[str], candidates: Sequence[Changed]
) -> dict[str, dict[Changed, str]]:
    """By benchmark, where changed functions run: at import, in its set-up, or in another call than the measured one."""
    found: dict[str, dict[Changed, str]] = {one: {} for one in benchmarks}
    for side, there in _sides(sides, candidates):
        watched = _watched(side.side, there)
        told = replace(suite, options={**suite.options, "early": json.dumps(watched)})
        try:
            answers = _ask(meter, side, told, benchmarks, watched, Early, Harness.early)
        except MeasureError:
            continue  # it does not load while it is watched: experiments decide, and nobody knows where it runs
        for one, answer in answers.items():
            for number, function in enumerate(there):
                if where := _where(answer, number):
                    found[one][function] = where
    return found


def _where(answer: Early, number: int) -> str:
    if number in answer.loaded or number in answer.prepared:
        times = [("at import", answer.loaded), ("in the benchmark's set-up", answer.prepared)]
        return " and ".join(words for words, numbers in times if number in numbers)
    return "in the first call alone, or in another thread" if number in answer.called else ""


def _watched(side: str, candidates: Sequence[Changed]) -> _Watched:
    if side == "base":
        return [(one.base_path, one.base.start) for one in candidates if one.base]
    return [(one.path, one.head.start) for one in candidates if one.head]


def _ask(
    meter: Meter,
    side: Checkout,
    suite: Suite,
    benchmarks: Sequence[str],
    watched: _Watched,
    kind: type[Answer],
    put: Callable[[Harness, str, _Watched, float], Answer],
) -> dict[str, Answer]:
    """The answer for each benchmark; nothing is started where nothing is watched."""
    if not watched:
        return {one: kind() for one in benchmarks}

    def ask(served: Harness, one: str, timeout_s: float) -> Answer:
        meter.bench.progress.step(f"looking into {one}")
        return put(served, one, watched, timeout_s)

    return meter.ask(Question(kind.__name__, kind, "none", ask, (watched,)), side, suite, benchmarks)


def _costs(profile: Profile, candidates: Sequence[Changed], side: Side) -> Costs:
    known = {(path, line): Cost(calls, codes, c_calls) for path, line, calls, codes, c_calls in profile.costs}
    found = {}
    for one in candidates:
        function, path = (one.base, one.base_path) if side == "base" else (one.head, one.path)
        found[one] = known.get((path, function.start), Cost()) if function else Cost()
    return Costs(
        found,
        {(path, line): Cost(0, codes, c_calls) for path, line, codes, c_calls in profile.lines},
        {(path, line, callee, start): count for path, line, callee, start, count in profile.calls},
        sum(cost.weight for cost in known.values()),
    )
