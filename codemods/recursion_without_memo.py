"""Puts a cache on a function of numbers that calls itself twice or more.

Its card is `rules/recursion_without_memo.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._flow import below
from codemods._imports import imported
from codemods._tree import Function, Tree

BUILTINS = frozenset({"min", "max", "abs", "sum", "len", "range", "int", "divmod", "pow"})
ALLOWED = (
    cst.IndentedBlock, cst.SimpleStatementLine, cst.Return, cst.If, cst.Else, cst.IfExp, cst.Comparison, cst.Name,
    cst.ComparisonTarget, cst.BinaryOperation, cst.BooleanOperation, cst.UnaryOperation, cst.Integer, cst.Call, cst.Arg,
    cst.BaseCompOp, cst.BaseBinaryOp, cst.BaseUnaryOp, cst.BaseBooleanOp, cst.SimpleStatementSuite, cst.Float, cst.Expr,
    cst.SimpleString,
)  # fmt: skip


class RecursionWithoutMemo(Codemod):
    """Each call makes two or more; with a cache, each argument is computed once."""

    DESCRIPTION = "Cache a pure function that calls itself more than once."
    HINT = re.compile(r"\breturn\b")
    SIGNS = frozenset({"recursion"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A function of the module that only computes with its arguments, and calls itself twice in one expression."""
        for function in tree.functions:
            node = function.node
            if node not in tree.module.body or node.decorators or node.asynchronous is not None:
                continue
            if not _has_plain_parameters(node) or not _is_pure(tree, function) or not _branches(node):
                continue
            found = imported(tree, "functools", "lru_cache", node)
            if found is None or len(tree.binders(node.name.value)) != 1:
                continue
            written, insertions = found
            reason = "arguments must be hashable, and every result stays in memory"
            change = partial(_decorated, decorator=f"{written}(maxsize=None)")
            yield Edit(function, "unsafe", reason, {node: change}, insertions=insertions)


def _has_plain_parameters(node: cst.FunctionDef) -> bool:
    params = node.params
    if params.star_kwarg is not None or params.kwonly_params or isinstance(params.star_arg, cst.Param):
        return False
    every = (*params.params, *params.posonly_params)
    return bool(every) and all(item.default is None or isinstance(item.default, cst.Integer) for item in every)


def _is_pure(tree: Tree, function: Function) -> bool:
    """Does the body hold nothing but branches, returns and arithmetic of its parameters?"""
    node = function.node
    if not all(isinstance(item, ALLOWED) for item in below(node.body)):
        return False
    known = {item.name.value for item in (*node.params.params, *node.params.posonly_params)} | {node.name.value}
    for name in below(node.body):
        if isinstance(name, cst.Name) and name.value not in known | {"True", "False", "None"}:
            call = tree.parents[name]
            if not isinstance(call, cst.Call) or name.value not in BUILTINS or not tree.is_builtin(name.value, name):
                return False
    return True


def _branches(node: cst.FunctionDef) -> bool:
    """Does one return call the function twice or more?"""
    for item in below(node.body):
        if isinstance(item, cst.Return) and sum(_calls(part, node.name.value) for part in below(item)) > 1:
            return True
    return False


def _calls(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == name


def _decorated(node: cst.CSTNode, decorator: str) -> cst.CSTNode:
    function = cst.ensure_type(node, cst.FunctionDef)
    return function.with_changes(decorators=[cst.Decorator(cst.parse_expression(decorator))])
