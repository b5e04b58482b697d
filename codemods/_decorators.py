"""What may become of the code of a function: most decorators leave it where it is, some compile it or run it elsewhere.

Its partner is `codemods/_edit.py`, which calls no rewrite safe that a decorator or a compiler may break.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from functools import lru_cache

import libcst as cst

from codemods._scopes import imported_name
from codemods._tree import Tree, children

_HARMLESS = (
    "abc", "atexit", "attr", "attrs", "builtins", "click", "contextlib", "dataclasses", "enum", "functools", "pytest",
    "types", "typing", "typing_extensions", "unittest",
)  # fmt: skip
"""Modules whose decorators call the function with the names of its own module."""

_COMPILERS = ("numba", "cython", "taichi", "tensorflow", "torch.jit", "triton")
"""Modules whose decorators translate the code, and know only a part of the language."""

_OF_COMPILERS = frozenset(name.partition(".")[0] for name in _COMPILERS)
"""Packages that also compile what they are called with, and methods of what is derived from their classes."""

_OF_A_PROPERTY = frozenset({"setter", "getter", "deleter"})


def may_move(tree: Tree, node: cst.FunctionDef) -> bool:
    """May the code of a function run where the names of its module are not known, because of a decorator around it?"""
    return not all(_is_harmless(tree, item, owner) for owner, item in _decorators(tree, node))


def may_compile(tree: Tree, node: cst.FunctionDef) -> bool:
    """Is the code of a function, or of what it stands in, translated by a decorator, or given to what may do that?"""
    around = [item for item in (node, *tree.ancestors(node)) if isinstance(item, cst.FunctionDef | cst.ClassDef)]
    if not _compiled(tree).isdisjoint(item.name.value for item in around):
        return True
    names = [name for _, item in _decorators(tree, node) for name in _names(tree, item)]
    return any(_is_of(name, _COMPILERS) for name in names)


@lru_cache(maxsize=1)
def compilers(tree: Tree) -> frozenset[str]:
    """What the module calls by its imports a package that compiles functions, or something of one."""
    found: set[str] = set()
    for node in tree.nodes(cst.Import):
        for alias in node.names:
            package = alias.evaluated_name.partition(".")[0]
            found |= {alias.evaluated_alias or package} if package in _OF_COMPILERS else set()
    for item in tree.nodes(cst.ImportFrom):
        if item.module is None or item.relative or isinstance(item.names, cst.ImportStar):
            continue
        if _root(item.module) in _OF_COMPILERS:
            found |= {alias.evaluated_alias or alias.evaluated_name for alias in item.names}
    return frozenset(found)


@lru_cache(maxsize=1)
def _compiled(tree: Tree) -> frozenset[str]:
    """The functions and classes of which a compiler is told by name, and the classes derived from one of its own."""
    if not compilers(tree):
        return frozenset()
    calls = [call for call in tree.nodes(cst.Call) if _root(call.func) in compilers(tree)]
    found = {name for call in calls for name in _handed(call)}
    for node in tree.nodes(cst.ClassDef):
        if not (compilers(tree) | found).isdisjoint(_root(base.value) for base in node.bases):
            found.add(node.name.value)
    return frozenset(found)


def _handed(node: cst.CSTNode) -> set[str]:
    """What is handed on in an expression, by its last name, and not only called for what it gives."""
    match node:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return {name}
        case cst.Call(args=args):
            return {name for arg in args for name in _handed(arg.value)}
    return {name for child in children(node) for name in _handed(child)}


def _root(node: cst.BaseExpression) -> str:
    """The variable that `name.of.something(...)` begins with."""
    match node:
        case cst.Name(value=name):
            return name
        case cst.Attribute(value=inner) | cst.Call(func=inner) | cst.Subscript(value=inner):
            return _root(inner)
    return ""


def _decorators(tree: Tree, node: cst.FunctionDef) -> Iterator[tuple[str, cst.BaseExpression]]:
    """Each decorator of a function and of the functions and classes around it, with the name of what it decorates."""
    for owner in (node, *tree.ancestors(node)):
        if isinstance(owner, cst.FunctionDef | cst.ClassDef):
            for item in owner.decorators:
                what = item.decorator
                yield owner.name.value, what.func if isinstance(what, cst.Call) else what


def _is_harmless(tree: Tree, node: cst.BaseExpression, owner: str) -> bool:
    match node:
        case cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value=attr)) if attr in _OF_A_PROPERTY:
            return name == owner
    names = _names(tree, node)
    return bool(names) and all(_is_of(name, _HARMLESS) for name in names)


def _names(tree: Tree, node: cst.BaseExpression) -> list[str]:
    """What a decorator may be, with the module that it comes from; empty text is something else."""
    rest = ""
    root = node
    while isinstance(root, cst.Attribute):
        rest = f".{root.attr.value}{rest}"
        root = root.value
    if not isinstance(root, cst.Name):
        return []
    found = tree.meaning(root.value, node)
    if found == [] and hasattr(builtins, root.value):
        return [f"builtins.{root.value}{rest}"]
    names = [imported_name(tree.parents, item) for item in (tree.binders(root.value) if found is None else found)]
    return [f"{name}{rest}" if name else "" for name in names]


def _is_of(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)
