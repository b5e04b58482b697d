"""Stops `split` after the part that is used: `text.split(",")[0]` becomes `text.split(",", maxsplit=1)[0]`.

Its card is `rules/split_for_first.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit, Level
from codemods._match import function_around, one_argument
from codemods._tree import Function, Tree
from codemods._types import exact_type


class SplitForFirst(Codemod):
    """Without a limit all of the text is cut into parts, of which one is used."""

    DESCRIPTION = "Stop splitting after the first part if that is all that is used."
    HINT = re.compile(r"\.\s*r?split\s*\([^()\n]*\)\s*\[\s*-?\s*[01]\s*\]")
    SIGNS = frozenset({".split()[]", ".rsplit()[]"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`split(separator)[0]` and `rsplit(separator)[-1]`, and `split(separator)[-1]`, of constant separators."""
        for subscript in tree.nodes(cst.Subscript):
            call = subscript.value
            index = _index(tree, subscript)
            function = function_around(tree, subscript)
            if function is None or index not in {"0", "-1"} or not isinstance(call, cst.Call):
                continue
            match call.func:
                case cst.Attribute(value=receiver, attr=cst.Name(value="split" | "rsplit")):
                    level = _level(tree, function, receiver, call)
                case _:
                    continue
            if level is not None and not tree.has_comment(call):
                yield Edit(function, *level, {call: _to_first if index == "0" else _to_last})


def _index(tree: Tree, node: cst.Subscript) -> str:
    if len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
        return ""
    return tree.code(node.slice[0].slice).replace(" ", "")


def _level(tree: Tree, function: Function, receiver: cst.BaseExpression, call: cst.Call) -> Level | None:
    """Only a separator that is written out splits at the same places from either end, when it is one character."""
    separator = one_argument(call)
    if not isinstance(separator, cst.SimpleString) or len(separator.evaluated_value) != 1:
        return None
    if _is_imported(tree, receiver):
        return None
    kind = exact_type(tree, function, receiver)
    if kind is not None and kind == exact_type(tree, function, separator):
        return "safe", f"the receiver is certainly {kind}"
    return "unsafe", "the receiver must be text or bytes"


def _is_imported(tree: Tree, node: cst.BaseExpression) -> bool:
    """Is it a module, perhaps, of which `split` is a function?"""
    while isinstance(node, cst.Attribute):
        node = node.value
    places = tree.binders(node.value) if isinstance(node, cst.Name) else []
    return any(isinstance(tree.parents[item], cst.ImportAlias | cst.AsName | cst.Attribute) for item in places)


def _to_first(node: cst.CSTNode) -> cst.CSTNode:
    return _limited(cst.ensure_type(node, cst.Call), "split")


def _to_last(node: cst.CSTNode) -> cst.CSTNode:
    return _limited(cst.ensure_type(node, cst.Call), "rsplit")


def _limited(call: cst.Call, method: str) -> cst.Call:
    func = cst.ensure_type(call.func, cst.Attribute)
    separator = call.args[0].with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
    plain = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    limit = cst.Arg(cst.Integer("1"), keyword=cst.Name("maxsplit"), equal=plain)
    return call.with_changes(func=func.with_changes(attr=cst.Name(method)), args=[separator, limit])
