"""Reads the value of an enumeration's member once, at module level, where a function reads it in each call.

Its card is `rules/enum_value_in_function.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import Names, filled
from codemods._flow import below
from codemods._imports import Insertion, is_item
from codemods._match import function_around
from codemods._tree import Tree

BASES = ("Enum", "IntEnum", "StrEnum")
SPECIAL = re.compile(r"value|_value_|_ignore_|__\w+__|_generate_next_value_|_missing_|name")


class EnumValueInFunction(Codemod):
    """`.value` runs a descriptor, written in Python, in each call."""

    DESCRIPTION = "Read the constant value of an enumeration's member once, at module level."
    HINT = re.compile(r"(?s)\A(?=.*?Enum\b)(?=.*?\.value\b)")

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`Class.MEMBER.value` in a function, of a plain enumeration in the same module."""
        if "_value_" in tree.source:  # somebody changes a member
            return
        members = {name: (index, node) for index, name, node in _enumerations(tree)}
        names: dict[str, str] = {}
        free = Names(tree)
        for attribute in tree.nodes(cst.Attribute):
            match attribute:
                case cst.Attribute(
                    value=cst.Attribute(value=cst.Name(value=kind), attr=cst.Name(value=member)),
                    attr=cst.Name(value="value"),
                ) if kind in members:
                    pass
                case _:
                    continue
            function = function_around(tree, attribute)
            index, node = members[kind]
            if function is None or member not in _constants(tree, node) or not tree.is_load(attribute):
                continue
            if kind in function.variables and any(not tree.is_load(item) for item in function.variables[kind]):
                continue
            code = f"{kind}.{member}.value"
            if code not in names:
                names[code] = free.constant(f"_{kind.strip('_')}_{member}".upper(), f"_{kind}_{member}_VALUE".upper())
            insertion = Insertion(index + 1, f"{names[code]} = {code}\n")
            reason = "the member is a constant of a plain enumeration"
            yield Edit(function, "safe", reason, {attribute: _Use(names[code])}, insertions=(insertion,))
        loops: list[cst.For | cst.CompFor] = [*tree.nodes(cst.For), *tree.nodes(cst.CompFor)]
        for loop in loops:
            edit = _edit_of_loop(tree, free, loop, members, names)
            if edit is not None:
                yield edit


def _edit_of_loop(
    tree: Tree,
    free: Names,
    loop: cst.For | cst.CompFor,
    members: Mapping[str, tuple[int, cst.ClassDef]],
    names: dict[str, str],
) -> Edit | None:
    """`for member in Class:` that reads `member.value`: a table of the module has the values beside the members."""
    function = function_around(tree, loop)
    target, kind = loop.target, loop.iter
    if (
        function is None
        or not isinstance(target, cst.Name)
        or not isinstance(kind, cst.Name)
        or kind.value not in members
    ):
        return None
    index, node = members[kind.value]
    if _constants(tree, node) != {name.value for name in _bound(tree, node)} or loop.asynchronous is not None:
        return None
    if any(not tree.is_load(item) for item in function.variables.get(kind.value, ())):
        return None
    places = [item for item in function.variables[target.value] if item is not target]
    parents = [tree.parents[item] for item in places]
    values = [item for item in parents if isinstance(item, cst.Attribute) and item.attr.value == "value"]
    if not values or not all(tree.is_load(item) for item in (*places, *values)) or tree.has_comment(loop.iter):
        return None
    if kind.value not in names:
        names[kind.value] = free.constant(f"_{kind.value.strip('_')}_VALUES".upper())
    table = names[kind.value]
    value = free.local(function, "value", f"{target.value}_value")
    changes: dict[cst.CSTNode, Change] = dict.fromkeys(values, _Use(value))
    changes |= {target: _Use(f"{value}, {target.value}"), kind: _Use(f"{table}.items()")}
    insertion = Insertion(index + 1, f"{table} = {{one.value: one for one in {kind.value}}}\n")
    return Edit(function, "unsafe", "nothing may change the members", changes, insertions=(insertion,))


class _Use:
    """The change from `Class.MEMBER.value` to the constant."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        return filled(self.name, node)


def _enumerations(tree: Tree) -> Iterator[tuple[int, str, cst.ClassDef]]:
    """The plain enumerations of the module: bound once, without decorators and without methods that change values."""
    for index, node in enumerate(tree.module.body):
        if not isinstance(node, cst.ClassDef) or node.decorators or node.keywords or len(node.bases) != 1:
            continue
        base = node.bases[0].value
        if len(tree.binders(node.name.value)) != 1 or not any(is_item(tree, base, "enum", name) for name in BASES):
            continue
        if node.name.value in tree.patched:
            continue
        if not any(SPECIAL.fullmatch(name.value) for name in _bound(tree, node)):
            yield index, node.name.value, node


def _bound(tree: Tree, node: cst.ClassDef) -> list[cst.Name]:
    """Every place where the body of the class binds a name."""
    names = [item for item in below(node.body) if isinstance(item, cst.Name)]
    return [item for item in names if not tree.is_load(item) and not _is_label(tree, item) and _is_of(tree, item, node)]


def _is_label(tree: Tree, name: cst.Name) -> bool:
    parent = tree.parents[name]
    return isinstance(parent, cst.Attribute | cst.Arg) and (parent.value is not name)


def _is_of(tree: Tree, name: cst.Name, node: cst.ClassDef) -> bool:
    """Is it a name of the class itself, rather than of a function or a class in it?"""
    child: cst.CSTNode = name
    for parent in tree.ancestors(name):
        if parent is node:
            return True
        if isinstance(parent, cst.FunctionDef | cst.ClassDef | cst.Lambda) and child is parent.body:
            return False
        if isinstance(parent, cst.Param) and child is parent.name:
            return False
        child = parent
    return False


def _constants(tree: Tree, node: cst.ClassDef) -> set[str]:
    """The members that are plainly assigned text or a whole number, once."""
    found: list[str] = []
    for item in node.body.body:
        match item:
            case cst.SimpleStatementLine(
                body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value)]
            ) if isinstance(value, cst.SimpleString | cst.Integer):
                found.append(name)
    names = [name.value for name in _bound(tree, node)]
    return {name for name in found if names.count(name) == 1 and not name.startswith("_")}
