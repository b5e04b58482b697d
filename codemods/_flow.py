"""Questions about what happens between two places: what a loop binds, changes and reads, and where to go before it.

Its partner is `codemods/_match.py`, which asks about one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import libcst as cst

from codemods._match import (
    COMPREHENSIONS,
    SCOPES,
    builtin_call,
    crosses_scope,
    is_length,
    is_truth_test,
    membership,
    sole_assignment,
)
from codemods._tree import Function, Tree, children
from codemods._types import exact_type, is_hashable

READERS = frozenset({
    "len", "sorted", "sum", "min", "max", "enumerate", "zip", "range", "any", "all", "set", "frozenset",
    "list", "tuple", "dict", "iter", "reversed", "isinstance", "map", "filter", "str", "repr", "bool", "print",
})  # fmt: skip
READING_METHODS = frozenset({
    "get", "items", "keys", "values", "index", "count", "copy", "startswith", "endswith", "find", "rfind",
    "split", "rsplit", "splitlines", "strip", "lstrip", "rstrip", "lower", "upper", "casefold", "title",
    "join", "encode", "decode", "format", "replace", "isdigit", "isalpha", "isspace", "isupper", "islower",
    "partition", "rpartition", "union", "intersection", "difference", "issubset", "issuperset", "isdisjoint",
    "zfill", "removeprefix", "removesuffix",
})  # fmt: skip
_ASKERS = ("sorted", "sum", "min", "max", "any", "all", "list", "tuple", "set", "frozenset", "dict", "str", "repr")
"""Builtins that keep nothing of their one argument but its items."""
_HOLDERS = (cst.BooleanOperation, cst.IfExp, cst.Tuple, cst.List, cst.Element)
"""What may be returned as a whole, or give what it holds."""
_STATEMENTS = (cst.SimpleStatementLine, cst.BaseCompoundStatement)


def is_inside(tree: Tree, node: cst.CSTNode, outer: cst.CSTNode) -> bool:
    """Is the node a part of the other, or the same?"""
    return node is outer or any(parent is outer for parent in tree.ancestors(node))


def below(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from below(child)


def names_in(tree: Tree, node: cst.CSTNode) -> list[cst.Name]:
    """Every place below the node that may say a variable."""
    found = [item for item in below(node) if isinstance(item, cst.Name)]
    return [item for item in found if not _is_label(tree, item)]


def _is_label(tree: Tree, node: cst.Name) -> bool:
    parent = tree.parents[node]
    return (isinstance(parent, cst.Attribute) and parent.attr is node) or (
        isinstance(parent, cst.Arg) and parent.keyword is node
    )


def free_names(tree: Tree, node: cst.CSTNode) -> set[str]:
    """The names that an expression reads and does not bind itself; a comprehension binds its own."""
    found = names_in(tree, node)
    return {item.value for item in found} - {item.value for item in found if not tree.is_load(item)}


def is_bound_in(tree: Tree, function: Function, names: Iterable[str], outer: cst.CSTNode) -> bool:
    """Does anything inside `outer` bind one of these variables?"""
    places = [item for name in names for item in function.variables.get(name, ())]
    return any(not tree.is_load(item) and is_inside(tree, item, outer) for item in places)


def is_bound_before(tree: Tree, function: Function, name: str, place: cst.CSTNode) -> bool:
    """Has a variable its value whenever `place` begins? One assignment or loop binds it, and leads there always."""
    around = list(tree.ancestors(place))
    binders = [item for item in function.variables.get(name, ()) if not tree.is_load(item)]
    parent = tree.parents[binders[0]] if len(binders) == 1 else None
    if isinstance(parent, cst.For):
        return parent.body in around
    line = tree.parents[tree.parents[parent]] if isinstance(parent, cst.AssignTarget) else None
    return (
        isinstance(line, cst.SimpleStatementLine)
        and tree.parents[line] in around
        and tree.start(line) < tree.start(place)
    )


def only_read_in(tree: Tree, function: Function, names: Iterable[str], outer: cst.CSTNode) -> bool:
    """Does everything inside `outer` only look at what these variables hold?"""
    places = [item for name in names for item in function.variables.get(name, ())]
    return all(only_reads(tree, item) for item in places if is_inside(tree, item, outer))


def only_reads(tree: Tree, name: cst.BaseExpression) -> bool:
    """Does this place look at a collection or text without changing it or handing it to anyone?"""
    parent = tree.parents[name]
    if membership(tree, name) is not None or is_length(tree, name) or is_truth_test(tree, name):
        return True
    match parent:
        case cst.For() | cst.CompFor():
            return parent.iter is name
        case cst.Comparison() | cst.ComparisonTarget() | cst.FormattedStringExpression():
            return True
        case cst.BinaryOperation():
            return True
        case cst.Subscript():
            return parent.value is name and tree.is_load(parent)
        case cst.Index() | cst.Slice():
            return True
        case cst.Arg():
            call = tree.parents[parent]
            return isinstance(call, cst.Call) and (_is_reader(call.func) or _is_join(call.func))
        case cst.Attribute():
            call = tree.parents[parent]
            if isinstance(call, cst.Call) and call.func is parent:
                return parent.attr.value in READING_METHODS
            return tree.is_load(parent)
    return False


def _is_reader(func: cst.BaseExpression) -> bool:
    return isinstance(func, cst.Name) and func.value in READERS


def _is_join(func: cst.BaseExpression) -> bool:
    match func:
        case cst.Attribute(value=cst.SimpleString(), attr=cst.Name(value="join")):
            return True
    return False


def anchor(tree: Tree, node: cst.CSTNode) -> cst.CSTNode | None:
    """The statement around a node before which another may stand, on a line of its own."""
    for item in (node, *tree.ancestors(node)):
        if isinstance(item, _STATEMENTS):
            return item if isinstance(tree.parents[item], cst.IndentedBlock) else None
    return None


def loop_around(
    tree: Tree, node: cst.CSTNode, function: Function, fits: Callable[[cst.CSTNode], bool]
) -> cst.CSTNode | None:
    """The outermost statement that evaluates the node in a loop, fits, and has only fitting loops inside it."""
    best: cst.CSTNode | None = None
    child: cst.CSTNode = node
    for parent in tree.ancestors(node):
        if isinstance(parent, SCOPES) or parent is function.node.body:
            break
        repeats = (
            (isinstance(parent, cst.For) and child is parent.body)
            or (isinstance(parent, cst.While) and child is not parent.orelse)
            or isinstance(parent, COMPREHENSIONS)
        )
        if repeats and not (isinstance(parent, COMPREHENSIONS) and _is_first_source(tree, node, parent)):
            place = anchor(tree, parent)
            if place is None or not fits(place):
                break
            best = place
        child = parent
    return best


def _is_first_source(tree: Tree, node: cst.CSTNode, comprehension: cst.CSTNode) -> bool:
    """Is the node in what a comprehension runs over, which it evaluates once?"""
    assert isinstance(comprehension, COMPREHENSIONS)
    return is_inside(tree, node, comprehension.for_in.iter)


def has_effects(node: cst.CSTNode) -> bool:
    """Could evaluating this do more than give a value? Attributes and operators count as harmless, calls do not."""
    for item in below(node):
        if isinstance(item, cst.Await | cst.Yield | cst.NamedExpr | cst.Lambda):
            return True
        if isinstance(item, cst.Call) and not is_harmless(item):
            return True
    return False


def is_harmless(call: cst.Call) -> bool:
    """Is it, by the name of what it calls, one that only reads?"""
    if isinstance(call.func, cst.Name):
        return call.func.value in READERS - {"print", "iter", "map", "filter"}
    return isinstance(call.func, cst.Attribute) and call.func.attr.value in READING_METHODS


def steady_loop(
    tree: Tree, function: Function, node: cst.CSTNode, names: set[str], value: cst.CSTNode | None = None
) -> cst.CSTNode | None:
    """The outermost statement that evaluates the node in a loop in which the value, or the node, stays the same."""
    steady = value or node
    return loop_around(tree, node, function, lambda place: is_steady_in(tree, function, names, steady, place))


def is_steady_in(tree: Tree, function: Function, names: set[str], node: cst.CSTNode, place: cst.CSTNode) -> bool:
    """Would the node have the same value at every time in `place`, as far as the function itself can tell?

    It reads only these names, which `place` neither binds nor hands on; nobody else's code runs in between as in
    `await`; and `place` stores no attribute that the node reads.
    """
    if is_bound_in(tree, function, names, place) or not only_read_in(tree, function, names, place):
        return False
    attributes = {item.attr.value for item in below(node) if isinstance(item, cst.Attribute)}
    for item in below(place):
        if isinstance(item, cst.Await | cst.Yield | cst.Asynchronous):
            return False
        if isinstance(item, cst.Attribute) and item.attr.value in attributes and not tree.is_load(item):
            return False
    return True


def is_looked_at(tree: Tree, name: cst.Name, function: Function) -> bool:
    """Does this place only read, and neither keep the collection nor hand it to anyone?"""
    if crosses_scope(tree, name, function, SCOPES) or not is_inside(tree, name, function.node.body):
        return False
    if is_length(tree, name) or is_truth_test(tree, name) or membership(tree, name) is not None:
        return True
    parent = tree.parents[name]
    match parent:
        case cst.Subscript():
            return parent.value is name and tree.is_load(parent) and not isinstance(tree.parents[parent], cst.Del)
        case cst.BinaryOperation(operator=cst.Add()):
            return exact_type(tree, function, parent.left) == exact_type(tree, function, parent.right) == "list"
        case cst.For() | cst.CompFor():
            return parent.iter is name
        case cst.Attribute(attr=cst.Name(value="get" | "index" | "count")):
            call = tree.parents[parent]
            return isinstance(call, cst.Call) and call.func is parent
        case cst.Attribute(attr=cst.Name(value="items" | "keys" | "values")):
            call = tree.parents[parent]
            loop = tree.parents[call]
            return isinstance(call, cst.Call) and isinstance(loop, cst.For | cst.CompFor) and loop.iter is call
    return False


def holds_plain(tree: Tree, function: Function, node: cst.BaseExpression) -> bool:
    """Are all keys of a dict, or items of a collection, text, numbers and the like, of which == and hash agree?

    It is written out, or a variable that is once and then only looked at.
    """
    match node:
        case cst.Dict(elements=elements):
            return all(isinstance(i, cst.DictElement) and is_hashable(tree, function, i.key) for i in elements)
        case cst.Set(elements=elements) | cst.List(elements=elements) | cst.Tuple(elements=elements):
            return all(isinstance(i, cst.Element) and is_hashable(tree, function, i.value) for i in elements)
        case cst.DictComp(key=item) | cst.SetComp(elt=item) | cst.ListComp(elt=item):
            return is_hashable(tree, function, item)
        case cst.Name(value=name):
            assign = sole_assignment(tree, function, name) if name in function.variables else None
            if assign is None or isinstance(assign.value, cst.Name):
                return False
            others = [item for item in function.variables[name] if item is not assign.targets[0].target]
            return all(_only_asked(tree, item) for item in others) and holds_plain(tree, function, assign.value)
    return False


def _only_asked(tree: Tree, name: cst.Name) -> bool:
    """Does this place only look, without even taking a method, which could change the collection later?"""
    parent = tree.parents[name]
    return only_reads(tree, name) and not (
        isinstance(parent, cst.Attribute) and not isinstance(tree.parents[parent], cst.Call)
    )


def is_private(tree: Tree, function: Function, node: cst.BaseExpression) -> bool:
    """Can no code but the statements of the function change a collection that certainly is one, as a new value is?

    A variable is its only name, and nobody is handed it: neither another thread nor an `==` can know it.
    """
    if not isinstance(node, cst.Name):
        return True
    assign = sole_assignment(tree, function, node.value) if node.value in function.variables else None
    if assign is None or isinstance(assign.value, cst.Name):
        return False
    target = assign.targets[0].target
    return all(item is target or _is_kept(tree, function, item) for item in function.variables[node.value])


def _is_kept(tree: Tree, function: Function, name: cst.Name) -> bool:
    """Does this place hand the collection to nobody before the function is done, nor run at another time?"""
    if is_looked_at(tree, name, function):
        return True
    parent = tree.parents[name]
    if crosses_scope(tree, name, function):
        return False
    match parent:
        case cst.Subscript():
            return parent.value is name
        case cst.Attribute(attr=cst.Name(value=method)):
            call = tree.parents[parent]
            return isinstance(call, cst.Call) and call.func is parent and not method.startswith("_")
        case cst.Arg():
            call = tree.parents[parent]
            return isinstance(call, cst.Call) and builtin_call(tree, call, *_ASKERS) is name
    while isinstance(parent, _HOLDERS):
        parent = tree.parents[parent]
    return isinstance(parent, cst.Return)
