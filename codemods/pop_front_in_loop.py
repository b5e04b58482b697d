"""Rewrites a local list that a loop empties from the front to a deque.

Its card is `rules/pop_front_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit, Level
from codemods._imports import imported
from codemods._match import (
    builtin_call,
    candidates,
    crosses_scope,
    enclosing_loops,
    is_length,
    is_truth_test,
    membership,
    method_call,
    one_argument,
)
from codemods._tree import Function, Tree
from codemods._types import exact_type


class PopFrontInLoop(Codemod):
    """`pop(0)` moves every other element; a deque moves none."""

    DESCRIPTION = "Use collections.deque for a local list that a loop pops from the front."
    HINT = re.compile(r"\.\s*pop\s*\(\s*0\s*,?\s*\)")
    SIGNS = frozenset({"loop .pop(0)"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A local list that is only used in ways that a deque shares, and popped from the front in a loop."""
        for function, _, assign, names in candidates(tree):
            edit = _edit(tree, function, assign, names)
            if edit is not None:
                yield edit


def _edit(tree: Tree, function: Function, assign: cst.Assign, names: list[cst.Name]) -> Edit | None:
    if not _grows(tree, assign.value, names) or any(crosses_scope(tree, name, function) for name in names):
        return None
    pops = [call for name in names if (call := _pop_front(tree, name)) is not None]
    around = set(enclosing_loops(tree, assign, function.node))
    if not any(set(enclosing_loops(tree, call, function.node)) - around for call in pops):
        return None
    others = [name for name in names if _pop_front(tree, name) is None]
    if not all(_same_on_deque(tree, name) for name in others):
        return None
    if tree.has_comment(assign.value) or any(tree.has_comment(call) for call in pops):
        return None
    found = imported(tree, "collections", "deque", assign.value)
    if found is None:
        return None
    deque, insertions = found
    changes: dict[cst.CSTNode, Change] = {assign.value: lambda node: _to_deque(node, deque)}
    changes |= dict.fromkeys(pops, _to_popleft)
    return Edit(function, *_level(tree, function, pops, others), changes, insertions=insertions)


def _level(tree: Tree, function: Function, pops: list[cst.Call], others: list[cst.Name]) -> Level:
    if not all(_is_guarded(tree, call) for call in pops) or any(method_call(tree, name, "pop") for name in others):
        return "unsafe", "an IndexError of an empty queue would have another message"
    added = [parent.value for name in others if isinstance(parent := tree.parents[name], cst.AugAssign)]
    if any(exact_type(tree, function, value) is None for value in added):
        return "unsafe", "what is added may be an object that takes over +="
    return "safe", "every use works the same on a deque, and nothing is popped when it is empty"


def _grows(tree: Tree, value: cst.BaseExpression, names: list[cst.Name]) -> bool:
    """Is it a new list, and can it become long? A literal that nobody extends stays short."""
    if isinstance(value, cst.ListComp) or builtin_call(tree, value, "list", "sorted") is not None:
        return True
    if not isinstance(value, cst.List):
        return False
    return any(method_call(tree, name, "append", "extend") or _is_extended(tree, name) for name in names)


def _pop_front(tree: Tree, name: cst.Name) -> cst.Call | None:
    call = method_call(tree, name, "pop")
    argument = one_argument(call) if call is not None else None
    return call if isinstance(argument, cst.Integer) and argument.value == "0" else None


def _same_on_deque(tree: Tree, name: cst.Name) -> bool:
    if is_truth_test(tree, name) or is_length(tree, name) or membership(tree, name) is not None:
        return True
    if _is_extended(tree, name):
        return True
    with_argument = method_call(tree, name, "append", "extend")
    if with_argument is not None:
        return one_argument(with_argument) is not None
    without = method_call(tree, name, "pop", "clear")
    return without is not None and not without.args


def _is_extended(tree: Tree, name: cst.Name) -> bool:
    parent = tree.parents[name]
    return isinstance(parent, cst.AugAssign) and parent.target is name and isinstance(parent.operator, cst.AddAssign)


def _is_guarded(tree: Tree, call: cst.Call) -> bool:
    """Does the call stand in the first line of `while queue:`, so that there is something to pop?"""
    name = cst.ensure_type(cst.ensure_type(call.func, cst.Attribute).value, cst.Name).value
    line = next((node for node in tree.ancestors(call) if isinstance(node, cst.BaseStatement)), None)
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return False
    block = tree.parents[line]
    loop = tree.parents[block]
    if not isinstance(loop, cst.While) or not isinstance(loop.test, cst.Name) or loop.test.value != name:
        return False
    lone = tree.parents[call] is line.body[0]
    return lone and isinstance(block, cst.IndentedBlock) and block.body[0] is line


def _to_deque(node: cst.CSTNode, deque: str) -> cst.CSTNode:
    func = cst.parse_expression(deque)
    if isinstance(node, cst.Call) and cst.ensure_type(node.func, cst.Name).value == "list":
        return node.with_changes(func=func)
    if isinstance(node, cst.List) and not node.elements:
        return cst.Call(func)
    assert isinstance(node, cst.BaseExpression)
    return cst.Call(func, [cst.Arg(node)])


def _to_popleft(node: cst.CSTNode) -> cst.CSTNode:
    call = cst.ensure_type(node, cst.Call)
    func = cst.ensure_type(call.func, cst.Attribute)
    return call.with_changes(func=func.with_changes(attr=func.attr.with_changes(value="popleft")), args=[])
