"""Rewrites a loop over a copy of a list that removes items from the list, to one filter.

Its card is `rules/remove_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._flow import anchor, has_effects, is_inside, names_in
from codemods._match import builtin_call, function_around
from codemods._tree import Function, Tree


class RemoveInLoop(Codemod):
    """Each `remove` searches the list from its start and moves all that is behind."""

    DESCRIPTION = "Filter a list once instead of removing items from it in a loop."
    HINT = re.compile(r"\.\s*remove\s*\(")
    SIGNS = frozenset({"for copy"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A loop over `list(items)`, `items[:]` or `items.copy()` that is only `if test: items.remove(item)`."""
        for loop in tree.nodes(cst.For):
            function = function_around(tree, loop)
            items = _copied(tree, loop.iter)
            test = None if items is None else _test(tree, loop, tree.code(items))
            if function is None or items is None or test is None or function.opaque or anchor(tree, loop) is not loop:
                continue
            if _is_plain_test(tree, function, loop, items, test) and not tree.has_comment(loop):
                item = cst.ensure_type(loop.target, cst.Name).value
                kept = _negated(tree, test)
                text = f"{tree.code(items)}[:] = [{item} for {item} in {tree.code(items)} if {kept}]\n"
                reason = "items that are equal must all pass the test or all fail it"
                yield Edit(function, "unsafe", reason, {loop: _Statement(text)})


class _Statement:
    """The change from the loop to one statement."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        loop = cst.ensure_type(node, cst.For)
        line = cst.ensure_type(cst.parse_statement(self.text), cst.SimpleStatementLine)
        return line.with_changes(leading_lines=loop.leading_lines)


def _copied(tree: Tree, node: cst.BaseExpression) -> cst.BaseExpression | None:
    """What `list(items)`, `tuple(items)`, `items[:]` or `items.copy()` copies: a name or attributes of a name."""
    source = builtin_call(tree, node, "list", "tuple")
    match node:
        case cst.Subscript(
            value=value, slice=[cst.SubscriptElement(slice=cst.Slice(lower=None, upper=None, step=None))]
        ):
            source = value
        case cst.Call(func=cst.Attribute(value=value, attr=cst.Name(value="copy")), args=[]):
            source = value
    root = source
    while isinstance(root, cst.Attribute):
        root = root.value
    return source if isinstance(root, cst.Name) else None


def _test(tree: Tree, loop: cst.For, items: str) -> cst.BaseExpression | None:
    """The test, when the loop is only `if test: items.remove(item)`."""
    match loop:
        case cst.For(
            target=cst.Name(value=item),
            asynchronous=None,
            orelse=None,
            body=cst.IndentedBlock(
                body=[
                    cst.If(
                        test=test,
                        orelse=None,
                        body=cst.IndentedBlock(body=[cst.SimpleStatementLine(body=[cst.Expr(value=call)])]),
                    )
                ]
            ),
        ):
            pass
        case _:
            return None
    match call:
        case cst.Call(func=cst.Attribute(value=receiver, attr=cst.Name(value="remove")), args=[cst.Arg(value=value)]):
            is_item = isinstance(value, cst.Name) and value.value == item and not call.args[0].star
            return test if is_item and tree.code(receiver) == items else None
    return None


def _is_plain_test(
    tree: Tree, function: Function, loop: cst.For, items: cst.BaseExpression, test: cst.BaseExpression
) -> bool:
    """Does the test look at the item and not at the list, and is the item used nowhere else?"""
    item = cst.ensure_type(loop.target, cst.Name).value
    said = {name.value for name in names_in(tree, test)}
    roots = {name.value for name in names_in(tree, items)}
    if has_effects(test) or item not in said or (roots & said) or item in roots:
        return False
    return all(is_inside(tree, place, loop) for place in function.variables[item])


def _negated(tree: Tree, test: cst.BaseExpression) -> str:
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return tree.code(test.expression)
    return (
        f"not {tree.code(test)}"
        if isinstance(test, cst.Name | cst.Attribute | cst.Call)
        else f"not ({tree.code(test)})"
    )
