"""Reads `# perfwright: ignore[rule]` comments, which keep a line or a whole function as it is.

Its partner is `codemods/__init__.py`, which drops the edits that they forbid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import libcst as cst

from codemods._edit import Edit
from codemods._tree import Tree

_COMMENT = re.compile(r"#\s*perfwright:\s*ignore\b(?:\[([^\]\r\n]*)\])?")
_NEWLINE = re.compile(r"\r\n?|\n")
EVERY = ""


def ignored_lines(source: str) -> Mapping[int, frozenset[str]]:
    """The rules that each line forbids, by its number; `EVERY` among them stands for all."""
    if "perfwright:" not in source:
        return {}
    found: dict[int, frozenset[str]] = {}
    for number, line in enumerate(_NEWLINE.split(source), 1):
        match = _COMMENT.search(line)
        if match is not None:
            names = match[1].split(",") if match[1] is not None else [EVERY]
            found[number] = frozenset(name.strip() for name in names)
    return found


def allows(lines: Mapping[int, frozenset[str]], rule: str, edit: Edit, tree: Tree) -> bool:
    """Is none of the lines that the edit touches, and no `def` or `class` line around it, marked for this rule?"""
    if not lines:
        return True
    touched = {number for first, last in edit.spans(tree) for number in range(first, last + 1)}
    nodes = [*edit.changes, *edit.after, *edit.before]
    for around in {item for node in nodes for item in tree.ancestors(node)}:
        if isinstance(around, cst.FunctionDef | cst.ClassDef):
            touched.update(range(tree.lines(around.name)[0], tree.line_of(tree.spans[around.body][0]) + 1))
    return not any({rule, EVERY} & lines.get(number, frozenset()) for number in touched)
