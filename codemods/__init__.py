"""Finds the codemods in this package, and rewrites a text with one of them.

Its partner is `rules/`, which holds the card of each codemod under the same name.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.metadata import MetadataWrapper

from codemods._base import Codemod, FixLevel, RewriteError, Site, limits
from codemods._guard import is_too_deep
from codemods._match import Tree

__all__ = ["Codemod", "FixLevel", "Rewrite", "RewriteError", "Site", "catalogue", "rewrite"]

BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The text after the rewrite, and the sites that it changed; without sites it is the text that was given."""

    source: str
    sites: tuple[Site, ...]


@cache
def catalogue() -> Mapping[str, type[Codemod]]:
    """Every codemod by name: a module of this package that does not start with an underscore holds one."""
    found: dict[str, type[Codemod]] = {}
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            found[module.name] = _codemod_in(module.name)
    return MappingProxyType(dict(sorted(found.items())))


def _codemod_in(name: str) -> type[Codemod]:
    module = importlib.import_module(f"{__name__}.{name}")
    kinds = [item for item in vars(module).values() if inspect.isclass(item) and item.__module__ == module.__name__]
    [codemod] = [item for item in kinds if issubclass(item, Codemod)]
    return codemod


def rewrite(
    name: str,
    source: str,
    *,
    functions: frozenset[str] | None = None,
    lines: Sequence[tuple[int, int]] | None = None,
    only: int | None = None,
) -> Rewrite:
    """Rewrite the sites of one pattern, or `only` the one with this index among those chosen.

    `functions` are qualified names such as `URL.build`; sites in functions nested in them count too. With `lines`, a
    site counts when all that it changes is within these ranges. An import or constant that a site needs at module level
    comes with it, wherever that is.
    """
    if name not in catalogue():
        raise RewriteError(f"there is no codemod {name}")
    mark = BYTE_ORDER_MARK if source.startswith(BYTE_ORDER_MARK) else ""
    codemod = catalogue()[name]
    try:
        module = _parse(source.removeprefix(mark))
        if not codemod.HINT.search(source):
            return _unchanged(source, only)
        tree = _analyse(module)
        edits = limits(functions, lines, only).choose(codemod.find(tree), tree)
        if not edits:
            return _unchanged(source, only)
        changed = codemod(CodemodContext()).apply(tree.module, edits).code
    except RecursionError as error:
        raise RewriteError("the source is nested too deeply") from error
    return Rewrite(mark + changed, tuple(edit.site(tree) for edit in edits))


def _unchanged(source: str, only: int | None) -> Rewrite:
    if only is not None:
        raise RewriteError(f"there is no site {only}: 0 found")
    return Rewrite(source, ())


# One text is usually rewritten by one codemod after the other: what was learnt of the last one is kept.
@lru_cache(maxsize=1)
def _analyse(module: cst.Module) -> Tree:
    return Tree.of(MetadataWrapper(module, unsafe_skip_copy=True))


@lru_cache(maxsize=1)
def _parse(source: str) -> cst.Module:
    if is_too_deep(source):
        raise RewriteError("the source is nested too deeply")
    try:
        module = cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        raise RewriteError(f"syntax error on line {error.raw_line}") from error
    except UnicodeError as error:
        raise RewriteError("the source is not text that can be encoded") from error
    if module.code != source:
        raise RewriteError("the source cannot be reproduced byte for byte")
    return module
