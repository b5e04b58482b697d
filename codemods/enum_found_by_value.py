"""Asks a table of the module where a function makes a member of a standard enumeration for one of its attributes.

Its card is `rules/enum_found_by_value.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import libcst as cst

from codemods._base import Codemod, Edit, Level
from codemods._build import Names, filled
from codemods._flow import below
from codemods._imports import Insertion, end_of_imports, import_index
from codemods._match import function_around, one_argument
from codemods._tree import Tree
from codemods._types import is_constant_value, is_hashable

ATTRIBUTES = {
    ("http", "HTTPStatus"): frozenset({"phrase", "description", "name"}),
    ("signal", "Signals"): frozenset({"name"}),
}
"""Whole numbers with constant attributes, and without a `_missing_` that would make more members."""


class EnumFoundByValue(Codemod):
    """Looking up a member by its value runs Python code, and so does each attribute of it; a miss raises too."""

    DESCRIPTION = "Ask a table instead of catching the error of an enumeration without such a member."
    HINT = re.compile(r"\b(?:HTTPStatus|Signals)\s*\(")
    SIGNS = frozenset(f"{name}()" for _, name in ATTRIBUTES)

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`try: name = HTTPStatus(code).phrase`, with a constant for `except ValueError:`."""
        free = Names(tree)
        names: dict[tuple[str, str], str] = {}
        for node in tree.nodes(cst.Try):
            function = function_around(tree, node)
            found = _lookup(tree, node)
            if function is None or found is None or tree.has_comment(node):
                continue
            kind, attribute, value = found
            place = _place(tree, kind, attribute)
            if place is None:
                continue
            key = kind.value, attribute
            if key not in names:
                names[key] = free.constant(f"_{kind.value}_{attribute}".upper())
            table = names[key]
            text = f"{table} = {{one.value: one.{attribute} for one in {kind.value}}}\n"
            certain = is_hashable(tree, function, value)
            level: Level = ("safe", "the value is hashable") if certain else ("unsafe", "the value must be hashable")
            change = partial(_to_get, table=table)
            yield Edit(function, *level, {node: change}, insertions=(Insertion(place, text),))


def _lookup(tree: Tree, node: cst.Try) -> tuple[cst.Name, str, cst.BaseExpression] | None:
    """The enumeration, the attribute and the value, when both branches do the same with what they get."""
    match node:
        case cst.Try(
            body=cst.IndentedBlock(body=[cst.SimpleStatementLine(body=[tried])]),
            handlers=[
                cst.ExceptHandler(
                    type=cst.Name(value="ValueError") as error,
                    name=None,
                    body=cst.IndentedBlock(body=[cst.SimpleStatementLine(body=[instead])]),
                )
            ],
            orelse=None,
            finalbody=None,
        ) if tree.is_builtin("ValueError", error):
            pass
        case _:
            return None
    match tried, instead:
        case cst.Assign(targets=[first]), cst.Assign(targets=[second], value=default):
            is_same = isinstance(first.target, cst.Name) and first.target.deep_equals(second.target)
        case cst.Return(), cst.Return(value=cst.BaseExpression() as default):
            is_same = True
        case _:
            return None
    match tried.value:
        case cst.Attribute(value=cst.Call(func=cst.Name() as kind) as call, attr=cst.Name(value=attribute)):
            value = one_argument(call)
            if is_same and value is not None and _is_plain(value) and is_constant_value(default):
                return kind, attribute, value
    return None


def _is_plain(value: cst.BaseExpression) -> bool:
    """Is it a name or an attribute? Anything else might raise the same error by itself."""
    return all(isinstance(item, cst.Name | cst.Attribute) for item in below(value))


def _place(tree: Tree, kind: cst.Name, attribute: str) -> int | None:
    """Where the table can stand, if the name means an enumeration that is known to have such an attribute."""
    for (module, item), attributes in ATTRIBUTES.items():
        index = import_index(tree, kind, module, item)
        if index is not None and attribute in attributes:
            return end_of_imports(tree, index)
    return None


def _to_get(node: cst.CSTNode, table: str) -> cst.CSTNode:
    whole = cst.ensure_type(node, cst.Try)
    tried, instead = _only(whole.body), _only(whole.handlers[0].body)
    assert isinstance(tried, cst.Assign | cst.Return)
    assert isinstance(instead, cst.Assign | cst.Return)
    call = cst.ensure_type(cst.ensure_type(tried.value, cst.Attribute).value, cst.Call)
    assert instead.value is not None
    new = filled(f"{table}.get({{value}}, {{default}})", call, value=call.args[0].value, default=instead.value)
    return cst.SimpleStatementLine([tried.with_changes(value=new)], leading_lines=whole.leading_lines)


def _only(block: cst.BaseSuite) -> cst.BaseSmallStatement:
    return cst.ensure_type(cst.ensure_type(block, cst.IndentedBlock).body[0], cst.SimpleStatementLine).body[0]
