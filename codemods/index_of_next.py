"""Counts while it searches, where the code finds an item first and then the place of that item.

Its card is `rules/index_of_next.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import Names, filled
from codemods._match import builtin_call, function_around, one_argument
from codemods._tree import Tree


class IndexOfNext(Codemod):
    """`items.index(next(...))` walks the list twice, and the second time compares with `==`."""

    DESCRIPTION = "Count while searching instead of looking for the found item again."
    HINT = re.compile(r"\.\s*index\s*\(\s*next\s*\(")
    SIGNS = frozenset({".index()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`items.index(next(item for item in items if ...))`, without a default or with None for `is not None`."""
        free = Names(tree)
        for call in tree.nodes(cst.Call):
            function = function_around(tree, call)
            found = _search(tree, call)
            if (
                function is None
                or found is None
                or function.opaque
                or tree.has_comment(call)
                or '"""' in tree.code(call)
            ):
                continue
            loop, default = found
            if not tree.is_builtin("enumerate", call):
                continue
            place = free.local(function, "i", "place")
            item = cst.ensure_type(loop.target, cst.Name).value
            tests = " ".join(f"if {tree.code(test.test)}" for test in loop.ifs)
            walk = f"{place} for {place}, {item} in enumerate({tree.code(loop.iter)}) {tests}"
            text = re.sub(r"\s*\n\s*", " ", f"next({walk})" if default is None else f"next(({walk}), {default})")
            reason = "it is the first item that fits, not the first one that equals it"
            yield Edit(function, "unsafe", reason, {call: _To(text)})


class _To:
    """The change to a search that counts."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        return filled(self.text, node)


def _search(tree: Tree, call: cst.Call) -> tuple[cst.CompFor, str | None] | None:
    """The loop of the search, and what stands for "nothing found"."""
    match call.func:
        case cst.Attribute(value=items, attr=cst.Name(value="index")):
            pass
        case _:
            return None
    argument = one_argument(call)
    match argument:
        case cst.Call(func=cst.Name(value="next") as func, args=[cst.Arg(value=cst.GeneratorExp() as search), *rest]):
            if len(rest) > 1 or not tree.is_builtin("next", func):
                return None
        case _:
            return None
    loop = search.for_in
    plain = isinstance(loop.target, cst.Name) and search.elt.deep_equals(loop.target)
    if not plain or loop.inner_for_in is not None or loop.asynchronous is not None or not loop.ifs:
        return None
    if not isinstance(items, cst.Name | cst.Attribute) or not items.deep_equals(loop.iter):
        return None
    if not rest:
        return loop, None
    return (loop, "0") if _is_first_of_all_none(tree, loop, rest[0].value) else None


def _is_first_of_all_none(tree: Tree, loop: cst.CompFor, default: cst.BaseExpression) -> bool:
    """`next((x for x in xs if x is not None), None)`: when there is none, None itself is the first item."""
    if len(loop.ifs) != 1 or tree.code(default) != "None" or builtin_call(tree, default, "len") is not None:
        return False
    return tree.code(loop.ifs[0].test) == f"{tree.code(loop.target)} is not None"
