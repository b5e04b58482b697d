"""Turns chosen edits into replacements of text, so that every other byte stays as it is.

Its partner is `codemods/_edit.py`, which says what an edit is.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst
from libcst._nodes.internal import CodegenState

from codemods._edit import Change, Edit
from codemods._imports import Insertion
from codemods._text import compiles, parse
from codemods._tree import Tree

_NOT_IN_TEXT = re.compile(r"[{}'\"\\#\r\n]|:=")
_NEWLINE = re.compile(r"\r\n?|\n")
_TIGHT = (
    cst.Comparison, cst.ComparisonTarget, cst.BinaryOperation, cst.UnaryOperation, cst.Attribute, cst.Subscript,
    cst.Call, cst.Await, cst.StarredElement,
)  # fmt: skip
"""What binds its operands more tightly than `not` binds its own."""
_LOOSE = (cst.BooleanOperation, cst.IfExp, cst.CompFor, cst.CompIf)


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
    """May the nodes be changed where they are, so that what is a program stays one?

    In a formatted string the text itself can count: `{x=}` shows its own source and a template string hands it on,
    `{{` is no set there, and before Python 3.12 it holds neither the quotes around it nor a backslash. And no comment
    may go.
    """
    for node, change in edit.changes.items():
        if "#" in tree.code(node) and _comments(node) != _comments(change(node)):
            return False
        for parent in tree.ancestors(node):
            if isinstance(parent, cst.TemplatedStringExpression):
                return False
            if isinstance(parent, cst.FormattedStringExpression):
                new = _changed(tree, node, {item: [change] for item, change in edit.changes.items()})
                if parent.equal is not None or _NOT_IN_TEXT.search(new.text):
                    return False
    texts = [*edit.before.values(), *edit.after.values()]
    return all(map(_can_be_indented, texts)) and _stays_a_program(tree, edit)


def _can_be_indented(text: str) -> bool:
    """Are statements the same further to the right? A text of several lines in them is not."""
    if "\n" not in text and "\r" not in text:
        return True
    plain, moved = parse(text), parse(f"if x:\n{textwrap.indent(text, ' ')}")
    if plain is None or moved is None:
        return False
    [around] = moved.body
    return [ast.dump(item) for item in plain.body] == [ast.dump(item) for item in ast.iter_child_nodes(around)][1:]


def _stays_a_program(tree: Tree, edit: Edit) -> bool:
    """Does Python still take each function, or statement of the module, that is changed, where it took it before?"""
    nodes: dict[cst.CSTNode, set[cst.CSTNode]] = {}
    for node in (*edit.changes, *edit.before, *edit.after):
        changed = [item for item in (node, *tree.ancestors(node)) if item in edit.changes]
        nodes.setdefault(_program(tree, changed[-1] if changed else node), set()).add(node)
    return all(_is_taken(tree, program, _only(edit, inside)) for program, inside in nodes.items())


def _program(tree: Tree, node: cst.CSTNode) -> cst.CSTNode:
    """The innermost function around a node, or the statement of the module: to compile more would take longer."""
    path = [node, *tree.ancestors(node)]
    return next((item for item in path[1:] if isinstance(item, cst.FunctionDef)), path[-2])


def _only(edit: Edit, nodes: set[cst.CSTNode]) -> Edit:
    """What an edit does to some of its nodes."""
    changes = {node: change for node, change in edit.changes.items() if node in nodes}
    before = {node: text for node, text in edit.before.items() if node in nodes}
    after = {node: text for node, text in edit.after.items() if node in nodes}
    return dataclasses.replace(edit, changes=changes, before=before, after=after, insertions=())


def _is_taken(tree: Tree, program: cst.CSTNode, edit: Edit) -> bool:
    start, end = tree.spans[program]
    moved = [Replacement(item.start - start, item.end - start, item.text) for item in replacements(tree, [edit])]
    code, head = tree.source[start:end], _head(tree, program)
    return compiles(head + replace(code, moved)) or not compiles(head + code)


def _head(tree: Tree, program: cst.CSTNode) -> str:
    """A function around a function that stands to the right, with what that one and those in it call nonlocal."""
    if tree.parents[program] is tree.module:
        return ""
    start = tree.inner(program)[0]
    indent = tree.source[max(tree.source.rfind("\n", 0, start), tree.source.rfind("\r", 0, start)) + 1 : start]
    outer = [item for item in tree.nodes(cst.Nonlocal) if program in tree.ancestors(item)]
    names = [name.name.value for item in outer for name in item.names]
    return f"def _():\n{indent}{' = '.join(['_', *names])} = None\n"


def _comments(node: cst.CSTNode) -> list[str]:
    """Every comment in the text of a node, in no order."""
    own = [node.value] if isinstance(node, cst.Comment) else []
    return sorted([*own, *(text for child in node.children for text in _comments(child))])


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
    def __init__(self, tree: Tree, changes: dict[cst.CSTNode, list[Change]]) -> None:
        super().__init__()
        self.tree = tree
        self.changes = changes

    def on_leave(self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT) -> cst.CSTNodeT:
        changes = self.changes.get(original_node, ())
        for change in changes:
            updated_node = change(updated_node)  # type: ignore[assignment]  # it takes the place
        if changes and _comes_apart(self.tree.parents[original_node], original_node, updated_node):
            return updated_node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        return updated_node


def _comes_apart(parent: cst.CSTNode, old: cst.CSTNode, new: cst.CSTNode) -> bool:
    """Would the operator around a node take only a part of what comes in its place?"""
    if not isinstance(new, cst.BaseExpression) or new.lpar or type(new) is type(old):
        return False
    match new:
        case cst.IfExp() | cst.Lambda() | cst.NamedExpr() | cst.BooleanOperation():
            return isinstance(parent, (*_TIGHT, *_LOOSE))
        case cst.UnaryOperation(operator=cst.Not()):
            return isinstance(parent, _TIGHT) and not _is_not(parent)
        case cst.Comparison():
            return isinstance(parent, _TIGHT) and not _is_not(parent)
        case cst.BinaryOperation() | cst.UnaryOperation() | cst.Await():
            return isinstance(parent, _TIGHT) and not isinstance(parent, cst.Comparison | cst.ComparisonTarget)
    return False


def _is_not(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not)


def _changed(tree: Tree, node: cst.CSTNode, changes: dict[cst.CSTNode, list[Change]]) -> Replacement:
    new = node.visit(_Changer(tree, changes))
    state = CodegenState(tree.module.default_indent, tree.module.default_newline)
    for block in reversed([item for item in tree.ancestors(node) if isinstance(item, cst.IndentedBlock)]):
        state.increase_indent(tree.module.default_indent if block.indent is None else block.indent)
    assert isinstance(new, cst.CSTNode)
    new._codegen(state)
    start, end = tree.spans[node]
    text = "".join(state.tokens)
    before, after = tree.source[start - 1 : start], tree.source[end : end + 1]
    text = f" {text}" if _join(before, text[:1]) else text
    return Replacement(start, end, f"{text} " if _join(text[-1:], after) else text)


def _join(left: str, right: str) -> bool:
    """Would two characters side by side be taken for one word?"""
    return all(item == "_" or item.isalnum() for item in (left, right))


def _statements(tree: Tree, node: cst.CSTNode, text: str, side: int) -> Replacement:
    """Statements before (side 0) or behind (side 1) a statement that has its lines for itself."""
    first = tree.inner(node)[0]
    start = max(tree.source.rfind("\n", 0, first), tree.source.rfind("\r", 0, first)) + 1
    lines = textwrap.indent(text, tree.source[start:first]) + "\n"
    at = tree.spans[node][1] if side else start
    if side and not tree.source[:at].endswith(("\n", "\r")):
        lines = "\n" + lines.rstrip("\n")
    return Replacement(at, at, _NEWLINE.sub(tree.module.default_newline, lines))


def _inserted(tree: Tree, insertions: Sequence[Insertion]) -> Iterator[Replacement]:
    """Statements between those of the module: blank lines come with them, what was there keeps its own."""
    body = tree.module.body
    for index in sorted({item.index for item in insertions}):
        imports = [item.statement for item in insertions if item.index == index and item.is_import]
        others = [item.statement for item in insertions if item.index == index and not item.is_import]
        text = "".join([*imports, *(["\n"] if imports and others else []), *others])
        if index and not (imports and not _is_docstring(body[index - 1])):
            text = "\n" + text
        if index < len(body) and _needs_space(body[index]):
            text += "\n\n"
        at = tree.spans[body[index]][0] if index < len(body) else tree.spans[body[-1]][1]
        if index == len(body) and not tree.source[:at].endswith(("\n", "\r")):
            text = "\n" + text.rstrip("\n")
        yield Replacement(at, at, _NEWLINE.sub(tree.module.default_newline, text))


def _is_docstring(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], cst.Expr)


def _needs_space(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.FunctionDef | cst.ClassDef) and not node.leading_lines
