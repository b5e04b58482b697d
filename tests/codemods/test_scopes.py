"""Asks what names mean, in real modules and in odd ones, and compares the answers with the scopes of libcst."""

from __future__ import annotations

import builtins
import collections
import contextlib
import dataclasses
import enum
import functools
import logging
import textwrap
import types
from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, ScopeProvider
from libcst.metadata.scope_provider import BuiltinAssignment, ImportAssignment, Scope

from codemods._scopes import import_of, imported_name
from codemods._tree import Tree

ODD = {
    "class and method": """
        class A:
            list = 1
            def set(self): return set(list(self))
            size = list
            kept = [list for x in list]
            def tuple(self, x=list, y: set = tuple): return x, y, list, tuple
        """,
    "comprehension": """
        def f(items):
            first = [len for len in range(3)]
            return [max(x) for x in items if max for max in x], [max for x in max(items)], len, first
        """,
    "defaults and decorators": """
        def outer(list):
            @list
            def inner(a=list, *, set=set) -> list: return a, set, list
            return lambda set=set: (set, list), set, inner
        """,
    "loops and with": """
        def f():
            for id in map(str, ()): pass
            with open("x") as map, map: id, map
            try: map
            except OSError as str: str
            return str, map, hash
        """,
    "imports": """
        import os.path, re as regex, json.decoder as decoder
        from functools import partial as made, reduce
        def f():
            import json
            return json, os, os.path.sep, regex, decoder, made, reduce, partial, re, functools
        json, regex
        """,
    "import in one branch": """
        try:
            from functools import cached_property
        except ImportError:
            def cached_property(x): return x
        def f(): return cached_property, ImportError, int, str
        """,
    "class in function": """
        def f(max):
            class A(max):
                min = max
                def g(self): return min, max
                @min
                def h(self, x=min): return min
            return min, A
        """,
    "lambda and nested comprehension": """
        def f(rows, some={int, str}, others=(dict, [list])):
            return lambda sum, *all, **any: (sum, all, any, [sum for sum in sum]), sum, {a: b for a in rows for b in a}
        """,
}


def unseen() -> dict[str, str]:
    return {
        "global": "def f():\n    global len\n    len = 1\ndef g(): return len\n",
        "walrus": "def f(x): return [(len := y) for y in x], len\n",
        "del": "len = 1\ndel len\nlen\n",
        "pattern": "match x:\n    case [len]: len\n",
        "type parameter": "def f[len](x): return len\n",
    }


def loads(tree: Tree) -> list[cst.Name]:
    parents = tree.parents
    names = [node for node in tree.nodes(cst.Name) if not _is_only_a_word(parents[node], node)]
    return [node for node in names if tree.is_load(node)]


def _is_only_a_word(parent: cst.CSTNode, node: cst.Name) -> bool:
    return (isinstance(parent, cst.Attribute) and parent.attr is node) or (
        isinstance(parent, cst.Arg) and parent.keyword is node
    )


def compare(source: str) -> int:
    """How many names libcst and we agree on; it fails where they differ."""
    tree = Tree(cst.parse_module(source))
    scopes = MetadataWrapper(tree.module, unsafe_skip_copy=True).resolve(ScopeProvider)
    agreed = 0
    for node in loads(tree):
        scope = scopes.get(node)
        found = tree.meaning(node.value, node)
        if not isinstance(scope, Scope) or found is None:
            continue
        theirs = list(scope[node.value])
        where = f"{node.value} on line {tree.line_of(tree.start(node))}"
        is_builtin = bool(theirs) and all(isinstance(item, BuiltinAssignment) for item in theirs)
        assert (found == [] and hasattr(builtins, node.value)) is is_builtin, where
        if len(theirs) == 1 and isinstance(theirs[0], ImportAssignment):
            assert [import_of(tree.parents, item) for item in found] == [theirs[0].node], where
        elif not is_builtin:
            assert len(found) == len(theirs), where
        agreed += 1
    return agreed


@pytest.mark.parametrize("source", ODD.values(), ids=ODD)
def test_a_name_means_in_odd_places_what_libcst_says(source: str) -> None:
    assert compare(textwrap.dedent(source)) > 5


@pytest.mark.parametrize(
    "module",
    [collections, contextlib, dataclasses, enum, functools, logging],
    ids=lambda module: module.__name__,
)
def test_a_name_means_in_real_modules_what_libcst_says(module: types.ModuleType) -> None:
    assert module.__file__ is not None
    assert compare(Path(module.__file__).read_text(encoding="utf-8")) > 400


@pytest.mark.parametrize("source", unseen().values(), ids=unseen())
def test_nothing_is_said_of_a_name_that_is_bound_where_its_scope_is_not_known(source: str) -> None:
    tree = Tree(cst.parse_module(source))
    [*_, last] = [node for node in tree.nodes(cst.Name) if node.value == "len"]
    assert tree.meaning("len", last) is None
    assert not tree.is_builtin("len", last)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        pytest.param("import os.path\n", "os", id="a part of a package"),
        pytest.param("import os.path as p\n", "os.path", id="another name"),
        pytest.param("from os import path as p\n", "os.path", id="a part by another name"),
        pytest.param("from . import path\n", None, id="where the module is"),
        pytest.param("path = 1\n", None, id="no import"),
    ],
)
def test_what_a_place_imports_has_its_full_name(source: str, name: str | None) -> None:
    tree = Tree(cst.parse_module(source))
    binders = [node for node in tree.nodes(cst.Name) if node.value in {"p", "path", "os"}]
    places = [node for node in binders if tree.meaning(node.value, node) == [node]]
    assert [imported_name(tree.parents, node) for node in places] == [name]
