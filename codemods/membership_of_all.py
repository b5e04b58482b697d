"""Asks one set about all items at once, where the code asks a collection about one after the other.

Its card is `rules/membership_of_all.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import filled
from codemods._flow import has_effects, names_in
from codemods._match import builtin_call, function_around, membership
from codemods._tree import Function, Tree
from codemods._types import exact_type

WHOLE = (cst.If, cst.While, cst.Return, cst.Assign, cst.Assert, cst.BooleanOperation, cst.CompIf)
"""Where a negation may stand without parentheses."""


class MembershipOfAll(Codemod):
    """`all(x in items for x in others)` searches a list for each; a set of it is made once and asked by hash."""

    DESCRIPTION = "Ask a set with issuperset or isdisjoint instead of searching a list for each item."
    HINT = re.compile(r"\b(?:all|any)\s*\(\s*(\w+)\s+in\b")
    SIGNS = frozenset({"all(in)", "any(in)"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`all` or `any` of `x in items` for each x of another collection, where items is a variable, and no set."""
        for call in tree.nodes(cst.Call):
            function = function_around(tree, call)
            found = _parts(tree, call)
            if function is None or found is None or tree.has_comment(call) or not tree.is_builtin("set", call):
                continue
            items, others = found
            if not _may_be_list(tree, function, items) or not _gives_items(others):
                continue
            is_all = builtin_call(tree, call, "all") is not None
            reason = "items must be hashable, with == and hash that agree, and the collection a list"
            is_whole = isinstance(tree.parents[call], WHOLE)
            yield Edit(function, "unsafe", reason, {call: _to_superset if is_all else partial(_to_disjoint, is_whole)})


def _parts(tree: Tree, call: cst.Call) -> tuple[cst.Name, cst.BaseExpression] | None:
    """What is searched, and what for."""
    match builtin_call(tree, call, "all", "any"):
        case cst.GeneratorExp(
            elt=cst.Comparison(
                left=cst.Name(value=probe),
                comparisons=[cst.ComparisonTarget(operator=cst.In(), comparator=cst.Name() as items)],
            ),
            for_in=cst.CompFor(target=cst.Name(value=item), iter=others, ifs=[], inner_for_in=None, asynchronous=None),
        ) if probe == item and items.value != item and membership(tree, items) is not None:
            return None if items.value in {name.value for name in names_in(tree, others)} else (items, others)
    return None


def _may_be_list(tree: Tree, function: Function, name: cst.Name) -> bool:
    """Is it a variable of the function that is not known to be something else?"""
    places = function.variables.get(name.value, [])
    is_own = any(not tree.is_load(place) for place in places)
    return is_own and exact_type(tree, function, name) in {None, "list", "tuple"}


def _gives_items(node: cst.BaseExpression) -> bool:
    """A call is made once, before and after; what it holds must not do more than give values."""
    return not has_effects(node) or isinstance(node, cst.Call)


def _both(node: cst.CSTNode) -> dict[str, cst.BaseExpression]:
    search = cst.ensure_type(cst.ensure_type(node, cst.Call).args[0].value, cst.GeneratorExp)
    comparison = cst.ensure_type(search.elt, cst.Comparison)
    return {"items": comparison.comparisons[0].comparator, "others": search.for_in.iter}


def _to_superset(node: cst.CSTNode) -> cst.CSTNode:
    return filled("set({items}).issuperset({others})", node, **_both(node))


def _to_disjoint(is_whole: bool, node: cst.CSTNode) -> cst.CSTNode:
    new = filled("not set({items}).isdisjoint({others})", node, **_both(node))
    return new if new.lpar or is_whole else new.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
