"""The repository's tests, run in the sandbox: by themselves, or while calls of some functions are recorded.

Every run has a fresh copy of the tree and of everything else that it may write to, so nothing leaks into the next.
Partner: `bot/inside/outcomes.py`.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from bot import sandbox
from bot.core.model import TestCount
from bot.core.text import plain, several
from bot.errors import MeasureError
from bot.harness import Recording
from bot.sandbox import Limits
from bot.sandbox.process import Finished
from bot.stages.meter import RECIPE, Meter
from bot.store import key
from bot.workbench import Checkout

_MOST_NAMED = 20
_SHORTEST_S = 120.0


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How each test ended; `passed`, `failed` or `skipped`."""

    outcomes: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    status: int = 0
    recording: Recording | None = None

    @property
    def passed(self) -> frozenset[str]:
        """The tests that passed."""
        return frozenset(test for test, outcome in self.outcomes.items() if outcome == "passed")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is run and what is watched; everything, and nothing, where it is empty."""

    only: tuple[str, ...] = ()
    """Tests by their ids."""
    files: tuple[str, ...] = ()
    """Files with tests, in place of what the configuration names."""
    watched: tuple[tuple[str, int], ...] = ()
    """Functions (path, first line) whose calls are recorded."""


_NO_PYTEST = "ModuleNotFoundError: No module named 'pytest'"


class Tests:
    """Runs and remembers the tests of one check."""

    __test__ = False

    def __init__(self, meter: Meter) -> None:
        self._meter, self._bench, self._command = meter, meter.bench, meter.config.tests
        self.arguments = _pytest_arguments(self._command)
        self._green: dict[tuple[str, str], Outcomes] = {}

    def outcomes(self, checkout: Checkout, selection: Selection = Selection(), *, again: bool = False) -> Outcomes:
        """How the tests end; raises MeasureError where they cannot be run, or not in time."""
        place = key(
            RECIPE, "tests", 2, checkout.variant.digest, checkout.environment.key, self._command, dict(checkout.env),
            selection, again,
        )  # fmt: skip
        known = self._bench.store.get(place, Outcomes)
        if known is None:
            known = self._run(checkout, selection)
            self._bench.store.put(place, known)
        if selection.watched and known.status == 0:
            self._green[_identity(checkout)] = known
        return known

    def _before(self, checkout: Checkout, selection: Selection) -> Outcomes:
        """A run in which calls were recorded and nothing failed stands in for a plain one."""
        green = self._green.get(_identity(checkout))
        if green is None or selection.files:
            return self.outcomes(checkout, selection)
        only = selection.only or tuple(green.outcomes)
        return replace(green, outcomes={one: green.outcomes[one] for one in only if one in green.outcomes})

    def compared(self, before: Checkout, after: Checkout, selection: Selection = Selection()) -> TestCount:
        """Which tests a change breaks; one that ends otherwise when it is run again is flaky, and breaks nothing."""
        known, fixed = self._before(before, selection), self.outcomes(after, selection)
        failing = known.passed - fixed.passed
        broken = failing
        if failing:
            broken = failing - self.outcomes(after, selection, again=True).passed
        if broken:
            broken &= self.outcomes(before, selection, again=True).passed
        failed = sum(outcome == "failed" for outcome in fixed.outcomes.values())
        return TestCount(len(fixed.passed), failed, _some(broken), _some(failing - broken), len(known.passed))

    def _run(self, checkout: Checkout, selection: Selection) -> Outcomes:
        many = several(len(selection.only), "test") if selection.only else "the tests"
        self._bench.progress.step(f"running {many}")
        if self.arguments is None:
            finished = self._finish(checkout, ("/bin/sh", "-c", f"( {self._command} ) >&2"))
            return Outcomes(
                {self._command or "": "passed" if finished.status == 0 else "failed"}, status=finished.status
            )
        wanted = msgspec.json.encode({"watched": selection.watched, "only": selection.only}).decode()
        arguments = selection.files or self.arguments
        finished = self._finish(
            checkout, ("python", f"{sandbox.HARNESS}/outcomes.py", sandbox.REPOSITORY, wanted, *arguments)
        )
        try:
            return msgspec.json.decode(finished.output.encode(), type=Outcomes)
        except msgspec.DecodeError:
            last = plain("".join(finished.errors.strip().splitlines()[-1:]), 200)
            if last == _NO_PYTEST:
                why = "pytest is not installed: add it to `install`, or name the command that tests in `tests`"
                raise MeasureError(why, detail=finished.errors) from None
            raise MeasureError(f"pytest ended without an answer: {last}", detail=finished.errors) from None

    def _finish(self, checkout: Checkout, argv: tuple[str, ...]) -> Finished:
        limits = Limits(wall_s=max(_SHORTEST_S, self._meter.left_s))
        finished = self._bench.start(self._bench.command(checkout, argv, limits=limits)).finish()
        if finished.stopped:
            raise MeasureError(finished.stopped, detail=finished.errors)
        return finished


def together(one: TestCount, other: TestCount) -> TestCount:
    """Two runs of different tests as one."""
    return replace(
        one,
        passed=one.passed + other.passed,
        failed=one.failed + other.failed,
        broken=_some({*one.broken, *other.broken}),
        flaky=_some({*one.flaky, *other.flaky}),
    )


def _some(tests: frozenset[str] | set[str]) -> tuple[str, ...]:
    return tuple(sorted(tests))[:_MOST_NAMED]


def _identity(checkout: Checkout) -> tuple[str, str]:
    return checkout.variant.digest, checkout.environment.key


def _pytest_arguments(command: str | None) -> tuple[str, ...] | None:
    """The arguments of a pytest command line; None where the tests are run by something else."""
    if command is None:
        return ()
    words = shlex.split(command)
    for start in (["pytest"], ["py.test"], ["python", "-m", "pytest"], ["python3", "-m", "pytest"]):
        if words[: len(start)] == start and not any(word in (";", "&&", "|", "||") for word in words):
            return tuple(words[len(start) :])
    return None
