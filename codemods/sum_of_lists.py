"""Rewrites `sum(lists, [])`, and `reduce` that adds, which copy the result for each list, to `list(chain(...))`.

Its card is `rules/sum_of_lists.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import libcst as cst

from codemods._base import Codemod, Edit, Level
from codemods._build import filled
from codemods._imports import imported, is_item
from codemods._match import function_around
from codemods._tree import Function, Tree
from codemods._types import exact_type


class SumOfLists(Codemod):
    """Each `+` makes a new list of everything so far; a chain copies each item once."""

    DESCRIPTION = "Flatten lists with itertools.chain instead of sum."
    HINT = re.compile(r"\b(?:sum|reduce)\s*\(")
    SIGNS = frozenset({"sum([])", "reduce([])", ".reduce([])"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`sum(lists, [])` or `reduce(operator.add, lists, [])` in a function."""
        for call in tree.nodes(cst.Call):
            function = function_around(tree, call)
            lists = _lists(tree, call)
            if function is None or lists is None or tree.has_comment(call):
                continue
            found = imported(tree, "itertools", "chain", call)
            if found is None or not tree.is_builtin("list", call):
                continue
            chain, insertions = found
            template = f"list({chain}.from_iterable({{lists}}))"
            level = _level(tree, function, lists)
            yield Edit(function, *level, {call: partial(_flat, template=template)}, insertions=insertions)


def _lists(tree: Tree, call: cst.Call) -> cst.BaseExpression | None:
    """What is added to an empty list, one after the other; what is written out is short."""
    match call.args:
        case [cst.Arg(value=lists, keyword=None), cst.Arg(value=start, keyword=None | cst.Name(value="start"))]:
            adds = isinstance(call.func, cst.Name) and call.func.value == "sum" and tree.is_builtin("sum", call.func)
        case [
            cst.Arg(value=adder, keyword=None),
            cst.Arg(value=lists, keyword=None),
            cst.Arg(value=start, keyword=None),
        ]:
            adds = is_item(tree, call.func, "functools", "reduce") and _adds(tree, adder)
        case _:
            return None
    if not adds or any(arg.star for arg in call.args) or isinstance(lists, cst.List | cst.Tuple):
        return None
    return lists if isinstance(start, cst.List) and not start.elements else None


def _adds(tree: Tree, node: cst.BaseExpression) -> bool:
    """Is it a function that gives the sum of its two arguments?"""
    match node:
        case cst.Lambda(
            params=cst.Parameters(
                params=[
                    cst.Param(name=cst.Name(value=first), default=None),
                    cst.Param(name=cst.Name(value=second), default=None),
                ],
                star_arg=cst.MaybeSentinel.DEFAULT,
                kwonly_params=[],
                star_kwarg=None,
                posonly_params=[],
            ),
            body=cst.BinaryOperation(left=cst.Name(value=left), operator=cst.Add(), right=cst.Name(value=right)),
        ):
            return (first, second) == (left, right)
    return any(is_item(tree, node, "operator", name) for name in ("add", "concat"))


def _level(tree: Tree, function: Function, lists: cst.BaseExpression) -> Level:
    if _holds_lists(tree, function, lists):
        return "safe", "every item is certainly a list"
    return "unsafe", "an item may be no list, and take over + or be refused by it"


def _holds_lists(tree: Tree, function: Function, node: cst.BaseExpression) -> bool:
    match node:
        case cst.ListComp(elt=item) | cst.GeneratorExp(elt=item):
            return exact_type(tree, function, item) == "list"
    return False


def _flat(node: cst.CSTNode, template: str) -> cst.CSTNode:
    return filled(template, node, lists=cst.ensure_type(node, cst.Call).args[-2].value)
