"""Rewrites `any(text.startswith(p) for p in prefixes)` to one call with a tuple.

Its card is `rules/startswith_any.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import filled
from codemods._flow import is_inside
from codemods._match import builtin_call, function_around, one_argument
from codemods._tree import Function, Tree
from codemods._types import exact_type

UNSURE = "the receiver must be text, and all prefixes text too"


class StartswithAny(Codemod):
    """A tuple is tried in C, without a generator and a call per prefix."""

    DESCRIPTION = "Give startswith and endswith a tuple instead of asking once per prefix."
    HINT = re.compile(r"\.\s*(?:startswith|endswith)\s*\(")
    SIGNS = frozenset({"any(.startswith)", "any(.endswith)", "if .startswith", "if .endswith"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`any` over a comprehension that asks one receiver with the loop's variable."""
        for call in tree.nodes(cst.Call):
            function = function_around(tree, call)
            asked = _asked(tree, call)
            if function is None or asked is None or tree.has_comment(call):
                continue
            source = _comprehension(call).for_in.iter
            prefixes = _literals(source)
            if prefixes is None and (isinstance(source, cst.Call) or not tree.is_builtin("tuple", call)):
                continue
            receiver = cst.ensure_type(asked.func, cst.Attribute).value
            is_text = exact_type(tree, function, receiver) == "str"
            if prefixes and is_text and all(exact_type(tree, function, item) == "str" for item in prefixes):
                yield Edit(function, "safe", "all of it is certainly text", {call: _to_tuple})
            else:
                yield Edit(function, "unsafe", UNSURE, {call: _to_tuple})
        for loop in tree.nodes(cst.For):
            function = function_around(tree, loop)
            test = _returns_true(loop)
            if function is None or test is None or tree.has_comment(loop) or not _is_followed_by_false(tree, loop):
                continue
            if _literals(loop.iter) and _is_only_here(tree, function, loop):
                yield Edit(function, "unsafe", UNSURE, {loop: _to_branch})


def _asked(tree: Tree, call: cst.Call) -> cst.Call | None:
    """The call `receiver.startswith(variable)`, when `any` has nothing but that to try."""
    argument = builtin_call(tree, call, "any")
    match argument if argument is None else builtin_call(tree, argument, "tuple", "list") or argument:
        case (
            cst.GeneratorExp(elt=cst.Call(func=cst.Attribute(value=receiver, attr=attr)) as asked, for_in=loop)
            | cst.ListComp(elt=cst.Call(func=cst.Attribute(value=receiver, attr=attr)) as asked, for_in=loop)
        ) if attr.value in {"startswith", "endswith"}:
            pass
        case _:
            return None
    argument = one_argument(asked)
    if loop.inner_for_in is not None or loop.ifs or loop.asynchronous is not None:
        return None
    if not isinstance(loop.target, cst.Name) or not isinstance(argument, cst.Name):
        return None
    if argument.value != loop.target.value or not _is_steady(receiver, loop.target.value):
        return None
    return asked


def _is_steady(node: cst.BaseExpression, variable: str) -> bool:
    """A name or attributes of a name, but not the loop's own variable."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name) and node.value != variable


def _comprehension(call: cst.Call) -> cst.GeneratorExp | cst.ListComp:
    """What `any` tries, perhaps by way of a list or tuple of it."""
    value = call.args[0].value
    if isinstance(value, cst.Call):
        value = value.args[0].value
    assert isinstance(value, cst.GeneratorExp | cst.ListComp)
    return value


def _literals(node: cst.BaseExpression) -> list[cst.BaseExpression] | None:
    """The elements of a tuple or list that is written out; None for anything else."""
    if not isinstance(node, cst.Tuple | cst.List) or not all(isinstance(i, cst.Element) for i in node.elements):
        return None
    return [item.value for item in node.elements]


def _to_tuple(node: cst.CSTNode) -> cst.CSTNode:
    call = cst.ensure_type(node, cst.Call)
    asked = cst.ensure_type(_comprehension(call).elt, cst.Call)
    return _asked_at_once(asked, _comprehension(call).for_in.iter, node)


def _asked_at_once(asked: cst.Call, source: cst.BaseExpression, like: cst.CSTNode) -> cst.BaseExpression:
    prefixes: cst.BaseExpression = filled("tuple({source})", source, source=source)
    if isinstance(source, cst.Tuple):
        prefixes = source if source.lpar else source.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    elif isinstance(source, cst.List):
        prefixes = _as_tuple(source)
    return filled("{func}({prefixes})", like, func=asked.func, prefixes=prefixes)


def _as_tuple(node: cst.List) -> cst.Tuple:
    elements = list(node.elements)
    if len(elements) == 1 and not isinstance(elements[0].comma, cst.Comma):
        elements = [elements[0].with_changes(comma=cst.Comma())]
    left = cst.LeftParen(whitespace_after=node.lbracket.whitespace_after)
    right = cst.RightParen(whitespace_before=node.rbracket.whitespace_before)
    return cst.Tuple(elements, lpar=[left], rpar=[right])


def _returns_true(loop: cst.For) -> cst.Call | None:
    """The call in `for p in prefixes: if text.startswith(p): return True`."""
    match loop:
        case cst.For(
            target=cst.Name(value=variable),
            asynchronous=None,
            orelse=None,
            body=cst.IndentedBlock(body=[cst.If(test=cst.Call() as asked, orelse=None, body=body)]),
        ):
            pass
        case _:
            return None
    match asked.func, body:
        case (
            cst.Attribute(value=receiver, attr=cst.Name(value="startswith" | "endswith")),
            cst.IndentedBlock(body=[cst.SimpleStatementLine(body=[cst.Return(value=cst.Name(value="True"))])]),
        ):
            argument = one_argument(asked)
            is_variable = isinstance(argument, cst.Name) and argument.value == variable
            return asked if is_variable and _is_steady(receiver, variable) else None
    return None


def _is_followed_by_false(tree: Tree, loop: cst.For) -> bool:
    block = tree.parents[loop]
    if not isinstance(block, cst.IndentedBlock):
        return False
    after = [item for item in block.body if tree.start(item) > tree.start(loop)]
    match after:
        case [cst.SimpleStatementLine(body=[cst.Return(value=cst.Name(value="False"))])]:
            return True
    return False


def _is_only_here(tree: Tree, function: Function, loop: cst.For) -> bool:
    variable = cst.ensure_type(loop.target, cst.Name).value
    return all(is_inside(tree, item, loop) for item in function.variables[variable])


def _to_branch(node: cst.CSTNode) -> cst.CSTNode:
    loop = cst.ensure_type(node, cst.For)
    branch = cst.ensure_type(cst.ensure_type(loop.body, cst.IndentedBlock).body[0], cst.If)
    asked = cst.ensure_type(branch.test, cst.Call)
    return branch.with_changes(test=_asked_at_once(asked, loop.iter, asked), leading_lines=loop.leading_lines)
