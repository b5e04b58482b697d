"""Rewrites `datetime.strptime` of an ISO 8601 format to `datetime.fromisoformat`.

Its card is `rules/strptime_of_iso.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import filled
from codemods._imports import import_index
from codemods._match import function_around
from codemods._tree import Tree

FORMATS = frozenset({"%Y-%m-%d", *(f"%Y-%m-%d{gap}%H:%M{rest}" for gap in " T" for rest in ("", ":%S"))})


class StrptimeOfIso(Codemod):
    """`strptime` interprets its format in Python; `fromisoformat` knows its own, in C."""

    DESCRIPTION = "Parse ISO dates with fromisoformat."
    HINT = re.compile(r"\.\s*strptime\s*\(")
    SIGNS = frozenset({".strptime()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`datetime.strptime(text, "%Y-%m-%d")` and its like in a function."""
        for call in tree.nodes(cst.Call):
            function = function_around(tree, call)
            if function is None or not _is_iso(tree, call) or tree.has_comment(call):
                continue
            reason = "other ISO formats are taken too, and numbers without leading zeros no longer"
            yield Edit(function, "unsafe", reason, {call: _to_iso})


def _is_iso(tree: Tree, call: cst.Call) -> bool:
    match call:
        case cst.Call(
            func=cst.Attribute(value=receiver, attr=cst.Name(value="strptime")),
            args=[cst.Arg(keyword=None, star=""), cst.Arg(keyword=None, star="", value=cst.SimpleString() as text)],
        ):
            return text.evaluated_value in FORMATS and _is_datetime(tree, receiver)
    return False


def _is_datetime(tree: Tree, node: cst.BaseExpression) -> bool:
    match node:
        case cst.Name():
            return import_index(tree, node, "datetime", "datetime") is not None
        case cst.Attribute(value=cst.Name() as module, attr=cst.Name(value="datetime")):
            return import_index(tree, module, "datetime", "") is not None
    return False


def _to_iso(node: cst.CSTNode) -> cst.CSTNode:
    call = cst.ensure_type(node, cst.Call)
    func = cst.ensure_type(call.func, cst.Attribute)
    return filled("{kind}.fromisoformat({text})", node, kind=func.value, text=call.args[0].value)
