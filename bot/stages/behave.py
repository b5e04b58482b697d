"""behave: the recorded calls of what a candidate changes, replayed without and with it in separate sandboxes.

A recording goes from sandbox to sandbox as a file of the tree, unread. Partners: `bot/stages/recording.py` records,
`bot/core/behaviour.py` says what is equal, `docs/decisions/behaviour.md` why it is done this way.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import msgspec

from bot.core.behaviour import ENOUGH, NOT_TWICE, Alike, compare, left_otherwise
from bot.core.caches import Cache, Texts, brought_back
from bot.core.changed import PYTHON, is_test
from bot.core.guards import Shape
from bot.core.model import Compared, Plan, Suite
from bot.core.text import plain, several
from bot.core.touched import Names, Touched, named_alike, names
from bot.core.unshown import unshown
from bot.errors import MeasureError
from bot.git import Variant
from bot.harness import Recording, Replayed, Replaying, Shown
from bot.stages.fix import Candidate
from bot.stages.meter import RECIPE, Sides
from bot.stages.recording import Recorder
from bot.store import key
from bot.workbench import Checkout, Workbench

PLACE = ".perfwright/recording.json"
_TIMEOUT_S = 90.0
_CALL_S, _VARIATION_S = 2.0, 0.25
_DOUBT_SEEDS = (2, 3)
"""Seeds under which the version before is replayed as well where the fix seems to do something else."""
_PATIENCE = 4
"""How much longer a call may take with the change: a fix is no slower, and a busy machine must reject nothing."""
_LONGEST_TEXT = 240
_PARTS = (
    "its arguments, or which of them it hands out", "what it prints, logs or warns of", "a variable of the module",
    "random numbers", "a file, the environment or another process",
)  # fmt: skip
_Asked = tuple[Touched, bool]
"""A function, and whether its calls are varied."""
_Answers = Mapping[_Asked, Replayed]


@dataclass(frozen=True, slots=True)
class _Version:
    """One version of the code in which recorded calls are replayed."""

    checkout: Checkout
    lines: Mapping[Touched, int]
    """Where the functions begin."""
    has_caches: bool = True
    """Has it the caches that the candidate brings back? Head has not."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What comparing says of a candidate."""

    compared: Compared
    different: bool = False
    """It does something else for what was recorded, or for more of the same kind."""
    held: str | None = None
    """Why it is held back though nothing that was recorded shows a difference."""
    enough: bool = False
    """Were enough calls of each function compared to take the place of a proof?"""


@dataclass(frozen=True, slots=True)
class Pair:
    """The recorded calls of one function as a benchmark, without and with a candidate."""

    name: str
    before: tuple[Checkout, Suite]
    after: tuple[Checkout, Suite]


def judge(
    bench: Workbench, plan: Plan, sides: Sides, recorder: Recorder, candidate: Candidate, after: Checkout
) -> Judgement:
    """Compare; `after` is head with the candidate."""
    began = bench.clock()
    judgement = _compared(bench, plan, sides, recorder, candidate, after)
    seconds = round(bench.clock() - began, 1)
    judgement = replace(judgement, compared=replace(judgement.compared, seconds=seconds))
    if judgement.different or judgement.held or not (unseen := _unshown(sides.own.variant, candidate)):
        return judgement
    return replace(judgement, held=f"it {unseen}, which no recorded call shows")


def _unshown(own: Variant, candidate: Candidate) -> str | None:
    """The first thing that a candidate changes and that comparing calls cannot see."""
    pairs = ((own.text(path), text) for path, text in candidate.files.items() if path.endswith(PYTHON))
    words = (word for before, after in pairs if before is not None for word in unshown(before, after))
    return next((plain(word, 160) for word in words), None)


def _compared(
    bench: Workbench, plan: Plan, sides: Sides, recorder: Recorder, candidate: Candidate, after: Checkout
) -> Judgement:
    functions, recording = recorder.functions(candidate), recorder.recording(candidate)
    if not functions:
        return Judgement(Compared(reason="it changes no function whose calls could be recorded"))
    if not recording.calls:
        why = recorder.problems() or "no test and no benchmark calls what it changes"
        return Judgement(Compared(reason=f"no call could be recorded: {why}"))
    try:
        return _Replays(bench, plan, sides, functions, recording, after).judgement()
    except MeasureError as error:
        return Judgement(Compared(reason=f"the recorded calls could not be replayed: {error}"))


def as_benchmark(plan: Plan, sides: Sides, recorder: Recorder, candidate: Candidate, after: Checkout) -> Pair | None:
    """The calls of the function with most of them; None where there are none."""
    functions, recording = recorder.functions(candidate), recorder.recording(candidate)
    if not recording.calls:
        return None
    ((most, _),) = Counter(number for number, _ in recording.calls).most_common(1)
    calls = _Calls(functions, recording, _brought_back(plan, sides, after), {})
    return Pair(
        _name(functions[most]), calls.replayable(_before(sides, functions)), calls.replayable(_fixed(after, functions))
    )


def shapes(
    bench: Workbench, plan: Plan, sides: Sides, recorder: Recorder, candidate: Candidate
) -> Mapping[str, Mapping[str, Shape]]:
    """By function, what all recorded calls have alike at each parameter."""
    functions, recording = recorder.functions(candidate), recorder.recording(candidate)
    if not recording.calls:
        return {}
    return _Replays(bench, plan, sides, functions, recording, sides.own).shapes()


class _Replays:
    """The replays of one recording on both versions, and on base where that decides."""

    def __init__(
        self, bench: Workbench, plan: Plan, sides: Sides,
        functions: Sequence[Touched], recording: Recording, after: Checkout,
    ) -> None:  # fmt: skip
        self._bench, self._sides = bench, sides
        self._functions, self._recording = functions, recording
        self._names = _names(sides.own.variant, after.variant)
        shared = {path: (*names.same, *names.rebound) for path, names in self._names.items()}
        self._calls = _Calls(functions, recording, _brought_back(plan, sides, after), shared)
        self._before, self._after = _before(sides, functions), _fixed(after, functions)

    def judgement(self) -> Judgement:
        self._bench.progress.step(f"comparing {several(len(self._recording.calls), 'recorded call')}")
        with ThreadPoolExecutor(2) as pool:
            asked = [pool.submit(self._replays, self._before, seed=seed) for seed in (0, 1)]
            after = self._replays(self._after, patience=_PATIENCE)
            before, again = (one.result() for one in asked)
        answers = {one: _alike(before[one], again[one], after[one]) for one in before}
        left = self._left(before, again, after)
        if left or any(_differs(alike) for alike in answers.values()):
            # What depends on where memory lies may be the same twice by chance.
            more = [self._replays(self._before, seed=seed) for seed in _DOUBT_SEEDS]
            again = {one: _steady(answer, [other[one] for other in more]) for one, answer in again.items()}
            left = self._left(before, again, after)
            answers = {one: _alike(before[one], again[one], after[one]) for one in before}
        if any(_differs(alike) for (_, varied), alike in answers.items() if varied):
            base = self._replays(_Version(self._sides.base, self._at_base()), patience=_PATIENCE)
            # A variation that nobody makes may end as it does at base; a recorded call ends as it does at head.
            answers = {
                one: _alike(before[one], again[one], after[one], base[one] if one[1] else None) for one in before
            }
        compared = _sum(answers)
        for one, alike in answers.items():
            if alike.different is not None:
                return Judgement(replace(compared, difference=self._difference(one, alike.different)), different=True)
        if left:
            difference = f"the recorded calls together leave {left} otherwise"
            return Judgement(replace(compared, difference=difference), different=True)
        for one, alike in answers.items():
            if alike.beyond is not None:
                difference = self._difference(one, alike.beyond)
                held = f"it differs for arguments of a type that no recorded call has: {difference}"
                return Judgement(replace(compared, difference=difference), held=held)
        if other := self._left(before, again, after, rebound=True):
            return Judgement(compared, held=f"it changes what {other} holds, which others may read")
        few = [one.name for one in self._functions if not _is_enough(answers[one, False], answers[one, True])]
        if few:
            why = f"fewer than {ENOUGH} calls of {plain(few[0], 60)} and variations of them could be compared"
            return Judgement(replace(compared, reason="; ".join(filter(None, (why, compared.reason)))))
        return Judgement(compared, enough=True)

    def _left(self, before: _Answers, again: _Answers, after: _Answers, *, rebound: bool = False) -> str | None:
        """The first variable of a module that is otherwise after the calls of a function: which, and of which file.

        `rebound` asks for those that the candidate itself sets otherwise, but for private ones.
        """
        anew = {(path, name) for path, names in self._names.items() for name in names.rebound}

        def held(answer: Replayed) -> Sequence[tuple[str, str, str]]:
            chosen = [one for one in answer.left if not one[1] or (one[:2] in anew) == rebound]
            return [one for one in chosen if not (rebound and re.search(r"(^|\.)_", one[1]))]

        for function in self._functions:
            answers = (one[function, False] for one in (before, again, after))
            if found := left_otherwise(*((one.digests, held(one)) for one in answers)):
                return plain("{1} of {0}".format(*found), _LONGEST_TEXT)
        return None

    def shapes(self) -> Mapping[str, Mapping[str, Shape]]:
        """As the version before has them."""
        answers = self._replays(self._before)
        return {
            function.name: {name: Shape(kind, length if length >= 0 else None) for name, kind, length in answer.shapes}
            for (function, varied), answer in answers.items()
            if not varied
        }

    def _at_base(self) -> Mapping[Touched, int]:
        found: dict[Touched, int] = {}
        for path in {one.path for one in self._functions}:
            source = self._sides.base.variant.text(path) or ""
            found.update(named_alike([one for one in self._functions if one.path == path], source))
        return found

    def _replays(self, version: _Version, *, seed: int = 0, patience: int = 1) -> dict[_Asked, Replayed]:
        """What every call and variation does in a version, kept by all that determines it."""
        there, suite = self._calls.replayable(version)
        recipe = (RECIPE, "replays", 4, suite, self._functions, seed, patience)
        place = key(*recipe, there.variant.digest, there.environment.key, dict(there.env))
        asked = [(function, varied) for function in self._functions for varied in (False, True)]
        known = self._bench.store.get(place, list[Replayed])
        if known is None:
            with self._bench.serve(there, suite, "none", seed=seed) as served:
                known = [
                    served.replay(_name(function), _how(function, varied, patience), _TIMEOUT_S)
                    if function in version.lines
                    else Replayed(error="it is not there")
                    for function, varied in asked
                ]
            self._bench.store.put(place, known)
        return dict(zip(asked, known, strict=True))

    def _difference(self, asked: _Asked, number: int) -> str:
        show = partial(self._show, asked, number)
        return _in_words(asked[0], show(self._before), show(self._after))

    def _show(self, asked: _Asked, number: int, version: _Version) -> Shown:
        there, suite = self._calls.replayable(version)
        with self._bench.serve(there, suite, "none") as served:
            return served.show(_name(asked[0]), _how(*asked, _PATIENCE), _TIMEOUT_S, number)


@dataclass(frozen=True, slots=True)
class _Calls:
    """The recorded calls of some functions."""

    functions: Sequence[Touched]
    recording: Recording
    caches: Sequence[Cache]
    """Those that the candidate brings back."""
    shared: Mapping[str, Sequence[str]]
    """By changed file, the variables that are looked at after all calls."""

    def replayable(self, version: _Version) -> tuple[Checkout, Suite]:
        """A checkout with the recording laid into it, and the suite of recorded calls."""
        checkout, data = version.checkout, msgspec.json.encode(self.recording)
        variant = Variant(checkout.variant.tree, {**checkout.variant.replaced, PLACE: data})
        set_here = [(one.owner, one.name, one.initial) for one in self.caches if version.has_caches]
        options = {
            "recording": PLACE,
            "watched": json.dumps([(one.path, version.lines.get(one, 0)) for one in self.functions]),
            "names": json.dumps([(_name(one), one.name if one.decorated else "") for one in self.functions]),
            "caches": json.dumps(set_here),
            "unseen": json.dumps(sorted({one.name for one in self.caches})),
            "shared": json.dumps(self.shared),
        }
        return replace(checkout, variant=variant), Suite("recorded", (), options=options)


def _before(sides: Sides, functions: Sequence[Touched]) -> _Version:
    return _Version(sides.own, {one: one.before for one in functions}, has_caches=False)


def _fixed(after: Checkout, functions: Sequence[Touched]) -> _Version:
    return _Version(after, {one: one.after for one in functions})


def _names(own: Variant, after: Variant) -> dict[str, Names]:
    """The variables of each file that a candidate changes."""
    texts = ((path, own.text(path), after.text(path)) for path in after.replaced if path.endswith(".py"))
    return {path: names(was or "", is_ or "") for path, was, is_ in texts if was != is_}


def _brought_back(plan: Plan, sides: Sides, after: Checkout) -> tuple[Cache, ...]:
    """The caches that a candidate brings back; what tests and benchmarks do to objects is no part of the program."""
    versions = sides.base.variant, sides.own.variant, after.variant
    files = []
    for change in plan.changes:
        if change.path.endswith(PYTHON) and not is_test(change.path) and change.path not in sides.head.variant.replaced:
            base, head, patched = (
                tree.text(path) or ""
                for tree, path in zip(versions, (change.old_path, change.path, change.path), strict=True)
            )
            files.append(Texts(base, head, patched))
    return brought_back(files)


def _name(function: Touched) -> str:
    return f"recorded calls of {function.path}::{function.name}:{function.before}"


def _how(function: Touched, varied: bool, patience: int) -> Replaying:
    late_s = (_VARIATION_S if varied else _CALL_S) * patience
    return Replaying(function.variables, function.constants, function.changing, varied, late_s)


def _alike(before: Replayed, again: Replayed, after: Replayed, base: Replayed | None = None) -> Alike:
    if wrong := before.error or again.error:
        return Alike(reasons=(wrong,))
    if after.error:
        # It can be replayed without the change and not with it: the first call is as different as can be.
        return Alike(different=0)
    known = base.digests if base is not None else ()
    return compare(before.digests, again.digests, after.digests, beyond=frozenset(before.beyond), base=known)


def _steady(answer: Replayed, others: Sequence[Replayed]) -> Replayed:
    """The answer, without a word of the calls of which another one says something else."""
    words = [{word} for word in answer.digests]
    left = set(answer.left)
    for other in others:
        left &= set(left if other.error else other.left)
        for said, word in zip(words, other.digests, strict=False):
            said.add(word)
    return replace(
        answer, left=tuple(left), digests=tuple(said.pop() if len(said) == 1 else f"?{NOT_TWICE}" for said in words)
    )


def _differs(alike: Alike) -> bool:
    return alike.different is not None or alike.beyond is not None


def _is_enough(calls: Alike, variations: Alike) -> bool:
    return calls.returned > 0 and calls.same + variations.same >= ENOUGH


def _sum(answers: Mapping[_Asked, Alike]) -> Compared:
    reasons = dict.fromkeys(plain(reason, 120) for alike in answers.values() for reason in alike.reasons)
    return Compared(
        calls=sum(alike.same for (_, varied), alike in answers.items() if not varied),
        variations=sum(alike.same for (_, varied), alike in answers.items() if varied),
        left_out=sum(alike.left_out for alike in answers.values()),
        reason="; ".join(reasons) or None,
    )


def _in_words(function: Touched, before: Shown, after: Shown) -> str:
    """One line: the call, and what it does without and with the fix."""
    call = plain(f"{function.name}{before.call}", _LONGEST_TEXT)
    if wrong := after.error or before.error:
        return f"{call}: with the fix {plain(wrong, _LONGEST_TEXT)}"
    was, now = (plain(one.parts[0] if one.parts else "?", _LONGEST_TEXT) for one in (before, after))
    if was != now:
        return f"{call} {was}; with the fix it {now}"
    if before.after != after.after:
        left, leaves = (plain(one.after, _LONGEST_TEXT) for one in (before, after))
        return f"{call} leaves its arguments as {left}; with the fix as {leaves}"
    parts = zip(_PARTS, before.parts[1:], after.parts[1:], strict=False)
    what = next((name for name, one, other in parts if one != other), "the type of what it returns")
    return f"{call} {was} either way, but the fix changes {what}"
