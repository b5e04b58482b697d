"""Follows opportunities from night to night: what a person has closed is known again after a change of its lines.

A site keeps the key that it was first seen under. Partners: `bot/stages/sweep.py` asks before it verifies,
`bot/work/sweep.py` before it proposes, and keeps the sites.
"""

from __future__ import annotations

import keyword
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from bot.core.model import Known, Opportunity, Site

_ALIKE = 0.6
"""From this share of equal characters on, lines are taken for an edited form of others."""
_LONGEST = 2000
_NAME = re.compile(r"[^\W\d]\w*")


def follow(found: Sequence[Opportunity], known: Known) -> tuple[Opportunity, ...]:
    """Each under the key that it has been known by; what was there before as it is now is not taken for another."""
    names = _certain(found, known.sites)
    gone = [site for site in known.sites if site.key not in names.values()]
    left = [number for number in range(len(found)) if number not in names]
    proposed = set(known.proposed)
    names |= _moved(found, left, [site for site in gone if site.key in proposed])
    names |= _edited(found, [number for number in left if number not in names], gone, names.values())
    nowhere = proposed - {site.key for site in known.sites} - {one.own_key for one in found}
    names |= _doubtful(found, [number for number in left if number not in names], nowhere)
    return tuple(replace(one, known_as=names.get(number, "")) for number, one in enumerate(found))


def _certain(found: Sequence[Opportunity], sites: Iterable[Site]) -> dict[int, str]:
    """Those whose lines and function are the same as before."""
    keys = {(site.place, site.removed): site.key for site in sites}
    here = {number: (one.place, _kept(one)) for number, one in enumerate(found)}
    return {number: keys[what] for number, what in here.items() if what in keys}


def _moved(found: Sequence[Opportunity], left: Iterable[int], gone: Iterable[Site]) -> dict[int, str]:
    """Those with the same lines in another function of the file, or in the function of that name in another file."""
    keys = {where: site.key for site in gone if site.removed for where in _nearby(site.place, site.removed)}
    here = {number: _nearby(found[number].place, _kept(found[number])) for number in left}
    return {number: keys[where] for number, places in here.items() for where in places if where in keys}


def _nearby(place: str, removed: str) -> list[tuple[str, str, str]]:
    rule, _, rest = place.partition(":")
    path, _, function = rest.rpartition(":")
    return [(rule, path, removed), *([(rule, function, removed)] if function != str(None) else [])]


def _edited(
    found: Sequence[Opportunity], left: Iterable[int], gone: Iterable[Site], taken: Collection[str]
) -> dict[int, str]:
    """The likeliest pairs of what has gone from a function and what has come to it."""
    by_place = defaultdict(list)
    for site in gone:
        if site.key not in taken:
            by_place[site.place].append(site)
    pairs = [
        (_likeness(site.removed, _kept(found[number])), number, site.key)
        for number in left for site in by_place.get(found[number].place, ())
    ]  # fmt: skip
    names: dict[int, str] = {}
    for likeness, number, key in sorted(pairs, reverse=True):
        if likeness >= _ALIKE and number not in names and key not in names.values():
            names[number] = key
    return names


def _doubtful(found: Sequence[Opportunity], left: Iterable[int], keys: Iterable[str]) -> dict[int, str]:
    """What was proposed before sites were kept is known by its function only: whatever there is now may be it."""
    places = {place: key for key in keys for place in (key, key.rpartition(":")[0])}
    return {number: places[found[number].place] for number in left if found[number].place in places}


def _likeness(before: str, after: str) -> float:
    """Between 0 and 2: above 1 where nothing differs but names."""
    ratio = SequenceMatcher(None, before, after, autojunk=False).ratio()
    return ratio + (_shape(before) == _shape(after))


def _shape(text: str) -> str:
    """The text without what its names are."""
    named = _NAME.sub(lambda name: name[0] if keyword.iskeyword(name[0]) else "n", text)
    return "".join(named.split())


def seen(found: Iterable[Opportunity], before: Iterable[Site], proposed: Collection[str]) -> tuple[Site, ...]:
    """The sites to keep: all of a function in which something was proposed, and of what has gone, what was proposed."""
    here = [Site(one.key, one.place, _kept(one)) for one in found]
    places = {site.place for site in here if site.key in proposed}
    keys = {site.key for site in here}
    gone = [site for site in before if site.key in proposed and site.key not in keys]
    return (*(site for site in here if site.place in places), *gone)


def _kept(one: Opportunity) -> str:
    return one.removed[:_LONGEST]
