"""Rewrites calls such as `re.search("constant", text)` in a function to a pattern that the module compiles once.

Its card is `rules/regex_compiled_per_call.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import Names
from codemods._imports import Insertion, end_of_imports, import_index, imported_module, index_at
from codemods._match import function_around
from codemods._regex import compiles, flags_of, python_of
from codemods._tree import Function, Tree

ARGUMENTS_BEFORE_FLAGS = {
    "compile": 1,
    **dict.fromkeys(("search", "match", "fullmatch", "findall", "finditer"), 2),
    "split": 3,
    "sub": 4,
    "subn": 4,
}
FEWEST = {"compile": 1, "sub": 3, "subn": 3}
KEYWORDS = frozenset({"string", "repl", "count", "maxsplit", "flags"})
LONGEST = 2000


class RegexCompiledPerCall(Codemod):
    """The cache of `re` is a lookup with a check of types in each call; a module-level pattern has none."""

    DESCRIPTION = "Compile a constant pattern once, at module level."
    HINT = re.compile(r"\b(?:compile|search|match|fullmatch|findall|finditer|split|subn?)\s*\(\s*[\w(]*[\"']")
    SIGNS = frozenset(f"re.{name}(text)" for name in ARGUMENTS_BEFORE_FLAGS)

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """Calls of `re` with a constant pattern and constant flags, in the body of a function."""
        names = Names(tree)
        for call in filter(_may_be_regex, tree.nodes(cst.Call)):
            function = function_around(tree, call)
            pattern = _pattern_arguments(tree, call)
            if function is None or pattern is None or function.opaque or tree.has_comment(call):
                continue
            if _is_kept(tree, function, call):
                continue
            module = _module(tree, call)
            place = None if module is None else end_of_imports(tree, module.index)
            if module is None or place is None:
                continue
            name = names.constant("_" + (function.node.name.value.strip("_").upper() or "CALL") + "_PATTERN")
            arguments = ", ".join(tree.module.code_for_node(item) for item in pattern)
            statement = f"{name} = {module.name}.compile({arguments})\n"
            reason = "the pattern and its flags are constant, and they compile"
            change = _Use(name, len(pattern) > 1)
            insertions = (*module.insertions, Insertion(place, statement))
            yield Edit(function, "safe", reason, {call: change}, insertions=insertions, python=python_of(pattern[0]))


class _Use:
    """The change from `re.method(pattern, ...)` to `NAME.method(...)`, or to `NAME` for `compile`."""

    def __init__(self, name: str, has_flags: bool) -> None:
        self.name = name
        self.has_flags = has_flags

    def __call__(self, node: cst.CSTNode) -> cst.CSTNode:
        call = cst.ensure_type(node, cst.Call)
        method = _method(call)
        if method == "compile":
            return cst.Name(self.name, lpar=call.lpar, rpar=call.rpar)
        rest = list(call.args[1:])
        if self.has_flags:
            rest = [arg for i, arg in enumerate(rest, 1) if not _is_flags(method, i, arg)]
        if rest and len(rest) < len(call.args) - 1:
            last = call.args[-1]
            rest[-1] = rest[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
        if isinstance(call.func, cst.Attribute):
            return call.with_changes(func=call.func.with_changes(value=cst.Name(self.name)), args=rest)
        return call.with_changes(func=cst.Attribute(cst.Name(self.name), cst.Name(method)), args=rest)


def _may_be_regex(call: cst.Call) -> bool:
    return _method(call) in ARGUMENTS_BEFORE_FLAGS


def _is_kept(tree: Tree, function: Function, call: cst.Call) -> bool:
    """Is the pattern given to a variable of the module, so that it is compiled once and not before it is needed?"""
    match tree.parents[call]:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]) if _method(call) == "compile":
            return any(isinstance(tree.parents[item], cst.NameItem) for item in function.variables[name])
    return False


def _method(call: cst.Call) -> str:
    match call.func:
        case cst.Attribute(value=cst.Name(), attr=cst.Name(value=name)) | cst.Name(value=name):
            return name
    return ""


@dataclass(frozen=True, slots=True)
class _Module:
    """How the module `re` is written where a pattern is compiled, behind which statement, and what this needs."""

    name: str
    index: int
    insertions: tuple[Insertion, ...] = ()


def _module(tree: Tree, call: cst.Call) -> _Module | None:
    """The module that a call of `re.search`, or of a `search` that is imported from it, needs to compile a pattern."""
    if isinstance(call.func, cst.Attribute):
        name = cst.ensure_type(call.func.value, cst.Name)
        index = import_index(tree, name, "re", "")
        return None if index is None else _Module(name.value, index)
    index = import_index(tree, cst.ensure_type(call.func, cst.Name), "re", _method(call))
    if index is None:
        return None
    known = index_at(tree, call, "re", "re", "")
    if known is not None:
        return _Module("re", max(index, known))
    insertions = imported_module(tree, "re", call)
    return None if insertions is None else _Module("re", index, insertions)


def _pattern_arguments(tree: Tree, call: cst.Call) -> list[cst.BaseExpression] | None:
    """The pattern, and the flags if there are any, when both are constant and compile without a warning."""
    method = _method(call)
    if not call.args or len(call.args) > ARGUMENTS_BEFORE_FLAGS[method] + 1:
        return None
    if any(arg.star or (arg.keyword is not None and arg.keyword.value not in KEYWORDS) for arg in call.args):
        return None
    pattern = call.args[0]
    if pattern.keyword is not None or not isinstance(pattern.value, cst.SimpleString | cst.ConcatenatedString):
        return None
    text = pattern.value.evaluated_value
    flags = [arg for i, arg in enumerate(call.args) if i and _is_flags(method, i, arg)]
    values = [flags_of(tree, arg.value) for arg in flags]
    if len(call.args) - len(flags) < FEWEST.get(method, 2):
        return None
    if text is None or len(text) > LONGEST or len(flags) > 1 or None in values:
        return None
    return [pattern.value, *(arg.value for arg in flags)] if compiles(text, values[0] if values else 0) else None


def _is_flags(method: str, position: int, arg: cst.Arg) -> bool:
    if arg.keyword is not None:
        return arg.keyword.value == "flags"
    return position == ARGUMENTS_BEFORE_FLAGS[method]
