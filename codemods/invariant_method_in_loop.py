"""Calls a method of a text once that a loop calls in each turn on the same text.

Its card is `rules/invariant_method_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit, Level
from codemods._build import Names, filled
from codemods._flow import is_bound_before, steady_loop
from codemods._match import function_around, within
from codemods._tree import Function, Tree
from codemods._types import exact_type

OF_BOTH = frozenset({"lower", "upper", "title", "capitalize", "swapcase", "strip", "lstrip", "rstrip"})
NEVER_RAISE = {"str": OF_BOTH | {"casefold"}, "bytes": OF_BOTH}
"""What text of each type has, and what gives a value whatever the text is: `encode` does not."""

TAKE_CHARACTERS = frozenset({"strip", "lstrip", "rstrip"})
METHODS = OF_BOTH | {"casefold", "encode"}


class InvariantMethodInLoop(Codemod):
    """What is the same in each turn is computed before the loop."""

    DESCRIPTION = "Call a method of an unchanging text before the loop."
    HINT = re.compile(r"\.\s*(?:lower|upper|casefold|title|capitalize|swapcase|encode|[lr]?strip)\s*\(")
    SIGNS = frozenset(f"steady .{name}()" for name in METHODS)

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`text.lower()` and its like, of a variable that the loop leaves alone."""
        free = Names(tree)
        groups: dict[tuple[cst.CSTNode, str], list[cst.Call]] = {}
        for call in tree.nodes(cst.Call):
            function = function_around(tree, call)
            receiver = _receiver(call)
            if function is None or receiver is None or function.opaque or tree.has_comment(call):
                continue
            place = steady_loop(tree, function, call, {receiver.value}, receiver)
            if place is None:
                continue
            if _never_raises(tree, function, call) or _is_always_called(tree, function, call, place):
                groups.setdefault((place, tree.code(call)), []).append(call)
        for (place, text), calls in groups.items():
            function = function_around(tree, calls[0])
            receiver = _receiver(calls[0])
            if function is None or receiver is None:
                continue
            name = free.local(function, f"{receiver.value}_{cst.ensure_type(calls[0].func, cst.Attribute).attr.value}")
            changes: dict[cst.CSTNode, Change] = dict.fromkeys(calls, _Use(name))
            level = _level(tree, function, calls[0], receiver, place)
            yield Edit(function, *level, changes, before={place: f"{name} = {text}"})


class _Use:
    """The change from the call to the name of its result."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        return filled(self.name, node)


def _receiver(call: cst.Call) -> cst.Name | None:
    match call.func:
        case cst.Attribute(value=cst.Name() as receiver, attr=cst.Name(value=method)) if method in METHODS:
            is_plain = all(
                isinstance(arg.value, cst.SimpleString) and arg.keyword is None and not arg.star for arg in call.args
            )
            return receiver if is_plain and len(call.args) <= 1 else None
    return None


def _level(tree: Tree, function: Function, call: cst.Call, receiver: cst.Name, place: cst.CSTNode) -> Level:
    if not _never_raises(tree, function, call):
        return "unsafe", "the method must have no effects, and not raise where the loop has no turns"
    if not is_bound_before(tree, function, receiver.value, place):
        return "unsafe", f"{receiver.value} must have its value even where the loop has no turns"
    return "safe", "it is certainly text, and the same in each turn"


def _never_raises(tree: Tree, function: Function, call: cst.Call) -> bool:
    """Does the call give a value and nothing else, if its receiver has one?"""
    func = cst.ensure_type(call.func, cst.Attribute)
    kind = exact_type(tree, function, func.value)
    if kind is None or func.attr.value not in NEVER_RAISE.get(kind, ()):
        return False
    arguments = [exact_type(tree, function, arg.value) for arg in call.args]
    return not arguments or (arguments == [kind] and func.attr.value in TAKE_CHARACTERS)


def _is_always_called(tree: Tree, function: Function, call: cst.Call, place: cst.CSTNode) -> bool:
    """Does each turn call it, whatever was asked before, and does nobody wait for an error?"""
    child: cst.CSTNode = call
    for parent in tree.ancestors(call):
        match parent:
            case cst.BooleanOperation():
                if parent.left is not child:
                    return False
            case cst.IfExp() | cst.If():
                if parent.test is not child:
                    return False
            case cst.Try() | cst.TryStar() | cst.With() | cst.Match() | cst.Lambda():
                return False
            case cst.ListComp() | cst.SetComp() | cst.DictComp() | cst.GeneratorExp():
                if parent.for_in is not child and parent.for_in.ifs:
                    return False
        if parent is place:
            break
        child = parent
    return not within(tree, place, lambda item: isinstance(item, cst.Try | cst.TryStar), function.node)
