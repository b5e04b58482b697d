"""Intersects the keys of a dictionary without copying them: `set(table) & names` becomes `table.keys() & names`.

Its card is `rules/keys_copied_to_intersect.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import libcst as cst

from codemods._base import Change, Codemod, Edit, Level
from codemods._build import filled
from codemods._flow import has_effects
from codemods._match import builtin_call, function_around, is_length, is_truth_test, membership, one_argument
from codemods._tree import Function, Tree
from codemods._types import exact_type

SETS = frozenset({"set", "frozenset"})


class KeysCopiedToIntersect(Codemod):
    """The copy walks over the whole dictionary; its keys are a set already, and the smaller side is walked."""

    DESCRIPTION = "Intersect the keys of a dictionary themselves, not a copy of them."
    HINT = re.compile(r"\bset\s*\(")
    SIGNS = frozenset({"set() &"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`set(table.keys()) & other` and `set(table) & other` of a dictionary of the function, or `intersection`."""
        for node in tree.nodes(cst.BinaryOperation):
            function = function_around(tree, node)
            if function is None or not isinstance(node.operator, cst.BitAnd) or tree.has_comment(node):
                continue
            for copy, other in ((node.left, node.right), (node.right, node.left)):
                source = builtin_call(tree, copy, "set")
                # A frozenset on the left would make the result one; the keys of a dictionary on its right do not.
                kinds = SETS if copy is node.left else {"set"}
                if source is None or exact_type(tree, function, other) not in kinds:
                    continue
                found = _keys(tree, function, source, node)
                if found is not None:
                    change, level = found
                    yield Edit(function, *level, {copy: change})
                    break
        for call in tree.nodes(cst.Call):
            edit = _edit_of_method(tree, call)
            if edit is not None:
                yield edit


def _edit_of_method(tree: Tree, call: cst.Call) -> Edit | None:
    """`set(table).intersection(other)` walks over the table twice; `table.keys() & other` over the other alone."""
    function, other = function_around(tree, call), one_argument(call)
    match call.func:
        case cst.Attribute(value=copy, attr=cst.Name(value="intersection")):
            source = builtin_call(tree, copy, "set")
        case _:
            return None
    if function is None or source is None or other is None or has_effects(other) or tree.has_comment(call):
        return None
    found = _keys(tree, function, source, call)
    if found is None:
        return None
    change, level = found
    if level[0] == "safe" and exact_type(tree, function, other) is None:
        level = "unsafe", "the other operand may be an iterator, of which more is used up then"
    is_argument = isinstance(tree.parents[call], cst.Arg | cst.Assign | cst.Return)
    return Edit(function, *level, {copy: change, call: partial(_to_operator, is_argument)})


def _keys(
    tree: Tree, function: Function, source: cst.BaseExpression, result: cst.CSTNode
) -> tuple[Change, Level] | None:
    match source:
        case cst.Call(func=cst.Attribute(value=table, attr=cst.Name(value="keys")), args=[]):
            return _to_argument, _level(tree, function, table, result)
    if exact_type(tree, function, source) == "dict" and isinstance(source, cst.Name):
        return _to_keys, _level(tree, function, source, result)
    return None


def _level(tree: Tree, function: Function, table: cst.BaseExpression, result: cst.CSTNode) -> Level:
    if exact_type(tree, function, table) != "dict":
        return "unsafe", "the keys must be those of a dictionary"
    if is_truth_test(tree, result) or is_length(tree, result) or membership(tree, result) is not None:
        return "safe", "the keys are those of a dictionary, and nobody sees the order of the result"
    return "unsafe", "the result may have another order, and of equal keys the other one"


def _to_operator(is_argument: bool, node: cst.CSTNode) -> cst.CSTNode:
    call = cst.ensure_type(node, cst.Call)
    keys = cst.ensure_type(call.func, cst.Attribute).value
    new = filled("{keys} & {other}", node, keys=keys, other=call.args[0].value)
    return new if new.lpar or is_argument else new.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _to_argument(node: cst.CSTNode) -> cst.CSTNode:
    return cst.ensure_type(node, cst.Call).args[0].value


def _to_keys(node: cst.CSTNode) -> cst.CSTNode:
    return filled("{table}.keys()", node, table=cst.ensure_type(node, cst.Call).args[0].value)
