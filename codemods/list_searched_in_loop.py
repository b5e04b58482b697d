"""Puts a set beside a list that a loop searches and leaves alone, when the list is used for other things too.

Its card is `rules/list_searched_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import Names
from codemods._flow import is_bound_in, loop_around, steady_loop
from codemods._match import function_around, membership, method_call, within
from codemods._tree import Function, Tree
from codemods._types import declared_type, is_unhashable

BREAK_EVEN = 8
OF_LISTS = ("append", "sort", "reverse", "insert")


class ListSearchedInLoop(Codemod):
    """A list is compared item by item in each turn; a set of it is made once and asked by hash."""

    DESCRIPTION = "Ask a set, made before the loop, instead of searching a list in each turn."
    HINT = re.compile(r"\bin\s+\(*\w+\b")
    SIGNS = frozenset({"loop in sequence"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`in` and `not in` of a list or tuple in a loop that only reads it: a parameter, or a list with other uses."""
        free = Names(tree)
        groups: dict[tuple[cst.CSTNode, str], list[cst.Name]] = {}
        for comparison in tree.nodes(cst.Comparison):
            container = comparison.comparisons[0].comparator
            function = function_around(tree, comparison)
            if not isinstance(container, cst.Name) or function is None or function.opaque:
                continue
            probe = membership(tree, container)
            if probe is None or is_unhashable(tree, function, probe) or not _may_be_long(tree, function, container):
                continue
            if within(tree, container, _is_guard, function.node) or not tree.is_builtin("set", container):
                continue
            place = _steady_loop(tree, function, container)
            if place is not None:
                groups.setdefault((place, container.value), []).append(container)
        for (place, name), found in groups.items():
            function = function_around(tree, found[0])
            if function is None:
                continue
            new = free.local(function, f"{name}_set")
            changes: dict[cst.CSTNode, Change] = dict.fromkeys(found, _Use(new))
            reason = "items and probes must be hashable, and nothing else may change the list meanwhile"
            yield Edit(function, "unsafe", reason, changes, before={place: f"{new} = set({name})"})


class _Use:
    """The change from the list to the set."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        return node.with_changes(value=self.name)


def _steady_loop(tree: Tree, function: Function, container: cst.Name) -> cst.CSTNode | None:
    """The loop that leaves the collection alone; nobody can change the tuple of `*arguments`, wherever it goes."""
    if not _is_star(tree, function, container.value):
        return steady_loop(tree, function, container, {container.value})
    names = {container.value}
    return loop_around(tree, container, function, lambda place: not is_bound_in(tree, function, names, place))


def _is_star(tree: Tree, function: Function, name: str) -> bool:
    star = function.node.params.star_arg
    binders = [place for place in function.variables[name] if not tree.is_load(place)]
    return isinstance(star, cst.Param) and len(binders) == 1 and star.name is binders[0]


def _is_used_as_list(tree: Tree, function: Function, name: str) -> bool:
    """Does the function ask of a parameter what only a list can do?"""
    places = function.variables[name]
    binders = [tree.parents[place] for place in places if not tree.is_load(place) and not _is_deleted(tree, place)]
    if len(binders) != 1 or not isinstance(binders[0], cst.Param) or binders[0].star:
        return False
    return any(method_call(tree, place, *OF_LISTS) for place in places)


def _is_deleted(tree: Tree, place: cst.Name) -> bool:
    return isinstance(tree.parents[place], cst.Del)


def _is_guard(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Try | cst.TryStar | cst.Lambda)


def _may_be_long(tree: Tree, function: Function, name: cst.Name) -> bool:
    """Is it a list or tuple of hashable items, as far as can be seen, that is not short and not only searched?"""
    if _is_star(tree, function, name.value) or _is_used_as_list(tree, function, name.value):
        return True
    if declared_type(tree, function, name) not in {"list", "tuple"}:
        return False
    places = function.variables[name.value]
    values = [value for place in places if (value := _value(tree, place)) is not None]
    for value in values:
        if isinstance(value, cst.List | cst.Tuple):
            grows = any(method_call(tree, place, "append", "extend", "insert") for place in places)
            if (len(value.elements) < BREAK_EVEN and not grows) or _holds_unhashable(tree, function, value):
                return False
        if isinstance(value, cst.ListComp) and is_unhashable(tree, function, value.elt):
            return False
    return not values or any(_is_other_use(tree, place) for place in places)


def _value(tree: Tree, place: cst.Name) -> cst.BaseExpression | None:
    target = tree.parents[place]
    assign = tree.parents[target]
    return assign.value if isinstance(target, cst.AssignTarget) and isinstance(assign, cst.Assign) else None


def _holds_unhashable(tree: Tree, function: Function, value: cst.List | cst.Tuple) -> bool:
    return any(is_unhashable(tree, function, item.value) for item in value.elements)


def _is_other_use(tree: Tree, place: cst.Name) -> bool:
    """Is the list used here for what a set could not do in its place?"""
    if not tree.is_load(place) or membership(tree, place) is not None:
        return False
    return method_call(tree, place, "append", "extend") is None
