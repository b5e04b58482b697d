"""Rewrites a local list that is only asked `in`, in a loop, to a set.

Its card is `rules/list_membership_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import filled
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

SHORTEST = 4
"""Elements of a list that is written out, built before the loop, and never grows."""
SPLITS = frozenset({"split", "rsplit", "splitlines"})
"""Methods that give a new list."""
UNKNOWN: list[cst.BaseExpression] = [cst.Call(cst.Name("iter"))]
"""Stands for elements of which nothing is known."""


class ListMembershipInLoop(Codemod):
    """A list that is only searched and appended to is a set."""

    DESCRIPTION = "Use a set for a local list that a loop only searches."
    HINT = re.compile(r"=\s*\(*(?:\[|list\b)|\.\s*(?:r?split|splitlines)\s*\(")
    SIGNS = frozenset({"loop in list"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A local list of which every use is `in`, `not in`, or a statement that appends or extends."""
        for function, _, assign, names in candidates(tree):
            edit = _edit(tree, function, assign, names)
            if edit is not None:
                yield edit


def _edit(tree: Tree, function: Function, assign: cst.Assign, names: list[cst.Name]) -> Edit | None:
    elements = _elements(tree, assign.value)
    if elements is None or any(crosses_scope(tree, name, function, SCOPES) for name in names):
        return None
    tested = [name for name in names if membership(tree, name) is not None]
    growths = [_growth(tree, name) for name in names if name not in tested]
    around = set(enclosing_loops(tree, assign, function.node))
    if None in growths or not any(set(enclosing_loops(tree, name, function.node)) - around for name in tested):
        return None
    if _stays_short(assign.value) and not growths:
        return None
    grown = [item for item in growths if item is not None]
    probes = [probe for name in tested if (probe := membership(tree, name)) is not None]
    values = [*elements, *probes, *(value for item in grown for value in item.values)]
    if any(is_unhashable(tree, function, value) for value in values):
        return None
    changes: dict[cst.CSTNode, Change] = {assign.value: _to_set, **{item.node: item.change for item in grown}}
    if all(is_hashable(tree, function, value) for value in values):
        return Edit(function, "safe", "every element and every probe is a plain hashable value", changes)
    if any(within(tree, name, lambda node: isinstance(node, cst.Try | cst.TryStar), function.node) for name in names):
        return None
    return Edit(function, "unsafe", "elements and probes must be hashable, with == and hash that agree", changes)


@dataclass(frozen=True, slots=True)
class _Growth:
    """A place where the list grows: what to change there, and expressions that stand for the new elements."""

    node: cst.CSTNode
    change: Change
    values: list[cst.BaseExpression]


def _growth(tree: Tree, name: cst.Name) -> _Growth | None:
    """`append`, `extend` or `+=`, as a statement of its own."""
    parent = tree.parents[name]
    if isinstance(parent, cst.AugAssign) and parent.target is name and isinstance(parent.operator, cst.AddAssign):
        items = _elements(tree, parent.value)
        return None if tree.has_comment(parent) else _Growth(parent, _to_update, UNKNOWN if items is None else items)
    call = method_call(tree, name, "append", "extend")
    argument = one_argument(call) if call is not None else None
    if call is None or argument is None or not isinstance(tree.parents[call], cst.Expr):
        return None
    attribute = cst.ensure_type(call.func, cst.Attribute).attr
    if attribute.value == "append":
        return _Growth(attribute, _to_add, [argument])
    items = _elements(tree, argument)
    return _Growth(attribute, _to_update_method, UNKNOWN if items is None else items)


def _elements(tree: Tree, value: cst.BaseExpression) -> list[cst.BaseExpression] | None:
    """Expressions that stand for the elements (a starred one or an unknown iterable for itself)."""
    if isinstance(value, cst.List):
        if not value.elements and not tree.is_builtin("set", value):
            return None
        return [item.value if isinstance(item, cst.Element) else UNKNOWN[0] for item in value.elements]
    if isinstance(value, cst.ListComp):
        return [value.elt]
    if not isinstance(value, cst.Call) or not tree.is_builtin("set", value):
        return None
    if _is_split(value):
        return UNKNOWN
    argument = builtin_call(tree, value, "list")
    if argument is None:
        return None
    return [] if builtin_call(tree, argument, "range") is not None else UNKNOWN


def _is_split(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and call.func.attr.value in SPLITS


def _stays_short(value: cst.BaseExpression) -> bool:
    if not isinstance(value, cst.List) or len(value.elements) >= SHORTEST:
        return False
    return all(isinstance(item, cst.Element) for item in value.elements)


def _to_set(node: cst.CSTNode) -> cst.CSTNode:
    if isinstance(node, cst.Call) and _is_split(node):
        return filled("set({words})", node, words=node.with_changes(lpar=[], rpar=[]))
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


def _to_update_method(node: cst.CSTNode) -> cst.CSTNode:
    return node.with_changes(value="update")


def _to_update(node: cst.CSTNode) -> cst.CSTNode:
    step = cst.ensure_type(node, cst.AugAssign)
    name = cst.ensure_type(step.target, cst.Name)
    return cst.Expr(filled("{name}.update({items})", name, name=name, items=step.value), semicolon=step.semicolon)
