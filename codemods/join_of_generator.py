"""Gives `join` a list comprehension where it is given a generator, of which it makes a list itself.

Its card is `rules/join_of_generator.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._generators import is_plain_generator, level, to_list
from codemods._match import function_around, one_argument
from codemods._tree import Tree
from codemods._types import exact_type


class JoinOfGenerator(Codemod):
    """`join` walks its argument twice, so it makes a list of a generator; a comprehension makes it faster."""

    DESCRIPTION = "Join a list comprehension instead of a generator."
    HINT = re.compile(r"\.\s*join\s*\(")
    SIGNS = frozenset({".join(generator)"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`text.join(generator)` of certain text or bytes."""
        for call in tree.nodes(cst.Call):
            argument = one_argument(call)
            function = function_around(tree, call)
            match call.func:
                case cst.Attribute(value=receiver, attr=cst.Name(value="join")):
                    pass
                case _:
                    continue
            if function is None or function.opaque or argument is None or not is_plain_generator(argument):
                continue
            if exact_type(tree, function, receiver) in {"str", "bytes"}:
                reason = "join makes a list of the generator before it does anything"
                yield Edit(function, *level(tree, function, argument, reason), {argument: to_list})
