"""Looks each wanted key up in a dictionary, where a comprehension walks over all of the dictionary for them.

Its card is `rules/larger_side_filtered.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import filled
from codemods._flow import has_effects, names_in
from codemods._match import function_around, membership
from codemods._tree import Tree
from codemods._types import exact_type

NOT_WALKED = frozenset({"str", "bytes", "range"})
"""`in` looks for a part of the first two, and answers at once for the third, however long it is."""


class LargerSideFiltered(Codemod):
    """The walk is as long as the dictionary, however few keys are wanted."""

    DESCRIPTION = "Walk over the wanted keys and look them up, instead of filtering the whole dictionary."
    HINT = re.compile(r"\.\s*items\s*\(\s*\)\s*if\b")
    SIGNS = frozenset({"items if"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`{key: value for key, value in table.items() if key in wanted}` of two variables."""
        for node in tree.nodes(cst.DictComp):
            function, names = function_around(tree, node), _names(tree, node)
            if function is None or names is None or tree.has_comment(node):
                continue
            table, wanted = names
            if exact_type(tree, function, wanted) in NOT_WALKED or exact_type(tree, function, table) not in {
                None,
                "dict",
            }:
                continue
            reason = "the result is in the order of the wanted keys, which must be fewer, and a collection"
            yield Edit(function, "unsafe", reason, {node: _to_lookups})


def _names(tree: Tree, node: cst.DictComp) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    """The table and the wanted keys, when nothing else is asked and both are plain variables or attributes."""
    match node:
        case cst.DictComp(
            key=cst.Name(value=kept),
            value=cst.Name(value=value),
            for_in=cst.CompFor(
                target=cst.Tuple(
                    elements=[cst.Element(value=cst.Name(value=key)), cst.Element(value=cst.Name(value=item))]
                ),
                iter=cst.Call(func=cst.Attribute(value=table, attr=cst.Name(value="items")), args=[]),
                ifs=[cst.CompIf(test=cst.Comparison(comparisons=[cst.ComparisonTarget(cst.In(), wanted)]) as test)],
                inner_for_in=None,
                asynchronous=None,
            ),
        ) if kept == key and value == item and key != item:
            pass
        case _:
            return None
    probe = membership(tree, wanted)
    is_key = isinstance(probe, cst.Name) and probe.value == key and test.left is probe
    said = {name.value for side in (table, wanted) for name in names_in(tree, side)}
    is_plain = isinstance(table, cst.Name | cst.Attribute) and isinstance(wanted, cst.Name | cst.Attribute)
    is_quiet = not has_effects(table) and not has_effects(wanted)
    return (table, wanted) if is_key and is_plain and is_quiet and not {key, item} & said else None


def _to_lookups(node: cst.CSTNode) -> cst.CSTNode:
    whole = cst.ensure_type(node, cst.DictComp)
    call = cst.ensure_type(whole.for_in.iter, cst.Call)
    test = cst.ensure_type(whole.for_in.ifs[0].test, cst.Comparison)
    table, wanted = cst.ensure_type(call.func, cst.Attribute).value, test.comparisons[0].comparator
    template = "{{key}: {table}[{key}] for {key} in {wanted} if {key} in {table}}"
    return filled(template, node, key=whole.key, table=table, wanted=wanted)
