"""Builds a collection of constants and attributes of modules before the loop that only looks things up in it.

Its card is `rules/literal_built_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import Names, at_margin, filled
from codemods._flow import is_looked_at, loop_around
from codemods._match import candidates, enclosing_loops
from codemods._scopes import import_of
from codemods._tree import Tree
from codemods._types import is_constant_value

FEWEST = 2


class LiteralBuiltInLoop(Codemod):
    """What is the same in each turn needs to be built once."""

    DESCRIPTION = "Build a collection that stays the same before the loop."
    HINT = re.compile(r"=\s*[\[{]")
    SIGNS = frozenset({"loop attributes"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A list, set or dictionary made in a loop of constants and `module.attribute`, and only looked at."""
        free = Names(tree)
        for function, name, assign, names in candidates(tree):
            if not _is_steady(tree, assign.value) or tree.has_comment(assign.value):
                continue
            if not names or not all(is_looked_at(tree, item, function) for item in names):
                continue
            if not enclosing_loops(tree, assign, function.node):
                continue
            place = loop_around(tree, assign, function, lambda _: True)
            if place is None:
                continue
            new = free.local(function, f"{name}_built", f"same_{name}")
            changes: dict[cst.CSTNode, Change] = {assign.value: _Use(new)}
            reason = "the modules' attributes must stay the same, and exist even where the loop has no turns"
            text = f"{new} = {at_margin(tree, assign.value)}"
            yield Edit(function, "unsafe", reason, changes, before={place: text})


class _Use:
    """The change from the collection to the name of what was built."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        return filled(self.name, node)


def _is_steady(tree: Tree, node: cst.BaseExpression) -> bool:
    """Is it written out, of constants and at least one attribute of a module?"""
    if not isinstance(node, cst.List | cst.Set | cst.Dict) or len(node.elements) < FEWEST or node.lpar:
        return False
    values: list[cst.BaseExpression] = []
    for item in node.elements:
        match item:
            case cst.Element(value=value):
                values.append(value)
            case cst.DictElement(key=key, value=value):
                values += [key, value]
            case _:
                return False
    attributes = [value for value in values if isinstance(value, cst.Attribute)]
    rest = [value for value in values if not isinstance(value, cst.Attribute)]
    return (
        bool(attributes) and all(_is_of_module(tree, item) for item in attributes) and all(map(is_constant_value, rest))
    )


def _is_of_module(tree: Tree, node: cst.Attribute) -> bool:
    if not isinstance(node.value, cst.Name) or tree.star:
        return False
    found = tree.meaning(node.value.value, node)
    return found is not None and len(found) == 1 and import_of(tree.parents, found[0]) is not None
