"""Rewrites a local list that a loop fills from the front to one that is filled at the end and then reversed.

Its card is `rules/insert_front_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._match import accumulation, candidates, is_length, is_truth_test, method_call
from codemods._tree import Tree


class InsertFrontInLoop(Codemod):
    """`insert(0, item)` moves every other element; `append` moves none."""

    DESCRIPTION = "Append to a local list and reverse it once, instead of inserting at the front in a loop."
    HINT = re.compile(r"\.\s*insert\s*\(\s*0\s*,")
    SIGNS = frozenset({"loop .insert(0)"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A new local list of at most one element, at whose front loops insert, and whose order nobody sees before."""
        for function, name, assign, names in candidates(tree):
            if not isinstance(assign.value, cst.List) or not _is_own_reverse(assign.value):
                continue
            found = accumulation(tree, function, assign, names, lambda item: _step(tree, item) is not None)
            if found is None or not all(_is_blind(tree, item) for item in found.inside):
                continue
            steps = [step for item in found.inside if (step := _step(tree, item)) is not None]
            if any(tree.has_comment(step) for step in steps):
                continue
            changes: dict[cst.CSTNode, Change] = dict.fromkeys(steps, _to_append)
            reason = "nobody sees the order of the list before the loop is done"
            yield Edit(function, "safe", reason, changes, {found.grower: f"{name}.reverse()"})


def _is_own_reverse(node: cst.List) -> bool:
    return len(node.elements) < 2 and all(isinstance(item, cst.Element) for item in node.elements)


def _step(tree: Tree, name: cst.Name) -> cst.Call | None:
    """The call `name.insert(0, item)` that is a statement of its own."""
    call = method_call(tree, name, "insert")
    if call is None or len(call.args) != 2 or not isinstance(tree.parents[call], cst.Expr):
        return None
    if any(arg.star or arg.keyword is not None for arg in call.args):
        return None
    first = call.args[0].value
    return call if isinstance(first, cst.Integer) and first.value == "0" else None


def _is_blind(tree: Tree, name: cst.Name) -> bool:
    return _step(tree, name) is not None or is_length(tree, name) or is_truth_test(tree, name)


def _to_append(node: cst.CSTNode) -> cst.CSTNode:
    call = cst.ensure_type(node, cst.Call)
    func = cst.ensure_type(call.func, cst.Attribute)
    return call.with_changes(func=func.with_changes(attr=func.attr.with_changes(value="append")), args=call.args[1:])
