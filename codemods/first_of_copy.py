"""Takes the first item of a collection without copying it: `list(items)[0]` becomes `next(iter(items))`.

Its card is `rules/first_of_copy.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import filled
from codemods._flow import below, has_effects
from codemods._match import builtin_call, function_around, within
from codemods._tree import Tree


class FirstOfCopy(Codemod):
    """The copy costs a walk over everything, for its first item."""

    DESCRIPTION = "Take the first item without making a list of all."
    HINT = re.compile(r"[\])]\s*\[\s*0\s*\]")
    SIGNS = frozenset({"first"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`list(x)[0]` and `[... for ...][0]`, in a function that yields nothing, outside of `try`."""
        for node in tree.nodes(cst.Subscript):
            function = function_around(tree, node)
            if function is None or not _is_first(tree, node) or not tree.is_load(node) or tree.has_comment(node):
                continue
            is_generator = any(isinstance(item, cst.Yield) for item in below(function.node.body))
            if is_generator or within(tree, node, _is_guard, function.node) or not tree.is_builtin("next", node):
                continue
            copied = builtin_call(tree, node.value, "list", "tuple")
            reason = "an empty collection raises StopIteration instead of IndexError"
            if copied is not None and tree.is_builtin("iter", node):
                yield Edit(function, "unsafe", reason, {node: _first_of_call})
            elif isinstance(node.value, cst.ListComp) and not has_effects(node.value) and not node.value.lpar:
                yield Edit(function, "unsafe", reason, {node: _first_of_comprehension})


def _is_guard(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Try | cst.TryStar | cst.With | cst.GeneratorExp | cst.Del)


def _is_first(tree: Tree, node: cst.Subscript) -> bool:
    if len(node.slice) != 1 or isinstance(tree.parents[node], cst.Del):
        return False
    match node.slice[0].slice:
        case cst.Index(value=cst.Integer(value="0"), star=None | ""):
            return True
    return False


def _first_of_call(node: cst.CSTNode) -> cst.CSTNode:
    call = cst.ensure_type(cst.ensure_type(node, cst.Subscript).value, cst.Call)
    return filled("next(iter({items}))", node, items=call.args[0].value)


def _first_of_comprehension(node: cst.CSTNode) -> cst.CSTNode:
    comprehension = cst.ensure_type(cst.ensure_type(node, cst.Subscript).value, cst.ListComp)
    items = cst.GeneratorExp(comprehension.elt, comprehension.for_in, lpar=[], rpar=[])
    return cst.Call(
        cst.Name("next"),
        [cst.Arg(items, whitespace_after_arg=comprehension.rbracket.whitespace_before)],
        whitespace_before_args=comprehension.lbracket.whitespace_after,
    )
