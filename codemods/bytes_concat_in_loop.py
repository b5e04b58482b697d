"""Rewrites local bytes that a loop extends with `+=` to a bytearray that becomes bytes again behind the loop.

Its card is `rules/bytes_concat_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._match import (
    Accumulation,
    accumulation,
    builtin_call,
    candidates,
    enclosing_loops,
    is_length,
    is_truth_test,
)
from codemods._tree import Function, Tree
from codemods._types import exact_type


class BytesConcatInLoop(Codemod):
    """`+=` on bytes copies all of it each time; a bytearray grows in place."""

    DESCRIPTION = "Use a bytearray for local bytes that a loop extends."
    HINT = re.compile(r"\b(?:[bB][rR]?|[rR][bB])(?:\"\"|'')")
    SIGNS = frozenset({"loop bytes +="})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """Local bytes that start empty, and that nobody sees before the loops that extend them are done."""
        for function, name, assign, names in candidates(tree):
            if not isinstance(assign.value, cst.SimpleString) or not _is_empty_bytes(assign.value):
                continue
            found = accumulation(tree, function, assign, names, lambda item: _step(tree, item) is not None)
            if found is not None and all(_is_blind(tree, item) for item in found.inside):
                edit = _edit(tree, function, name, assign, found)
                if edit is not None:
                    yield edit


def _edit(tree: Tree, function: Function, name: str, assign: cst.Assign, found: Accumulation) -> Edit | None:
    if not tree.is_builtin("bytearray", assign.value) or not tree.is_builtin("bytes", assign.value):
        return None
    changes: dict[cst.CSTNode, Change] = {assign.value: _to_bytearray}
    changes |= {item: _to_bytes for item in found.inside if _is_returned(tree, item)}
    after: dict[cst.CSTNode, str] = {}
    if len(found.after) == 1 and _is_simple_use(tree, found.after[0], found.grower):
        if not _is_converted(tree, found.after[0]):
            changes[found.after[0]] = _to_bytes
    elif found.after:
        after[found.grower] = f"{name} = bytes({name})"
    parts = [part for item in found.inside if (part := _step(tree, item)) is not None]
    if all(exact_type(tree, function, part) == "bytes" for part in parts):
        return Edit(function, "safe", "every part is certainly bytes", changes, after)
    return Edit(function, "unsafe", "a part may be an object that takes over +=", changes, after)


def _is_empty_bytes(node: cst.SimpleString) -> bool:
    return "b" in node.prefix.lower() and not node.raw_value


def _step(tree: Tree, name: cst.Name) -> cst.BaseExpression | None:
    """The part that `name += part` adds."""
    parent = tree.parents[name]
    if isinstance(parent, cst.AugAssign) and parent.target is name and isinstance(parent.operator, cst.AddAssign):
        return parent.value
    return None


def _is_blind(tree: Tree, name: cst.Name) -> bool:
    """Does this place not see whether it has bytes or a bytearray (or end the function with it)?"""
    return (
        _step(tree, name) is not None or is_length(tree, name) or is_truth_test(tree, name) or _is_returned(tree, name)
    )


def _is_returned(tree: Tree, name: cst.Name) -> bool:
    return isinstance(tree.parents[name], cst.Return)


def _is_converted(tree: Tree, name: cst.Name) -> bool:
    """Is it the argument of `bytes(...)` already?"""
    return builtin_call(tree, tree.parents[tree.parents[name]], "bytes") is name


def _is_simple_use(tree: Tree, name: cst.Name, grower: cst.CSTNode) -> bool:
    """Is this a plain read, once, in a statement of the same block as the loop?"""
    parent = tree.parents[name]
    if not isinstance(parent, cst.Return | cst.Arg | cst.Attribute | cst.BinaryOperation | cst.ComparisonTarget):
        return False
    line = next(node for node in tree.ancestors(name) if isinstance(node, cst.BaseStatement))
    in_block = isinstance(line, cst.SimpleStatementLine) and tree.parents[line] is tree.parents[grower]
    return in_block and not enclosing_loops(tree, name, line)


def _to_bytearray(node: cst.CSTNode) -> cst.CSTNode:
    literal = cst.ensure_type(node, cst.SimpleString)
    return cst.Call(cst.Name("bytearray"), lpar=literal.lpar, rpar=literal.rpar)


def _to_bytes(node: cst.CSTNode) -> cst.CSTNode:
    name = cst.ensure_type(node, cst.Name)
    return cst.Call(cst.Name("bytes"), [cst.Arg(name)])
