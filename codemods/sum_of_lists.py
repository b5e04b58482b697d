"""Rewrites `sum(lists, [])`, which copies the result for each list, to `list(chain.from_iterable(lists))`.

Its card is `rules/sum_of_lists.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import libcst as cst

from codemods._base import Codemod, Edit, Level
from codemods._build import filled
from codemods._imports import imported
from codemods._match import function_around
from codemods._tree import Function, Tree
from codemods._types import exact_type


class SumOfLists(Codemod):
    """Each `+` makes a new list of everything so far; a chain copies each item once."""

    DESCRIPTION = "Flatten lists with itertools.chain instead of sum."
    HINT = re.compile(r"\bsum\s*\(")
    SIGNS = frozenset({"sum()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`sum(lists, [])` in a function."""
        for call in tree.nodes(cst.Call):
            function = function_around(tree, call)
            if function is None or not _is_sum(tree, call) or tree.has_comment(call):
                continue
            found = imported(tree, "itertools", "chain", call)
            if found is None or not tree.is_builtin("list", call):
                continue
            chain, insertions = found
            template = f"list({chain}.from_iterable({{lists}}))"
            level = _level(tree, function, call.args[0].value)
            yield Edit(function, *level, {call: partial(_flat, template=template)}, insertions=insertions)


def _is_sum(tree: Tree, call: cst.Call) -> bool:
    if not isinstance(call.func, cst.Name) or call.func.value != "sum" or len(call.args) != 2:
        return False
    first, second = call.args
    if first.star or second.star or first.keyword is not None:
        return False
    if isinstance(first.value, cst.List | cst.Tuple):  # written out, so it is short
        return False
    if second.keyword is not None and second.keyword.value != "start":
        return False
    return isinstance(second.value, cst.List) and not second.value.elements and tree.is_builtin("sum", call.func)


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
    return filled(template, node, lists=cst.ensure_type(node, cst.Call).args[0].value)
