"""Ends a loop that only sets a flag as soon as the flag is set.

Its card is `rules/flag_loop_without_break.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit, Level
from codemods._flow import has_effects, is_inside
from codemods._match import function_around
from codemods._tree import Function, Tree
from codemods._types import exact_type

PLAIN = frozenset({"list", "tuple", "str", "bytes", "range", "set", "frozenset", "dict"})
COMPARABLE = frozenset({"int", "str", "bytes", "bool", "NoneType"})


class FlagLoopWithoutBreak(Codemod):
    """Once the flag is set, nothing in the rest of the loop can change the result."""

    DESCRIPTION = "Leave a loop that only sets a flag once the flag is set."
    HINT = re.compile(r"=\s*(?:True|False)\b")
    SIGNS = frozenset({"if flag"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A `for` of which the whole body is `if condition: flag = True`, with a condition that has no effects."""
        for loop in tree.nodes(cst.For):
            function = function_around(tree, loop)
            test = _test(loop)
            if function is None or test is None or function.opaque or not _leaves_nothing(tree, function, loop):
                continue
            body = cst.ensure_type(cst.ensure_type(loop.body, cst.IndentedBlock).body[0], cst.If)
            line = cst.ensure_type(body.body, cst.IndentedBlock).body[0]
            yield Edit(function, *_level(tree, function, loop, test), {}, {line: "break"})


def _test(loop: cst.For) -> cst.BaseExpression | None:
    """The condition, when the loop is nothing but `if condition: flag = True`."""
    match loop:
        case cst.For(asynchronous=None, orelse=None, body=cst.IndentedBlock(body=[cst.If(orelse=None) as branch])):
            pass
        case _:
            return None
    match branch.body:
        case cst.IndentedBlock(body=[cst.SimpleStatementLine(body=[cst.Assign(targets=[target], value=value)])]):
            is_flag = isinstance(value, cst.Name) and value.value in {"True", "False"}
            if is_flag and isinstance(target.target, cst.Name) and not has_effects(branch.test):
                return branch.test
    return None


def _leaves_nothing(tree: Tree, function: Function, loop: cst.For) -> bool:
    """Does nobody look at the loop's variables behind it, nor at what is left of an iterator?"""
    if not isinstance(loop.target, cst.Name | cst.Tuple):
        return False
    targets = [loop.target] if isinstance(loop.target, cst.Name) else [item.value for item in loop.target.elements]
    for target in targets:
        if not isinstance(target, cst.Name):
            return False
        if not all(is_inside(tree, item, loop) for item in function.variables[target.value]):
            return False
    match loop.iter:
        case cst.Name(value=name):
            return len(function.variables.get(name, ())) > 0
        case cst.Call():
            return not has_effects(loop.iter)
        case cst.Attribute() | cst.List() | cst.Tuple():
            return True
    return False


def _level(tree: Tree, function: Function, loop: cst.For, test: cst.BaseExpression) -> Level:
    is_plain = isinstance(loop.target, cst.Name) and exact_type(tree, function, loop.iter) in PLAIN
    if is_plain and _compares_plain_values(tree, function, test):
        return "safe", "neither the rest of the loop nor its test can do anything"
    return "unsafe", "later items or their test may raise or have effects, and they may come from a generator"


def _compares_plain_values(tree: Tree, function: Function, test: cst.BaseExpression) -> bool:
    match test:
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator=cst.Equal() | cst.NotEqual())]):
            values = [left, test.comparisons[0].comparator]
            return all(exact_type(tree, function, value) in COMPARABLE for value in values)
    return False
