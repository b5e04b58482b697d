"""Suites written for pytest-benchmark or pytest-codspeed: fixtures and markers, in any test or benchmark file.

Partner: `bot/inside/suite_pytest.py`, which brings the `benchmark` fixture, so that neither plugin runs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from bot.core.config import BenchmarksConfig
from bot.core.model import Suite
from bot.core.source import parse
from bot.core.tree import Tree
from bot.runners import _python

NAME = "pytest"
PACKAGES = ("pytest",)
FIXTURES = frozenset({"benchmark", "codspeed_benchmark"})
_FILE = re.compile(r"(^|[/_.])(tests?|bench\w*|perf\w*)[/_.]", re.IGNORECASE)


def discover(tree: Tree, wanted: Sequence[BenchmarksConfig]) -> Suite | None:
    """Every file with a benchmark fixture or marker; the entries' paths narrow the search."""
    paths = _python.places(wanted)
    python = [path for path in tree.paths if path.endswith(".py")]
    conftests = [path for path in python if PurePosixPath(path).name == "conftest.py"]
    tree.load(conftests)
    names = FIXTURES | _wrapping_fixtures(tree, conftests)
    likely = [path for path in python if (_python.below(path, paths) if paths else _FILE.search(path))]
    tree.load(likely)
    found = tuple(p for p in likely if p not in conftests and _has_benchmarks(tree.text(p), names))
    if not found:
        return None
    above = _python.ancestors(found)
    seen = [path for path in conftests if str(PurePosixPath(path).parent) in above]
    definition = _python.definition(tree, found, seen)
    return Suite(NAME, found, definition.files, definition.imports, projects=_python.projects(tree, found))


def _wrapping_fixtures(tree: Tree, conftests: Sequence[str]) -> frozenset[str]:
    found = set()
    for path in conftests:
        source = tree.text(path)
        module = parse(source) if source and "benchmark" in source else None
        for node in ast.walk(module) if module else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _arguments(node) & FIXTURES:
                found.add(node.name)
    return frozenset(found)


def _has_benchmarks(source: str | None, names: frozenset[str]) -> bool:
    if source is None or not any(name in source for name in names):
        return False
    module = parse(source)
    return module is not None and any(_is_benchmark(node, names) for node in ast.walk(module))


def _is_benchmark(node: ast.AST, names: frozenset[str]) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        marked = any(_is_mark(decorator) for decorator in node.decorator_list)
        return marked or (node.name.startswith(("test", "bench")) and bool(_arguments(node) & names))
    if isinstance(node, ast.ClassDef):
        return any(_is_mark(decorator) for decorator in node.decorator_list)
    if isinstance(node, ast.Assign):
        targets = [target.id for target in node.targets if isinstance(target, ast.Name)]
        return targets == ["pytestmark"] and any(_is_mark(part) for part in ast.walk(node.value))
    return False


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    given = node.args
    return {argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)}


def _is_mark(node: ast.AST) -> bool:
    inner = node.func if isinstance(node, ast.Call) else node
    if not (isinstance(inner, ast.Attribute) and inner.attr in FIXTURES):
        return False
    return isinstance(inner.value, ast.Attribute) and inner.value.attr == "mark"
