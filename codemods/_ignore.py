"""Reads `# perfwright: ignore[rule]` comments, which keep a line or a whole function as it is.

Its partner is `codemods/__init__.py`, which drops the edits that they forbid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count

import libcst as cst

from codemods._edit import Edit
from codemods._tree import Tree

_COMMENT = re.compile(r"#\s*perfwright:\s*ignore\b(?:\s*\[([^\]\r\n]*))?")
EVERY = ""


def ignored_lines(tree: Tree) -> Mapping[int, frozenset[str]]:
    """The rules that each line forbids, by its number; `EVERY` among them stands for all.

    A comment that has its line for itself is about the line below the comments there.
    """
    if "perfwright:" not in tree.source:
        return {}
    comments = {tree.line_of(start): start for node, (start, _) in tree.spans.items() if isinstance(node, cst.Comment)}
    alone = {number for number, start in comments.items() if tree.is_first_on_line(start)}
    found: dict[int, frozenset[str]] = {}
    for number, start in sorted(comments.items()):
        match = _COMMENT.search(tree.source, start, tree.end_of_line(start))
        if match is None:
            continue
        rules = frozenset([EVERY])
        if match[1] is not None:  # brackets name rules, even if what they hold is a mistake
            rules = frozenset(name.strip() for name in match[1].split(",")) - rules
        below = next(line for line in count(number) if line not in alone)
        for line in (number, below):
            found[line] = found.get(line, frozenset()) | rules
    return found


def allows(lines: Mapping[int, frozenset[str]], rule: str, edit: Edit, tree: Tree) -> bool:
    """Is no line that the edit touches, and no header of a function or class around it, marked for the rule?"""
    if not lines:
        return True
    touched = {number for first, last in edit.spans(tree) for number in range(first, last + 1)}
    nodes = [*edit.changes, *edit.after, *edit.before]
    for around in {item for node in nodes for item in tree.ancestors(node)}:
        if isinstance(around, cst.FunctionDef | cst.ClassDef):
            first = around.decorators[0] if around.decorators else around.name
            touched.update(range(tree.lines(first)[0], tree.line_of(tree.spans[around.body][0]) + 1))
    return not any({rule, EVERY} & lines.get(number, frozenset()) for number in touched)
