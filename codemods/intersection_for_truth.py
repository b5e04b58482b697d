"""Asks two sets whether they are disjoint where the code builds their intersection for its truth only.

Its card is `rules/intersection_for_truth.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import libcst as cst

from codemods._base import Codemod, Edit, Level
from codemods._build import filled
from codemods._match import builtin_call, function_around, is_length, is_truth_test
from codemods._tree import Function, Tree
from codemods._types import exact_type

DISJOINT = "{left}.isdisjoint({right})"
COMMON = f"not {DISJOINT}"
SETS = frozenset({"set", "frozenset"})
NONE = ((cst.Equal, "0"), (cst.LessThan, "1"))
"""The comparisons of a length that are true where there is nothing."""
SOME = ((cst.NotEqual, "0"), (cst.GreaterThan, "0"), (cst.GreaterThanEqual, "1"))
TURNED: dict[type[cst.BaseCompOp], type[cst.BaseCompOp]] = {
    cst.Equal: cst.Equal, cst.NotEqual: cst.NotEqual, cst.LessThan: cst.GreaterThan, cst.GreaterThan: cst.LessThan,
    cst.LessThanEqual: cst.GreaterThanEqual, cst.GreaterThanEqual: cst.LessThanEqual,
}  # fmt: skip
"""What a comparison becomes when its sides change places; no other is asked."""


class IntersectionForTruth(Codemod):
    """`isdisjoint` stops at the first common item and builds nothing."""

    DESCRIPTION = "Use isdisjoint instead of the truth of an intersection."
    HINT = re.compile(r"&|\.\s*intersection\s*\(")
    SIGNS = frozenset({"set &", ".intersection()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`a & b` or `a.intersection(b)` of a known set, as a condition, in `bool(...)`, or its length against zero."""
        for node in [*tree.nodes(cst.BinaryOperation), *tree.nodes(cst.Call)]:
            operands = _operands(node)
            if operands is None or tree.has_comment(node):
                continue
            function = function_around(tree, node)
            found = _place(tree, node)
            if function is None or found is None:
                continue
            place, template = _without_not(tree, *found)
            level = _level(tree, function, node, *operands)
            if level is not None:
                yield Edit(function, *level, {place: partial(_asked, template=template)})


def _operands(node: cst.CSTNode) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    match node:
        case cst.BinaryOperation(operator=cst.BitAnd(), left=left, right=right):
            return left, right
        case cst.Call(func=cst.Attribute(value=left, attr=cst.Name(value="intersection")), args=[arg]):
            return (left, arg.value) if arg.keyword is None and not arg.star else None
    return None


def _place(tree: Tree, node: cst.CSTNode) -> tuple[cst.BaseExpression, str] | None:
    """What is to be replaced, the intersection with what asks for its truth or length, and what comes there."""
    if is_length(tree, node):
        call = cst.ensure_type(tree.parents[tree.parents[node]], cst.Call)
        return _compared(tree, call) or _truth(tree, call)
    return _truth(tree, node)


def _truth(tree: Tree, node: cst.CSTNode) -> tuple[cst.BaseExpression, str] | None:
    if is_truth_test(tree, node):
        assert isinstance(node, cst.BaseExpression)
        return node, COMMON
    call = tree.parents[tree.parents[node]]
    return (call, COMMON) if isinstance(call, cst.Call) and builtin_call(tree, call, "bool") is node else None


def _without_not(tree: Tree, place: cst.BaseExpression, template: str) -> tuple[cst.BaseExpression, str]:
    parent = tree.parents[place]
    if isinstance(parent, cst.UnaryOperation) and isinstance(parent.operator, cst.Not):
        return _without_not(tree, parent, COMMON if template == DISJOINT else DISJOINT)
    return place, template


def _compared(tree: Tree, call: cst.Call) -> tuple[cst.BaseExpression, str] | None:
    """The comparison of a length that only asks whether there is anything."""
    around = tree.parents[call]
    comparison = tree.parents[around] if isinstance(around, cst.ComparisonTarget) else around
    match comparison:
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator=operator, comparator=right)]):
            kind, number = (type(operator), right) if left is call else (TURNED.get(type(operator)), left)
        case _:
            return None
    asked = (kind, number.value) if isinstance(number, cst.Integer) else None
    if asked in NONE:
        return comparison, DISJOINT
    return (comparison, COMMON) if asked in SOME else None


def _level(
    tree: Tree, function: Function, node: cst.CSTNode, left: cst.BaseExpression, right: cst.BaseExpression
) -> Level | None:
    kinds = [exact_type(tree, function, left) in SETS, exact_type(tree, function, right) in SETS]
    if all(kinds):
        return "safe", "both are certainly sets"
    if kinds[0] and isinstance(node, cst.Call):
        return "unsafe", "what is behind the first common item is no longer looked at"
    return ("unsafe", "the other operand must be a set or the keys of a dictionary") if any(kinds) else None


def _asked(node: cst.CSTNode, template: str) -> cst.CSTNode:
    left, right = _inside(node)
    bare = right if isinstance(right, cst.Tuple) else right.with_changes(lpar=[], rpar=[])
    return filled(template, node, left=left, right=bare)


def _inside(node: cst.CSTNode) -> tuple[cst.BaseExpression, cst.BaseExpression]:
    """The operands of the intersection in `not ...`, `bool(...)`, `len(...)` or a comparison."""
    operands = _operands(node)
    if operands is not None:
        return operands
    match node:
        case cst.UnaryOperation(expression=inner) | cst.Call(args=[cst.Arg(value=inner)]):
            return _inside(inner)
        case cst.Comparison(left=cst.Integer(), comparisons=[cst.ComparisonTarget(comparator=inner)]):
            return _inside(inner)
    return _inside(cst.ensure_type(node, cst.Comparison).left)
