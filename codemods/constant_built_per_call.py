"""Moves a collection of constants that a function builds in each call, and only reads, to the module.

Its card is `rules/constant_built_per_call.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import Names
from codemods._flow import is_inside
from codemods._imports import Insertion, end_of_imports
from codemods._match import SCOPES, candidates, crosses_scope, is_length, is_truth_test, membership
from codemods._tree import Function, Tree

FEWEST = 3


class ConstantBuiltPerCall(Codemod):
    """What never changes needs to be built once."""

    DESCRIPTION = "Build a collection of constants once, at module level."
    HINT = re.compile(r"=\s*[\[{]")
    SIGNS = frozenset({"constants"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A local list, set or dictionary of constants of which every use is a look that keeps nothing."""
        free = Names(tree)
        place = end_of_imports(tree)
        for function, name, assign, names in candidates(tree):
            if place is None or not _is_constant(assign.value) or tree.has_comment(assign.value):
                continue
            if not names or not all(_is_looked_at(tree, item, function) for item in names):
                continue
            constant = free.constant("_" + name.strip("_").upper(), f"_{function.node.name.value}_{name}".upper())
            text = f"{constant} = {_at_margin(tree, assign.value)}\n"
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


def _is_constant(node: cst.BaseExpression) -> bool:
    if not isinstance(node, cst.List | cst.Set | cst.Dict) or len(node.elements) < FEWEST or node.lpar:
        return False
    return all(_is_constant_item(item) for item in node.elements)


def _is_constant_item(item: cst.BaseElement | cst.BaseDictElement) -> bool:
    match item:
        case cst.Element(value=value):
            return _is_constant_value(value)
        case cst.DictElement(key=key, value=value):
            return _is_constant_value(key) and _is_constant_value(value)
    return False


def _is_constant_value(node: cst.BaseExpression) -> bool:
    match node:
        case cst.SimpleString(value=text):
            return "\n" not in text
        case cst.Integer() | cst.Float():
            return True
        case cst.Name(value="True" | "False" | "None"):
            return True
        case cst.UnaryOperation(operator=cst.Minus(), expression=cst.Integer() | cst.Float()):
            return True
        case cst.ConcatenatedString():
            return node.evaluated_value is not None
        case cst.Tuple(elements=items):
            return all(_is_constant_item(item) for item in items)
    return False


def _is_looked_at(tree: Tree, name: cst.Name, function: Function) -> bool:
    """Does this place only read, and neither keep the collection nor hand it to anyone?"""
    if crosses_scope(tree, name, function, SCOPES) or not is_inside(tree, name, function.node.body):
        return False
    if is_length(tree, name) or is_truth_test(tree, name) or membership(tree, name) is not None:
        return True
    parent = tree.parents[name]
    match parent:
        case cst.Subscript():
            return parent.value is name and tree.is_load(parent) and not isinstance(tree.parents[parent], cst.Del)
        case cst.For() | cst.CompFor():
            return parent.iter is name
        case cst.Attribute(attr=cst.Name(value="get" | "index" | "count")):
            call = tree.parents[parent]
            return isinstance(call, cst.Call) and call.func is parent
        case cst.Attribute(attr=cst.Name(value="items" | "keys" | "values")):
            call = tree.parents[parent]
            loop = tree.parents[call]
            return isinstance(call, cst.Call) and isinstance(loop, cst.For | cst.CompFor) and loop.iter is call
    return False


def _at_margin(tree: Tree, node: cst.BaseExpression) -> str:
    """The text of the collection, with the indentation of the function taken away from its further lines."""
    line = next(item for item in tree.ancestors(node) if isinstance(item, cst.SimpleStatementLine))
    start = tree.inner(line)[0]
    first = max(tree.source.rfind("\n", 0, start), tree.source.rfind("\r", 0, start)) + 1
    indent = tree.source[first:start]
    head, *rest = re.split(r"\r\n|\r|\n", tree.code(node))
    return "\n".join([head, *(item.removeprefix(indent) for item in rest)])
