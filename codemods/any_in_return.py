"""Rewrites `return any(...)` and `return all(...)` of a generator to a loop that returns.

Its card is `rules/any_in_return.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._flow import anchor, is_inside
from codemods._generators import is_plain_generator
from codemods._match import builtin_call, crosses_scope, function_around
from codemods._tree import Function, Tree


class AnyInReturn(Codemod):
    """A loop needs no generator that is made, resumed for each item and thrown away."""

    DESCRIPTION = "Loop and return instead of returning any or all of a generator."
    HINT = re.compile(r"\breturn\s+(?:any|all)\s*\(")
    SIGNS = frozenset({"any(generator)", "all(generator)"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A `return` of `any` or `all` with a plain generator, on a line of its own."""
        for node in tree.nodes(cst.Return):
            line = tree.parents[node]
            function = function_around(tree, node)
            call = node.value
            if function is None or call is None or function.opaque or not isinstance(line, cst.SimpleStatementLine):
                continue
            generator = builtin_call(tree, call, "any", "all")
            if generator is None or not is_plain_generator(generator) or len(line.body) > 1:
                continue
            if tree.has_comment(call) or line.trailing_whitespace.comment is not None or anchor(tree, line) is not line:
                continue
            if _keeps_names_apart(tree, function, cst.ensure_type(generator, cst.GeneratorExp)):
                reason = "longer to read: worth it where a profile shows this line"
                last = "return False" if builtin_call(tree, call, "any") is not None else "return True"
                yield Edit(function, "unsafe", reason, {line: _to_loop}, {line: last})


def _keeps_names_apart(tree: Tree, function: Function, generator: cst.GeneratorExp) -> bool:
    """Are the loop's variables names that the function says nowhere else, and is there one loop?"""
    loop = generator.for_in
    targets = [loop.target] if isinstance(loop.target, cst.Name) else []
    if isinstance(loop.target, cst.Tuple):
        targets = [item.value for item in loop.target.elements if isinstance(item.value, cst.Name)]
        if len(targets) != len(loop.target.elements):
            return False
    if not targets or loop.inner_for_in is not None or len(loop.ifs) > 1 or "\n" in tree.code(generator):
        return False
    return not crosses_scope(tree, generator, function) and all(
        is_inside(tree, item, generator) and not is_inside(tree, item, loop.iter)
        for target in targets
        for item in function.variables[target.value]
    )


def _to_loop(node: cst.CSTNode) -> cst.CSTNode:
    line = cst.ensure_type(node, cst.SimpleStatementLine)
    call = cst.ensure_type(cst.ensure_type(line.body[0], cst.Return).value, cst.Call)
    generator = cst.ensure_type(call.args[0].value, cst.GeneratorExp)
    is_any = cst.ensure_type(call.func, cst.Name).value == "any"
    test = generator.elt if is_any else _negated(generator.elt)
    found = cst.If(test, cst.IndentedBlock([_returned("True" if is_any else "False")]))
    for condition in generator.for_in.ifs:
        found = cst.If(condition.test, cst.IndentedBlock([found]))
    loop = cst.For(generator.for_in.target, generator.for_in.iter, cst.IndentedBlock([found]))
    return loop.with_changes(leading_lines=line.leading_lines)


def _returned(value: str) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Return(cst.Name(value))])


def _negated(node: cst.BaseExpression) -> cst.BaseExpression:
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        return node.expression
    if isinstance(node, cst.BooleanOperation | cst.IfExp) and not node.lpar:
        node = node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.UnaryOperation(cst.Not(), node)
