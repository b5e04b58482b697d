"""The class that every codemod extends: it finds edits first, then applies the chosen ones.

Its partner is `codemods/_edit.py`, which says what an edit is.
"""

from __future__ import annotations

import argparse
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

import libcst as cst
from libcst.codemod import CodemodContext, VisitorBasedCodemodCommand

from codemods._apply import compatible, fits, replace, replacements
from codemods._edit import Change, Edit, Level, limits
from codemods._tree import Tree

__all__ = ["Change", "Codemod", "Edit", "Level"]


class Codemod(VisitorBasedCodemodCommand, ABC):
    """A libcst codemod that rewrites one pattern, within the functions, the lines or the one site that were chosen."""

    HINT: ClassVar[re.Pattern[str]] = re.compile("")
    """What a text has to contain to hold the pattern; it saves parsing the others."""
    SIGNS: ClassVar[frozenset[str]] = frozenset()
    """What `codemods/_outline.py` has to say of the module, at least one of these; empty when any will do."""

    def __init__(
        self,
        context: CodemodContext,
        functions: Sequence[str] | None = None,
        lines: Sequence[str] | None = None,
        only: int | None = None,
    ) -> None:
        super().__init__(context)
        self.limits = limits(functions, None if lines is None else [line_range(item) for item in lines], only)

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        """Take the limits from the command line of `python -m libcst.tool codemod`."""
        arg_parser.add_argument("--functions", nargs="+", metavar="NAME", help="only inside these functions")
        arg_parser.add_argument("--lines", nargs="+", metavar="A-B", help="only on these lines")
        arg_parser.add_argument("--only", type=int, metavar="INDEX", help="only the site with this index")

    @staticmethod
    @abstractmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """Every edit that this pattern allows in the module; nothing is changed yet."""

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Decide, then change: what libcst calls when it runs the codemod."""
        analysed = Tree(tree)
        fitting = (edit for edit in self.find(analysed) if fits(analysed, edit))
        edits = compatible(analysed, self.limits.choose(fitting, analysed))
        return cst.parse_module(replace(analysed.source, replacements(analysed, edits)), tree.config_for_parsing)


def line_range(item: str) -> tuple[int, int]:
    """A range of lines, given as `A-B` or `A`."""
    first, _, last = item.partition("-")
    return int(first), int(last or first)
