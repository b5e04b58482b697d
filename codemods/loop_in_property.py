"""Keeps what a property computes in a loop over attributes that nothing changes: it becomes a `cached_property`.

Its card is `rules/loop_in_property.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import libcst as cst

from codemods._attributes import Attributes, method_of, names_bound
from codemods._base import Change, Codemod, Edit
from codemods._build import filled
from codemods._computes import attributes_read, gives_what_may_change, works
from codemods._flow import below, is_bound_in, names_in, only_reads
from codemods._imports import imported
from codemods._match import enclosing_loops, function_around
from codemods._tree import Function, Tree


class LoopInProperty(Codemod):
    """A property runs its loop whenever it is read; a `cached_property` runs it once for each instance."""

    DESCRIPTION = "Use functools.cached_property for a property that loops over what nothing changes."
    HINT = re.compile(r"@[ \t]*property\b")
    SIGNS = frozenset({"property"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """Properties that only compute with what `__init__` left, and that are read again and again."""
        attributes = Attributes(tree)
        for function in tree.functions:
            block = tree.parents[function.node]
            kind = tree.parents.get(block)
            if not isinstance(kind, cst.ClassDef) or not _is_property(tree, function.node) or not works(tree, function):
                continue
            if attributes.may_change_unseen or not _is_steady(tree, attributes, function, kind):
                continue
            found = imported(tree, "functools", "cached_property", function.node)
            if found is None or not _is_only_read(tree, attributes, function, kind):
                continue
            written, insertions = found
            reason = "an instance must not change once it was read"
            if gives_what_may_change(tree, function):
                reason += ", nor may anyone change the collection that it gives: all get the same one"
            [decorator] = function.node.decorators
            changes: dict[cst.CSTNode, Change] = {decorator.decorator: partial(filled, written)}
            yield Edit(function, "unsafe", reason, changes, insertions=insertions, python=(3, 8))


def _is_property(tree: Tree, node: cst.FunctionDef) -> bool:
    """Is it decorated by `property` and nothing else, and takes it `self` alone?"""
    if len(node.decorators) != 1 or node.asynchronous is not None or tree.code(node.params) != "self":
        return False
    decorator = node.decorators[0].decorator
    if not isinstance(decorator, cst.Name) or decorator.value != "property":
        return False
    asked = [name for name in tree.loads("property") if not isinstance(tree.parents[name], cst.Decorator)]
    return not asked and tree.is_builtin("property", decorator)


def _is_steady(tree: Tree, attributes: Attributes, function: Function, kind: cst.ClassDef) -> bool:
    """Would a property of a class give the same value each time, as far as the module tells?"""
    if not attributes.is_plain(kind):
        return False
    names = _fields(tree, attributes, kind, function, frozenset())
    return names is not None and bool(names) and all(attributes.stays(kind, name) for name in names)


def _fields(
    tree: Tree, attributes: Attributes, kind: cst.ClassDef, function: Function, around: frozenset[str]
) -> set[str] | None:
    """The attributes that decide what a property gives, those included that other properties read for it."""
    name = function.node.name.value
    family = attributes.family(kind)
    if name in around or [item for one in family for item in names_bound(one)].count(name) != 1:
        return None
    read = attributes_read(tree, function)
    if read is None:
        return None
    if not all(map(attributes.stays_everywhere, read.others)):
        return None
    found: set[str] = set()
    for attribute in read.own:
        method = method_of(kind, attribute)
        if method is None:
            found.add(attribute)
            continue
        inner = _fields(tree, attributes, kind, tree.function_of[method], around | {name})
        if inner is None or not _is_property(tree, method):
            return None
        found |= inner
    return found


def _is_only_read(tree: Tree, attributes: Attributes, function: Function, kind: cst.ClassDef) -> bool:
    """Does the module read the property again and again, and do nothing else to it?"""
    places = attributes.of_family(attributes.places.get(function.node.name.value, ()), kind)
    init = method_of(kind, "__init__")
    for place in places:
        around = function_around(tree, place)
        if not tree.is_load(place) or (around is not None and around.node is init):
            return False
        if isinstance(place.value, cst.Name) and place.value.value in {kind.name.value, "cls"}:
            return False
        if gives_what_may_change(tree, function) and (attributes.changes(place) or not only_reads(tree, place)):
            return False
    return _is_read_again(tree, places)


def _is_read_again(tree: Tree, places: list[cst.Attribute]) -> bool:
    """Is it read of one instance in a loop, or by two methods, or twice in one function?"""
    found: set[tuple[cst.FunctionDef, str]] = set()
    for place in places:
        function = function_around(tree, place)
        if function is None:
            continue
        key = function.node, tree.code(place.value)
        owners = {name.value for name in names_in(tree, place.value)}
        loops = enclosing_loops(tree, place, function.node)
        is_one = all(isinstance(item, cst.Name | cst.Attribute) for item in below(place.value))
        if is_one and (key in found or any(not is_bound_in(tree, function, owners, loop) for loop in loops)):
            return True
        found.add(key)
    return len([owner for _, owner in found if owner == "self"]) > 1
