"""What is certain about the type of an expression without running it, and what certainly cannot be hashed.

Its partner is `codemods/_match.py`, which knows where names come from.
"""

from __future__ import annotations

from string import Formatter

import libcst as cst

from codemods._imports import is_module
from codemods._match import COMPREHENSIONS, builtin_call, crosses_scope
from codemods._tree import Function, Tree

RESULT_OF_BUILTIN = {
    **dict.fromkeys(("len", "ord", "hash", "id", "int"), "int"),
    **dict.fromkeys(("chr", "hex", "oct", "bin"), "str"),
    "bool": "bool",
}
RESULT_OF_METHOD = {
    ("str", "encode"): "bytes",
    ("int", "to_bytes"): "bytes",
    ("bytes", "decode"): "str",
    **{("str", name): "str" for name in ("join", "lower", "upper", "strip", "replace", "zfill")},
    **{("bytes", name): "bytes" for name in ("join", "lower", "upper", "strip", "replace")},
}
COLLECTIONS = {**{name: name for name in ("list", "tuple", "set", "frozenset", "dict", "range")}, "sorted": "list"}
HASHABLE = frozenset({"str", "bytes", "int", "bool", "float", "NoneType"})
CONSTANTS = {"True": "bool", "False": "bool", "None": "NoneType"}
ARITHMETIC = (cst.Add, cst.Subtract, cst.Multiply, cst.FloorDivide, cst.Modulo, cst.BitAnd, cst.BitOr, cst.BitXor)


def exact_type(tree: Tree, function: Function, node: cst.BaseExpression, depth: int = 8) -> str | None:
    """The name of the builtin type, never a subclass, that this expression has if it has a value at all."""
    if depth == 0:
        return None
    match node:
        case cst.SimpleString():
            return "bytes" if "b" in node.prefix.lower() else "str"
        case cst.FormattedString(parts=parts):
            return "str" if any(map(_is_text, parts)) else None
        case cst.Integer():
            return "int"
        case cst.Float():
            return "float"
        case cst.List() | cst.ListComp():
            return "list"
        case cst.Set() | cst.SetComp():
            return "set"
        case cst.Dict() | cst.DictComp():
            return "dict"
        case cst.Tuple():
            return "tuple"
        case cst.Name(value=value) if value in CONSTANTS:
            return CONSTANTS[value]
        case cst.Name():
            return _type_of_variable(tree, function, node, depth)
        case cst.UnaryOperation(operator=cst.Minus()):
            return _same(tree, function, [node.expression], depth, {"int", "float"})
        case cst.BinaryOperation(operator=cst.Add()):
            return _same(tree, function, [node.left, node.right], depth, {"int", "str", "bytes", "list"})
        case cst.BinaryOperation() if isinstance(node.operator, ARITHMETIC):
            return _same(tree, function, [node.left, node.right], depth, {"int"})
        case cst.Call():
            return _type_of_call(tree, function, node, depth)
    return None


def is_hashable(tree: Tree, function: Function, node: cst.BaseExpression) -> bool:
    """Is it certain that the value can be hashed, and that equal values have equal hashes?"""
    if isinstance(node, cst.Tuple):
        return all(isinstance(item, cst.Element) and is_hashable(tree, function, item.value) for item in node.elements)
    return exact_type(tree, function, node) in HASHABLE


def is_unhashable(tree: Tree, function: Function, node: cst.BaseExpression) -> bool:
    """Can the value, as far as can be seen, not be hashed?"""
    match node:
        case cst.List() | cst.Set() | cst.Dict() | cst.ListComp() | cst.SetComp() | cst.DictComp():
            return True
        case cst.Tuple(elements=elements):
            return any(is_unhashable(tree, function, item.value) for item in elements)
        case cst.Call(func=cst.Name(value=value)):
            return value in {"list", "dict", "set", "sorted", "bytearray", "defaultdict", "Counter", "deque"}
        case cst.Call(func=cst.Attribute(attr=cst.Name(value=value))):
            return value in {"split", "rsplit", "splitlines", "tolist", "array", "copy", "defaultdict"}
        case cst.Name():
            return any(is_unhashable(tree, function, value) for value in _values(tree, function, node))
    return False


def _values(tree: Tree, function: Function, name: cst.Name) -> list[cst.BaseExpression]:
    parents = [tree.parents[item] for item in function.variables.get(name.value, ())]
    assigns = [tree.parents[parent] for parent in parents if isinstance(parent, cst.AssignTarget)]
    return [
        item.value
        for item in assigns
        if isinstance(item, cst.Assign) and not (isinstance(item.value, cst.Name | cst.Tuple))
    ]


def _same(tree: Tree, function: Function, nodes: list[cst.BaseExpression], depth: int, allowed: set[str]) -> str | None:
    types = {exact_type(tree, function, node, depth - 1) for node in nodes}
    found = types.pop()
    return found if not types and found in allowed else None


def _type_of_call(tree: Tree, function: Function, node: cst.Call, depth: int) -> str | None:
    if isinstance(node.func, cst.Name):
        name = node.func.value
        if name in COLLECTIONS and tree.is_builtin(name, node.func):
            return COLLECTIONS[name]
        argument = builtin_call(tree, node, name)
        if name == "bytes" and isinstance(argument, cst.List | cst.ListComp | cst.Tuple):
            return "bytes"
        return RESULT_OF_BUILTIN.get(name) if argument is not None else None
    if not isinstance(node.func, cst.Attribute):
        return None
    receiver, method = node.func.value, node.func.attr.value
    if method == "pack" and isinstance(receiver, cst.Name) and is_module(tree, receiver, "struct"):
        return "bytes"
    if method == "format":
        return "str" if isinstance(receiver, cst.SimpleString) and _has_text(receiver) else None
    return RESULT_OF_METHOD.get((exact_type(tree, function, receiver, depth - 1) or "", method))


def _is_text(part: cst.BaseFormattedStringContent) -> bool:
    """Is it text of a formatted string that is not empty? Alone, a value is what its `__format__` gives."""
    return isinstance(part, cst.FormattedStringText) and part.value.strip("\\\r\n") != ""


def _has_text(template: cst.SimpleString) -> bool:
    """Does `template.format(...)` put text around its values? Alone, one is what its `__format__` gives."""
    try:
        return any(text for text, *_ in Formatter().parse(str(template.evaluated_value)))
    except ValueError:
        return False


def _type_of_variable(tree: Tree, function: Function, name: cst.Name, depth: int) -> str | None:
    """The type of a variable that exactly one place binds: an assignment, or a loop over a range or constants."""
    found = function.variables.get(name.value, [])
    binders = [item for item in found if not tree.is_load(item)]
    if len(binders) != 1 or function.opaque:
        return None
    binder = tree.parents[binders[0]]
    if isinstance(binder, cst.AssignTarget):
        assign = cst.ensure_type(tree.parents[binder], cst.Assign)
        if crosses_scope(tree, assign, function):
            return None
        return exact_type(tree, function, assign.value, depth - 1)
    if isinstance(binder, cst.For) and not crosses_scope(tree, binder, function):
        return _type_of_items(tree, function, binder.iter, depth - 1)
    if isinstance(binder, cst.CompFor):
        comprehension = next(p for p in tree.ancestors(binder) if isinstance(p, COMPREHENSIONS))
        around = [name, *tree.ancestors(name)]
        # What a comprehension runs over first is evaluated outside of it, where the name is another variable.
        if comprehension in around and comprehension.for_in.iter not in around:
            return _type_of_items(tree, function, binder.iter, depth - 1)
    return None


def _type_of_items(tree: Tree, function: Function, node: cst.BaseExpression, depth: int) -> str | None:
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "range":
        return "int" if tree.is_builtin("range", node.func) else None
    if isinstance(node, cst.SimpleString):
        return "int" if "b" in node.prefix.lower() else "str"
    if not isinstance(node, cst.List | cst.Tuple) or not node.elements:
        return None
    if not all(isinstance(item, cst.Element) for item in node.elements):
        return None
    return _same(tree, function, [item.value for item in node.elements], depth, set(HASHABLE))


SEQUENCES = {"list": "list", "List": "list", "Sequence": "list", "tuple": "tuple", "Tuple": "tuple"}


def declared_type(tree: Tree, function: Function, node: cst.BaseExpression) -> str | None:
    """The exact type, or what the annotation of a parameter says that nothing else binds; people err in those."""
    known = exact_type(tree, function, node)
    if known is not None or not isinstance(node, cst.Name) or function.opaque:
        return known
    binders = [item for item in function.variables.get(node.value, []) if not tree.is_load(item)]
    parameter = tree.parents[binders[0]] if len(binders) == 1 else None
    if not isinstance(parameter, cst.Param) or parameter.annotation is None or parameter.star:
        return None
    annotation = parameter.annotation.annotation
    if isinstance(annotation, cst.Subscript):
        annotation = annotation.value
    if isinstance(annotation, cst.Attribute):
        annotation = annotation.attr
    return SEQUENCES.get(annotation.value) if isinstance(annotation, cst.Name) else None


def is_constant_item(item: cst.BaseElement | cst.BaseDictElement) -> bool:
    """Is an element of a collection written out, and the same every time?"""
    match item:
        case cst.Element(value=value):
            return is_constant_value(value)
        case cst.DictElement(key=key, value=value):
            return is_constant_value(key) and is_constant_value(value)
    return False


def is_constant_value(node: cst.BaseExpression) -> bool:
    """Is it one line of text, a number, a word such as None, or a tuple of these?"""
    match node:
        case cst.SimpleString(value=text):
            return "\n" not in text and "\r" not in text
        case cst.Integer() | cst.Float():
            return True
        case cst.Name(value="True" | "False" | "None"):
            return True
        case cst.UnaryOperation(operator=cst.Minus(), expression=cst.Integer() | cst.Float()):
            return True
        case cst.ConcatenatedString(left=left, right=right):
            return is_constant_value(left) and is_constant_value(right)
        case cst.Tuple(elements=items):
            return all(is_constant_item(item) for item in items)
    return False
