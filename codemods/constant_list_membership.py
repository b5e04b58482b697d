"""Rewrites `x in ["a", "b", ...]` and the same with a tuple to a set literal, which Python keeps as a constant.

Its card is `rules/constant_list_membership.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit, Level
from codemods._build import to_set
from codemods._match import function_around, membership
from codemods._tree import Function, Tree
from codemods._types import exact_type, is_hashable, is_unhashable

BREAK_EVEN = 4


class ConstantListMembership(Codemod):
    """A list is compared item by item; a set of constants is made once and asked by hash."""

    DESCRIPTION = "Ask a set literal instead of a list or tuple of constants."
    HINT = re.compile(r"\bin\s*[\[(]\s*[-\w\"']")
    SIGNS = frozenset({"in display"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`in` or `not in` of at least four constants, all text, all bytes or all whole numbers."""
        for node in [*tree.nodes(cst.List), *tree.nodes(cst.Tuple)]:
            probe = membership(tree, node)
            function = function_around(tree, node)
            if probe is None or function is None or not _is_constant(tree, function, node):
                continue
            level = _level(tree, function, probe)
            if level is not None:
                yield Edit(function, *level, {node: to_set})


def _is_constant(tree: Tree, function: Function, node: cst.CSTNode) -> bool:
    assert isinstance(node, cst.List | cst.Tuple)
    kinds = {_kind(tree, function, item) for item in node.elements}
    return len(node.elements) >= BREAK_EVEN and len(kinds) == 1 and None not in kinds


def _kind(tree: Tree, function: Function, item: cst.BaseElement) -> str | None:
    if not isinstance(item, cst.Element) or not isinstance(item.value, cst.SimpleString | cst.Integer):
        return None
    return exact_type(tree, function, item.value)


def _level(tree: Tree, function: Function, probe: cst.BaseExpression) -> Level | None:
    if is_unhashable(tree, function, probe):
        return None
    if is_hashable(tree, function, probe):
        return "safe", "the probe is a plain hashable value"
    return "unsafe", "the probe must be hashable, with == and hash that agree"
