"""Rewrites sort keys such as `lambda row: row[1]` and `lambda row: row.name` to itemgetter and attrgetter.

Its card is `rules/lambda_item_key.md`.
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

TAKERS = ("sorted", "min", "max")


class LambdaItemKey(Codemod):
    """A getter of `operator` is called once per item without running any Python."""

    DESCRIPTION = "Use operator.itemgetter or attrgetter as the key of a sort."
    HINT = re.compile(r"\bkey\s*=\s*lambda\s+(\w+)\s*:\s*\1\s*[\[.]")
    SIGNS = frozenset({"key lambda"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """The key of `sorted`, `min`, `max` or `.sort` that takes one constant item, or one attribute."""
        for node in tree.nodes(cst.Lambda):
            function = function_around(tree, node)
            getter = _getter(node)
            if function is None or getter is None or not _is_key(tree, node) or tree.has_comment(node):
                continue
            name, argument = getter
            found = imported(tree, "operator", name, node)
            if found is None:
                continue
            written, insertions = found
            change = partial(_to_getter, text=f"{written}({argument})")
            yield Edit(function, *_level(tree, function, node), {node: change}, insertions=insertions)


def _level(tree: Tree, function: Function, node: cst.Lambda) -> Level:
    call = cst.ensure_type(tree.parents[tree.parents[node]], cst.Call)
    if isinstance(call.func, cst.Attribute) and exact_type(tree, function, call.func.value) != "list":
        return "unsafe", "what is sorted must be a list: another object may do more with the key than call it"
    return "safe", "the getter takes the same item or attribute, and fails in the same way"


def _is_key(tree: Tree, node: cst.Lambda) -> bool:
    arg = tree.parents[node]
    call = tree.parents[arg]
    if not isinstance(arg, cst.Arg) or arg.keyword is None or arg.keyword.value != "key":
        return False
    match call:
        case cst.Call(func=cst.Name(value=value) as func) if value in TAKERS:
            return tree.is_builtin(value, func)
        case cst.Call(func=cst.Attribute(attr=cst.Name(value="sort"))):
            return True
    return False


def _getter(node: cst.Lambda) -> tuple[str, str] | None:
    """Which getter does the same, and with what."""
    params = node.params
    if len(params.params) != 1 or params.params[0].default is not None or params.posonly_params or params.kwonly_params:
        return None
    if params.star_kwarg is not None or isinstance(params.star_arg, cst.Param | cst.ParamStar):
        return None
    row = params.params[0].name.value
    match node.body:
        case cst.Attribute(value=cst.Name(value=name), attr=attr) if name == row and not attr.value.startswith("__"):
            return "attrgetter", f'"{attr.value}"'
        case cst.Subscript(value=cst.Name(value=name), slice=[item]) if not isinstance(item.comma, cst.Comma):
            value = item.slice.value if isinstance(item.slice, cst.Index) and not item.slice.star else None
            if name == row and value is not None and _is_constant(value):
                return "itemgetter", cst.Module([]).code_for_node(value)
    return None


def _is_constant(node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        return isinstance(node.expression, cst.Integer)
    return isinstance(node, cst.Integer | cst.SimpleString)


def _to_getter(node: cst.CSTNode, text: str) -> cst.CSTNode:
    return filled(text, node)
