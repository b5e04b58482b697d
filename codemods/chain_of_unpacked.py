"""Hands `chain` one iterable of iterables where the code unpacks it into arguments.

Its card is `rules/chain_of_unpacked.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import filled
from codemods._imports import is_item
from codemods._match import function_around
from codemods._tree import Tree


class ChainOfUnpacked(Codemod):
    """`chain(*rows)` makes every row before the first item is asked for; `chain.from_iterable` makes none."""

    DESCRIPTION = "Use chain.from_iterable instead of unpacking into chain."
    HINT = re.compile(r"\bchain\s*\(\s*\*")
    SIGNS = frozenset({"chain()", ".chain()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`chain(*rows)` of `itertools`, with nothing else."""
        for call in tree.nodes(cst.Call):
            function = function_around(tree, call)
            match call.args:
                case [cst.Arg(star="*")]:
                    pass
                case _:
                    continue
            if function is None or not is_item(tree, call.func, "itertools", "chain") or tree.has_comment(call):
                continue
            reason = "rows are asked for one by one: nothing may change them meanwhile, and errors come later"
            yield Edit(function, "unsafe", reason, {call: _to_one})


def _to_one(node: cst.CSTNode) -> cst.CSTNode:
    call = cst.ensure_type(node, cst.Call)
    return filled("{chain}.from_iterable({rows})", call, chain=call.func, rows=call.args[0].value)
