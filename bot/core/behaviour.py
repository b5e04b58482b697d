"""Did two versions of a function behave alike? What was not seen is never counted as equal.

Of each recorded or varied call, `bot/inside/replay_calls.py` answers one word: "=" where the call returned, or
"!" where it raised, with a digest of the result, a dot, and one of all that it left behind; or "?" and a reason where
it could not be seen. `docs/decisions/behaviour.md` has the
rules in prose.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

NOT_TWICE = "it does not behave alike twice"
_CUT_SHORT = ("?a call did not end", "?a call ended in")
ENOUGH = 10
"""Calls and variations together, below which a rewrite that may be unsafe stays unverified."""


@dataclass(frozen=True, slots=True)
class Alike:
    """What comparing has shown; numbers of calls count from 0."""

    same: int = 0
    returned: int = 0
    """Those of the same that ended in no exception: of calls that cannot be made again, each is refused alike."""
    left_out: int = 0
    """Calls that could not be seen, or that do not even behave alike twice."""
    reasons: tuple[str, ...] = ()
    """Why calls were left out."""
    different: int | None = None
    """The first call that behaves differently and that nothing excuses."""
    beyond: int | None = None
    """The first that does so for arguments of a type that no recorded call has, and gives the same result or none."""


@dataclass(slots=True)
class _Sum:
    same: int = 0
    returned: int = 0
    left_out: int = 0
    reasons: dict[str, None] = field(default_factory=dict)
    different: int | None = None
    beyond: int | None = None


def compare(
    before: Sequence[str],
    again: Sequence[str],
    after: Sequence[str],
    *,
    beyond: Collection[int] = (),
    base: Sequence[str] = (),
) -> Alike:
    """`before` against `after`, call by call; `again` is `before` once more, with another hash seed.

    For a call in `beyond` two refusals are no difference, whatever their words, but they are no proof either. Where
    `base` is given, neither is a call that one of them refuses and that base takes as the fix does.
    """
    found = _Sum()
    found.left_out = max(len(before), len(again), len(after)) - min(len(before), len(again), len(after))
    if found.left_out:
        found.reasons["the time for replaying was spent"] = None
    for number, (one, twice, other) in enumerate(zip(before, again, after, strict=False)):
        known = base[number] if number < len(base) else ""
        if reason := _unseen(one, twice) or _excuse(one, other, known, is_beyond=number in beyond):
            found.left_out += 1
            found.reasons[reason] = None
        elif one == other:
            found.same += 1
            found.returned += one[0] == "="
        elif number in beyond and not _gives_another_result(one, other):
            found.beyond = number if found.beyond is None else found.beyond
        else:
            found.different = number if found.different is None else found.different
    return Alike(found.same, found.returned, found.left_out, tuple(found.reasons)[:5], found.different, found.beyond)


Answer = tuple[Sequence[str], Sequence[tuple[str, str, str]]]
"""The word of each call; and path, name and digest of each variable of the repository's modules after all of them."""


def left_otherwise(before: Answer, again: Answer, after: Answer) -> tuple[str, str] | None:
    """Path and name of a variable that holds something else after the same calls; each answer is words and variables.

    Where a call was cut short, nobody knows what it had still to do.
    """
    answers = (before, again, after)
    if len({len(words) for words, _ in answers}) > 1 or any(
        word.startswith(_CUT_SHORT) for words, _ in answers for word in words
    ):
        return None
    was, twice, then = ({(path, name): digest for path, name, digest in left} for _, left in answers)
    loaded = {path for path, _ in then}
    steady = (one for one, digest in was.items() if twice.get(one) == digest and one[0] in loaded)
    return next((one for one in steady if then.get(one) != was[one]), None)


def _excuse(one: str, other: str, base: str, *, is_beyond: bool) -> str | None:
    """Why a call that differs says nothing."""
    if one == other or _gives_another_result(one, other):
        return None
    if is_beyond and one[0] == other[0] == "!":
        return "both versions refuse it, in other words"
    return "base does the same as the fix" if base == other else None


def _gives_another_result(one: str, other: str) -> bool:
    return one[0] == other[0] == "=" and one.partition(".")[0] != other.partition(".")[0]


def _unseen(one: str, twice: str) -> str | None:
    """Why nothing can be said of a call; that it cannot be seen after the change alone is a difference."""
    for word in (one, twice):
        if word[:1] not in ("=", "!"):
            return word[1:] or "it could not be seen"
    return None if one == twice else NOT_TWICE
