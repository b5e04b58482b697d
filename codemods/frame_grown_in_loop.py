"""Collects frames in a list where a loop concatenates them one by one, and concatenates them once behind it.

Its card is `rules/frame_grown_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemods._base import Codemod, Edit
from codemods._parts import collected
from codemods._tree import Tree


class FrameGrownInLoop(Codemod):
    """Each `pandas.concat` makes a new frame of everything so far."""

    DESCRIPTION = "Collect frames in a list and concatenate them once, instead of in each turn of a loop."
    HINT = re.compile(r"\b(\w+)\s*=[\s\w.]*\bconcat\s*\(\s*[\[(]\s*\1\b")
    SIGNS = frozenset({"loop concat()", "loop .concat()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A local frame or series that loops only lengthen."""
        reason = "no part may change before the loop ends, and types of columns are chosen from all parts at once"
        yield from collected(tree, "pandas", frozenset({"concat"}), reason)
