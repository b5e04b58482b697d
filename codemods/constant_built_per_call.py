"""Moves a collection of constants that a function builds in each call, and only reads, to the module.

Its card is `rules/constant_built_per_call.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import Names, at_margin
from codemods._flow import is_looked_at
from codemods._imports import Insertion, end_of_imports
from codemods._match import candidates, function_around
from codemods._tree import Tree
from codemods._types import is_constant_item

FEWEST = 3


class ConstantBuiltPerCall(Codemod):
    """What never changes needs to be built once."""

    DESCRIPTION = "Build a collection of constants once, at module level."
    HINT = re.compile(r"=\s*[\[{]|\}\s*(?:\[|\.\s*get\b)")
    SIGNS = frozenset({"constants"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A local collection of constants of which every use is a look that keeps nothing, or a table asked at once."""
        free = Names(tree)
        place = end_of_imports(tree)
        for table in tree.nodes(cst.Dict):
            function = function_around(tree, table)
            if place is None or function is None or not _is_constant(table) or tree.has_comment(table):
                continue
            if not _is_asked_at_once(tree, table):
                continue
            constant = free.constant("_" + (function.node.name.value.strip("_").upper() or "CALL") + "_TABLE")
            text = f"{constant} = {at_margin(tree, table)}\n"
            reason = "all of it is constant, and nothing but a look into it follows"
            yield Edit(function, "safe", reason, {table: _Use(constant)}, insertions=(Insertion(place, text),))
        for function, name, assign, names in candidates(tree):
            if place is None or not _is_constant(assign.value) or tree.has_comment(assign.value):
                continue
            if not names or not all(is_looked_at(tree, item, function) for item in names):
                continue
            constant = free.constant("_" + name.strip("_").upper(), f"_{function.node.name.value}_{name}".upper())
            text = f"{constant} = {at_margin(tree, assign.value)}\n"
            changes: dict[cst.CSTNode, Change] = {assign.value: _Use(constant)}
            reason = "all of it is constant, and the function only looks things up in it"
            yield Edit(function, "safe", reason, changes, insertions=(Insertion(place, text),))


class _Use:
    """The change from the collection to the name of the constant."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.BaseExpression)
        return cst.Name(self.name, lpar=node.lpar, rpar=node.rpar)


def _is_asked_at_once(tree: Tree, table: cst.Dict) -> bool:
    """Is it the table of `{...}[key]` or `{...}.get(key)`?"""
    parent = tree.parents[table]
    match parent:
        case cst.Subscript(value=value):
            return value is table and tree.is_load(parent)
        case cst.Attribute(attr=cst.Name(value="get")):
            call = tree.parents[parent]
            return isinstance(call, cst.Call) and call.func is parent
    return False


def _is_constant(node: cst.BaseExpression) -> bool:
    if not isinstance(node, cst.List | cst.Set | cst.Dict) or len(node.elements) < FEWEST or node.lpar:
        return False
    return all(is_constant_item(item) for item in node.elements)
