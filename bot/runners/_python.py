"""What runners need to know of Python files without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from bot.core.config import BenchmarksConfig
from bot.core.source import parse
from bot.core.tree import Tree

_BENCH_DIRECTORY = re.compile(r"^(bench|perf)", re.IGNORECASE)
_DATA = frozenset({"data", "testdata", "test_data", "test-data", "samples"})
_BENCH_FILE = re.compile(r"(^|[/_.-])(bench\w*|perf\w*)[/_.-]", re.IGNORECASE)


def imports(source: str) -> frozenset[str]:
    """Top-level names of the modules that a file imports absolutely, anywhere in it."""
    module = parse(source)
    if module is None:
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return frozenset(found)


def places(wanted: Sequence[BenchmarksConfig]) -> tuple[str, ...]:
    """Where entries of the configuration say that the benchmarks are; empty for anywhere."""
    if any(not entry.paths for entry in wanted):
        return ()
    return tuple(path for entry in wanted for path in entry.paths)


def below(path: str, places: Sequence[str]) -> bool:
    """Whether a path is one of `places` or lies below one; no places means anywhere."""
    return not places or any(PurePosixPath(path).is_relative_to(place) for place in places)


def ancestors(paths: Iterable[str]) -> frozenset[str]:
    """Every directory above the paths, "." for the root."""
    return frozenset(str(parent) for path in paths for parent in PurePosixPath(path).parents)


def is_benchmark_file(path: str) -> bool:
    """Whether its name, or that of a directory above it, says that a Python file holds benchmarks."""
    return path.endswith(".py") and bool(_BENCH_FILE.search(path))


def beside(tree: Tree, found: Iterable[str]) -> frozenset[str]:
    """Every file of the benchmark directories that hold the given files: data, and what they import from each other."""
    own = {directory for path in found if (directory := _own_directory(path))}
    return frozenset(path for path in tree.paths if any(path.startswith(f"{directory}/") for directory in own))


def _own_directory(path: str) -> str | None:
    named = [parent for parent in PurePosixPath(path).parents if _BENCH_DIRECTORY.match(parent.name)]
    return str(named[-1]) if named else None


def _is_data(path: str) -> bool:
    return not _DATA.isdisjoint(PurePosixPath(path).parent.parts)


def imported(tree: Tree, paths: Iterable[str]) -> tuple[str, ...]:
    """What the Python files among the paths import; those that are data, which others read, import nothing."""
    texts = (tree.text(path) or "" for path in paths if path.endswith(".py") and not _is_data(path))
    return tuple(sorted(frozenset[str]().union(*(imports(text) for text in texts))))
