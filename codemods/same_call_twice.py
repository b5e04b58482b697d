"""Keeps the result of a call that a condition makes and the line below it makes again.

Its card is `rules/same_call_twice.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit, Level
from codemods._build import Names
from codemods._flow import (
    READING_METHODS,
    below,
    has_effects,
    holds_plain,
    is_bound_in,
    is_inside,
    is_private,
    names_in,
    only_reads,
)
from codemods._match import COMPREHENSIONS, function_around, within
from codemods._tree import Function, Tree
from codemods._types import HASHABLE, exact_type, is_constant_value

PURE = READING_METHODS - {"copy", "items", "keys", "values", "format", "union", "intersection", "difference"}
TEXT = frozenset({"str", "bytes"})


class SameCallTwice(Codemod):
    """What was just computed need not be computed again."""

    DESCRIPTION = "Keep the result of a call instead of repeating it."
    HINT = re.compile(r"\bif\b[^\n]*\.\s*(?:" + "|".join(sorted(PURE)) + r")\s*\(")
    SIGNS = frozenset({"if call again"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`if call:` or `if call is not None:`, whose first line makes the same call, with the same variables."""
        free = Names(tree)
        for branch in [*tree.nodes(cst.If), *tree.nodes(cst.IfExp)]:
            function = function_around(tree, branch)
            assert isinstance(branch, cst.If | cst.IfExp)
            first = _call_of(branch.test)
            if function is None or first is None or function.opaque or not _is_pure(first) or tree.has_comment(first):
                continue
            if within(tree, branch, lambda node: isinstance(node, COMPREHENSIONS), function.node):
                continue
            part = _first_part(branch)
            again = [] if part is None else [item for item in below(part) if first.deep_equals(item)]
            names = {name.value for name in names_in(tree, first)}
            if part is None or len(again) != 1 or is_bound_in(tree, function, names, branch):
                continue
            if _is_deferred(tree, again[0], branch) or not _leaves_alone(tree, part, names, again[0]):
                continue
            _, method = _parts(first)
            name = free.local(function, f"{method}_result", "found")
            is_whole = isinstance(branch, cst.If) and first is branch.test
            changes: dict[cst.CSTNode, Change] = {first: _Keep(name, is_whole), again[0]: _Use(name)}
            level: Level = "unsafe", "the call must have no effects and give the same again"
            if _is_certain(tree, function, first) and not has_effects(part):
                level = "safe", "nothing has effects, and the call gives the same again"
            yield Edit(function, *level, changes, python=(3, 8))


class _Keep:
    """The change from the call to an assignment of its result in place."""

    def __init__(self, name: str, is_whole: bool) -> None:
        self.name = name
        self.is_whole = is_whole

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.BaseExpression)
        if self.is_whole and not node.lpar:
            return cst.NamedExpr(cst.Name(self.name), node, [], [])
        value = node.with_changes(lpar=[], rpar=[])
        return cst.NamedExpr(cst.Name(self.name), value, [cst.LeftParen()], [cst.RightParen()])


class _Use:
    """The change from the second call to the name of the result."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        call = cst.ensure_type(node, cst.Call)
        return cst.Name(self.name, lpar=call.lpar, rpar=call.rpar)


def _call_of(test: cst.BaseExpression) -> cst.Call | None:
    """The call in `call`, `call is not None` and other comparisons of it with a constant."""
    match test:
        case cst.Call(func=cst.Attribute()):
            return test
        case cst.Comparison(left=cst.Call(func=cst.Attribute()) as call, comparisons=[target]):
            value = target.comparator
            is_constant = isinstance(value, cst.Integer | cst.SimpleString) or (
                isinstance(value, cst.Name) and value.value in {"None", "True", "False"}
            )
            return call if is_constant else None
    return None


def _parts(call: cst.Call) -> tuple[cst.BaseExpression, str]:
    """The receiver and the name of the method."""
    func = cst.ensure_type(call.func, cst.Attribute)
    return func.value, func.attr.value


def _is_pure(call: cst.Call) -> bool:
    receiver, method = _parts(call)
    return isinstance(receiver, cst.Name) and method in PURE and not has_effects(call)


def _is_certain(tree: Tree, function: Function, call: cst.Call) -> bool:
    """Is it a method of a builtin that nobody else changes, whose arguments are plain values, so that no code runs?"""
    receiver, _ = _parts(call)
    kind = exact_type(tree, function, receiver)
    if kind == "dict":
        is_steady = is_private(tree, function, receiver)
    else:  # a list or tuple asks its items whether they are equal
        is_steady = kind in TEXT or (kind in {"list", "tuple"} and holds_plain(tree, function, receiver))
    return is_steady and all(
        not arg.star
        and (
            is_constant_value(arg.value)
            or (isinstance(arg.value, cst.Name) and exact_type(tree, function, arg.value) in HASHABLE)
        )
        for arg in call.args
    )


def _first_part(branch: cst.If | cst.IfExp) -> cst.CSTNode | None:
    """What is evaluated right behind the test."""
    if isinstance(branch, cst.IfExp):
        return branch.body
    if isinstance(branch.body, cst.IndentedBlock) and isinstance(branch.body.body[0], cst.SimpleStatementLine):
        return branch.body.body[0].body[0]
    return None


def _leaves_alone(tree: Tree, part: cst.CSTNode, names: set[str], call: cst.CSTNode) -> bool:
    """Does everything in the part but the call only look at what these variables hold?"""
    places = [name for name in names_in(tree, part) if name.value in names and not is_inside(tree, name, call)]
    return all(only_reads(tree, name) for name in places)


def _is_deferred(tree: Tree, node: cst.CSTNode, branch: cst.CSTNode) -> bool:
    for parent in tree.ancestors(node):
        if parent is branch:
            return False
        if isinstance(parent, cst.Lambda | cst.GeneratorExp | cst.ListComp | cst.SetComp | cst.DictComp):
            return True
    return True
