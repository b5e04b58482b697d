"""Joins tuples of types once that a loop joins anew for each `isinstance`.

Its card is `rules/types_joined_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import Names, filled
from codemods._flow import free_names, has_effects, is_bound_in, loop_around
from codemods._match import function_around, within
from codemods._tree import Function, Tree


class TypesJoinedInLoop(Codemod):
    """`isinstance(x, NUMBERS + (complex,))` makes a new tuple each time, with the same items."""

    DESCRIPTION = "Join tuples of types before the loop."
    HINT = re.compile(r"\bisinstance\s*\([^\n]*\+")
    SIGNS = frozenset({"loop isinstance()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """The second argument of `isinstance`, a sum with a tuple written out, in a loop that binds no name of it."""
        free = Names(tree)
        for call in tree.nodes(cst.Call):
            function = function_around(tree, call)
            match call:
                case cst.Call(
                    func=cst.Name(value="isinstance"), args=[_, cst.Arg(value=cst.BinaryOperation() as kinds)]
                ):
                    pass
                case _:
                    continue
            if (
                function is None
                or function.opaque
                or not _is_sum(kinds)
                or has_effects(kinds)
                or tree.has_comment(kinds)
            ):
                continue
            reads = free_names(tree, kinds)
            place = loop_around(tree, call, function, partial(_leaves, tree, function, reads))
            if place is None or within(tree, call, _is_guard, function.node):
                continue
            name = free.local(function, "kinds")
            text = re.sub(r"\s*\n\s*", " ", tree.code(kinds))
            reason = "the names must mean the same in each turn, and exist even where the loop has no turns"
            yield Edit(function, "unsafe", reason, {kinds: _Use(name)}, before={place: f"{name} = {text}"})


class _Use:
    """The change from the sum to the name of its result."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        return filled(self.name, node)


def _leaves(tree: Tree, function: Function, names: set[str], place: cst.CSTNode) -> bool:
    """Does the loop give none of these names another meaning?"""
    return not is_bound_in(tree, function, names, place)


def _is_guard(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Try | cst.TryStar | cst.Lambda)


def _is_sum(node: cst.BinaryOperation) -> bool:
    return isinstance(node.operator, cst.Add) and any(isinstance(side, cst.Tuple) for side in (node.left, node.right))
