"""Asks a collection itself what the code asks a copy of it: `key in list(table)` becomes `key in table`.

Its card is `rules/membership_in_copy.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit, Level
from codemods._flow import holds_plain, is_private
from codemods._match import builtin_call, function_around, membership
from codemods._tree import Function, Tree
from codemods._types import exact_type, is_hashable, is_unhashable

COPIES = ("list", "tuple", "sorted", "set", "frozenset")
SCANNED = frozenset({"list", "tuple", "range"})
HASHED = frozenset({"dict", "set", "frozenset"})


class MembershipInCopy(Codemod):
    """The copy costs a walk over everything, for one question that the original answers."""

    DESCRIPTION = "Ask a collection, not a copy of it, whether it holds an item."
    HINT = re.compile(r"\bin\s+\(*\s*(?:list|tuple|sorted|set|frozenset)\s*\(")
    SIGNS = frozenset({f"in {name}()" for name in COPIES})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`in list(x)` where x is a collection of this function, or keys and values of a dictionary."""
        for call in tree.nodes(cst.Call):
            original = builtin_call(tree, call, *COPIES)
            probe = membership(tree, call)
            function = function_around(tree, call)
            if original is None or probe is None or function is None or tree.has_comment(call):
                continue
            name = cst.ensure_type(call.func, cst.Name).value
            level = _level(tree, function, name, original, probe)
            if level is not None:
                yield Edit(function, *level, {call: _to_original})


def _level(
    tree: Tree, function: Function, copy: str, original: cst.BaseExpression, probe: cst.BaseExpression
) -> Level | None:
    if is_unhashable(tree, function, probe):
        return None
    is_plain = is_hashable(tree, function, probe)
    kind = exact_type(tree, function, original)
    if kind in SCANNED and copy in {"list", "tuple"}:
        if kind == "list" and not is_private(tree, function, original):
            return "unsafe", "nobody else may change the list while it is searched, as another thread or an == can"
        return "safe", f"the {kind} compares with the same items in the same order"
    if copy == "sorted":
        return (
            ("unsafe", "items that cannot be sorted no longer raise") if kind in SCANNED | HASHED and is_plain else None
        )
    if kind in HASHED and is_plain and holds_plain(tree, function, original):
        return "safe", f"probe and items are plain hashable values, and the {kind} holds the same items"
    if kind in HASHED:
        return "unsafe", "probe and items must be hashable, with == and hash that agree"
    view = _view(original)
    if view is None:
        return None
    plain = view.attr.value == "values" or (is_plain and holds_plain(tree, function, view.value))
    certain = plain and exact_type(tree, function, view.value) == "dict" and is_private(tree, function, view.value)
    if certain and copy in {"list", "tuple"}:
        return "safe", "the dictionary's view holds the same items"
    return (
        "unsafe",
        "the view must be a dictionary's that nobody else changes meanwhile, and probe and keys hashable, with == and "
        "hash that agree",
    )


def _view(node: cst.BaseExpression) -> cst.Attribute | None:
    match node:
        case cst.Call(func=cst.Attribute(attr=cst.Name(value="keys" | "values")) as func, args=[]):
            return func
    return None


def _to_original(node: cst.CSTNode) -> cst.CSTNode:
    call = cst.ensure_type(node, cst.Call)
    value = call.args[0].value
    return value.with_changes(lpar=call.lpar, rpar=call.rpar) if call.lpar else value
