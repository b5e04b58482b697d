"""Calls a method of a text once that a loop calls in each turn on the same text.

Its card is `rules/invariant_method_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import Names, filled
from codemods._flow import steady_loop
from codemods._match import function_around, within
from codemods._tree import Function, Tree
from codemods._types import exact_type

METHODS = frozenset(
    {"lower", "upper", "casefold", "title", "capitalize", "swapcase", "encode", "strip", "lstrip", "rstrip"}
)


class InvariantMethodInLoop(Codemod):
    """What is the same in each turn is computed before the loop."""

    DESCRIPTION = "Call a method of an unchanging text before the loop."
    HINT = re.compile(r"\.\s*(?:lower|upper|casefold|title|capitalize|swapcase|encode|[lr]?strip)\s*\(")
    SIGNS = frozenset(f"loop .{name}()" for name in METHODS)

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
            if place is not None and _is_always_called(tree, function, call, place):
                groups.setdefault((place, tree.code(call)), []).append(call)
        for (place, text), calls in groups.items():
            function = function_around(tree, calls[0])
            receiver = _receiver(calls[0])
            if function is None or receiver is None:
                continue
            name = free.local(function, f"{receiver.value}_{cst.ensure_type(calls[0].func, cst.Attribute).attr.value}")
            changes: dict[cst.CSTNode, Change] = dict.fromkeys(calls, _Use(name))
            before = {place: f"{name} = {text}"}
            if exact_type(tree, function, receiver) in {"str", "bytes"}:
                yield Edit(function, "safe", "it is certainly text, and the same in each turn", changes, before=before)
            else:
                reason = "the method must have no effects, and exist even where the loop has no turns"
                yield Edit(function, "unsafe", reason, changes, before=before)


class _Use:
    """The change from the call to the name of its result."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        return filled(self.name, node)


def _receiver(call: cst.Call) -> cst.Name | None:
    match call.func:
        case cst.Attribute(value=cst.Name() as receiver, attr=cst.Name(value=method)) if method in METHODS:
            is_plain = all(isinstance(arg.value, cst.SimpleString) and arg.keyword is None for arg in call.args)
            return receiver if is_plain and len(call.args) <= 1 else None
    return None


def _is_always_called(tree: Tree, function: Function, call: cst.Call, place: cst.CSTNode) -> bool:
    """Does each turn call it, whatever was asked before? For certain text that does not matter."""
    receiver = _receiver(call)
    if receiver is not None and exact_type(tree, function, receiver) in {"str", "bytes"}:
        return True
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
