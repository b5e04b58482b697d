"""Puts a set beside a local list that a loop appends to after asking whether the item is in it already.

Its card is `rules/seen_list_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit, Level
from codemods._build import Names
from codemods._flow import anchor
from codemods._match import (
    Accumulation,
    accumulation,
    candidates,
    is_length,
    is_truth_test,
    membership,
    method_call,
    one_argument,
    within,
)
from codemods._tree import Function, Tree
from codemods._types import exact_type, is_constant_value, is_hashable, is_unhashable


class SeenListInLoop(Codemod):
    """A list keeps the order, a set beside it answers `in`."""

    DESCRIPTION = "Ask a set beside a local list whether an item is in it."
    HINT = re.compile(r"\.\s*append\s*\(")
    SIGNS = frozenset({"loop in empty list"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A local list that starts empty, that loops search and append to, and that is used later."""
        free = Names(tree)
        for function, name, assign, names in candidates(tree):
            if not isinstance(assign.value, cst.List) or assign.value.elements or not tree.is_builtin("set", assign):
                continue
            found = accumulation(tree, function, assign, names, lambda item: _appended(tree, item) is not None)
            if found is None or not found.after or not _is_searched(tree, found):
                continue
            level = _level(tree, function, found)
            if level is not None:
                yield _edit(tree, function, assign, found, level, free.local(function, "seen", f"{name}_seen"))


def _edit(tree: Tree, function: Function, assign: cst.Assign, found: Accumulation, level: Level, seen: str) -> Edit:
    after = {tree.parents[assign]: f"{seen} = set()"}
    changes: dict[cst.CSTNode, Change] = {}
    for item in found.inside:
        added = _appended(tree, item)
        if added is not None:
            after[tree.parents[tree.parents[tree.parents[tree.parents[item]]]]] = f"{seen}.add({tree.code(added)})"
        elif membership(tree, item) is not None:
            changes[item] = lambda node: node.with_changes(value=seen)
    return Edit(function, *level, changes, after)


def _is_searched(tree: Tree, found: Accumulation) -> bool:
    """Is the list searched, and only searched, measured and appended to, while it grows?"""
    fits = [
        _appended(tree, item) is not None
        or membership(tree, item) is not None
        or is_length(tree, item)
        or is_truth_test(tree, item)
        for item in found.inside
    ]
    return all(fits) and any(membership(tree, item) is not None for item in found.inside)


def _appended(tree: Tree, name: cst.Name) -> cst.BaseExpression | None:
    """What `name.append(item)`, a statement on a line of its own, adds, if it can be read again."""
    call = method_call(tree, name, "append")
    added = one_argument(call) if call is not None else None
    if call is None or added is None or not _is_read_again(added) or not isinstance(tree.parents[call], cst.Expr):
        return None
    line = tree.parents[tree.parents[call]]
    return (
        added if anchor(tree, call) is line and len(cst.ensure_type(line, cst.SimpleStatementLine).body) == 1 else None
    )


def _is_read_again(node: cst.BaseExpression) -> bool:
    """Is it a variable, or an attribute or constant index of one?"""
    match node:
        case cst.Attribute(value=value):
            return _is_read_again(value)
        case cst.Subscript(value=value, slice=[cst.SubscriptElement(slice=cst.Index(value=index))]):
            return is_constant_value(index) and _is_read_again(value)
    return isinstance(node, cst.Name)


def _level(tree: Tree, function: Function, found: Accumulation) -> Level | None:
    values: list[cst.BaseExpression] = [value for item in found.inside if (value := membership(tree, item)) is not None]
    values += [value for item in found.inside if (value := _appended(tree, item)) is not None]
    if any(is_unhashable(tree, function, value) or exact_type(tree, function, value) == "list" for value in values):
        return None
    if all(is_hashable(tree, function, value) for value in values):
        return "safe", "every item is a plain hashable value"
    if within(tree, found.grower, lambda node: isinstance(node, cst.Try | cst.TryStar), function.node):
        return None
    return "unsafe", "items must be hashable, with == and hash that agree"
