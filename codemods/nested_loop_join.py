"""Looks matching items up in a dictionary where a loop in a loop compares each with each.

Its card is `rules/nested_loop_join.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import Names, filled
from codemods._flow import below, has_effects, is_bound_in, is_inside, names_in, steady_loop
from codemods._match import function_around, within
from codemods._tree import Function, Tree
from codemods._types import is_unhashable


class NestedLoopJoin(Codemod):
    """Two loops over n items compare n² pairs; a dictionary finds the partners of one item at once."""

    DESCRIPTION = "Look up matching items in a dictionary instead of comparing each with each."
    HINT = re.compile(r"==")
    SIGNS = frozenset({"join"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """An inner loop over an unchanging collection that does nothing unless a key is equal."""
        free = Names(tree)
        loops: list[cst.For | cst.CompFor] = [*tree.nodes(cst.For), *tree.nodes(cst.CompFor)]
        for loop in loops:
            function = function_around(tree, loop)
            if function is None or function.opaque or loop.asynchronous is not None:
                continue
            item, test = loop.target, _test(loop)
            if not isinstance(item, cst.Name) or not isinstance(loop.iter, cst.Name) or test is None:
                continue
            sides = _sides(tree, test, item.value)
            if sides is None or not _is_own(tree, function, item, loop):
                continue
            own, other = sides
            if not _can_look_up(tree, function, loop, own, other):
                continue
            place = steady_loop(tree, function, loop.iter, {loop.iter.value}, own)
            if place is None or place is loop or within(tree, loop, _is_guard, function.node):
                continue
            name = free.local(function, f"{loop.iter.value}_by_{_word(own)}")
            text = (
                f"{name} = {{}}\nfor {item.value} in {loop.iter.value}:\n"
                f"{tree.module.default_indent}{name}.setdefault({tree.code(own)}, []).append({item.value})"
            )
            change = _Use(name, other)
            reason = "keys must be hashable, with == and hash that agree, and nothing else may change the collection"
            yield Edit(function, "unsafe", reason, {loop.iter: change}, before={place: text})


class _Use:
    """The change from the whole collection to the items with the right key."""

    def __init__(self, name: str, key: cst.BaseExpression) -> None:
        self.name = name
        self.key = key

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        return filled(f"{self.name}.get({{key}}, ())", node, key=self.key)


def _is_guard(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Try | cst.TryStar | cst.Lambda)


def _test(loop: cst.For | cst.CompFor) -> cst.Comparison | None:
    """The comparison without which the loop does nothing with an item."""
    test: cst.BaseExpression | None = None
    if isinstance(loop, cst.CompFor):
        test = loop.ifs[0].test if loop.ifs else None
    elif loop.orelse is None:
        match loop.body:
            case cst.IndentedBlock(body=[cst.If(orelse=None, test=found)]):
                test = found
    while isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
        test = test.left
    match test:
        case cst.Comparison(comparisons=[cst.ComparisonTarget(operator=cst.Equal())]):
            return test
    return None


def _sides(tree: Tree, test: cst.Comparison, item: str) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    """The item's own key and the key that is looked for."""
    left, right = test.left, test.comparisons[0].comparator
    for own, other in ((left, right), (right, left)):
        if _is_key_of(own, item) and item not in {name.value for name in names_in(tree, other)}:
            return own, other
    return None


def _is_key_of(node: cst.BaseExpression, item: str) -> bool:
    """Is it an attribute or a constant item of the loop's variable?"""
    match node:
        case cst.Attribute(value=cst.Name(value=name)):
            return name == item
        case cst.Subscript(value=cst.Name(value=name), slice=[cst.SubscriptElement(slice=cst.Index(value=value))]):
            return name == item and isinstance(value, cst.SimpleString | cst.Integer)
    return False


def _word(own: cst.BaseExpression) -> str:
    if isinstance(own, cst.Attribute):
        return own.attr.value
    words = [node.value for node in below(own) if isinstance(node, cst.SimpleString)]
    word = re.sub(r"\W", "", words[0]) if words else ""
    return word or "key"


def _is_own(tree: Tree, function: Function, item: cst.Name, loop: cst.CSTNode) -> bool:
    """Is the loop's variable said nowhere else, so that another loop may use it before?"""
    scope = tree.parents[loop] if isinstance(loop, cst.CompFor) else loop
    places = function.variables[item.value]
    return all(is_inside(tree, place, scope) for place in places) and sum(not tree.is_load(p) for p in places) == 1


def _can_look_up(
    tree: Tree, function: Function, loop: cst.For | cst.CompFor, own: cst.BaseExpression, other: cst.BaseExpression
) -> bool:
    if has_effects(other) or is_unhashable(tree, function, other) or tree.has_comment(own) or "\n" in tree.code(other):
        return False
    names = {name.value for name in names_in(tree, other)}
    return bool(names) and not is_bound_in(tree, function, names, loop)
