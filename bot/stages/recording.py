"""Records calls of the functions that candidates change, once for all of them, while tests and benchmarks run.

What is recorded is pickled by the sandbox and never unpickled here. Partners: `bot/inside/record_calls.py` records;
`bot/stages/behave.py` has it replayed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.model import Plan, Suite
from bot.core.text import plain
from bot.core.touched import Touched, touched
from bot.errors import MeasureError
from bot.git import Variant
from bot.harness import Recording
from bot.stages.fix import Candidate
from bot.stages.meter import RECIPE, Meter, Sides
from bot.stages.testing import Selection, Tests
from bot.store import key
from bot.workbench import Workbench

_MOST_CALLS = 10_000
_MOST_BYTES = 12_000_000
_MOST_FUNCTIONS = 40
_LONGEST_S = 60.0
"""For the benchmarks; the tests have a limit of their own."""
_Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Reaching:
    """A benchmark that calls one of the watched functions."""

    suite: Suite
    benchmark: str


class Recorder:
    """What was recorded for all candidates of one check; nothing runs before somebody asks."""

    def __init__(
        self, bench: Workbench, plan: Plan, sides: Sides, meter: Meter, tests: Tests, candidates: Sequence[Candidate]
    ) -> None:
        self._bench, self._plan, self._sides, self._meter, self._tests = bench, plan, sides, meter, tests
        self._functions = {one.fix.patch: tuple(_touched(sides.own.variant, one)) for one in candidates}
        places = dict.fromkeys(_place(one) for functions in self._functions.values() for one in functions)
        self._watched = {place: number for number, place in enumerate([*places][:_MOST_FUNCTIONS])}
        self._recordings: list[Recording] | None = None
        self._reaching: dict[_Place, list[Reaching]] = {}
        self._problems: dict[str, None] = {}

    def functions(self, candidate: Candidate) -> tuple[Touched, ...]:
        """The functions that a candidate changes."""
        return self._functions[candidate.fix.patch]

    def covering(self, candidate: Candidate) -> tuple[str, ...]:
        """The tests that call one of them."""
        numbers = self._numbers(candidate).values()
        found = [recording.covering for recording in self._all()]
        return tuple(dict.fromkeys(test for one in found for n in numbers if n < len(one) for test in one[n]))

    def reaching(self, candidate: Candidate) -> tuple[Reaching, ...]:
        """The benchmarks that call one of them."""
        self._all()
        found = (self._reaching.get(_place(one), []) for one in self.functions(candidate))
        return tuple({(one.suite.runner, one.benchmark): one for reaching in found for one in reaching}.values())

    def recording(self, candidate: Candidate) -> Recording:
        """Their calls, each once; the number of a function is its place in `functions`."""
        everything = self._all()
        mine = {number: n for n, number in self._numbers(candidate).items()}
        modules = {mine[number]: name for one in everything for number, name in one.modules if number in mine}
        paths = dict.fromkeys(path for one in everything for path in one.path)
        return Recording(
            tuple(self._calls(everything, mine)), modules=tuple(sorted(modules.items())), path=tuple(paths)
        )

    def problems(self) -> str:
        """What kept calls from being recorded, in words."""
        self._all()
        return "; ".join(self._problems)

    def _numbers(self, candidate: Candidate) -> dict[int, int]:
        """Place in `functions` -> number among all that are watched."""
        places = enumerate(map(_place, self.functions(candidate)))
        return {n: self._watched[place] for n, place in places if place in self._watched}

    def _calls(self, recordings: Sequence[Recording], mine: Mapping[int, int]) -> Iterable[tuple[int, str]]:
        room, seen = _MOST_BYTES, set[tuple[int, str]]()
        for number, data in (call for recording in recordings for call in recording.calls):
            call = mine.get(number, -1), data
            if number not in mine or call in seen:
                continue
            seen.add(call)
            room -= len(data)
            if room < 0 or len(seen) > _MOST_CALLS:
                return
            yield call

    def _all(self) -> list[Recording]:
        if self._recordings is None:
            self._recordings = list(self._recorded()) if self._watched else []
            missed = (reason for recording in self._recordings for reason, _ in recording.missed)
            self._problems.update(dict.fromkeys(plain(reason, 100) for reason in missed))
        return self._recordings

    def _recorded(self) -> Iterable[Recording]:
        if self._tests.arguments is not None:
            try:
                yield (
                    self._tests.outcomes(self._sides.own, Selection(watched=tuple(self._watched))).recording
                    or Recording()
                )
            except MeasureError as error:
                self._problems[f"the tests could not be run: {error}"] = None
        until = self._bench.clock() + _LONGEST_S
        for suite in self._plan.suites:
            known = self._benchmarks(suite, until)
            for one, recording in known.items():
                for place, made in zip(self._watched, recording.made, strict=False):
                    if made:
                        self._reaching.setdefault(place, []).append(Reaching(suite, one))
            yield from known.values()

    def _benchmarks(self, suite: Suite, until: float) -> dict[str, Recording]:
        """The calls that each benchmark makes, where it makes any."""
        checkout = self._sides.head
        watching = replace(suite, options={**suite.options, "watched": json.dumps(list(self._watched))})
        there = (checkout.variant.digest, checkout.environment.key, dict(checkout.env))
        place = key(RECIPE, "recording", *there, watching)
        known = self._bench.store.get(place, dict[str, Recording])
        if known is not None:
            return known
        found: dict[str, Recording] = {}
        names = self._meter.listing(checkout, suite).benchmarks
        with self._bench.serve(checkout, watching, "none") as served:
            for number, one in enumerate(names):
                self._bench.progress.step("recording calls", done=number, total=len(names))
                if self._bench.clock() > until:
                    self._problems["the time for recording was spent"] = None
                    return found
                try:
                    recording = served.record(one, self._meter.timeout_s)
                except MeasureError:
                    return found
                if any(recording.made):
                    found[one] = recording
        self._bench.store.put(place, found)
        return found


def _place(function: Touched) -> _Place:
    return function.path, function.before


def _touched(own: Variant, candidate: Candidate) -> Iterable[Touched]:
    for path, text in candidate.files.items():
        before = own.text(path) if path.endswith(".py") else None
        if before is not None:
            yield from touched(path, before, text)
