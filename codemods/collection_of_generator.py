"""Rewrites `list(...)`, `set(...)`, `dict(...)` and `tuple(...)` of a generator to comprehensions.

Its card is `rules/collection_of_generator.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit, Level
from codemods._generators import is_plain_generator, level, to_list
from codemods._match import builtin_call, function_around
from codemods._tree import Function, Tree
from codemods._types import is_hashable


class CollectionOfGenerator(Codemod):
    """A comprehension fills the collection itself; a generator is resumed for each item."""

    DESCRIPTION = "Use a comprehension instead of a collection made of a generator."
    HINT = re.compile(r"\b(?:list|set|dict|tuple|frozenset)\s*\(\s*[^\s)]")
    SIGNS = frozenset(f"{name}(generator)" for name in ("list", "set", "dict", "tuple", "frozenset"))

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A call of one of these builtins with nothing but a generator expression."""
        for call in tree.nodes(cst.Call):
            generator = builtin_call(tree, call, "list", "set", "dict", "tuple", "frozenset")
            function = function_around(tree, call)
            if generator is None or function is None or function.opaque or not is_plain_generator(generator):
                continue
            name = cst.ensure_type(call.func, cst.Name).value
            if (name == "dict" and not _makes_pairs(generator)) or isinstance(call.args[0].comma, cst.Comma):
                continue
            changes: dict[cst.CSTNode, Change] = {generator: to_list}
            if name in _CHANGES:
                changes = {call: _CHANGES[name]}
            yield Edit(function, *_level(tree, function, name, generator), changes)


def _level(tree: Tree, function: Function, name: str, generator: cst.BaseExpression) -> Level:
    item = cst.ensure_type(generator, cst.GeneratorExp).elt
    if name == "frozenset" and not is_hashable(tree, function, item):
        return "unsafe", "every item must be hashable: all are evaluated before the first that is not raises"
    return level(tree, function, generator, "the same items are evaluated in the same order")


def _makes_pairs(node: cst.BaseExpression) -> bool:
    match node:
        case cst.GeneratorExp(elt=cst.Tuple(elements=[cst.Element(), cst.Element()])):
            return True
    return False


def _parts(node: cst.CSTNode) -> tuple[cst.Call, cst.GeneratorExp, cst.BaseParenthesizableWhitespace]:
    """The call, its generator and the space before the end of the call."""
    call = cst.ensure_type(node, cst.Call)
    return call, cst.ensure_type(call.args[0].value, cst.GeneratorExp), call.args[0].whitespace_after_arg


def _to_list(node: cst.CSTNode) -> cst.CSTNode:
    call, generator, last = _parts(node)
    left = cst.LeftSquareBracket(whitespace_after=call.whitespace_before_args)
    right = cst.RightSquareBracket(whitespace_before=last)
    return cst.ListComp(generator.elt, generator.for_in, left, right, lpar=call.lpar, rpar=call.rpar)


def _braces(node: cst.CSTNode) -> tuple[cst.LeftCurlyBrace, cst.RightCurlyBrace]:
    call, _, last = _parts(node)
    return cst.LeftCurlyBrace(whitespace_after=call.whitespace_before_args), cst.RightCurlyBrace(whitespace_before=last)


def _to_set(node: cst.CSTNode) -> cst.CSTNode:
    call, generator, _ = _parts(node)
    return cst.SetComp(generator.elt, generator.for_in, *_braces(node), lpar=call.lpar, rpar=call.rpar)


def _to_dict(node: cst.CSTNode) -> cst.CSTNode:
    call, generator, _ = _parts(node)
    key, value = cst.ensure_type(generator.elt, cst.Tuple).elements
    return cst.DictComp(key.value, value.value, generator.for_in, *_braces(node), lpar=call.lpar, rpar=call.rpar)


_CHANGES: dict[str, Change] = {"list": _to_list, "set": _to_set, "dict": _to_dict}
