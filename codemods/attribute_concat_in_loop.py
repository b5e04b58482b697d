"""Collects the parts that a loop adds to the text in an attribute or item, and adds them at once.

Its card is `rules/attribute_concat_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import Names, filled
from codemods._flow import anchor, below, is_bound_in, is_inside, loop_around, names_in
from codemods._match import function_around, within
from codemods._tree import Function, Tree
from codemods._types import exact_type

LEAVES = (cst.Return, cst.Yield, cst.Await, cst.Asynchronous)


class AttributeConcatInLoop(Codemod):
    """Python can only grow the text of a local variable in place; that of an attribute is copied each time."""

    DESCRIPTION = "Collect parts and add them to the text of an attribute once."
    HINT = re.compile(r"[\])\w]\s*[.\[][^=\n]*\+=")
    SIGNS = frozenset({"loop attribute +="})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`owner.text += part` of certain text, in a loop that says nothing else of the owner."""
        free = Names(tree)
        done: set[tuple[cst.CSTNode, str]] = set()
        for step in tree.nodes(cst.AugAssign):
            function = function_around(tree, step)
            if function is None or not _is_step(tree, function, step) or function.opaque:
                continue
            target = step.target
            place = loop_around(tree, step, function, partial(_fits, tree, function, target))
            if place is None or (place, tree.code(target)) in done:
                continue
            done.add((place, tree.code(target)))
            steps = _steps_in(tree, function, place, target)
            if steps is None or within(
                tree, place, lambda item: isinstance(item, cst.Try | cst.TryStar), function.node
            ):
                continue
            name = free.local(function, "parts")
            changes: dict[cst.CSTNode, Change] = dict.fromkeys(steps, partial(_to_append, name=name))
            reason = "nobody may look at the text before the loop is done, and it must be text"
            after = {place: f'{tree.code(target)} += "".join({name})'}
            yield Edit(function, "unsafe", reason, changes, after, {place: f"{name} = []"})


def _is_step(tree: Tree, function: Function, step: cst.AugAssign) -> bool:
    return (
        isinstance(step.operator, cst.AddAssign)
        and isinstance(step.target, cst.Attribute | cst.Subscript)
        and exact_type(tree, function, step.value) == "str"
        and anchor(tree, step) is tree.parents[step]
        and not tree.has_comment(step)
        and "\n" not in tree.code(step)
    )


def _fits(tree: Tree, function: Function, target: cst.BaseExpression, place: cst.CSTNode) -> bool:
    """Is it a loop that does not bind the owner, and that does not leave the function in between?"""
    if not isinstance(place, cst.For | cst.While) or any(isinstance(item, LEAVES) for item in below(place)):
        return False
    names = {name.value for name in names_in(tree, target)}
    return not is_bound_in(tree, function, names, place)


def _steps_in(
    tree: Tree, function: Function, place: cst.CSTNode, target: cst.BaseExpression
) -> list[cst.AugAssign] | None:
    """Every step on this target, if the loop only reads other things of the owner."""
    text = tree.code(target)
    inside = [item for item in below(place) if isinstance(item, type(target)) and tree.code(item) == text]
    steps = [step for item in inside if isinstance(step := tree.parents[item], cst.AugAssign) and step.target is item]
    if len(inside) != len(steps) or not all(_is_step(tree, function, step) for step in steps):
        return None
    own = {name.value for name in names_in(tree, target)}
    taken = {name for step in steps for name in names_in(tree, step.target)}
    places = [item for name in own for item in function.variables[name] if item not in taken]
    return steps if all(_only_looks(tree, item) for item in places if is_inside(tree, item, place)) else None


def _only_looks(tree: Tree, name: cst.Name) -> bool:
    """Is it `owner.other`, read and not called?"""
    parent = tree.parents[name]
    if isinstance(parent, cst.Index):
        return True
    if not isinstance(parent, cst.Attribute) or not tree.is_load(parent):
        return False
    return not isinstance(tree.parents[parent], cst.Call)


def _to_append(node: cst.CSTNode, name: str) -> cst.CSTNode:
    step = cst.ensure_type(node, cst.AugAssign)
    return cst.Expr(filled(f"{name}.append({{part}})", cst.Name(name), part=step.value), semicolon=step.semicolon)
