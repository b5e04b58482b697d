"""The class that every codemod extends: it finds edits first, then applies the chosen ones and leaves every other byte.

Its partner is `codemods/_match.py`, which answers the questions that an edit has to ask of the tree.
"""

from __future__ import annotations

import argparse
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import libcst as cst
from libcst.codemod import CodemodContext, VisitorBasedCodemodCommand
from libcst.metadata import ParentNodeProvider, PositionProvider, ScopeProvider

from codemods._imports import Insertion
from codemods._match import Function, Tree

FixLevel = Literal["safe", "unsafe", "display-only"]
Change = Callable[[cst.CSTNode], cst.CSTNode]


class RewriteError(ValueError):
    """The source cannot be rewritten at all; the message is one line for people."""


@dataclass(frozen=True, slots=True)
class Site:
    """One place where the pattern was found; lines are 1-based and count in the text before the rewrite."""

    line: int
    end_line: int
    function: str
    """Qualified name of the enclosing function, such as `URL.build`."""
    fix: FixLevel
    reason: str


@dataclass(frozen=True, slots=True)
class Edit:
    """All that one site needs: changes of nodes, statements behind nodes, and statements at module level."""

    function: Function
    fix: FixLevel
    reason: str
    changes: Mapping[cst.CSTNode, Change]
    after: Mapping[cst.CSTNode, str] = field(default_factory=dict)
    insertions: tuple[Insertion, ...] = ()

    def spans(self, tree: Tree) -> list[tuple[int, int]]:
        """First and last line of everything this edit touches, without its module-level insertions."""
        spans = [tree.lines(node) for node in self.changes]
        spans += [(tree.lines(node)[1], tree.lines(node)[1]) for node in self.after]
        return sorted(spans)

    def site(self, tree: Tree) -> Site:
        """What the edit says of itself to people."""
        spans = self.spans(tree)
        last = max(end for _, end in spans)
        return Site(spans[0][0], last, self.function.qualname, self.fix, self.reason)


@dataclass(frozen=True, slots=True)
class Limits:
    """Which of the edits that were found are wanted; None is no limit."""

    functions: frozenset[str] | None = None
    lines: tuple[tuple[int, int], ...] | None = None
    only: int | None = None

    def choose(self, edits: Iterable[Edit], tree: Tree) -> list[Edit]:
        """The wanted edits in the order of the text."""
        chosen = sorted((edit for edit in edits if self._allow(edit, tree)), key=lambda edit: edit.spans(tree))
        if self.only is None:
            return chosen
        if not 0 <= self.only < len(chosen):
            raise RewriteError(f"there is no site {self.only}: {len(chosen)} found")
        return [chosen[self.only]]

    def _allow(self, edit: Edit, tree: Tree) -> bool:
        if self.functions is not None and not self.functions & edit.function.enclosing:
            return False
        if self.lines is None:
            return True
        return all(any(a <= first and last <= b for a, b in self.lines) for first, last in edit.spans(tree))


class Codemod(VisitorBasedCodemodCommand, ABC):
    """A libcst codemod that rewrites one pattern, within the functions, the lines or the one site that were chosen."""

    METADATA_DEPENDENCIES = (ParentNodeProvider, PositionProvider, ScopeProvider)
    HINT: ClassVar[re.Pattern[str]] = re.compile("")
    """What a text has to contain to hold the pattern; it saves analysing the others."""

    def __init__(
        self,
        context: CodemodContext,
        functions: Sequence[str] | None = None,
        lines: Sequence[str] | None = None,
        only: int | None = None,
    ) -> None:
        super().__init__(context)
        self.limits = limits(functions, None if lines is None else [line_range(item) for item in lines], only)
        self._changes: dict[cst.CSTNode, list[Change]] = {}
        self._after: dict[cst.CSTNode, list[str]] = {}
        self._insertions: list[Insertion] = []

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

    def apply(self, module: cst.Module, edits: Sequence[Edit]) -> cst.Module:
        """The module with these edits, which were found in this very module."""
        for edit in edits:
            self._plan(edit)
        return module.visit(self) if edits else module

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Decide, then change: what libcst calls when it runs the codemod."""
        assert self.context.wrapper is not None
        analysed = Tree.of(self.context.wrapper)
        return self.apply(tree, self.limits.choose(self.find(analysed), analysed))

    def _plan(self, edit: Edit) -> None:
        for node, change in edit.changes.items():
            self._changes.setdefault(node, []).append(change)
        for node, statement in edit.after.items():
            self._after.setdefault(node, []).append(statement)
        self._insertions += [item for item in edit.insertions if item not in self._insertions]

    def on_leave(  # type: ignore[override]  # the supertype's own supertype allows a FlattenSentinel
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        """Change: apply what was planned for this very node, and nothing else."""
        result = super().on_leave(original_node, updated_node)
        for change in self._changes.get(original_node, ()):
            result = change(result)  # type: ignore[arg-type, assignment]  # our changes give one node for one node
        if isinstance(result, cst.Module) and self._insertions:
            return insert_statements(result, self._insertions)  # type: ignore[return-value]
        if original_node not in self._after:
            return result
        new = [cst.parse_statement(text) for text in self._after[original_node]]
        return cst.FlattenSentinel([result, *new])  # type: ignore[list-item]


def limits(functions: Iterable[str] | None, lines: Sequence[tuple[int, int]] | None, only: int | None = None) -> Limits:
    """Limits as people give them."""
    names = None if functions is None else frozenset(map(plain_qualname, functions))
    return Limits(names, None if lines is None else tuple(lines), only)


def plain_qualname(name: str) -> str:
    """`outer.<locals>.inner` and `outer.inner` mean the same function to people and to tools."""
    return name.replace(".<locals>", "")


def line_range(item: str) -> tuple[int, int]:
    """A range of lines, given as `A-B` or `A`."""
    first, _, last = item.partition("-")
    return int(first), int(last or first)


def insert_statements(module: cst.Module, insertions: Sequence[Insertion]) -> cst.Module:
    """Put statements between those of the module: blank lines come with them, what was there keeps its own."""
    body = list(module.body)
    for index in sorted({item.index for item in insertions}, reverse=True):
        texts = [item.statement for item in insertions if item.index == index]
        new = [cst.parse_statement(text, module.config_for_parsing) for text in texts]
        is_import = texts[0].startswith(("import ", "from "))
        if index and not (is_import and not _is_docstring(body[index - 1])):
            new[0] = new[0].with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        body[index:index] = new
        following = index + len(new)
        if following < len(body) and _needs_space(body[following]):
            spaced = body[following].with_changes(leading_lines=[cst.EmptyLine(indent=False)] * 2)
            body[following] = spaced
    return module.with_changes(body=body)


def _is_docstring(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], cst.Expr)


def _needs_space(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.FunctionDef | cst.ClassDef) and not node.leading_lines
