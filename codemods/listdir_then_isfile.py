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
from codemods._flow import below, names_in
from codemods._imports import is_module
from codemods._match import function_around
from codemods._tree import Function, Tree

REASON = "the directory must not change meanwhile, and what cannot be asked raises instead of saying False"
KINDS = {"isfile": "is_file", "isdir": "is_dir"}


class ListdirThenIsfile(Codemod):
    """The directory says what its entries are; `isfile` asks the system again for each."""

    DESCRIPTION = "Use os.scandir where a loop over os.listdir asks for files and directories."
    HINT = re.compile(r"\blistdir\b[\s\S]{1,2000}?\.(?:isfile|isdir)\b")
    SIGNS = frozenset({"loop .isfile()", "loop .isdir()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """`for name in os.listdir(path)` that asks `os.path.isfile(os.path.join(path, name))`, or a comprehension."""
        free = Names(tree)
        for kind in (cst.ListComp, cst.SetComp, cst.GeneratorExp):
            for comprehension in tree.nodes(kind):
                edit = _edit_of_comprehension(tree, free, comprehension)
                if edit is not None:
                    yield edit
        for loop in tree.nodes(cst.For):
            function = function_around(tree, loop)
            path = _listed(tree, loop.iter)
            if function is None or path is None or not isinstance(loop.target, cst.Name) or function.opaque:
                continue
            if not isinstance(loop.body, cst.IndentedBlock) or loop.asynchronous is not None:
                continue
            joined = _joined(tree, function, loop, path)
            asked = [call for call in below(loop.body) if _asks(tree, call, path, loop.target.value, joined)]
            names = {path, loop.target.value}
            bound = [item for name in names for item in function.variables[name] if not tree.is_load(item)]
            if not asked or any(item is not loop.target and item in set(below(loop)) for item in bound):
                continue
            entry = free.local(function, "entry", f"{loop.target.value}_entry")
            changes: dict[cst.CSTNode, Change] = dict.fromkeys(asked, partial(_to_method, entry=entry))
            changes |= {loop.target: partial(_renamed, name=entry), loop.iter: _to_scandir}
            before: dict[cst.CSTNode, str] = {loop.body.body[0]: f"{loop.target.value} = {entry}.name"}
            yield Edit(function, "unsafe", REASON, changes, before=before)


def _edit_of_comprehension(tree: Tree, free: Names, comprehension: cst.BaseSimpleComp) -> Edit | None:
    """The same where the names are filtered; whatever else reads the name reads the entry's then."""
    function, loop = function_around(tree, comprehension), comprehension.for_in
    path, target = _listed(tree, loop.iter), loop.target
    if function is None or path is None or not isinstance(target, cst.Name) or function.opaque:
        return None
    if loop.asynchronous is not None or tree.has_comment(comprehension):
        return None
    asked = [call for call in below(comprehension) if _asks(tree, call, path, target.value)]
    names = [item for item in names_in(tree, comprehension) if item.value in {path, target.value}]
    if not asked or any(item is not target and not tree.is_load(item) for item in names):
        return None
    entry = free.local(function, "entry", f"{target.value}_entry")
    within = {item for call in asked for item in below(call)}
    others = [item for item in names if item.value == target.value and item is not target and item not in within]
    changes: dict[cst.CSTNode, Change] = dict.fromkeys(others, partial(_to_name, entry=entry))
    changes |= dict.fromkeys(asked, partial(_to_method, entry=entry))
    changes |= {target: partial(_renamed, name=entry), loop.iter: _to_scandir}
    return Edit(function, "unsafe", REASON, changes)


def _joined(tree: Tree, function: Function, loop: cst.For, path: str) -> frozenset[str]:
    """The variables that only a statement right in the loop binds, to the path of the loop's entry."""
    found: list[str] = []
    for line in loop.body.body:
        match line:
            case cst.SimpleStatementLine(
                body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name) as target)], value=value)]
            ) if _is_join(tree, value, path, cst.ensure_type(loop.target, cst.Name).value):
                places = [item for item in function.variables[name] if item is not target]
                if all(tree.is_load(item) and tree.start(item) > tree.start(line) for item in places):
                    found.append(name)
    return frozenset(found)


def _listed(tree: Tree, node: cst.BaseExpression) -> str | None:
    """The variable in `os.listdir(variable)`."""
    match node:
        case cst.Call(
            func=cst.Attribute(value=cst.Name() as module, attr=cst.Name(value="listdir")),
            args=[cst.Arg(value=cst.Name(value=path), keyword=None, star="")],
        ):
            return path if is_module(tree, module, "os") else None
    return None


def _asks(tree: Tree, node: cst.CSTNode, path: str, name: str, joined: frozenset[str] = frozenset()) -> bool:
    """Is it `os.path.isfile(os.path.join(path, name))`, or the same with isdir or by way of a variable?"""
    match node:
        case cst.Call(
            func=cst.Attribute(value=module, attr=cst.Name(value="isfile" | "isdir")),
            args=[cst.Arg(value=asked, keyword=None, star="")],
        ):
            is_entry = isinstance(asked, cst.Name) and asked.value in joined
            is_entry = is_entry or _is_join(tree, asked, path, name)
            return is_entry and not tree.has_comment(node) and _is_os_path(tree, module)
    return False


def _is_join(tree: Tree, node: cst.BaseExpression, path: str, name: str) -> bool:
    match node:
        case cst.Call(
            func=cst.Attribute(value=module, attr=cst.Name(value="join")),
            args=[
                cst.Arg(value=cst.Name(value=left), keyword=None, star=""),
                cst.Arg(value=cst.Name(value=right), keyword=None, star=""),
            ],
        ):
            return (left, right) == (path, name) and _is_os_path(tree, module)
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


def _to_name(node: cst.CSTNode, entry: str) -> cst.CSTNode:
    name = cst.ensure_type(node, cst.Name)
    return cst.Attribute(cst.Name(entry), cst.Name("name"), lpar=name.lpar, rpar=name.rpar)


def _renamed(node: cst.CSTNode, name: str) -> cst.CSTNode:
    return node.with_changes(value=name)


def _to_scandir(node: cst.CSTNode) -> cst.CSTNode:
    call = cst.ensure_type(node, cst.Call)
    return call.with_changes(func=cst.ensure_type(call.func, cst.Attribute).with_changes(attr=cst.Name("scandir")))
