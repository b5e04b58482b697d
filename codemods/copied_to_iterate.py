"""Runs over an iterator itself, where the code makes a list of it only to run over that and leave early.

Its card is `rules/copied_to_iterate.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._flow import below, free_names, has_effects, is_bound_in, only_reads
from codemods._match import builtin_call, candidates
from codemods._tree import Function, Tree

LAZY = frozenset({"islice", "takewhile", "dropwhile", "chain", "filter", "map", "zip", "enumerate", "reversed"})


class CopiedToIterate(Codemod):
    """The list holds everything before the loop looks at the first item, and the loop may stop there."""

    DESCRIPTION = "Run over an iterator, not over a list of it, in a loop that may leave early."
    HINT = re.compile(r"\blist\s*\(\s*(?:\w+\s*\.\s*)?(?:" + "|".join(sorted(LAZY)) + r")\s*\(")
    SIGNS = frozenset({"list()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`items = list(islice(...))` whose one use is a loop with `break` or `return`, soon after."""
        for function, _, assign, names in candidates(tree):
            source = builtin_call(tree, assign.value, "list")
            loop = tree.parents[names[0]] if len(names) == 1 else None
            if source is None or not isinstance(loop, cst.For) or loop.iter is not names[0] or not _is_lazy(source):
                continue
            if loop.asynchronous is not None or not _leaves(loop) or tree.has_comment(assign.value):
                continue
            if _is_left_alone(tree, function, assign, source, loop):
                reason = "items are made while the loop runs: nothing may change what they are made of"
                yield Edit(function, "unsafe", reason, {assign.value: _to_source})


def _is_lazy(node: cst.BaseExpression) -> bool:
    match node:
        case cst.Call(func=cst.Name(value=name)) | cst.Call(func=cst.Attribute(attr=cst.Name(value=name))):
            return name in LAZY
    return False


def _leaves(loop: cst.For) -> bool:
    return any(isinstance(item, cst.Break | cst.Return) for item in below(loop.body))


def _is_left_alone(
    tree: Tree, function: Function, assign: cst.Assign, source: cst.BaseExpression, loop: cst.For
) -> bool:
    """Is there nothing with effects between the two, and is what the items are made of only read in the loop?"""
    line = tree.parents[assign]
    block = tree.parents[line]
    if not isinstance(block, cst.IndentedBlock) or tree.parents[loop] is not block:
        return False
    between = [item for item in block.body if tree.start(line) < tree.start(item) < tree.start(loop)]
    if any(not isinstance(item, cst.SimpleStatementLine) or has_effects(item) for item in between):
        return False
    names = free_names(tree, source)
    if is_bound_in(tree, function, names, loop):
        return False
    places = [item for name in names for item in function.variables.get(name, ())]
    end = tree.spans[loop]
    return all(only_reads(tree, item) for item in places if end[0] <= tree.start(item) < end[1])


def _to_source(node: cst.CSTNode) -> cst.CSTNode:
    call = cst.ensure_type(node, cst.Call)
    value = call.args[0].value
    return value.with_changes(lpar=call.lpar, rpar=call.rpar) if call.lpar else value
