"""Looks positions up in a dictionary where a loop or a sort key calls `items.index(item)`.

Its card is `rules/index_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import Names, filled
from codemods._flow import anchor, is_bound_in, steady_loop
from codemods._match import SCOPES, crosses_scope, function_around, one_argument, within
from codemods._tree import Function, Tree
from codemods._types import declared_type, is_unhashable


class IndexInLoop(Codemod):
    """`index` walks the list up to the item, each time."""

    DESCRIPTION = "Look positions up in a dictionary instead of calling index in a loop or as a sort key."
    HINT = re.compile(r"\.\s*index\b")
    SIGNS = frozenset({"loop .index()", "key .index"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`items.index(item)` in a loop that leaves the list alone, and `key=items.index`."""
        free = Names(tree)
        for attribute in tree.nodes(cst.Attribute):
            receiver = attribute.value
            function = function_around(tree, attribute)
            root = _root(receiver)
            if attribute.attr.value != "index" or root is None or function is None:
                continue
            node = _asked(tree, function, attribute)
            place = None if node is None else _place(tree, function, node, receiver, root)
            if node is None or place is None or function.opaque or tree.has_comment(node):
                continue
            if within(tree, node, lambda item: isinstance(item, cst.Try | cst.TryStar), function.node):
                continue
            if not all(tree.is_builtin(name, node) for name in ("reversed", "enumerate")):
                continue
            code = tree.code(receiver)
            name = free.local(function, "positions", f"{code.replace('.', '_')}_positions")
            text = f"{name} = {{item: i for i, item in reversed([*enumerate({code})])}}"
            changes: dict[cst.CSTNode, Change] = {node: _Use(name)}
            reason = "it must be a list of hashable items, and a missing one raises KeyError instead of ValueError"
            yield Edit(function, "unsafe", reason, changes, before={place: text})


class _Use:
    """The change from `items.index(item)` to `positions[item]`, or from a key to the dictionary's own."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        if isinstance(node, cst.Call):
            return filled(f"{self.name}[{{item}}]", node, item=node.args[0].value)
        return filled(f"{self.name}.__getitem__", node)


def _asked(tree: Tree, function: Function, attribute: cst.Attribute) -> cst.BaseExpression | None:
    """The call of `index`, or the attribute itself where it is the key of a sort."""
    parent = tree.parents[attribute]
    if isinstance(parent, cst.Call) and parent.func is attribute:
        probe = one_argument(parent)
        if probe is None or is_unhashable(tree, function, probe):
            return None
        kind = declared_type(tree, function, attribute.value)
        is_perhaps = isinstance(attribute.value, cst.Attribute) and _is_item_of_loop(tree, parent, probe)
        is_sequence = kind in {"list", "tuple"} or is_perhaps
        return parent if is_sequence else None
    if not isinstance(parent, cst.Arg) or parent.keyword is None or parent.keyword.value != "key":
        return None
    match tree.parents[parent]:
        case cst.Call(func=cst.Name(value="sorted")) | cst.Call(func=cst.Attribute(attr=cst.Name(value="sort"))):
            return attribute
    return None


def _root(node: cst.BaseExpression) -> cst.Name | None:
    """The variable of `items` or `self.items`."""
    if isinstance(node, cst.Attribute):
        node = node.value
    return node if isinstance(node, cst.Name) else None


def _is_item_of_loop(tree: Tree, call: cst.Call, probe: cst.BaseExpression) -> bool:
    """Is it asked for the variable of the loop right around it, so perhaps for all of another collection?"""
    for parent in tree.ancestors(call):
        if isinstance(parent, cst.ListComp | cst.SetComp | cst.GeneratorExp):
            return probe.deep_equals(parent.for_in.target)
        if isinstance(parent, cst.For):
            return probe.deep_equals(parent.target)
    return False


def _place(
    tree: Tree, function: Function, node: cst.BaseExpression, receiver: cst.BaseExpression, root: cst.Name
) -> cst.CSTNode | None:
    """The statement before which the positions can be noted."""
    loop = steady_loop(tree, function, node, {root.value}, receiver)
    if isinstance(node, cst.Call) or loop is not None:
        return loop
    line = anchor(tree, node)
    if not isinstance(line, cst.SimpleStatementLine) or crosses_scope(tree, node, function, SCOPES):
        return None
    return None if is_bound_in(tree, function, {root.value}, line) else line
