"""What a method reads, when all that it does is compute with attributes of its instance.

Its partner is `codemods/_attributes.py`, which knows whether these stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from codemods._attributes import CHANGING
from codemods._flow import READING_METHODS, below, names_in
from codemods._imports import is_module
from codemods._match import builtin_call
from codemods._tree import Function, Tree
from codemods._types import is_constant_value

WORK = frozenset({"sum", "min", "max", "any", "all", "sorted"})
_LAZY = frozenset({"enumerate", "zip", "reversed", "map", "filter"})
_PURE = WORK | _LAZY | {
    "len", "range", "set", "frozenset", "list", "tuple", "dict", "isinstance", "issubclass", "str", "repr", "bool",
    "int", "float", "abs", "round", "ord", "chr", "divmod", "pow",
}  # fmt: skip
_MUTABLE = frozenset({"list", "set", "dict", "sorted"})
_DISPLAYS = (cst.List, cst.Set, cst.Dict, cst.ListComp, cst.SetComp, cst.DictComp)
_NUMBERS = (cst.Integer, cst.Float, cst.SimpleString)
_WORDS = frozenset({"True", "False", "None"})
_ELSEWHERE = (
    cst.Await, cst.Yield, cst.Asynchronous, cst.FunctionDef, cst.ClassDef, cst.Global, cst.Nonlocal, cst.Import,
    cst.ImportFrom, cst.With, cst.Try, cst.TryStar, cst.Del, cst.Lambda, cst.NamedExpr, cst.Match,
)  # fmt: skip
_USES_UP = frozenset({"join", "extend", "update", "union"})


@dataclass(frozen=True, slots=True)
class Read:
    """The attributes that decide what a method returns."""

    own: frozenset[str]
    others: frozenset[str]
    """Those of the items that it runs over, and of whatever else its instance holds."""


def attributes_read(tree: Tree, function: Function) -> Read | None:
    """What decides, alone, what a method of `self` returns; None when it may read or do anything else."""
    nodes = list(below(function.node.body))
    returns = [item for item in nodes if isinstance(item, cst.Return)]
    if function.opaque or not returns or any(item.value is None for item in returns):
        return None
    if any(isinstance(item, _ELSEWHERE) or not _only_computes(tree, function, item) for item in nodes):
        return None
    if not all(_is_known(tree, function, name) for name in names_in(tree, function.node.body)):
        return None
    read = [item for item in nodes if isinstance(item, cst.Attribute) and not _is_called(tree, item)]
    own = {item for item in read if _is_own(item)}
    others = {item for item in read if item not in own and not _is_of_module(tree, function, item)}
    return Read(frozenset(item.attr.value for item in own), frozenset(item.attr.value for item in others))


def works(tree: Tree, function: Function) -> bool:
    """Does it run over something that may have any number of items?"""
    for item in below(function.node.body):
        if isinstance(item, cst.For | cst.CompFor) and not _is_written_out(item.iter):
            return True
        argument = builtin_call(tree, item, *WORK)
        if argument is not None and not _is_written_out(argument):
            return True
    return False


def gives_what_may_change(tree: Tree, function: Function) -> bool:
    """May whoever reads the result change it, as it is a list, set or dictionary?"""
    returns = [item for item in below(function.node.body) if isinstance(item, cst.Return)]
    return any(item.value is not None and _may_change(tree, function, item.value) for item in returns)


def _may_change(tree: Tree, function: Function, node: cst.BaseExpression) -> bool:
    match node:
        case cst.IfExp(body=one, orelse=other) | cst.BinaryOperation(left=one, right=other):
            return _may_change(tree, function, one) or _may_change(tree, function, other)
        case cst.BooleanOperation(left=one, right=other):
            return _may_change(tree, function, one) or _may_change(tree, function, other)
        case cst.Call(func=cst.Name(value=name)):
            return name in _MUTABLE
        case cst.Call(func=cst.Attribute(attr=cst.Name(value=name))):
            return name in {"split", "rsplit", "splitlines", "copy", "union", "intersection", "difference"}
        case cst.Name(value=name):
            values = [value for value in _values(tree, function, name) if not isinstance(value, cst.Name)]
            return any(value is not None and _may_change(tree, function, value) for value in values)
    return isinstance(node, _DISPLAYS)


def _values(tree: Tree, function: Function, name: str) -> Iterator[cst.BaseExpression | None]:
    """Everything that a variable is made, None where this is not written out; what is added to it does not count."""
    for place in function.variables[name]:
        parent = tree.parents[place]
        assign = tree.parents[parent] if isinstance(parent, cst.AssignTarget) else parent
        if not tree.is_load(place) and not isinstance(assign, cst.AugAssign):
            yield assign.value if isinstance(assign, cst.Assign | cst.AnnAssign) else None


def _is_written_out(node: cst.BaseExpression) -> bool:
    """Is it a collection of a fixed number of items, or a range of constants?"""
    match node:
        case cst.Tuple() | cst.List() | cst.Set() | cst.Dict() | cst.SimpleString():
            return True
        case cst.Call(func=cst.Name(value="range"), args=args):
            return all(isinstance(arg.value, cst.Integer) for arg in args)
        case cst.GeneratorExp() | cst.ListComp() | cst.SetComp():
            return True  # its own loop is looked at
        case cst.Call(func=cst.Name(value=name), args=args) if name in _LAZY:
            return any(_is_written_out(arg.value) for arg in args)
    return False


def _only_computes(tree: Tree, function: Function, node: cst.CSTNode) -> bool:
    match node:
        case cst.Call():
            return _is_pure(tree, function, node)
        case cst.GeneratorExp():
            return _is_used_up(tree, node)
        case cst.Attribute():
            return tree.is_load(node) and not (_is_own(node) and _is_called(tree, node))
        case cst.Subscript():
            return tree.is_load(node) or _is_fresh(tree, function, node.value)
        case cst.AugAssign(target=cst.Name() as target):
            return _is_fresh(tree, function, target)
    return True


def _is_own(node: cst.Attribute) -> bool:
    return isinstance(node.value, cst.Name) and node.value.value == "self"


def _is_of_module(tree: Tree, function: Function, node: cst.Attribute) -> bool:
    """Is it an attribute of a class or module rather than of a variable?"""
    owner = node.value
    return isinstance(owner, cst.Name) and all(tree.is_load(item) for item in function.variables[owner.value])


def _is_called(tree: Tree, node: cst.Attribute) -> bool:
    call = tree.parents[node]
    return isinstance(call, cst.Call) and call.func is node


def _is_pure(tree: Tree, function: Function, call: cst.Call) -> bool:
    func = call.func
    if isinstance(func, cst.Name):
        if isinstance(tree.parents[call], cst.Raise):
            return True
        is_builtin = func.value in _PURE and tree.is_builtin(func.value, func)
        return is_builtin and (func.value not in _LAZY or _is_used_up(tree, call))
    if not isinstance(func, cst.Attribute):
        return False
    if isinstance(func.value, cst.Name) and is_module(tree, func.value, "math"):
        return True
    return func.attr.value in READING_METHODS or (func.attr.value in CHANGING and _is_fresh(tree, function, func.value))


def _is_used_up(tree: Tree, node: cst.BaseExpression) -> bool:
    """Is an iterator at once run through to its end, so that nobody keeps it?"""
    parent = tree.parents[node]
    if isinstance(parent, cst.For | cst.CompFor):
        return parent.iter is node
    call = tree.parents[parent]
    if not isinstance(parent, cst.Arg) or not isinstance(call, cst.Call):
        return False
    match call.func:
        case cst.Name(value=name):
            return name in _PURE
        case cst.Attribute(attr=cst.Name(value=name)):
            return name in _USES_UP
    return False


def _is_fresh(tree: Tree, function: Function, node: cst.BaseExpression) -> bool:
    """Is it a variable that only holds what the method made itself, so that changing it changes nothing else?"""
    if not isinstance(node, cst.Name) or node.value not in function.variables or node.value == "self":
        return False
    values = list(_values(tree, function, node.value))
    return bool(values) and all(map(_is_made_here, values))


def _is_made_here(value: cst.BaseExpression | None) -> bool:
    match value:
        case cst.Call(func=cst.Name(value=name)):
            return name in _MUTABLE | {"sum", "len", "int", "float", "str", "bool"}
        case cst.Name(value=name):
            return name in _WORDS
    return isinstance(value, (*_DISPLAYS, *_NUMBERS))


def _is_known(tree: Tree, function: Function, name: cst.Name) -> bool:
    """Does a name mean the same whenever the method runs, or is it a variable of its own?"""
    parent = tree.parents[name]
    if name.value == "self":
        return isinstance(parent, cst.Attribute) and parent.value is name
    if any(isinstance(item, cst.Annotation) for item in tree.ancestors(name)) or name.value in _WORDS:
        return True
    if any(not tree.is_load(item) for item in function.variables[name.value]):
        return True
    if not tree.binders(name.value):
        is_error = name.value.endswith("Error") or name.value in _PURE
        return is_error and tree.is_builtin(name.value, name)
    return is_module(tree, name, "math") or _is_constant(tree, name.value)


def _is_constant(tree: Tree, name: str) -> bool:
    """Is it bound once: to a constant, or, as its capital tells, to a class?"""
    binders = tree.binders(name)
    parent = tree.parents[binders[0]] if len(binders) == 1 else None
    match parent:
        case cst.AssignTarget():
            assign = cst.ensure_type(tree.parents[parent], cst.Assign)
            return tree.parents[tree.parents[assign]] is tree.module and is_constant_value(assign.value)
        case cst.ClassDef() | cst.ImportAlias() | cst.AsName():
            return re.match(r"_*[A-Z]", name) is not None
    return False
