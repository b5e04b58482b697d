"""Which edits of several rules can be made to one text at once, each as it would be alone.

Its partner is `codemods/_apply.py`, which makes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from codemods._apply import compatible
from codemods._edit import Edit
from codemods._flow import below, names_in
from codemods._tree import Tree


@dataclass(frozen=True, slots=True)
class _Taken:
    """An edit of a rule with what decides whether another one may be made beside it."""

    rule: str
    edit: Edit
    nodes: frozenset[cst.CSTNode]
    around: frozenset[cst.CSTNode]
    said: frozenset[tuple[cst.CSTNode, str]]
    """The variables and attributes that it touches and that something gives a value, with where they are known."""


def together(tree: Tree, edits: Sequence[tuple[str, Edit]]) -> list[int]:
    """The indices of the edits that can be made at once: one that touches what an earlier one does is left out."""
    chosen: list[int] = []
    by_statement: dict[cst.CSTNode, list[_Taken]] = {}
    stored = {node.attr.value for node in tree.nodes(cst.Attribute) if not tree.is_load(node)}
    for index, (rule, edit) in enumerate(edits):
        one = _taken(tree, rule, edit, stored)
        places = {node for node in one.nodes | one.around if tree.parents.get(node) is tree.module}
        if all(_agree(tree, one, other) for place in places for other in by_statement.get(place, ())):
            chosen.append(index)
            for place in places:
                by_statement.setdefault(place, []).append(one)
    return chosen


def _taken(tree: Tree, rule: str, edit: Edit, stored: set[str]) -> _Taken:
    nodes = frozenset([*edit.changes, *edit.before, *edit.after])
    around = frozenset(parent for node in nodes for parent in tree.ancestors(node))
    said = frozenset(one for node in nodes for one in _said(tree, edit, _statement(tree, node), stored))
    return _Taken(rule, edit, nodes, around, said)


def _statement(tree: Tree, node: cst.CSTNode) -> cst.CSTNode:
    """The small statement around a node, which may say what becomes of it, or the node itself."""
    return next((item for item in tree.ancestors(node) if isinstance(item, cst.BaseSmallStatement)), node)


def _said(tree: Tree, edit: Edit, node: cst.CSTNode, stored: set[str]) -> Iterator[tuple[cst.CSTNode, str]]:
    nodes = [edit.function.node, *tree.ancestors(edit.function.node)]
    outermost = tree.function_of[[item for item in nodes if isinstance(item, cst.FunctionDef)][-1]]
    for name in {item.value for item in names_in(tree, node)}:
        binders = [item for item in outermost.variables.get(name, ()) if not tree.is_load(item)]
        if not all(isinstance(tree.parents[item], cst.Param | cst.CompFor) for item in binders):
            yield outermost.node, name
    for item in below(node):
        if isinstance(item, cst.Attribute) and item.attr.value in stored:
            yield tree.module, item.attr.value


def _agree(tree: Tree, one: _Taken, other: _Taken) -> bool:
    """Would each do the same without the other? A rule knows of its own edits, and nothing of those of another."""
    is_apart = one.nodes.isdisjoint(other.around) and other.nodes.isdisjoint(one.around)
    if one.rule == other.rule:
        return is_apart or len(compatible(tree, [one.edit, other.edit])) > 1
    return is_apart and one.nodes.isdisjoint(other.nodes) and one.said.isdisjoint(other.said)
