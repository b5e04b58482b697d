"""Collects numbers in a list where a loop calls `numpy.append`, and makes one array of them behind it.

Its card is `rules/numpy_append_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import filled
from codemods._imports import is_module
from codemods._match import accumulation, candidates, is_length
from codemods._tree import Tree


class NumpyAppendInLoop(Codemod):
    """`numpy.append` makes a new array of everything so far, each time."""

    DESCRIPTION = "Append to a list and make one array of it, instead of numpy.append in a loop."
    HINT = re.compile(r"\.\s*append\s*\(\s*(\w+)\s*,")
    SIGNS = frozenset({"loop .append()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A local array that starts empty, and that loops only append to and measure."""
        for function, name, assign, names in candidates(tree):
            module = _empty_array(tree, assign.value)
            if module is None:
                continue
            steps = {item: step for item in names if (step := _step(tree, item, name)) is not None}
            found = accumulation(tree, function, assign, names, steps.__contains__)
            if found is None:
                continue
            read = {_call(step).args[0].value for step in steps.values()}
            inside = [steps[item] for item in found.inside if item in steps]
            others = [item for item in found.inside if item not in steps and item not in read]
            if not all(is_length(tree, item) for item in others) or any(tree.has_comment(step) for step in inside):
                continue
            changes: dict[cst.CSTNode, Change] = {assign.value: lambda node: filled("[]", node)}
            changes |= dict.fromkeys(inside, _to_append)
            after = {found.grower: f"{name} = {module}.array({name}, dtype=float)"}
            reason = "every part must be one number"
            yield Edit(function, "unsafe", reason, changes, after)


def _empty_array(tree: Tree, node: cst.BaseExpression) -> str | None:
    """The name of the module, in `numpy.array([])`, `numpy.empty(0)` or `numpy.zeros(0)`."""
    match node:
        case cst.Call(
            func=cst.Attribute(value=cst.Name(value=name) as module, attr=cst.Name(value=maker)), args=[arg]
        ) if arg.keyword is None and is_module(tree, module, "numpy"):
            is_empty = maker == "array" and isinstance(arg.value, cst.List) and not arg.value.elements
            is_zero = maker in {"empty", "zeros"} and isinstance(arg.value, cst.Integer) and arg.value.value == "0"
            return name if is_empty or is_zero else None
    return None


def _call(step: cst.Assign) -> cst.Call:
    return cst.ensure_type(step.value, cst.Call)


def _step(tree: Tree, name: cst.Name, variable: str) -> cst.Assign | None:
    """The statement `name = numpy.append(name, part)`, of which the place given is the target."""
    target = tree.parents[name]
    assign = tree.parents[target]
    if not isinstance(target, cst.AssignTarget) or not isinstance(assign, cst.Assign) or len(assign.targets) != 1:
        return None
    match assign.value:
        case cst.Call(
            func=cst.Attribute(value=cst.Name() as module, attr=cst.Name(value="append")),
            args=[cst.Arg(value=cst.Name(value=read), keyword=None, star=""), cst.Arg(keyword=None, star="") as part],
        ) if read == variable and is_module(tree, module, "numpy"):
            is_array = isinstance(part.value, cst.List | cst.Tuple | cst.ListComp)
            return None if is_array else assign
    return None


def _to_append(node: cst.CSTNode) -> cst.CSTNode:
    step = cst.ensure_type(node, cst.Assign)
    name, part = (arg.value for arg in _call(step).args)
    return cst.Expr(filled("{name}.append({part})", cst.Name("_"), name=name, part=part), semicolon=step.semicolon)
