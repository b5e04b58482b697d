"""Asks the entries of `os.scandir` what they are, where a loop over `os.listdir` asks the system once per name.

Its card is `rules/listdir_then_isfile.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import Names
from codemods._flow import below
from codemods._imports import is_module
from codemods._match import function_around
from codemods._tree import Tree

KINDS = {"isfile": "is_file", "isdir": "is_dir"}


class ListdirThenIsfile(Codemod):
    """The directory says what its entries are; `isfile` asks the system again for each."""

    DESCRIPTION = "Use os.scandir where a loop over os.listdir asks for files and directories."
    HINT = re.compile(r"\blistdir\b[\s\S]{1,2000}?\.(?:isfile|isdir)\b")
    SIGNS = frozenset({"loop .isfile()", "loop .isdir()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`for name in os.listdir(path)` whose body asks `os.path.isfile(os.path.join(path, name))`."""
        free = Names(tree)
        for loop in tree.nodes(cst.For):
            function = function_around(tree, loop)
            path = _listed(tree, loop.iter)
            if function is None or path is None or not isinstance(loop.target, cst.Name) or function.opaque:
                continue
            if not isinstance(loop.body, cst.IndentedBlock) or loop.asynchronous is not None:
                continue
            asked = [call for call in below(loop.body) if _asks(tree, call, path, loop.target.value)]
            names = {path, loop.target.value}
            bound = [item for name in names for item in function.variables[name] if not tree.is_load(item)]
            if not asked or any(item is not loop.target and item in set(below(loop)) for item in bound):
                continue
            entry = free.local(function, "entry", f"{loop.target.value}_entry")
            changes: dict[cst.CSTNode, Change] = dict.fromkeys(asked, partial(_to_method, entry=entry))
            changes |= {loop.target: partial(_renamed, name=entry), loop.iter: _to_scandir}
            before: dict[cst.CSTNode, str] = {loop.body.body[0]: f"{loop.target.value} = {entry}.name"}
            reason = "the directory must not change meanwhile, and what cannot be asked raises instead of saying False"
            yield Edit(function, "unsafe", reason, changes, before=before)


def _listed(tree: Tree, node: cst.BaseExpression) -> str | None:
    """The variable in `os.listdir(variable)`."""
    match node:
        case cst.Call(
            func=cst.Attribute(value=cst.Name() as module, attr=cst.Name(value="listdir")),
            args=[cst.Arg(value=cst.Name(value=path), keyword=None, star="")],
        ):
            return path if is_module(tree, module, "os") else None
    return None


def _asks(tree: Tree, node: cst.CSTNode, path: str, name: str) -> bool:
    """Is it `os.path.isfile(os.path.join(path, name))`, or the same with isdir?"""
    match node:
        case cst.Call(
            func=cst.Attribute(value=first, attr=cst.Name(value="isfile" | "isdir")),
            args=[
                cst.Arg(
                    value=cst.Call(
                        func=cst.Attribute(value=second, attr=cst.Name(value="join")),
                        args=[cst.Arg(value=cst.Name(value=left)), cst.Arg(value=cst.Name(value=right))],
                    )
                )
            ],
        ):
            is_same = (left, right) == (path, name) and not tree.has_comment(node)
            return is_same and _is_os_path(tree, first) and _is_os_path(tree, second)
    return False


def _is_os_path(tree: Tree, node: cst.BaseExpression) -> bool:
    match node:
        case cst.Attribute(value=cst.Name() as module, attr=cst.Name(value="path")):
            return is_module(tree, module, "os")
    return False


def _to_method(node: cst.CSTNode, entry: str) -> cst.CSTNode:
    call = cst.ensure_type(node, cst.Call)
    method = KINDS[cst.ensure_type(call.func, cst.Attribute).attr.value]
    return cst.Call(cst.Attribute(cst.Name(entry), cst.Name(method)), lpar=call.lpar, rpar=call.rpar)


def _renamed(node: cst.CSTNode, name: str) -> cst.CSTNode:
    return node.with_changes(value=name)


def _to_scandir(node: cst.CSTNode) -> cst.CSTNode:
    call = cst.ensure_type(node, cst.Call)
    return call.with_changes(func=cst.ensure_type(call.func, cst.Attribute).with_changes(attr=cst.Name("scandir")))
