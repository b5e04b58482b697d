"""Rewrites a local list, set or dict that a loop replaces by a longer copy, to one that grows in place.

Its card is `rules/rebind_accumulate_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit, Level
from codemods._flow import names_in
from codemods._match import (
    accumulation,
    builtin_call,
    candidates,
    enclosing_loops,
    is_length,
    is_truth_test,
    membership,
    method_call,
    one_argument,
    within,
)
from codemods._tree import Tree

GROWTH: dict[str, type[cst.AddAssign | cst.BitOrAssign]] = {
    "list": cst.AddAssign,
    "set": cst.BitOrAssign,
    "dict": cst.BitOrAssign,
}
CATCHERS = (cst.Try, cst.TryStar, cst.With)
OPERATORS = {"list": cst.Add, "set": cst.BitOr, "dict": cst.BitOr}


class RebindAccumulateInLoop(Codemod):
    """`items = items + [item]` copies all of it each time; `items += [item]` does not."""

    DESCRIPTION = "Grow a local list, set or dict in place instead of copying it in each turn of a loop."
    HINT = re.compile(r"\b(\w+)\s*=[\s(]*(?:\1[\s)]*(?:[+|]|\.\s*union\b)|[\[{]\s*\*{1,2}[\s(]*\1\b)")
    SIGNS = frozenset({"loop name = name +"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A new local collection that nobody keeps a reference to while loops rebind it."""
        for function, name, assign, names in candidates(tree):
            kind = _kind(tree, assign.value)
            if kind is None:
                continue
            block = tree.parents[tree.parents[assign]]
            grown = {item: step for item in names if (step := _step(tree, item, name, kind)) is not None}
            found = accumulation(tree, function, assign, names, grown.__contains__)
            if found is None:
                continue
            read = {step[1] for step in grown.values()}
            others = [item for item in found.inside if item not in grown and item not in read]
            if not all(_keeps_no_reference(tree, item, kind, found.grower) for item in others):
                continue
            steps = [step for item, step in grown.items() if enclosing_loops(tree, item, block)]
            if any(tree.has_comment(statement) for statement, _, _ in steps):
                continue
            changes: dict[cst.CSTNode, Change] = {statement: change for statement, _, change in steps}
            level = _level(tree, kind, [*others, *found.after], steps, block)
            yield Edit(function, *level, changes, python=(3, 9) if kind == "dict" else (3, 0))


Step = tuple[cst.Assign, cst.Name, Change]


class _Grow:
    """The change from `name = name + added` to `name += added`."""

    def __init__(self, operator: cst.BaseAugOp, added: cst.BaseExpression) -> None:
        self.operator = operator
        self.added = added

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        assign = cst.ensure_type(node, cst.Assign)
        target = cst.ensure_type(assign.targets[0].target, cst.Name)
        return cst.AugAssign(target, self.operator, self.added, semicolon=assign.semicolon)


def _updated(node: cst.CSTNode) -> cst.CSTNode:
    """The change from `name = name.union(added)` to `name.update(added)`."""
    assign = cst.ensure_type(node, cst.Assign)
    call = cst.ensure_type(assign.value, cst.Call)
    func = cst.ensure_type(call.func, cst.Attribute).with_changes(attr=cst.Name("update"))
    return cst.Expr(call.with_changes(func=func), semicolon=assign.semicolon)


def _level(tree: Tree, kind: str, uses: list[cst.Name], steps: list[Step], block: cst.CSTNode) -> Level:
    if kind != "list" and any(
        within(tree, step, lambda node: isinstance(node, CATCHERS), block) for step, _, _ in steps
    ):
        return "unsafe", "an == or hash of the items that raises leaves a part of them, which is seen if it is caught"
    if kind == "set" and not all(_hides_order(tree, name) for name in uses):
        return "unsafe", "a set that grows in place may give its items in another order"
    return "safe", f"nobody else can see the {kind} while the loop grows it"


def _hides_order(tree: Tree, name: cst.Name) -> bool:
    """Is this place the same for a set in any order?"""
    if is_truth_test(tree, name) or is_length(tree, name) or membership(tree, name) is not None:
        return True
    return method_call(tree, name, "add") is not None


def _kind(tree: Tree, value: cst.BaseExpression) -> str | None:
    """Which builtin collection an expression certainly makes, new."""
    match value:
        case cst.List() | cst.ListComp():
            return "list"
        case cst.Set() | cst.SetComp():
            return "set"
        case cst.Dict() | cst.DictComp():
            return "dict"
        case cst.Call(func=cst.Name(value=name)) if name in GROWTH and tree.is_builtin(name, value.func):
            return name
    return "list" if builtin_call(tree, value, "sorted") is not None else None


def _step(tree: Tree, name: cst.Name, variable: str, kind: str) -> Step | None:
    """The statement that rebinds the name to itself and more, the name as it is read there, and how it can grow."""
    target = tree.parents[name]
    assign = tree.parents[target]
    if not isinstance(target, cst.AssignTarget) or not isinstance(assign, cst.Assign) or len(assign.targets) != 1:
        return None
    value = assign.value
    read, added = _parts(tree, value, kind)
    if not isinstance(read, cst.Name) or read.value != variable:
        return None
    if added is not None:
        return assign, read, _Grow(GROWTH[kind](), added)
    # What is added one by one must not see the set that grows meanwhile.
    return (assign, read, _updated) if [item.value for item in names_in(tree, value)].count(variable) == 1 else None


def _parts(
    tree: Tree, value: cst.BaseExpression, kind: str
) -> tuple[cst.BaseExpression | None, cst.BaseExpression | None]:
    """What a value copies, and what it adds to the copy; nothing is known to be added by `union`."""
    match value:
        case cst.BinaryOperation(left=read, right=added) if isinstance(value.operator, OPERATORS[kind]):
            return (read, added) if _kind(tree, added) == kind else (None, None)
        case (
            cst.List(elements=[cst.StarredElement(value=read), _, *_])
            | cst.Dict(elements=[cst.StarredDictElement(value=read), _, *_])
        ) if _kind(tree, value) == kind:
            return read, value.with_changes(elements=value.elements[1:])
        case cst.Call(func=cst.Attribute(value=read, attr=cst.Name(value="union")), args=[_, *_]) if kind == "set":
            return (None, None) if any(arg.keyword or arg.star == "**" for arg in value.args) else (read, None)
    return None, None


def _keeps_no_reference(tree: Tree, name: cst.Name, kind: str, grower: cst.CSTNode) -> bool:
    """Is this place content with the collection as it is now, without keeping it for later?"""
    if is_truth_test(tree, name) or is_length(tree, name) or membership(tree, name) is not None:
        return True
    call = method_call(tree, name, "append" if kind == "list" else "add")
    if call is not None and kind != "dict":
        return one_argument(call) is not None and isinstance(tree.parents[call], cst.Expr)
    if not isinstance(tree.parents[name], cst.Return):
        return False
    return not within(tree, name, lambda node: isinstance(node, cst.Try | cst.TryStar), tree.parents[grower])
