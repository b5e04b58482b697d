"""Questions about a tree that syntax and scopes can answer; when they cannot, the answer is no.

Its partner is `codemods/_base.py`, whose edits rest on these answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import libcst as cst

from codemods._tree import Function, Tree

SCOPES = (cst.FunctionDef, cst.Lambda, cst.ClassDef)
DEFERRED = (*SCOPES, cst.GeneratorExp)
"""What may run later than where it stands (or, a class, see other names)."""

COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
_OUTSIDE = frozenset({cst.ClassDef, cst.Param, cst.Decorator, cst.Annotation})
"""What stands in a function and does not run as its body does."""

LOOPS = (cst.For, cst.While, *COMPREHENSIONS)


def enclosing_loops(tree: Tree, node: cst.CSTNode, within: cst.CSTNode) -> list[cst.CSTNode]:
    """The loops and comprehensions inside `within` that may evaluate this node more than once."""
    loops: list[cst.CSTNode] = []
    child = node
    for parent in tree.ancestors(node):
        if (
            (isinstance(parent, cst.For) and child is parent.body)
            or (isinstance(parent, cst.While) and child is not parent.orelse)
            or (isinstance(parent, COMPREHENSIONS) and child is not parent.for_in)
            or (isinstance(parent, cst.CompFor) and child is not parent.iter and child is not parent.target)
        ):
            loops.append(parent)
        if parent is within:
            break
        child = parent
    return loops


def function_around(tree: Tree, node: cst.CSTNode) -> Function | None:
    """The function whose body holds the node, so that it runs once or more per call of the function."""
    for parent in tree.ancestors(node):
        if isinstance(parent, cst.FunctionDef):
            return tree.function_of[parent]
        if type(parent) in _OUTSIDE:
            return None
    return None


def crosses_scope(
    tree: Tree, node: cst.CSTNode, function: Function, scopes: tuple[type[cst.CSTNode], ...] = DEFERRED
) -> bool:
    """Is the node in something that runs at another time or in another scope than the function's own statements?"""
    for parent in tree.ancestors(node):
        if parent is function.node.body:
            return False
        if isinstance(parent, scopes):
            return True
    return True


def sole_assignment(tree: Tree, function: Function, name: str) -> cst.Assign | None:
    """The statement `name = value` that first names a variable, with one target, in the function's own scope."""
    first = min(function.variables[name], key=tree.start)
    target = tree.parents[first]
    if not isinstance(target, cst.AssignTarget):
        return None
    assign = tree.parents[target]
    if not isinstance(assign, cst.Assign) or len(assign.targets) != 1 or crosses_scope(tree, assign, function):
        return None
    line = tree.parents[assign]
    if not isinstance(line, cst.SimpleStatementLine) or function.opaque:
        return None
    comment = line.trailing_whitespace.comment
    return None if comment is not None and comment.value.replace(" ", "").startswith("#type:") else assign


def candidates(tree: Tree) -> Iterator[tuple[Function, str, cst.Assign, list[cst.Name]]]:
    """Variables that may be plain locals of a function: the first assignment, and every other place that says them."""
    for function in tree.functions:
        for name, found in function.variables.items():
            assign = sole_assignment(tree, function, name)
            if assign is not None:
                target = assign.targets[0].target
                yield function, name, assign, [item for item in found if item is not target]


def is_truth_test(tree: Tree, node: cst.CSTNode) -> bool:
    """Is the node only asked whether it is true, so that its value goes nowhere?"""
    parent = tree.parents[node]
    if isinstance(parent, cst.UnaryOperation):
        return isinstance(parent.operator, cst.Not)
    if isinstance(parent, cst.BooleanOperation):
        return is_truth_test(tree, parent)
    return isinstance(parent, cst.If | cst.While | cst.IfExp | cst.CompIf | cst.Assert) and parent.test is node


def is_length(tree: Tree, node: cst.CSTNode) -> bool:
    """Is the node the one argument of the builtin len?"""
    arg = tree.parents[node]
    call = tree.parents[arg]
    return isinstance(arg, cst.Arg) and isinstance(call, cst.Call) and builtin_call(tree, call, "len") is node


def membership(tree: Tree, node: cst.CSTNode) -> cst.BaseExpression | None:
    """The probe, if the node is the container of a single `in` or `not in`."""
    target = tree.parents[node]
    if not isinstance(target, cst.ComparisonTarget) or not isinstance(target.operator, cst.In | cst.NotIn):
        return None
    comparison = cst.ensure_type(tree.parents[target], cst.Comparison)
    return comparison.left if len(comparison.comparisons) == 1 else None


def builtin_call(tree: Tree, node: cst.CSTNode, *names: str) -> cst.BaseExpression | None:
    """The argument of a call such as `len(x)`: one, positional, not starred, and the name means the builtin."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Name) or len(node.args) != 1:
        return None
    arg = node.args[0]
    if arg.keyword is not None or arg.star or node.func.value not in names:
        return None
    return arg.value if tree.is_builtin(node.func.value, node.func) else None


def method_call(tree: Tree, node: cst.Name, *methods: str) -> cst.Call | None:
    """The call, if the node is the receiver of one of these methods."""
    attribute = tree.parents[node]
    if not isinstance(attribute, cst.Attribute) or attribute.value is not node or attribute.attr.value not in methods:
        return None
    call = tree.parents[attribute]
    return call if isinstance(call, cst.Call) and call.func is attribute else None


def one_argument(call: cst.Call) -> cst.BaseExpression | None:
    """The only argument of a call, if it is positional and not starred."""
    if len(call.args) != 1 or call.args[0].keyword is not None or call.args[0].star:
        return None
    return call.args[0].value


def within(tree: Tree, node: cst.CSTNode, kind: Callable[[cst.CSTNode], bool], stop: cst.CSTNode) -> bool:
    """Is there an ancestor of this kind between a node and `stop`?"""
    for parent in tree.ancestors(node):
        if parent is stop:
            return False
        if kind(parent):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Accumulation:
    """A local that one block starts, loops grow, and the statements behind the last such loop may use at will."""

    grower: cst.CSTNode
    """The last statement of the block that grows the variable in a loop."""
    inside: list[cst.Name]
    """Every other place up to the end of that statement that says the name."""
    after: list[cst.Name]


def accumulation(
    tree: Tree, function: Function, assign: cst.Assign, names: list[cst.Name], is_step: Callable[[cst.Name], bool]
) -> Accumulation | None:
    """How a variable grows, if everything about it happens in the block of its assignment, in order.

    Then an exception in a loop leaves the block, and nobody sees the half-grown value.
    """
    line = tree.parents[assign]
    block = tree.parents[line]
    if not isinstance(block, cst.IndentedBlock):
        return None
    positions: dict[cst.Name, int] = {}
    for name in names:
        path = [name, *tree.ancestors(name)]
        if block not in path or crosses_scope(tree, name, function):
            return None
        statement = path[path.index(block) - 1]
        positions[name] = next(i for i, item in enumerate(block.body) if item is statement)
    start = next(i for i, item in enumerate(block.body) if item is line)
    steps = [name for name in names if is_step(name) and enclosing_loops(tree, name, block)]
    if not steps or min(positions.values()) <= start:
        return None
    last = max(positions[name] for name in steps)
    inside = [name for name in names if positions[name] <= last]
    after = [name for name in names if positions[name] > last]
    return Accumulation(block.body[last], inside, after)
