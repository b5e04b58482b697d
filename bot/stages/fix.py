"""fix: candidates for the guilty functions and for what they call in loops: rewrites of rules, moves, partial reverts.

Partners: `codemods` has the rewrites, `bot/core/moves.py` what the diff itself suggests; `bot/stages/verify.py` judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from packaging.specifiers import SpecifierSet

import codemods
import rules
from bot.core import card, cuts, moves
from bot.core.changed import Changed, is_test
from bot.core.config import Config
from bot.core.diagnose import Cause
from bot.core.model import PARTIAL_REVERT, RESTORED_DECORATOR, TOGETHER, Fix, Suspect
from bot.core.patch import apply_all, make_patch, make_patches
from bot.core.requirements import declaration_paths, oldest_python
from bot.core.source import function_at, functions
from bot.core.text import several
from bot.errors import UserError
from bot.git import Variant
from bot.stages.diagnose import Diagnosis

MOST_REWRITES = 8
"""Rewrites of rules that are judged, in turns for each regression; what takes changes back comes beside these."""
MOST_PARTS = 3
"""Parts of a rejected partial revert that are judged by themselves."""
_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A patch that nobody has verified: the files with it applied, and why it may be wrong."""

    fix: Fix
    files: Mapping[str, str]
    """Each file that the patch changes or makes, as it is with the patch applied to head."""
    doubt: str | None
    """Why the rewrite is not proven to be safe by the code alone; None where it is."""


@dataclass(frozen=True, slots=True)
class _Target:
    """A function of head that a rule may rewrite."""

    path: str
    function: str
    benchmark: str


def candidates(
    diagnosis: Diagnosis, base: Variant, head: Variant, config: Config, python: str
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Candidates for the suspects, the strongest suspects' first, and a note on rewrites for which there is no room.

    `head` has its own benchmark files; `python` is the version that was measured: a rule that does not pay on it is not
    asked.
    """
    known = [rule for rule in codemods.catalogue() if rule not in config.rules.ignore and _pays_on(rule, python)]
    oldest = oldest_of(head)
    found: dict[str, Candidate] = {}
    for target in _targets(diagnosis, head):
        for candidate in _rewrites(known, target, head, oldest):
            found.setdefault(candidate.fix.patch, candidate)
    rewrites = _in_turns(found.values())
    chosen = rewrites[:MOST_REWRITES]
    causes = distinct(diagnosis)
    if RESTORED_DECORATOR not in config.rules.ignore:
        chosen += _restored(causes, base, head)
    if PARTIAL_REVERT not in config.rules.ignore:
        chosen += [one for benchmark, cause in causes for one in _reverts(benchmark, cause, base, head)]
    patches: dict[str, Candidate] = {}
    for one in chosen:
        patches.setdefault(one.fix.patch, one)
    return tuple(patches.values()), _untried(rewrites[MOST_REWRITES:])


def _in_turns(rewrites: Iterable[Candidate]) -> list[Candidate]:
    """The first for each regression, then the second, so that many for one leave room for the others."""
    mine: dict[str | None, list[Candidate]] = {}
    for one in rewrites:
        mine.setdefault(one.fix.benchmark, []).append(one)
    return [one for turn in zip_longest(*mine.values()) for one in turn if one is not None]


def _untried(rewrites: Sequence[Candidate]) -> tuple[str, ...]:
    if not rewrites:
        return ()
    named = ", ".join(f"{one.fix.rule} in {one.fix.function}" for one in rewrites[:_MOST_NAMED])
    more = ", …" if len(rewrites) > _MOST_NAMED else ""
    return (f"not tried, beyond {MOST_REWRITES} others: {several(len(rewrites), 'rewrite')} ({named}{more})",)


def combined(fixes: Sequence[Fix], head: Variant) -> tuple[Candidate, ...]:
    """All rewrites that were measured to be faster on one benchmark, in one patch; none where they cannot be together.

    What takes changes back is never combined with a rewrite of the same lines: it is an answer of its own.
    """
    faster: dict[str, list[Fix]] = {}
    for fix in fixes:
        if fix.status == "verified" and fix.benchmark and fix.rule in codemods.catalogue():
            faster.setdefault(fix.benchmark, []).append(fix)
    found = []
    for benchmark, alike in faster.items():
        if len(alike) > 1 and (files := _stacked(alike, head)):
            fix = Fix(
                TOGETHER.join(dict.fromkeys(one.rule for one in alike)), alike[0].path, alike[0].function,
                make_patches(head.text, files), "unverified", benchmark,
                note=f"is {len(alike)} rewrites in one, each of which is faster by itself",
            )  # fmt: skip
            doubts = [one.reason for one in alike if one.reason]
            found.append(Candidate(fix, files, doubts[0] if doubts else None))
    return tuple(found)


def _stacked(fixes: Sequence[Fix], head: Variant) -> dict[str, str]:
    """The files with one patch after the other applied; nothing where one does not fit on the others."""
    files: dict[str, str] = {}

    def read(path: str) -> str | None:
        return files.get(path, head.text(path))

    try:
        for fix in fixes:
            files |= apply_all(read, fix.patch)
    except UserError:
        return {}
    return files


def oldest_of(tree: Variant) -> codemods.Python | None:
    """The oldest Python that the repository says it is for: what it does not have is proposed nowhere."""
    paths = declaration_paths(tree.paths)
    tree.load(paths)
    return oldest_python({path: text for path in paths if (text := tree.text(path)) is not None})


def _pays_on(rule: str, python: str) -> bool:
    return SpecifierSet(card.parse(rules.load(rule)).python).contains(python, prereleases=True)


def _targets(diagnosis: Diagnosis, head: Variant) -> tuple[_Target, ...]:
    """The suspects, each followed by what it calls more than once a call; without tests and benchmarks."""
    found: dict[tuple[str, str], _Target] = {}
    for suspect in sorted(diagnosis.suspects, key=lambda one: -one.share):
        callees = _called_in_loops(suspect, diagnosis, head)
        for path, function in ((suspect.path, suspect.function), *callees):
            if not is_test(path):
                found.setdefault((path, function), _Target(path, function, suspect.benchmark))
    return tuple(found.values())


def _called_in_loops(suspect: Suspect, diagnosis: Diagnosis, head: Variant) -> Iterator[tuple[str, str]]:
    """The functions that a suspect calls more often than it is called itself, the busiest first."""
    calls = diagnosis.called.get(suspect.benchmark, {})
    own = function_at(functions(head.text(suspect.path) or ""), suspect.lines[0])
    if own is None or own.name != suspect.function:
        return
    called = sum(count for (_, _, path, start), count in calls.items() if (path, start) == (suspect.path, own.start))
    callees: dict[tuple[str, int], int] = {}
    for (path, line, callee, start), count in calls.items():
        if path == suspect.path and own.start <= line <= own.end:
            callees[callee, start] = callees.get((callee, start), 0) + count
    for (path, start), count in sorted(callees.items(), key=lambda item: (-item[1], item[0])):
        name = next((one.name for one in functions(head.text(path) or "") if one.start == start), None)
        if count > max(1, called) and name is not None and (path, name) != (suspect.path, suspect.function):
            yield path, name


def _rewrites(known: Sequence[str], target: _Target, head: Variant, oldest: codemods.Python | None) -> list[Candidate]:
    source = head.text(target.path)
    if source is None:
        return []
    found = []
    for finding in codemods.find(source, rules=known, oldest=oldest).found:
        site = finding.site
        if site.fix == "display-only" or not _within(site.function, target.function):
            continue
        after = finding.rewritten(source)
        patch = make_patch(target.path, source, after)
        fix = Fix(finding.rule, target.path, site.function, patch, "unverified", target.benchmark)
        found.append(Candidate(fix, {target.path: after}, None if site.fix == "safe" else site.reason))
    return found


def _within(function: str, target: str) -> bool:
    return function == target or function.startswith(f"{target}.")


def distinct(diagnosis: Diagnosis) -> list[tuple[str, Cause]]:
    """Each set of changes that explains a regression once, with the benchmark of which it explains most."""
    best: dict[tuple[cuts.Cut, ...], tuple[str, Cause]] = {}
    for benchmark, cause in diagnosis.causes.items():
        if cause.cuts:
            best.setdefault((*cause.cuts, *cause.needed), (benchmark, cause))
    return list(best.values())


def _reverts(benchmark: str, cause: Cause, base: Variant, head: Variant) -> Iterator[Candidate]:
    """The smallest partial revert that restores speed, and that of whole functions, where it is another one.

    The tests of the pull request decide: a few hunks of a function may be fast because they do less than they should.
    """
    guilty = list(dict.fromkeys(cut.changed for cut in cause.cuts))
    for taken in ((*cause.cuts, *cause.needed), cause.whole):
        yield from _revert(benchmark, guilty, taken, base, head)


def _revert(
    benchmark: str, guilty: Sequence[Changed], taken: Sequence[cuts.Cut], base: Variant, head: Variant
) -> Iterator[Candidate]:
    files = cuts.taken_back(taken, base, head)
    if files:
        fix = Fix(
            PARTIAL_REVERT, guilty[0].path, guilty[0].name, make_patches(head.text, files), "unverified", benchmark,
            note=_words(guilty, taken),
        )  # fmt: skip
        yield Candidate(fix, files, None)


def parts(diagnosis: Diagnosis, fixes: Sequence[Fix], base: Variant, head: Variant) -> tuple[Candidate, ...]:
    """What wins a part of a regression back, where a partial revert of all that explains it is rejected.

    That is one guilty function of several, or one hunk of a function, with what needs to go back with it.
    """
    helped = {fix.benchmark for fix in fixes if fix.status == "verified"}
    refused = {fix.benchmark for fix in fixes if fix.rule == PARTIAL_REVERT and fix.status == "rejected"} - helped
    found: dict[str, Candidate] = {}
    for benchmark, cause in distinct(diagnosis):
        mine = _parts(benchmark, cause, base, head) if benchmark in refused else iter(())
        for candidate in islice(mine, MOST_PARTS):
            found.setdefault(candidate.fix.patch, candidate)
    return tuple(found.values())


def _parts(benchmark: str, cause: Cause, base: Variant, head: Variant) -> Iterator[Candidate]:
    for taken in _apart(cause, base, head):
        guilty = list(dict.fromkeys(cut.changed for cut in taken if cut in cause.cuts))
        yield from _revert(benchmark, guilty, taken, base, head)


def _apart(cause: Cause, base: Variant, head: Variant) -> Iterator[tuple[cuts.Cut, ...]]:
    """Each function's changes, or each change of the one function, with those that they need; never all of them."""
    every = (*cause.cuts, *cause.needed)
    needs = cuts.needs(every, base, head)
    guilty = dict.fromkeys(cut.changed for cut in cause.cuts)
    seeds = [{n for n, cut in enumerate(cause.cuts) if cut.changed == one} for one in guilty]
    for seed in seeds if len(seeds) > 1 else [{n} for n in range(len(cause.cuts))]:
        taken, waiting = set[int](), set(seed)
        while waiting:
            taken |= waiting
            waiting = {other for one in waiting for other in needs[one]} - taken
        if not taken >= {*range(len(cause.cuts))}:
            yield tuple(every[one] for one in sorted(taken))


def _words(guilty: Sequence[Changed], taken: Sequence[cuts.Cut]) -> str:
    """What a partial revert takes back, for whoever wrote it."""
    parts = []
    for one in guilty[:3]:
        first, last = one.lines_of([hunk for cut in taken if cut.changed == one for hunk in cut.hunks])
        lines = f"line {first}" if first == last else f"lines {first}-{last}"
        parts.append(f"{lines} of {one.name} in {one.path}")
    more = f" and parts of {several(len(guilty) - 3, 'more function')}" if len(guilty) > 3 else ""
    needed = sum(len(cut.hunks) for cut in taken if cut.changed not in guilty)
    with_them = f", and with it {several(needed, 'more hunk')}" if needed else ""
    return (
        f"takes back {', '.join(parts)}{more}{with_them}, to what base has; everything else of the pull request stays"
    )


def _restored(causes: Sequence[tuple[str, Cause]], base: Variant, head: Variant) -> Iterator[Candidate]:
    """Decorators that the diff has removed from guilty functions, put back over what they are now."""
    for benchmark, cause in causes:
        for one in dict.fromkeys(cut.changed for cut in cause.cuts):
            before, after = base.text(one.base_path), head.text(one.path)
            restored = moves.restored_decorators(before, after, one) if before and after else None
            if restored is None or after is None:
                continue
            fix = Fix(
                RESTORED_DECORATOR, one.path, one.name, make_patch(one.path, after, restored.source), "unverified",
                benchmark, note=f"puts back {', '.join(restored.decorators)}, which base has",
            )  # fmt: skip
            yield Candidate(fix, {one.path: restored.source}, None)
