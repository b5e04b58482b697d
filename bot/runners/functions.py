"""Functions and methods named `bench_…` in benchmark files, as unittest names its tests.

Partner: `bot/inside/suite_functions.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from bot.core.config import BenchmarksConfig
from bot.core.model import Suite
from bot.core.source import parse
from bot.core.tree import Tree
from bot.runners import _python

NAME = "functions"
PACKAGES = ()
_OTHERS = frozenset({"pyperf", "perf", "pytest_benchmark", "pytest_codspeed"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def discover(tree: Tree, wanted: Sequence[BenchmarksConfig]) -> Suite | None:
    """Every benchmark file with such a function; the entries' paths name the files instead."""
    places = _python.places(wanted)
    likely = [
        path for path in tree.paths
        if path.endswith(".py") and (_python.below(path, places) if places else _python.is_benchmark_file(path))
    ]  # fmt: skip
    tree.load(likely)
    found = tuple(path for path in likely if _has_benchmarks(tree.text(path), asked=bool(wanted)))
    if not found:
        return None
    definition = _python.definition(tree, found)
    return Suite(NAME, found, definition.files, definition.imports)


def _has_benchmarks(source: str | None, *, asked: bool) -> bool:
    """Files that another tool's benchmarks are written in are its own, unless the configuration asks for them."""
    if source is None or "bench_" not in source or (not asked and _OTHERS & _python.imports(source)):
        return False
    module = parse(source)
    return module is not None and any(_is_benchmark(node) for node in module.body)


def _is_benchmark(node: ast.stmt) -> bool:
    if isinstance(node, ast.ClassDef):
        return any(isinstance(one, _Function) and _is_bench(one, bound=True) for one in node.body)
    return isinstance(node, _Function) and _is_bench(node, bound=False)


def _is_bench(node: _Function, *, bound: bool) -> bool:
    """Named so, and callable with nothing but `self`."""
    given = node.args
    needed = len(given.posonlyargs) + len(given.args) - len(given.defaults)
    optional = all(default is not None for default in given.kw_defaults)
    return node.name.startswith("bench_") and optional and needed <= int(bound)
