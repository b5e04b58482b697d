"""Turns chosen edits into replacements of text, so that every other byte stays as it is.

Its partner is `codemods/_edit.py`, which says what an edit is.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst
from libcst._nodes.internal import CodegenState

from codemods._edit import Change, Edit
from codemods._imports import Insertion
from codemods._tree import Tree

_NOT_IN_TEXT = re.compile(r"[{}'\"\\#\r\n]|:=")


@dataclass(frozen=True, slots=True)
class Replacement:
    """A part of the source, from the character `start` up to `end`, and what stands there instead."""

    start: int
    end: int
    text: str


def replace(source: str, replacements: Iterable[Replacement]) -> str:
    """The source with every replacement made; none may overlap another."""
    parts: list[str] = []
    done = 0
    for item in replacements:
        parts += [source[done : item.start], item.text]
        done = item.end
    return "".join([*parts, source[done:]])


def replacements(tree: Tree, edits: Sequence[Edit]) -> tuple[Replacement, ...]:
    """What these edits change in the text, in its order; a change within a changed node becomes part of that one."""
    changes: dict[cst.CSTNode, list[Change]] = {}
    insertions: list[Insertion] = []
    found: list[Replacement] = []
    for edit in edits:
        for node, change in edit.changes.items():
            changes.setdefault(node, []).append(change)
        found += [_statements(tree, node, text, 0) for node, text in edit.before.items()]
        found += [_statements(tree, node, text, 1) for node, text in edit.after.items()]
        insertions += [item for item in edit.insertions if item not in insertions]
    whole = [node for node in changes if not any(parent in changes for parent in tree.ancestors(node))]
    found += [_changed(tree, node, changes) for node in whole]
    return tuple(sorted([*found, *_inserted(tree, insertions)], key=lambda item: (item.start, item.end)))


def fits(tree: Tree, edit: Edit) -> bool:
    """May the nodes be changed where they are? In a formatted string the text itself can count.

    `{x=}` shows its own source and a template string hands it on, `{{` is no set there, and before Python 3.12 it holds
    neither the quotes around it nor a backslash.
    """
    for node in edit.changes:
        for parent in tree.ancestors(node):
            if isinstance(parent, cst.TemplatedStringExpression):
                return False
            if isinstance(parent, cst.FormattedStringExpression):
                new = _changed(tree, node, {item: [change] for item, change in edit.changes.items()})
                if parent.equal is not None or _NOT_IN_TEXT.search(new.text):
                    return False
    return True


def compatible(tree: Tree, edits: Sequence[Edit]) -> list[Edit]:
    """The edits without those that would put a statement into a node that another one changes as a whole."""
    chosen: list[Edit] = []
    for edit in edits:
        if all(not _collide(tree, edit, other) and not _collide(tree, other, edit) for other in chosen):
            chosen.append(edit)
    return chosen


def _collide(tree: Tree, edit: Edit, other: Edit) -> bool:
    around = {parent for node in (*edit.before, *edit.after) for parent in tree.ancestors(node)}
    return any(node in around for node in other.changes)


class _Changer(cst.CSTTransformer):
    def __init__(self, changes: dict[cst.CSTNode, list[Change]]) -> None:
        super().__init__()
        self.changes = changes

    def on_leave(self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT) -> cst.CSTNodeT:
        for change in self.changes.get(original_node, ()):
            updated_node = change(updated_node)  # type: ignore[assignment]  # it takes the place
        return updated_node


def _changed(tree: Tree, node: cst.CSTNode, changes: dict[cst.CSTNode, list[Change]]) -> Replacement:
    new = node.visit(_Changer(changes))
    state = CodegenState(tree.module.default_indent, tree.module.default_newline)
    for block in reversed([item for item in tree.ancestors(node) if isinstance(item, cst.IndentedBlock)]):
        state.increase_indent(tree.module.default_indent if block.indent is None else block.indent)
    assert isinstance(new, cst.CSTNode)
    new._codegen(state)
    return Replacement(*tree.spans[node], "".join(state.tokens))


def _statements(tree: Tree, node: cst.CSTNode, text: str, side: int) -> Replacement:
    """Statements before (side 0) or behind (side 1) a statement that has its lines for itself."""
    first = tree.inner(node)[0]
    start = max(tree.source.rfind("\n", 0, first), tree.source.rfind("\r", 0, first)) + 1
    lines = textwrap.indent(text, tree.source[start:first]) + "\n"
    at = tree.spans[node][1] if side else start
    if side and not tree.source[:at].endswith(("\n", "\r")):
        lines = "\n" + lines.rstrip("\n")
    return Replacement(at, at, lines.replace("\n", tree.module.default_newline))


def _inserted(tree: Tree, insertions: Sequence[Insertion]) -> Iterator[Replacement]:
    """Statements between those of the module: blank lines come with them, what was there keeps its own."""
    body = tree.module.body
    for index in sorted({item.index for item in insertions}):
        texts = [item.statement for item in insertions if item.index == index]
        is_import = next(item for item in insertions if item.index == index).is_import
        text = "".join(texts)
        if index and not (is_import and not _is_docstring(body[index - 1])):
            text = "\n" + text
        if index < len(body) and _needs_space(body[index]):
            text += "\n\n"
        at = tree.spans[body[index]][0] if index < len(body) else tree.spans[body[-1]][1]
        if index == len(body) and not tree.source[:at].endswith(("\n", "\r")):
            text = "\n" + text.rstrip("\n")
        yield Replacement(at, at, text.replace("\n", tree.module.default_newline))


def _is_docstring(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], cst.Expr)


def _needs_space(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.FunctionDef | cst.ClassDef) and not node.leading_lines
