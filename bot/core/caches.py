"""Attributes in which objects keep what they worked out, where a patch brings them back from base as they were there.

An object that was recorded at head has no such attribute: its class gives it the one, and what it holds is nobody's
business. That is so only where the patched files handle it as base does, which is read off their text. Partner:
`bot/stages/behave.py`; the reasons are in `docs/decisions/behaviour.md`.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.source import parse
from bot.core.touched import definitions

_PRIVATE = re.compile(r"\b_[A-Za-z]\w*\b")
_MAKING = {"__new__", "__setstate__", "__reduce__", "__reduce_ex__", "__copy__", "__deepcopy__", "setattr", "__dict__"}
"""Whoever mentions one of these may make or change an object beside its constructor."""


@dataclass(frozen=True, slots=True)
class Cache:
    """An attribute, and the literal that the constructor of a class sets it to."""

    owner: str
    """Qualified, such as `Version`."""
    name: str
    initial: str


@dataclass(frozen=True, slots=True)
class Texts:
    """One changed file at base, at head, and with the patch; empty where it is not there."""

    base: str
    head: str
    patched: str


def brought_back(files: Sequence[Texts]) -> tuple[Cache, ...]:
    """The caches that a patch brings back, every mention of each; none where a function sets attributes otherwise."""
    before, at_head, after = (
        [Counter(_PRIVATE.findall(text)) for text in texts]
        for texts in ([one.base for one in files], [one.head for one in files], [one.patched for one in files])
    )
    known_to_head = {name for names in at_head for name in names}
    whole = {
        name
        for names in after
        for name in names
        if name not in known_to_head and all(was[name] == is_[name] for was, is_ in zip(before, after, strict=True))
    }
    if not whole or not all(_sets_as_base(one) for one in files):
        return ()
    return tuple(cache for one in files for cache in _caches(one.patched) if cache.name in whole)


def _sets_as_base(file: Texts) -> bool:
    """Whether every function that sets attributes, or makes objects in another way, is one of base."""
    old, new = parse(file.base), parse(file.patched)
    if old is None or new is None:
        return False
    known = {key: ast.dump(node) for key, node in definitions(old).items()}
    return all(known.get(key) == ast.dump(node) for key, node in definitions(new).items() if _sets(node))


def _sets(function: ast.AST) -> bool:
    return any(
        (isinstance(node, ast.Attribute) and (isinstance(node.ctx, ast.Store) or node.attr in _MAKING))
        or (isinstance(node, ast.Name) and node.id in _MAKING)
        for node in ast.walk(function)
    )


def _caches(text: str) -> Iterator[Cache]:
    """The attributes that a constructor sets to one literal, whatever way it takes."""
    module = parse(text)
    for (name, nth), node in definitions(module).items() if module else ():
        owner, _, last = name.rpartition(".")
        if last != "__init__" or nth or not node.args.args:
            continue
        values: dict[str, set[str | None]] = {}
        for target, value in _assignments(node):
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) == node.args.args[0].arg:
                values.setdefault(target.attr, set()).add(_literal(value))
        for attribute, (first, *more) in ((one, list(found)) for one, found in values.items()):
            if first is not None and not more:
                yield Cache(owner, attribute, first)


def _assignments(function: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.target, node.value


def _literal(value: ast.expr) -> str | None:
    """Its source, where it is a constant or an empty display."""
    is_plain = isinstance(value, ast.Constant) or (isinstance(value, ast.List) and not value.elts)
    return ast.unparse(value) if is_plain or (isinstance(value, ast.Dict) and not value.keys) else None
