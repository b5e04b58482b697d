"""Makes an attribute a deque that the module pops from the front and otherwise uses as a queue.

Its card is `rules/pop_front_of_attribute.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._flow import is_inside
from codemods._imports import imported
from codemods._match import builtin_call, function_around, is_truth_test, membership, one_argument
from codemods._tree import Tree

METHODS_OF_ONE = frozenset({"append", "extend", "remove"})


class PopFrontOfAttribute(Codemod):
    """`pop(0)` moves every other element; a deque moves none."""

    DESCRIPTION = "Use collections.deque for an attribute that is popped from the front."
    HINT = re.compile(r"\.\s*pop\s*\(\s*0\s*,?\s*\)")
    SIGNS = frozenset({".pop(0)"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """An attribute that a method makes an empty list, of which every use in the module works on a deque too."""
        texts = {node.evaluated_value for node in tree.nodes(cst.SimpleString) if not _is_slot(tree, node)}
        attributes: dict[str, list[cst.Attribute]] = {}
        for attribute in tree.nodes(cst.Attribute):
            attributes.setdefault(attribute.attr.value, []).append(attribute)
        for name, found in attributes.items():
            if name in texts:
                continue
            edit = _edit(tree, name, found)
            if edit is not None:
                yield edit


def _is_slot(tree: Tree, node: cst.SimpleString) -> bool:
    """Is it one of the names in `__slots__`?"""
    assigns = [item for item in tree.ancestors(node) if isinstance(item, cst.Assign)]
    return bool(assigns) and tree.code(assigns[0].targets[0].target) == "__slots__"


def _edit(tree: Tree, name: str, attributes: list[cst.Attribute]) -> Edit | None:
    places: list[cst.BaseExpression] = []
    for attribute in attributes:
        names = _alias(tree, attribute)
        places += [attribute] if names is None else names
    pops = [call for place in places if (call := _pop_front(tree, place)) is not None]
    functions = [function for call in pops if (function := function_around(tree, call)) is not None]
    lists = [value for place in places if (value := _made(tree, place)) is not None]
    if not lists or len(functions) != len(pops) or not pops or any(item.opaque for item in functions):
        return None
    if not all(_is_fine(tree, place) for place in places) or any(tree.has_comment(node) for node in (*pops, *lists)):
        return None
    found = imported(tree, "collections", "deque", lists[0])
    if found is None:
        return None
    deque, insertions = found
    changes: dict[cst.CSTNode, Change] = dict.fromkeys(pops, _to_popleft)
    changes |= dict.fromkeys(lists, lambda node: _to_deque(node, deque))
    changes |= {word: lambda node: _to_name(node, deque) for place in places for word in _annotation(tree, place)}
    who = "another module" if name.startswith("_") else "other modules, as the name is public,"
    return Edit(functions[0], "unsafe", f"{who} must not use it as a list", changes, insertions=insertions)


def _alias(tree: Tree, attribute: cst.Attribute) -> list[cst.BaseExpression] | None:
    """The other places of a local that stands for the attribute; None where it is none."""
    assign = tree.parents[attribute]
    match assign:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name() as target)]) if assign.value is attribute:
            function = function_around(tree, assign)
            if function is not None:
                return [item for item in function.variables[target.value] if item is not target]
    return None


def _pop_front(tree: Tree, place: cst.BaseExpression) -> cst.Call | None:
    call = _call(tree, place)
    if call is None or cst.ensure_type(call.func, cst.Attribute).attr.value != "pop":
        return None
    argument = one_argument(call)
    return call if isinstance(argument, cst.Integer) and argument.value == "0" else None


def _call(tree: Tree, place: cst.BaseExpression) -> cst.Call | None:
    """The call of a method of it."""
    attribute = tree.parents[place]
    call = tree.parents[attribute] if isinstance(attribute, cst.Attribute) and attribute.value is place else None
    return call if isinstance(call, cst.Call) and call.func is attribute else None


def _made(tree: Tree, place: cst.BaseExpression) -> cst.BaseExpression | None:
    """The empty list that is assigned to it."""
    parent = tree.parents[place]
    assign = tree.parents[parent] if isinstance(parent, cst.AssignTarget) else parent
    match assign:
        case cst.Assign(targets=[_], value=cst.List(elements=[]) as value) if value is not place:
            return value
        case cst.AnnAssign(value=cst.List(elements=[]) as value):
            return value
    return None


def _is_fine(tree: Tree, place: cst.BaseExpression) -> bool:
    """Does this place work on a deque as on a list?"""
    parent = tree.parents[place]
    if _made(tree, place) is not None or _pop_front(tree, place) is not None:
        return True
    if is_truth_test(tree, place) or membership(tree, place) is not None:
        return True
    match parent:
        case cst.AssignTarget() | cst.AnnAssign():
            assign = tree.parents[parent] if isinstance(parent, cst.AssignTarget) else parent
            value = assign.value if isinstance(assign, cst.Assign | cst.AnnAssign) else None
            return value is None or (value is not place and isinstance(value, cst.Name) and value.value == "None")
        case cst.Comparison(comparisons=[cst.ComparisonTarget(operator=cst.Is() | cst.IsNot())]):
            return True
        case cst.For() | cst.CompFor():
            return parent.iter is place
        case cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Index())]):
            return parent.value is place and not isinstance(tree.parents[parent], cst.Del)
        case cst.Arg():
            return builtin_call(tree, tree.parents[parent], "len", "list", "sorted", "bool") is place
    call = _call(tree, place)
    if call is None:
        return False
    method = cst.ensure_type(call.func, cst.Attribute).attr.value
    return one_argument(call) is not None if method in METHODS_OF_ONE else method in {"pop", "clear"} and not call.args


def _annotation(tree: Tree, place: cst.BaseExpression) -> list[cst.Name]:
    """The words `list` and `List` of an annotation in a function, which nothing evaluates."""
    parent = tree.parents[place]
    if not isinstance(parent, cst.AnnAssign):
        return []
    names = [*tree.loads("list"), *tree.loads("List")]
    return [item for item in names if is_inside(tree, item, parent.annotation)]


def _to_deque(node: cst.CSTNode, deque: str) -> cst.CSTNode:
    literal = cst.ensure_type(node, cst.List)
    return cst.Call(cst.parse_expression(deque), lpar=literal.lpar, rpar=literal.rpar)


def _to_name(node: cst.CSTNode, deque: str) -> cst.CSTNode:  # noqa: ARG001
    return cst.parse_expression(deque)


def _to_popleft(node: cst.CSTNode) -> cst.CSTNode:
    call = cst.ensure_type(node, cst.Call)
    func = cst.ensure_type(call.func, cst.Attribute)
    return call.with_changes(func=func.with_changes(attr=func.attr.with_changes(value="popleft")), args=[])
