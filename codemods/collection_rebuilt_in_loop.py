"""Builds a collection once that a loop builds anew in each turn, only to ask whether something is in it.

Its card is `rules/collection_rebuilt_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import Names, filled
from codemods._flow import free_names, has_effects, steady_loop
from codemods._match import builtin_call, function_around, membership, within
from codemods._tree import Tree
from codemods._types import is_unhashable

COPIES = ("set", "frozenset", "list", "tuple", "sorted")


class CollectionRebuiltInLoop(Codemod):
    """What stays the same in each turn is built before the loop, as a set."""

    DESCRIPTION = "Build a set before the loop instead of a collection in each turn."
    HINT = re.compile(r"\bin\s*\(*\s*(?:\[|\{|(?:set|frozenset|list|tuple|sorted)\s*\()")
    SIGNS = frozenset({"loop in comprehension", *(f"loop in {name}()" for name in COPIES)})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`in` a comprehension or a copy that reads only what the loop neither binds nor changes."""
        free = Names(tree)
        for node in [*tree.nodes(cst.ListComp), *tree.nodes(cst.SetComp), *tree.nodes(cst.Call)]:
            probe = membership(tree, node)
            function = function_around(tree, node)
            text = _set_of(tree, node)
            if probe is None or function is None or text is None or function.opaque or has_effects(node):
                continue
            items = node.elt if isinstance(node, cst.ListComp | cst.SetComp) else probe
            if is_unhashable(tree, function, items) or is_unhashable(tree, function, probe):
                continue
            reads = free_names(tree, node) - set(COPIES)
            place = steady_loop(tree, function, node, reads)
            if place is None or within(tree, node, _is_guard, function.node) or not tree.is_builtin("set", node):
                continue
            name = free.local(function, "known")
            reason = "items and probes must be hashable, and nothing else may change what is collected"
            yield Edit(function, "unsafe", reason, {node: _Use(name)}, before={place: f"{name} = {text}"})


class _Use:
    """The change from the collection to the name of the set."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        return filled(self.name, node)


def _is_guard(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Try | cst.TryStar | cst.Lambda)


def _set_of(tree: Tree, node: cst.BaseExpression) -> str | None:
    """The text of a set with the same items."""
    if tree.has_comment(node) or "\n" in tree.code(node):
        return None
    if isinstance(node, cst.ListComp | cst.SetComp):
        start, end = tree.inner(node)
        return "{" + tree.source[start + 1 : end - 1] + "}"
    argument = builtin_call(tree, node, *COPIES)
    return f"set({tree.code(argument)})" if isinstance(argument, cst.Name | cst.Attribute) else None
