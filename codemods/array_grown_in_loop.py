"""Collects arrays in a list where a loop concatenates them one by one, and concatenates them once behind it.

Its card is `rules/array_grown_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemods._base import Codemod, Edit
from codemods._parts import collected
from codemods._tree import Tree

JOINS = frozenset({"concatenate", "hstack", "vstack"})


class ArrayGrownInLoop(Codemod):
    """Each concatenation makes a new array of everything so far."""

    DESCRIPTION = "Collect arrays in a list and concatenate them once, instead of in each turn of a loop."
    HINT = re.compile(r"\b(\w+)\s*=[\s\w.]*(?:concatenate|[hv]stack)\s*\(\s*[\[(]\s*\1\b")
    SIGNS = frozenset(f"loop {dot}{join}()" for join in JOINS for dot in ("", "."))

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A local array that loops only lengthen."""
        reason = "no part may change before the loop ends, and types of numbers are chosen from all parts at once"
        yield from collected(tree, "numpy", JOINS, reason)
