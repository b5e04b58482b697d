"""Keeps what a generator gives, where the next statement runs through the same generator again.

Its card is `rules/same_generator_twice.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import Names, filled
from codemods._flow import below, free_names, is_inside
from codemods._generators import is_plain_generator
from codemods._match import LOOPS, builtin_call, function_around, within
from codemods._tree import Function, Tree

CONSUMERS = ("min", "max", "sum", "sorted", "list", "tuple", "set")


class SameGeneratorTwice(Codemod):
    """What was just computed for each item need not be computed again."""

    DESCRIPTION = "Keep the items of a generator instead of running through it twice."
    HINT = re.compile(r"\b(" + "|".join(CONSUMERS) + r")\s*\(")
    SIGNS = frozenset({"generator again"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`min(f(x) for x in xs)`, and the same generator again in this statement or the next one."""
        free = Names(tree)
        taken: set[cst.CSTNode] = set()
        for first in tree.nodes(cst.GeneratorExp):
            function = function_around(tree, first)
            line = _line(tree, first)
            if function is None or function.opaque or line is None or first in taken or not _is_given(tree, first):
                continue
            if not is_plain_generator(first) or not any(isinstance(item, cst.Call) for item in below(first.elt)):
                continue
            again = _again(tree, function, first, line)
            if again is None or tree.has_comment(first) or tree.has_comment(again) or "\n" in tree.code(first):
                continue
            taken.add(again)
            name = free.local(function, "items", "values")
            start, end = tree.inner(first)
            text = tree.source[start:end].strip()
            inner = text[1:-1] if text.startswith("(") and first.lpar else text
            changes: dict[cst.CSTNode, Change] = {first: _Use(name), again: _Use(name)}
            reason = "what it calls must have no effects and give the same again, and what it runs over give all again"
            yield Edit(function, "unsafe", reason, changes, before={line: f"{name} = [{inner}]"})


class _Use:
    """The change from the generator to the name of its items."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        return filled(self.name, node.with_changes(lpar=[], rpar=[]))


def _is_given(tree: Tree, node: cst.GeneratorExp) -> bool:
    """Is it all that a builtin gets, which uses it up?"""
    return builtin_call(tree, tree.parents[tree.parents[node]], *CONSUMERS) is node


def _line(tree: Tree, node: cst.CSTNode) -> cst.SimpleStatementLine | None:
    """The simple statement around it, with a line of its own in a block."""
    line = next((item for item in tree.ancestors(node) if isinstance(item, cst.BaseStatement)), None)
    fits = isinstance(line, cst.SimpleStatementLine) and isinstance(tree.parents[line], cst.IndentedBlock)
    deferred = line is not None and within(tree, node, lambda item: isinstance(item, (*LOOPS, cst.Lambda)), line)
    return line if fits and not deferred and isinstance(line, cst.SimpleStatementLine) else None


def _again(
    tree: Tree, function: Function, first: cst.GeneratorExp, line: cst.SimpleStatementLine
) -> cst.GeneratorExp | None:
    """The same generator further on, with nothing between that gives a name in it another meaning."""
    block = cst.ensure_type(tree.parents[line], cst.IndentedBlock)
    index = next(i for i, item in enumerate(block.body) if item is line)
    for later in block.body[index : index + 2]:
        for node in tree.nodes(cst.GeneratorExp):
            if node is first or tree.start(node) < tree.start(first) or not is_inside(tree, node, later):
                continue
            repeats = within(tree, node, lambda item: isinstance(item, (*LOOPS, cst.Lambda, cst.FunctionDef)), later)
            if node.deep_equals(first) and _is_given(tree, node) and not (repeats or isinstance(later, LOOPS)):
                return node if not _is_changed(tree, function, first, node) else None
    return None


def _is_changed(tree: Tree, function: Function, first: cst.GeneratorExp, second: cst.GeneratorExp) -> bool:
    names = free_names(tree, first)
    places = [item for name in names for item in function.variables.get(name, ()) if not tree.is_load(item)]
    return any(tree.spans[first][0] < tree.start(item) < tree.spans[second][0] for item in places)
