"""Compiles a pattern before the loop that puts the same pattern together in each turn.

Its card is `rules/regex_built_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import Names
from codemods._flow import below, free_names, has_effects, is_bound_in, loop_around, steady_loop
from codemods._imports import import_index
from codemods._match import function_around, within
from codemods._tree import Function, Tree

ARGUMENTS = {**dict.fromkeys(("search", "match", "fullmatch", "findall", "finditer", "split"), 2), "sub": 3, "subn": 3}


class RegexBuiltInLoop(Codemod):
    """The text of the pattern, and the look into the cache of `re`, are the same in each turn."""

    DESCRIPTION = "Compile a pattern that stays the same before the loop."
    HINT = re.compile(r"\.\s*(?:search|match|fullmatch|findall|finditer|split|subn?)\s*\(")
    SIGNS = frozenset(f"loop re.{name}(built)" for name in ARGUMENTS)

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`re.search(pattern, text)` in a loop that leaves alone what the pattern is made of."""
        free = Names(tree)
        for call in tree.nodes(cst.Call):
            function = function_around(tree, call)
            pattern = _pattern(tree, call)
            if function is None or pattern is None or function.opaque or has_effects(pattern) or tree.has_comment(call):
                continue
            reads = free_names(tree, pattern)
            if not reads or "\n" in tree.code(pattern) or within(tree, call, _is_guard, function.node):
                continue
            place = _place(tree, function, call, pattern, reads)
            if place is None:
                continue
            name = free.local(function, "pattern", "compiled")
            module = tree.code(cst.ensure_type(call.func, cst.Attribute).value)
            text = f"{name} = {module}.compile({tree.code(pattern)})"
            reason = "what the pattern is made of must stay the same, and be a pattern even where the loop has no turns"
            yield Edit(function, "unsafe", reason, {call: _Use(name)}, before={place: text})


class _Use:
    """The change from `re.search(pattern, text)` to `name.search(text)`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        call = cst.ensure_type(node, cst.Call)
        func = cst.ensure_type(call.func, cst.Attribute)
        return call.with_changes(func=func.with_changes(value=cst.Name(self.name)), args=call.args[1:])


def _place(
    tree: Tree, function: Function, call: cst.Call, pattern: cst.BaseExpression, reads: set[str]
) -> cst.CSTNode | None:
    """The loop in which the pattern stays the same; texts can only be bound anew, what they are made of can change."""
    if any(isinstance(item, cst.Call | cst.Attribute | cst.Subscript) for item in below(pattern)):
        return steady_loop(tree, function, call, reads, pattern)
    return loop_around(tree, call, function, lambda place: not is_bound_in(tree, function, reads, place))


def _is_guard(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Try | cst.TryStar | cst.Lambda)


def _pattern(tree: Tree, call: cst.Call) -> cst.BaseExpression | None:
    """The pattern, if it is not constant and there are no flags."""
    match call.func:
        case cst.Attribute(value=cst.Name() as module, attr=cst.Name(value=method)) if method in ARGUMENTS:
            pass
        case _:
            return None
    plain = all(arg.keyword is None and not arg.star for arg in call.args)
    if not plain or len(call.args) != ARGUMENTS[method] or import_index(tree, module, "re", "") is None:
        return None
    return call.args[0].value
