"""Rewrites a local list that is only asked `in`, in a loop, to a set.

Its card is `rules/list_membership_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._match import (
    SCOPES,
    builtin_call,
    candidates,
    crosses_scope,
    enclosing_loops,
    membership,
    method_call,
    one_argument,
    within,
)
from codemods._tree import Function, Tree
from codemods._types import is_hashable, is_unhashable

BREAK_EVEN = 8


class ListMembershipInLoop(Codemod):
    """A list that is only searched and appended to is a set."""

    DESCRIPTION = "Use a set for a local list that a loop only searches."
    HINT = re.compile(r"=\s*\(*(?:\[|list\b)")
    SIGNS = frozenset({"loop in"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A local list of which every use is `in`, `not in` or a lone `append`."""
        for function, _, assign, names in candidates(tree):
            edit = _edit(tree, function, assign, names)
            if edit is not None:
                yield edit


def _edit(tree: Tree, function: Function, assign: cst.Assign, names: list[cst.Name]) -> Edit | None:
    elements = _elements(tree, assign.value)
    if elements is None or not all(_is_plain(tree, name, function) for name in names):
        return None
    probes = [probe for name in names if (probe := membership(tree, name)) is not None]
    appends = [call for name in names if (call := method_call(tree, name, "append")) is not None]
    added = [value for call in appends if (value := one_argument(call)) is not None]
    loops_of_assign = enclosing_loops(tree, assign, function.node)
    tested = [name for name in names if membership(tree, name) is not None]
    in_loop = any(set(enclosing_loops(tree, name, function.node)) - set(loops_of_assign) for name in tested)
    if len(probes) + len(added) != len(names) or not in_loop:
        return None
    if _stays_short(assign.value) and not added:
        return None
    values = [*elements, *probes, *added]
    if any(is_unhashable(tree, function, value) for value in values):
        return None
    changes: dict[cst.CSTNode, Change] = {assign.value: _to_set}
    changes |= {cst.ensure_type(call.func, cst.Attribute).attr: _to_add for call in appends}
    if all(is_hashable(tree, function, value) for value in values):
        return Edit(function, "safe", "every element and every probe is a plain hashable value", changes)
    if any(within(tree, name, lambda node: isinstance(node, cst.Try | cst.TryStar), function.node) for name in names):
        return None
    return Edit(function, "unsafe", "elements and probes must be hashable, with == and hash that agree", changes)


def _elements(tree: Tree, value: cst.BaseExpression) -> list[cst.BaseExpression] | None:
    """Expressions that stand for the elements (a starred one or an unknown iterable for itself)."""
    if isinstance(value, cst.List):
        if not value.elements and not tree.is_builtin("set", value):
            return None
        return [item.value if isinstance(item, cst.Element) else cst.Call(cst.Name("iter")) for item in value.elements]
    if isinstance(value, cst.ListComp):
        return [value.elt]
    if not isinstance(value, cst.Call) or not tree.is_builtin("set", value):
        return None
    argument = builtin_call(tree, value, "list")
    if argument is None:
        return None
    return [] if builtin_call(tree, argument, "range") is not None else [cst.Call(cst.Name("iter"))]


def _stays_short(value: cst.BaseExpression) -> bool:
    if not isinstance(value, cst.List) or len(value.elements) >= BREAK_EVEN:
        return False
    return all(isinstance(item, cst.Element) for item in value.elements)


def _is_plain(tree: Tree, name: cst.Name, function: Function) -> bool:
    if crosses_scope(tree, name, function, SCOPES):
        return False
    call = method_call(tree, name, "append")
    if call is not None:
        return isinstance(tree.parents[call], cst.Expr) and one_argument(call) is not None
    return membership(tree, name) is not None


def _to_set(node: cst.CSTNode) -> cst.CSTNode:
    if isinstance(node, cst.Call):
        return node.with_changes(func=cst.ensure_type(node.func, cst.Name).with_changes(value="set"))
    if isinstance(node, cst.ListComp):
        return cst.SetComp(node.elt, node.for_in, *_braces(node), lpar=node.lpar, rpar=node.rpar)
    literal = cst.ensure_type(node, cst.List)
    if not literal.elements:
        return cst.Call(cst.Name("set"), lpar=literal.lpar, rpar=literal.rpar)
    return cst.Set(literal.elements, *_braces(literal), lpar=literal.lpar, rpar=literal.rpar)


def _braces(node: cst.List | cst.ListComp) -> tuple[cst.LeftCurlyBrace, cst.RightCurlyBrace]:
    left = cst.LeftCurlyBrace(whitespace_after=node.lbracket.whitespace_after)
    return left, cst.RightCurlyBrace(whitespace_before=node.rbracket.whitespace_before)


def _to_add(node: cst.CSTNode) -> cst.CSTNode:
    return node.with_changes(value="add")
