"""Asks two sets whether they are disjoint where the code builds their intersection for its truth only.

Its card is `rules/intersection_for_truth.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit, Level
from codemods._build import filled
from codemods._match import builtin_call, function_around, is_truth_test
from codemods._tree import Function, Tree
from codemods._types import exact_type

SETS = frozenset({"set", "frozenset"})


class IntersectionForTruth(Codemod):
    """`isdisjoint` stops at the first common item and builds nothing."""

    DESCRIPTION = "Use isdisjoint instead of the truth of an intersection."
    HINT = re.compile(r"&|\.\s*intersection\s*\(")
    SIGNS = frozenset({"&", ".intersection()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`a & b` or `a.intersection(b)` of at least one known set, as a condition or in `bool(...)`."""
        for node in [*tree.nodes(cst.BinaryOperation), *tree.nodes(cst.Call)]:
            operands = _operands(node)
            if operands is None or tree.has_comment(node):
                continue
            function = function_around(tree, node)
            place = _place(tree, node)
            if function is None or place is None:
                continue
            level = _level(tree, function, node, *operands)
            if level is not None:
                yield Edit(function, *level, {place: _change(place, node)})


def _operands(node: cst.CSTNode) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    match node:
        case cst.BinaryOperation(operator=cst.BitAnd(), left=left, right=right):
            return left, right
        case cst.Call(func=cst.Attribute(value=left, attr=cst.Name(value="intersection")), args=[arg]):
            return (left, arg.value) if arg.keyword is None and not arg.star else None
    return None


def _place(tree: Tree, node: cst.CSTNode) -> cst.BaseExpression | None:
    """What is to be replaced: the `not` or the `bool(...)` around the intersection, or itself."""
    parent = tree.parents[node]
    if isinstance(parent, cst.UnaryOperation) and isinstance(parent.operator, cst.Not):
        return parent
    if is_truth_test(tree, node):
        assert isinstance(node, cst.BaseExpression)
        return node
    call = tree.parents[parent]
    return call if isinstance(call, cst.Call) and builtin_call(tree, call, "bool") is node else None


def _level(
    tree: Tree, function: Function, node: cst.CSTNode, left: cst.BaseExpression, right: cst.BaseExpression
) -> Level | None:
    kinds = [exact_type(tree, function, left) in SETS, exact_type(tree, function, right) in SETS]
    if all(kinds):
        return "safe", "both are certainly sets"
    if kinds[0] and isinstance(node, cst.Call):
        return "unsafe", "what is behind the first common item is no longer looked at"
    return ("unsafe", "the other operand must be a set or the keys of a dictionary") if any(kinds) else None


def _within(node: cst.CSTNode) -> cst.BaseExpression:
    """The intersection in `not ...` or `bool(...)`."""
    return node.expression if isinstance(node, cst.UnaryOperation) else cst.ensure_type(node, cst.Call).args[0].value


def _change(place: cst.BaseExpression, node: cst.CSTNode) -> Change:
    is_negated = isinstance(place, cst.UnaryOperation)

    def change(new: cst.CSTNode) -> cst.CSTNode:
        inner: cst.CSTNode = new
        if place is not node:
            inner = (
                new.expression if isinstance(new, cst.UnaryOperation) else cst.ensure_type(new, cst.Call).args[0].value
            )
        operands = _operands(inner)
        assert operands is not None
        template = "{left}.isdisjoint({right})" if is_negated else "not {left}.isdisjoint({right})"
        return filled(template, new, left=operands[0], right=operands[1].with_changes(lpar=[], rpar=[]))

    return change
