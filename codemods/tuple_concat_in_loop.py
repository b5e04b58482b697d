"""Rewrites a local tuple that a loop extends to a list that becomes a tuple again behind the loop.

Its card is `rules/tuple_concat_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._match import accumulation, candidates, is_length, is_truth_test, membership
from codemods._tree import Tree


class TupleConcatInLoop(Codemod):
    """`+=` on a tuple copies all of it each time; a list grows in place."""

    DESCRIPTION = "Use a list for a local tuple that a loop extends."
    HINT = re.compile(r"\+=\s*\(")
    SIGNS = frozenset({"loop tuple +="})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A new local tuple that nobody keeps a reference to while loops extend it by tuples."""
        for function, name, assign, names in candidates(tree):
            if not isinstance(assign.value, cst.Tuple) or not assign.value.lpar or tree.has_comment(assign.value):
                continue
            found = accumulation(tree, function, assign, names, lambda item: _is_step(tree, item))
            if found is None or not tree.is_builtin("tuple", assign):
                continue
            if not all(_keeps_no_reference(tree, item) for item in found.inside):
                continue
            changes: dict[cst.CSTNode, Change] = {assign.value: _to_list}
            after = {found.grower: f"{name} = tuple({name})"}
            yield Edit(function, "safe", "nobody else can see the tuple while the loop grows it", changes, after)


def _is_step(tree: Tree, name: cst.Name) -> bool:
    parent = tree.parents[name]
    return (
        isinstance(parent, cst.AugAssign)
        and parent.target is name
        and isinstance(parent.operator, cst.AddAssign)
        and isinstance(parent.value, cst.Tuple)
    )


def _keeps_no_reference(tree: Tree, name: cst.Name) -> bool:
    if _is_step(tree, name) or is_length(tree, name) or is_truth_test(tree, name):
        return True
    return membership(tree, name) is not None


def _to_list(node: cst.CSTNode) -> cst.CSTNode:
    items = cst.ensure_type(node, cst.Tuple)
    elements = list(items.elements)
    if len(elements) == 1:
        elements = [elements[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)]
    left = cst.LeftSquareBracket(whitespace_after=items.lpar[-1].whitespace_after)
    right = cst.RightSquareBracket(whitespace_before=items.rpar[0].whitespace_before)
    return cst.List(elements, left, right, lpar=items.lpar[:-1], rpar=items.rpar[1:])
