"""Compiles a constant file name pattern once, at module level, where a function gives it to `fnmatch` in each call.

Its card is `rules/fnmatch_of_constant.md`.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import Names, filled
from codemods._imports import Insertion, end_of_imports, import_index, imported
from codemods._match import function_around
from codemods._tree import Tree

WHOLE = (cst.Return, cst.If, cst.While, cst.CompIf, cst.Assign)
"""Where a comparison may stand without parentheses."""


class FnmatchOfConstant(Codemod):
    """`fnmatch` looks its pattern up in a cache in each call; a compiled pattern is simply there."""

    DESCRIPTION = "Compile a constant file name pattern once, at module level."
    HINT = re.compile(r"\.\s*fnmatch(?:case)?\s*\(")
    SIGNS = frozenset({".fnmatch()", ".fnmatchcase()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`fnmatch.fnmatch(name, "constant")` and `fnmatchcase` in a function of a module that imports `re`."""
        names = Names(tree)
        for call in tree.nodes(cst.Call):
            function = function_around(tree, call)
            asked = _asked(call)
            if function is None or asked is None or function.opaque or tree.has_comment(call):
                continue
            module, method, pattern = asked
            index = import_index(tree, module, "fnmatch", "")
            place = None if index is None else end_of_imports(tree, index)
            if place is None or not _is_module(tree, call, "re", "compile", place):
                continue
            folds = method == "fnmatch"
            if folds and not _is_module(tree, call, "os", "path", place):
                continue
            name = names.constant("_" + (function.node.name.value.strip("_").upper() or "CALL") + "_PATTERN")
            text = f"os.path.normcase({pattern})" if folds else pattern
            statement = f"{name} = re.compile({module.value}.translate({text}))\n"
            change = _Use(name, folds, isinstance(tree.parents[call], WHOLE))
            reason = "the pattern is constant, and it compiles"
            yield Edit(function, "safe", reason, {call: change}, insertions=(Insertion(place, statement),))


class _Use:
    """The change from the call to a match of the compiled pattern."""

    def __init__(self, name: str, folds: bool, is_whole: bool) -> None:
        self.name = name
        self.folds = folds
        self.is_whole = is_whole

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        call = cst.ensure_type(node, cst.Call)
        argument = "os.path.normcase({text})" if self.folds else "{text}"
        match = filled(f"{self.name}.match({argument}) is not None", node, text=call.args[0].value)
        if match.lpar or self.is_whole:
            return match
        return match.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _asked(call: cst.Call) -> tuple[cst.Name, str, str] | None:
    """The module's name, the method and the text of the pattern."""
    match call:
        case cst.Call(
            func=cst.Attribute(value=cst.Name() as module, attr=cst.Name(value="fnmatch" | "fnmatchcase" as method)),
            args=[cst.Arg(keyword=None, star=""), cst.Arg(keyword=None, star="", value=cst.SimpleString() as pattern)],
        ):
            text = pattern.evaluated_value
            return (module, method, pattern.value) if isinstance(text, str) and _compiles(text) else None
    return None


def _compiles(text: str) -> bool:
    try:
        re.compile(fnmatch.translate(text))
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _is_module(tree: Tree, node: cst.CSTNode, module: str, item: str, place: int) -> bool:
    """Does the module's name mean it, at the node and already at the place of the new constant?"""
    found = imported(tree, module, item, node)
    if found is None or found[0] != f"{module}.{item}" or found[1]:
        return False
    [binder] = tree.binders(module) if len(tree.binders(module)) == 1 else [None]
    return binder is not None and tree.start(binder) < _end_of(tree, place)


def _end_of(tree: Tree, place: int) -> int:
    body = tree.module.body
    return tree.spans[body[place]][0] if place < len(body) else len(tree.source)
