"""What decorators may do with the code of a function: most leave it where it is, some compile it or run it elsewhere.

Its partner is `codemods/_edit.py`, which calls no rewrite safe that such a decorator may break.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from codemods._tree import Tree

_HARMLESS = (
    "abc", "atexit", "attr", "attrs", "builtins", "click", "contextlib", "dataclasses", "enum", "functools", "pytest",
    "types", "typing", "typing_extensions", "unittest",
)  # fmt: skip
"""Modules whose decorators call the function with the names of its own module."""

_COMPILERS = ("numba", "cython", "taichi", "tensorflow", "torch.jit", "triton")
"""Modules whose decorators translate the code, and know only a part of the language."""

_OF_A_PROPERTY = frozenset({"setter", "getter", "deleter"})


def may_move(tree: Tree, node: cst.FunctionDef) -> bool:
    """May the code of a function run where the names of its module are not known, because of a decorator around it?"""
    return not all(_is_harmless(tree, item, owner) for owner, item in _decorators(tree, node))


def may_compile(tree: Tree, node: cst.FunctionDef) -> bool:
    """Does a decorator around a function translate its code?"""
    names = [name for _, item in _decorators(tree, node) for name in _names(tree, item)]
    return any(_is_of(name, _COMPILERS) for name in names)


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
    """What a decorator may be, with the module that it comes from."""
    scope = tree.scopes.get(node)
    return [] if scope is None else [item.name for item in scope.get_qualified_names_for(node)]


def _is_of(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)
