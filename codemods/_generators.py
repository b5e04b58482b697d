"""What a generator expression must not hold to be evaluated at once, and the comprehensions that do that.

Its partners are the codemods that replace generators.
"""

from __future__ import annotations

from functools import lru_cache

import libcst as cst

from codemods._base import Level
from codemods._flow import below, free_names, is_harmless, names_in
from codemods._tree import Function, Tree
from codemods._types import exact_type

_ENDING = frozenset({"next", "__next__", "send", "throw"})
"""Whoever says one of these words may raise StopIteration."""
_ENDS = frozenset({"StopIteration", "RuntimeError"})
_UNKNOWN = "what it calls must not raise StopIteration, of which a generator makes a RuntimeError"


def is_plain_generator(node: cst.CSTNode) -> bool:
    """Is it a generator expression that ends in the same way when it is evaluated at once, as far as it says itself?

    A StopIteration from `next` becomes a RuntimeError in a generator only, and `super` finds no class in one; one that
    awaits is of another kind.
    """
    if not isinstance(node, cst.GeneratorExp):
        return False
    return not any(
        isinstance(item, cst.Await | cst.Yield | cst.NamedExpr | cst.Asynchronous | cst.Lambda)
        or (isinstance(item, cst.CompFor) and item.asynchronous is not None)
        or (isinstance(item, cst.Name) and item.value in {*_ENDING, "super", "__class__"})
        for item in below(node)
    )


def level(tree: Tree, function: Function, node: cst.BaseExpression, reason: str) -> Level:
    """Safe for this reason, unless what a plain generator calls may end it as `next` would.

    That is what says such a word in this module, and a call that has nothing to do with the items: it would give the
    same each time if it did not use something up. Any call that is not known counts where a StopIteration is a signal.
    """
    generator = cst.ensure_type(node, cst.GeneratorExp)
    parts: list[cst.CSTNode] = [generator.elt, *generator.for_in.ifs]  # its first source is evaluated outside of it
    parts += [generator.for_in.inner_for_in] if generator.for_in.inner_for_in else []
    if _words(*parts) & _ending(tree):
        return "unsafe", _UNKNOWN
    calls = [item for part in parts for item in below(part) if isinstance(item, cst.Call)]
    calls = [call for call in calls if not _is_known(tree, function, call)]
    is_signal = function.node.name.value == "__next__" or not _ENDS.isdisjoint(function.variables)
    bound = {item.value for item in names_in(tree, generator)} - free_names(tree, generator)
    if calls and (is_signal or any(bound.isdisjoint(free_names(tree, call)) for call in calls)):
        return "unsafe", _UNKNOWN
    return "safe", reason


def _is_known(tree: Tree, function: Function, call: cst.Call) -> bool:
    """Is it a call of a builtin, or of a method of text, or one that by its name only reads?"""
    if isinstance(call.func, cst.Name):
        return tree.is_builtin(call.func.value, call.func) and call.func.value not in {"map", "filter", "iter"}
    if is_harmless(call):
        return True
    return isinstance(call.func, cst.Attribute) and exact_type(tree, function, call.func.value) is not None


@lru_cache(maxsize=1)
def _ending(tree: Tree) -> set[str]:
    """The names in this module of functions and values that say one of the words, or one such name."""
    said: list[tuple[set[str], set[str]]] = []
    for kind in (cst.FunctionDef, cst.Assign, cst.AnnAssign, cst.NamedExpr, cst.Param):
        for node in tree.nodes(kind):
            said.append(_names_of(node))
    found = set(_ENDING)
    while True:
        more = {name for names, words in said if words & found for name in names} - found
        if not more:
            return found
        found |= more


def _names_of(node: cst.CSTNode) -> tuple[set[str], set[str]]:
    """The names that a definition gives, and every word of what it gives them to."""
    match node:
        case cst.FunctionDef(name=target, body=value):
            targets: list[cst.CSTNode] = [target]
        case cst.Assign(targets=found, value=value):
            targets = [item.target for item in found]
        case cst.AnnAssign(target=target, value=value) | cst.NamedExpr(target=target, value=value):
            targets = [target]
        case cst.Param(name=target, default=value):
            targets = [target]
    return _words(*targets), _words(value) if value is not None else set()


def _words(*nodes: cst.CSTNode) -> set[str]:
    return {item.value for node in nodes for item in below(node) if isinstance(item, cst.Name)}


def to_list(node: cst.CSTNode) -> cst.CSTNode:
    """The list comprehension with the same text between its brackets."""
    generator = cst.ensure_type(node, cst.GeneratorExp)
    left, right = cst.LeftSquareBracket(), cst.RightSquareBracket()
    if generator.lpar:
        left = left.with_changes(whitespace_after=generator.lpar[-1].whitespace_after)
        right = right.with_changes(whitespace_before=generator.rpar[0].whitespace_before)
    return cst.ListComp(generator.elt, generator.for_in, left, right)
