"""Compiles file name patterns once that two nested loops give to `fnmatch` again and again.

Its card is `rules/fnmatch_in_loop.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import Names, filled
from codemods._flow import is_inside, loop_around, steady_loop
from codemods._imports import import_index, imported_module
from codemods._match import function_around, within
from codemods._tree import Function, Tree

WHOLE = (cst.If, cst.CompIf, cst.Return, cst.Assign, cst.GeneratorExp, cst.ListComp)
"""Where a comparison may stand without parentheses."""


class FnmatchInLoop(Codemod):
    """`fnmatch` folds both names and looks the pattern up in a cache, for each pair."""

    DESCRIPTION = "Compile file name patterns once, before the loop that tries them on many names."
    HINT = re.compile(r"\.\s*fnmatch(?:case)?\s*\(")
    SIGNS = frozenset({"loop .fnmatch()", "loop .fnmatchcase()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A loop over patterns, within another loop, that gives each pattern to `fnmatch.fnmatch` and does no more."""
        free = Names(tree)
        for call in tree.nodes(cst.Call):
            function = function_around(tree, call)
            loop = _loop(tree, call)
            if function is None or loop is None or function.opaque or tree.has_comment(call):
                continue
            if within(tree, call, _is_guard, function.node) or not _is_only_there(tree, function, loop, call):
                continue
            patterns = cst.ensure_type(loop.iter, cst.Name)
            place = _place(tree, function, loop, patterns)
            needed = [imported_module(tree, module, call) for module in ("re", "os")]
            if place is None or None in needed:
                continue
            module = tree.code(cst.ensure_type(call.func, cst.Attribute).value)
            folds = cst.ensure_type(call.func, cst.Attribute).attr.value == "fnmatch"
            name = free.local(function, f"{patterns.value}_compiled")
            text = "os.path.normcase(item)" if folds else "item"
            before = f"{name} = [re.compile({module}.translate({text})).match for item in {patterns.value}]"
            insertions = tuple(item for found in needed for item in found or ())
            reason = "the patterns must be text, and stay the same while the loop tries them"
            changes: dict[cst.CSTNode, Change] = {
                call: _Match(folds, isinstance(tree.parents[call], WHOLE)),
                loop.iter: _Use(name),
            }
            yield Edit(function, "unsafe", reason, changes, before={place: before}, insertions=insertions)


class _Use:
    """The change from the patterns to what was compiled of them."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        return filled(self.name, node)


class _Match:
    """The change from `fnmatch(name, pattern)` to a call of the compiled pattern."""

    def __init__(self, folds: bool, is_whole: bool) -> None:
        self.folds = folds
        self.is_whole = is_whole

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        name, pattern = (arg.value for arg in cst.ensure_type(node, cst.Call).args)
        template = "{pattern}(os.path.normcase({name})) is not None" if self.folds else "{pattern}({name}) is not None"
        new = filled(template, node, name=name, pattern=pattern)
        return new if new.lpar or self.is_whole else new.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _is_guard(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Try | cst.TryStar | cst.Lambda)


def _loop(tree: Tree, call: cst.Call) -> cst.For | cst.CompFor | None:
    """The loop over patterns whose variable is the pattern of the call."""
    match call:
        case cst.Call(
            func=cst.Attribute(value=cst.Name() as module, attr=cst.Name(value="fnmatch" | "fnmatchcase")),
            args=[cst.Arg(keyword=None, star=""), cst.Arg(keyword=None, star="", value=cst.Name(value=pattern))],
        ) if import_index(tree, module, "fnmatch", "") is not None:
            pass
        case _:
            return None
    for parent in tree.ancestors(call):
        loop = parent.for_in if isinstance(parent, cst.GeneratorExp | cst.ListComp) else parent
        if isinstance(loop, cst.For | cst.CompFor):
            plain = isinstance(loop.iter, cst.Name) and isinstance(loop.target, cst.Name) and loop.asynchronous is None
            return loop if plain and cst.ensure_type(loop.target, cst.Name).value == pattern else None
    return None


def _is_only_there(tree: Tree, function: Function, loop: cst.For | cst.CompFor, call: cst.Call) -> bool:
    """Is each pattern used for nothing but this call? Another loop may use the same name."""
    target = cst.ensure_type(loop.target, cst.Name)
    scope = tree.parents[loop] if isinstance(loop, cst.CompFor) else loop
    inside = [item for item in function.variables[target.value] if is_inside(tree, item, scope)]
    outside = [item for item in function.variables[target.value] if not is_inside(tree, item, scope)]
    kept = all(
        not tree.is_load(item) or any(_is_loop_over(tree, up, item) for up in tree.ancestors(item)) for item in outside
    )
    return kept and all(item is target or is_inside(tree, item, call.args[1]) for item in inside)


def _is_loop_over(tree: Tree, node: cst.CSTNode, item: cst.Name) -> bool:
    return isinstance(node, cst.For) and tree.code(node.target) == item.value


def _place(tree: Tree, function: Function, loop: cst.For | cst.CompFor, patterns: cst.Name) -> cst.CSTNode | None:
    """The loop around the loop, before which the patterns can be compiled."""
    place = steady_loop(tree, function, patterns, {patterns.value})
    return None if place is loop or loop_around(tree, patterns, function, lambda _: True) is loop else place
