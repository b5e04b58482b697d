"""fix: candidates from the codemods, restricted to the suspect functions, one patch a site.

Partner: `bot/stages/verify.py` judges them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

import codemods
import rules
from bot.core import card
from bot.core.config import Config
from bot.core.model import Fix, Suspect
from bot.core.patch import make_patch
from bot.git import Variant

MOST_CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A patch that nobody has verified: the files with it applied, and why it may be wrong."""

    fix: Fix
    files: Mapping[str, str]
    """Each file that the patch changes or makes, as it is with the patch applied to head."""
    doubt: str | None
    """Why the rewrite is not proven to be safe by the code alone; None where it is."""


def candidates(suspects: Sequence[Suspect], head: Variant, config: Config, python: str) -> tuple[Candidate, ...]:
    """Every rewrite that a rule knows for the suspect functions, the strongest suspects first.

    `python` is the version that was measured: a rule that does not pay on it is not asked.
    """
    known = [rule for rule in codemods.catalogue() if rule not in config.rules.ignore and _pays_on(rule, python)]
    found: dict[str, Candidate] = {}
    for suspect in sorted(suspects, key=lambda one: -one.share):
        source = head.text(suspect.path)
        if source is None:
            continue
        for rule in known:
            for candidate in _of_rule(rule, suspect, source):
                found.setdefault(candidate.fix.patch, candidate)
    return tuple(found.values())[:MOST_CANDIDATES]


def _pays_on(rule: str, python: str) -> bool:
    return SpecifierSet(card.parse(rules.load(rule)).python).contains(python, prereleases=True)


def _of_rule(rule: str, suspect: Suspect, source: str) -> list[Candidate]:
    functions = frozenset({suspect.function})
    try:
        sites = codemods.rewrite(rule, source, functions=functions).sites
        rewritten = [codemods.rewrite(rule, source, functions=functions, only=n) for n in range(len(sites))]
    except codemods.RewriteError:
        return []
    found = []
    for site, one in zip(sites, rewritten, strict=True):
        patch = make_patch(suspect.path, source, one.source)
        if patch and site.fix != "display-only":
            fix = Fix(rule, suspect.path, site.function, patch, "unverified", suspect.benchmark)
            found.append(Candidate(fix, {suspect.path: one.source}, None if site.fix == "safe" else site.reason))
    return found
