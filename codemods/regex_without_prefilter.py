"""Looks for the text that a pattern needs before it searches with the pattern.

Its card is `rules/regex_without_prefilter.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]  # what the compiler of patterns itself reads
from typing import Any

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._imports import import_index
from codemods._match import enclosing_loops, function_around, one_argument
from codemods._tree import Tree

SHORTEST = 4
METHODS = frozenset({"search", "match", "fullmatch"})


class RegexWithoutPrefilter(Codemod):
    """`in` finds a text at the speed of memory; a pattern that begins with a class tries every place."""

    DESCRIPTION = "Ask for the text that a pattern needs before searching with the pattern."
    HINT = re.compile(r"\.\s*compile\s*\(")
    SIGNS = frozenset(f"loop pattern.{name}()" for name in METHODS)

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`PATTERN.search(line)` in a loop, of a constant pattern that cannot match without some text within it."""
        needed = dict(_patterns(tree))
        for call in tree.nodes(cst.Call):
            function = function_around(tree, call)
            match call.func:
                case cst.Attribute(value=cst.Name(value=pattern), attr=cst.Name(value=method)) if pattern in needed:
                    pass
                case _:
                    continue
            text = one_argument(call)
            if function is None or method not in METHODS or not isinstance(text, cst.Name) or tree.has_comment(call):
                continue
            if any(not tree.is_load(place) for place in function.variables.get(pattern, ())):
                continue
            literal = _quoted(needed[pattern])
            if not enclosing_loops(tree, call, function.node) or _is_asked(tree, call, literal):
                continue
            is_whole = isinstance(tree.parents[call], cst.Assign | cst.Return | cst.NamedExpr)
            reason = "the text must be a str, and it pays where most texts do not hold what the pattern needs"
            yield Edit(function, "unsafe", reason, {call: _Guard(literal, text.value, is_whole)})


class _Guard:
    """The change from the search to one that is made only if it can succeed."""

    def __init__(self, literal: str, text: str, is_whole: bool) -> None:
        self.literal = literal
        self.text = text
        self.is_whole = is_whole

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        call = cst.ensure_type(node, cst.Call)
        test = cst.parse_expression(f"{self.literal} in {self.text}")
        guarded = cst.IfExp(body=call, test=test, orelse=cst.Name("None"))
        return guarded if self.is_whole else guarded.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _patterns(tree: Tree) -> Iterator[tuple[str, str]]:
    """The names of constant patterns of the module, bound once, with a text that each needs."""
    for line in tree.module.body:
        match line:
            case cst.SimpleStatementLine(
                body=[
                    cst.Assign(
                        targets=[cst.AssignTarget(target=cst.Name(value=name))],
                        value=cst.Call(
                            func=cst.Attribute(value=cst.Name() as module, attr=cst.Name(value="compile")),
                            args=[cst.Arg(value=cst.SimpleString() | cst.ConcatenatedString() as pattern)],
                        ),
                    )
                ]
            ):
                text = pattern.evaluated_value
            case _:
                continue
        if not isinstance(text, str) or len(tree.binders(name)) != 1 or import_index(tree, module, "re", "") is None:
            continue
        needed = _needed(text)
        if needed:
            yield name, needed


def _needed(pattern: str) -> str:
    """The longest text that every match holds, if it is long enough; a beginning is what `re` itself looks for."""
    try:
        parsed = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError):
        return ""
    if parsed.state.flags & re.IGNORECASE:
        return ""
    runs = _runs(parsed)
    best = max(runs, key=len, default="")
    return best if len(best) >= SHORTEST and not "".join(_runs(parsed[:1])) else ""


def _runs(items: Any) -> list[str]:
    """The texts that stand at the top level of a pattern."""
    runs = [""]
    for kind, value in items:
        if kind is _constants.LITERAL:
            runs[-1] += chr(value)
        else:
            runs.append("")
    return runs


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if text.isprintable() else repr(text)


def _is_asked(tree: Tree, call: cst.Call, literal: str) -> bool:
    """Does a condition around the call say the text already?"""
    conditions = (cst.If, cst.IfExp, cst.BooleanOperation)
    around = [node for node in tree.ancestors(call) if isinstance(node, conditions)]
    tests = [node if isinstance(node, cst.BooleanOperation) else node.test for node in around]
    return any(literal[1:-1] in tree.code(test) for test in tests)
