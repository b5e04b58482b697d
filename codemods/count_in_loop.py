"""Counts everything once where a loop calls `items.count(item)` in each turn.

Its card is `rules/count_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import Names, filled
from codemods._flow import is_inside, steady_loop
from codemods._imports import imported
from codemods._match import builtin_call, function_around, method_call, one_argument
from codemods._tree import Function, Tree
from codemods._types import declared_type, is_unhashable


class CountInLoop(Codemod):
    """`count` walks the whole list for each question; a Counter answers all after one walk."""

    DESCRIPTION = "Count once with collections.Counter instead of calling count in a loop."
    HINT = re.compile(r"\.\s*count\s*\(")
    SIGNS = frozenset({"steady .count()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`items.count(item)` in a loop that leaves items alone: of a known list, or of what the loop runs over."""
        free = Names(tree)
        for call in tree.nodes(cst.Call):
            match call.func:
                case cst.Attribute(value=cst.Name() as receiver, attr=cst.Name(value="count")):
                    probe = one_argument(call)
                case _:
                    continue
            function = function_around(tree, call)
            if function is None or probe is None or function.opaque or is_unhashable(tree, function, probe):
                continue
            if not _counts_items(tree, function, receiver, probe) or method_call(tree, receiver, "count") is None:
                continue
            place = steady_loop(tree, function, call, {receiver.value}, receiver)
            found = imported(tree, "collections", "Counter", call)
            if place is None or found is None or tree.has_comment(call):
                continue
            counter, insertions = found
            name = free.local(function, "counts", f"{receiver.value}_counts")
            before = {place: f"{name} = {counter}({receiver.value})"}
            changes: dict[cst.CSTNode, Change] = {call: _Use(name)}
            reason = "all items must be hashable, with == and hash that agree"
            yield Edit(function, "unsafe", reason, changes, before=before, insertions=insertions)


class _Use:
    """The change from `items.count(item)` to `counts[item]`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        call = cst.ensure_type(node, cst.Call)
        return filled(f"{self.name}[{{item}}]", node, item=call.args[0].value)


def _counts_items(tree: Tree, function: Function, receiver: cst.Name, probe: cst.BaseExpression) -> bool:
    """Does `count` count items, and not parts of a text?"""
    if declared_type(tree, function, receiver) in {"list", "tuple"}:
        return True
    if not isinstance(probe, cst.Name):
        return False
    loops: list[cst.For | cst.CompFor] = [*tree.nodes(cst.For), *tree.nodes(cst.CompFor)]
    for loop in loops:
        if not isinstance(loop.target, cst.Name) or loop.target.value != probe.value:
            continue
        source = builtin_call(tree, loop.iter, "set", "sorted", "list") or loop.iter
        if isinstance(source, cst.Name) and source.value == receiver.value and is_inside(tree, loop, function.node):
            return sum(not tree.is_load(item) for item in function.variables[probe.value]) == 1
    return False
