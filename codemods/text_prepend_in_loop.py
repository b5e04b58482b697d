"""Rewrites local text that a loop extends at the front to a list of parts that are joined once.

Its card is `rules/text_prepend_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import filled
from codemods._match import accumulation, candidates
from codemods._tree import Tree
from codemods._types import exact_type


class TextPrependInLoop(Codemod):
    """`text = part + text` copies all of it each time; only appending grows in place."""

    DESCRIPTION = "Collect the parts of a local text and join them once, instead of prepending in a loop."
    HINT = re.compile(r"\b(\w+)\s*=.{0,200}\+\s*\1\b")
    SIGNS = frozenset({"loop name = + name"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """Local text that starts empty, and of which nobody sees anything before the loops are done."""
        for function, name, assign, names in candidates(tree):
            if not isinstance(assign.value, cst.SimpleString) or assign.value.raw_value or not _is_text(assign.value):
                continue
            steps = {item: step for item in names if (step := _step(tree, item, name)) is not None}
            found = accumulation(tree, function, assign, names, steps.__contains__)
            if found is None or not tree.is_builtin("reversed", assign):
                continue
            reads = {_added(step).right for step in steps.values()}
            if any(item not in steps and item not in reads for item in found.inside):
                continue
            inside = [steps[item] for item in found.inside if item in steps]
            if any(tree.has_comment(step) for step in inside):
                continue
            changes: dict[cst.CSTNode, Change] = {assign.value: lambda node: filled("[]", node)}
            changes |= dict.fromkeys(inside, _to_append)
            after = {found.grower: f'{name} = "".join(reversed({name}))'}
            if all(exact_type(tree, function, _added(step).left) == "str" for step in inside):
                yield Edit(function, "safe", "every part is certainly text", changes, after)
            else:
                yield Edit(function, "unsafe", "a part may be an object that takes over +", changes, after)


def _is_text(node: cst.SimpleString) -> bool:
    return "b" not in node.prefix.lower()


def _step(tree: Tree, name: cst.Name, variable: str) -> cst.Assign | None:
    """The statement `name = part + name`, of which the place given is the target."""
    target = tree.parents[name]
    assign = tree.parents[target]
    if not isinstance(target, cst.AssignTarget) or not isinstance(assign, cst.Assign) or len(assign.targets) != 1:
        return None
    match assign.value:
        case cst.BinaryOperation(operator=cst.Add(), right=cst.Name(value=right), lpar=[]) if right == variable:
            return assign
    return None


def _added(step: cst.Assign) -> cst.BinaryOperation:
    return cst.ensure_type(step.value, cst.BinaryOperation)


def _to_append(node: cst.CSTNode) -> cst.CSTNode:
    step = cst.ensure_type(node, cst.Assign)
    added = _added(step)
    call = filled("{name}.append({part})", added, name=cst.ensure_type(added.right, cst.Name), part=added.left)
    return cst.Expr(call, semicolon=step.semicolon)
