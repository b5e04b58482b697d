"""sweep: opportunities in the whole of one revision, ranked by what benchmarks say that they cost.

Partners: `codemods` finds the sites; `bot/stages/verify.py` judges the most promising ones as it judges any fix.
"""

from __future__ import annotations

import gc
import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from packaging.specifiers import SpecifierSet

import codemods
import rules
from bot.core import card
from bot.core import patch as patching
from bot.core.config import Config
from bot.core.diagnose import Cost
from bot.core.diff import quoted
from bot.core.model import Fix, Known, Opportunity, Suite
from bot.core.reasons import SPENT
from bot.core.sites import follow
from bot.core.source import function_at, functions
from bot.core.sweeping import CONTROL, LARGEST_BYTES, MARK_WITHIN, is_generated, own_code
from bot.core.text import several
from bot.git import Variant
from bot.harness import Profile
from bot.stages.fix import Candidate, oldest_of
from bot.stages.meter import COVER, RECIPE, Meter, Question, Sides
from bot.store import key
from bot.workbench import Workbench

MOST_VERIFIED = 8
"""As many are verified beside those that are proposed; the rest waits for another night."""
LONGEST_S = 30.0
"""Of processor time for one file."""
_FEWEST_NEW = 100_000
"""Objects that are new before the garbage collector looks for waste in the process of a sweep."""
_AT_ONCE = 4
"""Files that a process gets at a time."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the rules found in one file, and what kept them from looking, in one line each."""

    found: tuple[Opportunity, ...] = ()
    notes: tuple[str, ...] = ()
    is_whole: bool = True
    """Was there time for all of it?"""


def find(
    bench: Workbench, tree: Variant, config: Config, only: Sequence[str]
) -> tuple[tuple[Opportunity, ...], int, tuple[str, ...]]:
    """Every site of every rule, the number of files, and what was left out; kept by content, file by file."""
    names = _names(config, only)
    every = own_code(tree.paths, _attributes(tree))
    paths = [path for path in every if CONTROL.search(path) is None]
    odd = [_left_out(quoted(path), "its name has control characters") for path in every if CONTROL.search(path)]
    others = sum(path.endswith(".py") for path in tree.paths) - len(every)
    own = [f"{several(others, 'Python file')} left out: tests and the like, or not written here"] if others else []
    tree.load(paths)
    oldest = oldest_of(tree)
    recipe = key("sweep", RECIPE, _edition(), names, oldest)
    looked: dict[str, Looked] = {}
    missing: dict[str, bytes] = {}
    for path in paths:
        data = tree.data(path) or b""
        if len(data) > LARGEST_BYTES:
            looked[path] = Looked(notes=(_left_out(path, f"larger than {LARGEST_BYTES // 1_000_000} MB"),))
            continue
        known = bench.store.get(_place(recipe, path, data), Looked)
        if known is None:
            missing[path] = data
        else:
            looked[path] = known
    for number, (path, one) in enumerate(_look(missing, names, oldest), 1):
        bench.progress.step("looking for opportunities", done=number, total=len(missing))
        if one.is_whole:
            bench.store.put(_place(recipe, path, missing[path]), one)
        looked[path] = one
    ordered = [looked[path] for path in sorted(looked)]
    notes = tuple(note for one in ordered for note in one.notes)
    return tuple(site for one in ordered for site in one.found), len(paths), (*odd, *notes, *own)


def _left_out(path: str, why: str) -> str:
    return f"{path} was left out: {why}"


def _names(config: Config, only: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in (only or codemods.catalogue()) if name not in config.rules.ignore)


def _attributes(tree: Variant) -> dict[str, str]:
    """What the files of git's attributes say, by the directory that they are in."""
    places = [path for path in tree.paths if path.rpartition("/")[2] == ".gitattributes"]
    return {path.rpartition("/")[0]: tree.text(path) or "" for path in places}


@cache
def _edition() -> str:
    """A digest of the codemods: what an older edition found is looked for again."""
    place = Path(codemods.__file__).parent
    return key([path.read_text(encoding="utf-8") for path in sorted(place.glob("*.py"))])


def _place(recipe: str, path: str, data: bytes) -> str:
    return key(recipe, path, hashlib.sha256(data).hexdigest())


def _look(
    files: Mapping[str, bytes], names: tuple[str, ...], oldest: codemods.Python | None
) -> Iterable[tuple[str, Looked]]:
    """Each file as it is done.

    The parser is native code, and what ends its process must not end the sweep: what was given to a process when one
    ended gets a process for each file, and the rest goes on.
    """
    paths, most = list(files), os.cpu_count() or 1
    chunks = [paths[start : start + _AT_ONCE] for start in range(0, len(paths), _AT_ONCE)][::-1]
    while chunks:
        given: dict[Future[list[Looked]], list[str]] = {}
        try:
            with ProcessPoolExecutor(most, initializer=_collect_seldom) as pool:
                while chunks or given:
                    while chunks and len(given) <= most:
                        data = [files[path] for path in chunks[-1]]
                        given[pool.submit(_several, chunks[-1], data, names, oldest)] = chunks[-1]
                        chunks.pop()
                    for done in wait(given, return_when=FIRST_COMPLETED).done:
                        yield from zip(given[done], done.result(), strict=True)
                        del given[done]
        except BrokenProcessPool:
            for path in [path for chunk in given.values() for path in chunk]:
                yield path, _apart(path, files[path], names, oldest)


def _collect_seldom() -> None:
    """A tree has hundreds of thousands of nodes that stay until it is done with: to look for waste in it finds none."""
    gc.set_threshold(_FEWEST_NEW, 50, 100)


def _several(
    paths: Sequence[str], data: Sequence[bytes], names: tuple[str, ...], oldest: codemods.Python | None
) -> list[Looked]:
    return [_sites(path, one, names, oldest) for path, one in zip(paths, data, strict=True)]


def _apart(path: str, data: bytes, names: tuple[str, ...], oldest: codemods.Python | None) -> Looked:
    try:
        with ProcessPoolExecutor(1) as pool:
            return pool.submit(_sites, path, data, names, oldest).result()
    except BrokenProcessPool:
        return Looked(notes=(_left_out(path, "the parser cannot take it"),))


def _sites(path: str, data: bytes, names: Sequence[str], oldest: codemods.Python | None = None) -> Looked:
    """All sites in one file, each with the patch that rewrites it alone."""
    if is_generated(data[:MARK_WITHIN].decode("utf-8", "replace")):
        return Looked()
    end = time.process_time() + LONGEST_S
    findings = codemods.find(data, rules=names, oldest=oldest, is_late=lambda: time.process_time() > end)
    if findings.found and findings.encoding != "utf-8":
        return Looked(notes=(_left_out(path, f"it is in {findings.encoding}, not in UTF-8"),))
    found = []
    lined = patching.Lined.of(findings.source)
    for one in findings.found:
        site = one.site
        patch = _patch(lined, path, one.replacements)
        reason = None if site.fix == "safe" else site.reason
        fix = Fix(one.rule, path, site.function, patch, "unverified", reason=reason)
        found.append(Opportunity(fix, site.line, site.end_line, site.fix))
    told = [f"{path}: {one}" if findings.parsed else _left_out(path, one) for one in findings.problems]
    return Looked(tuple(found), tuple(told), codemods.LATE not in findings.problems)


def _patch(lined: patching.Lined, path: str, parts: Sequence[codemods.Replacement]) -> str:
    return lined.patch(path, [(part.start, part.end, part.text) for part in parts])


@dataclass(frozen=True, slots=True)
class Together:
    """One patch of a file for the opportunities in it that can be taken at once, and those that have to wait."""

    patch: str
    taken: tuple[Opportunity, ...]
    left: tuple[Opportunity, ...]


def together(tree: Variant, config: Config, only: Sequence[str], chosen: Sequence[Opportunity]) -> Iterator[Together]:
    """Some of what `find` found, as one patch a file."""
    names, oldest = _names(config, only), oldest_of(tree)
    for path in sorted({one.fix.path for one in chosen}):
        yield _together(path, tree.data(path) or b"", names, oldest, [one for one in chosen if one.fix.path == path])


def _together(
    path: str, data: bytes, names: Sequence[str], oldest: codemods.Python | None, chosen: Sequence[Opportunity]
) -> Together:
    lined = patching.Lined.of(data.decode())

    def named(one: codemods.Finding) -> tuple[str, str]:
        return one.rule, _patch(lined, path, one.replacements)

    wanted = {(one.fix.rule, one.fix.patch) for one in chosen}
    merged = codemods.merge(data, lambda one: named(one) in wanted, rules=names, oldest=oldest)
    taken = set(map(named, merged.taken))
    return Together(
        _patch(lined, path, merged.replacements),
        tuple(one for one in chosen if (one.fix.rule, one.fix.patch) in taken),
        tuple(one for one in chosen if (one.fix.rule, one.fix.patch) not in taken),
    )


def rank(
    sides: Sides, suites: Sequence[Suite], meter: Meter, found: Sequence[Opportunity]
) -> tuple[tuple[Opportunity, ...], tuple[str, ...]]:
    """The share that each function has in the benchmark where it weighs most, and what was not looked into.

    What no benchmark reaches comes last.
    """
    starts = {place: line for place in {(one.fix.path, one.line) for one in found} if (line := _start(sides, *place))}
    watched = sorted({(path, start) for (path, _line), start in starts.items()})
    best: dict[tuple[str, int], tuple[float, str]] = {}
    notes: list[str] = []
    for suite in suites if watched else ():
        profiles = _profiles(sides, suite, meter, watched)
        late = sum(profile.error == SPENT for profile in profiles.values())
        notes += (
            [f"{several(late, 'benchmark')} not asked for the ranking: the budget was spent before"] if late else []
        )
        for benchmark, profile in profiles.items():
            costs = {(path, line): Cost(*rest) for path, line, *rest in profile.costs}
            total = sum(cost.weight for cost in costs.values()) or 1
            for place, cost in costs.items():
                if cost.weight:
                    best[place] = max(best.get(place, (0.0, "")), (cost.weight / total, benchmark))
    ranked = []
    for one in found:
        place = (one.fix.path, starts.get((one.fix.path, one.line), 0))
        share, benchmark = best.get(place, (0.0, ""))
        ranked.append(replace(one, rank=round(share, 4), fix=replace(one.fix, benchmark=benchmark or None)))
    return tuple(sorted(ranked, key=lambda one: (-one.rank, one.fix.path, one.line))), tuple(notes)


def _start(sides: Sides, path: str, line: int) -> int | None:
    """The first line of the function that holds a line."""
    found = function_at(_functions(sides.own.variant.text(path) or ""), line)
    return found.start if found else None


_functions = cache(functions)


def _profiles(sides: Sides, suite: Suite, meter: Meter, watched: Sequence[tuple[str, int]]) -> dict[str, Profile]:
    """What each benchmark spends in the watched functions that it reaches, or why nobody knows."""
    names = meter.listing(sides.own, suite).benchmarks
    covers = meter.ask(COVER, sides.own, suite, names)
    reached = {one: sorted(set(watched) & set(cover.reached)) for one, cover in covers.items()}
    question = Question(
        f"profile for a sweep: {key(list(watched))}", Profile, "none",
        lambda served, one, timeout_s: served.profile(one, reached[one], timeout_s),
    )  # fmt: skip
    late = {one: Profile(error=SPENT) for one, cover in covers.items() if cover.error == SPENT}
    return late | meter.ask(question, sides.own, suite, [one for one in names if reached[one]])


def promising(found: Sequence[Opportunity], python: str, known: Known) -> tuple[Opportunity, ...]:
    """Those worth verifying: what is proposed already, so that it stays fresh, and as many again as a night verifies.

    Among these, what was never tried comes first, best rank first; then what has waited longest for another trial.
    """
    able = [one for one in follow(found, known) if one.level in ("safe", "unsafe") and _pays_on(one.fix.rule, python)]
    wanted = [one for one in able if not {one.key, one.fix.rule} & set(known.declined)]
    turns = {key: turn for turn, key in enumerate(known.tried)}
    others = sorted((one for one in wanted if one.key not in known.open), key=lambda one: turns.get(one.key, -1))
    return (*(one for one in wanted if one.key in known.open), *others[:MOST_VERIFIED])


@cache
def _pays_on(rule: str, python: str) -> bool:
    return SpecifierSet(card.parse(rules.load(rule)).python).contains(python, prereleases=True)


def candidate(one: Opportunity, tree: Variant) -> Candidate:
    """An opportunity as `verify` takes it."""
    return Candidate(replace(one.fix, reason=None), patching.apply_all(tree.text, one.fix.patch), one.fix.reason)
