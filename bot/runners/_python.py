"""What runners need to know of Python files without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.core import requirements
from bot.core.changed import is_test
from bot.core.config import BenchmarksConfig
from bot.core.source import parse
from bot.core.tree import Tree

_BENCH_DIRECTORY = re.compile(r"^(bench|perf)", re.IGNORECASE)
_BENCHMARKS = re.compile(r"^(bench(es|marks?|marking)?|perf(ormance)?)$", re.IGNORECASE)
_TEST_DIRECTORY = re.compile(r"^(tests?|testing)$")
TEST_FILE = re.compile(r"^(test_.*|.*_tests?|tests?)\.py$")
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
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


def projects(tree: Tree, found: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The files by the nearest project above each, "." for the root; nothing where that is the project of all."""
    declared = (PurePosixPath(path) for path in requirements.declaration_paths(tree.paths))
    places = {".", *(str(path.parent) for path in declared if path.name in _PROJECT_FILES)}
    inside: dict[str, tuple[str, ...]] = {}
    for path in found:
        place = next(str(parent) for parent in PurePosixPath(path).parents if str(parent) in places)
        inside[place] = (*inside.get(place, ()), path)
    return inside if set(inside) - {"."} else {}


def is_benchmark_file(path: str) -> bool:
    """Whether its name, or that of a directory above it, says that a Python file holds benchmarks."""
    return path.endswith(".py") and bool(_BENCH_FILE.search(path))


@dataclass(frozen=True, slots=True)
class Definition:
    """What defines some benchmarks, and what has to be installed for it."""

    files: tuple[str, ...]
    imports: tuple[str, ...]
    """Top-level modules that the files import which run."""


def definition(tree: Tree, found: Iterable[str], conftests: Iterable[str] = ()) -> Definition:
    """Of the benchmarks in `found`: they, what they import of tests and benchmarks, and the directories of all these.

    That is every file of a directory of benchmarks, and of one of tests what is no other test: data and helpers.
    """
    found, known = {*found, *conftests}, frozenset(tree.paths)
    running = with_helpers(tree, found | _below(tree, map(_benchmark_directory, found)))
    beside = _below(tree, (among_benchmarks(path, known) for path in running))
    beside |= {
        path
        for path in _below(tree, map(test_directory, running))
        if not _is_test_file(path) and not _is_library(path, known, found)
    }
    return Definition(tuple(sorted(running | beside)), imported(tree, running))


def with_helpers(tree: Tree, paths: Iterable[str]) -> set[str]:
    """The files, and what they import of tests and benchmarks, directly or through each other.

    Never the code that is measured: head's has to run there.
    """
    paths, known = frozenset(paths), frozenset(tree.paths)
    reached, waiting = set(paths), sorted(paths)
    while waiting:
        sources = [path for path in waiting if path.endswith(".py") and not _is_data(path)]
        tree.load(sources)
        imported = {one for path in sources for one in _imported_files(path, tree.text(path) or "", known)}
        waiting = sorted(
            one
            for one in imported - reached
            if among_benchmarks(one, known) or (is_test(one) and not _is_library(one, known, paths))
        )
        reached.update(waiting)
    return reached


def _imported_files(path: str, source: str, known: Container[str]) -> Iterator[str]:
    """The files of the tree that a file may mean: beside it or a directory above it, the nearest first."""
    module = parse(source)
    above = PurePosixPath(path).parents
    for node in ast.walk(module) if module else ():
        if isinstance(node, ast.Import):
            names, tops = [alias.name for alias in node.names], above
        elif isinstance(node, ast.ImportFrom):
            stem = f"{node.module}." if node.module else ""
            names = [f"{stem}{alias.name}" for alias in node.names]
            tops = above[node.level - 1 : node.level] if node.level else above
        else:
            continue
        for name in names:
            yield from next(filter(None, (_files(top, name, known) for top in tops)), ())


def _files(top: PurePosixPath, name: str, known: Container[str]) -> list[str]:
    """The files of a dotted name below a directory: the module, and the packages that it lies in."""
    parts = name.split(".")
    stems = [top.joinpath(*parts[:length]) for length in range(1, len(parts) + 1)]
    return [file for stem in stems for file in (f"{stem}.py", f"{stem}/__init__.py") if file in known]


def among_benchmarks(path: str, known: Container[str]) -> str | None:
    """The directory of benchmarks, by its whole name, that a file lies in: what lies in a package is a part of that."""
    place = _outermost(path, _BENCHMARKS)
    return None if place is None or str(PurePosixPath(place).parent / "__init__.py") in known else place


def _is_library(path: str, known: Container[str], benchmarks: Iterable[str]) -> bool:
    """Whether it is no test and lies in `test`, a part of a package without benchmarks, as what helps to test does."""
    place = PurePosixPath(test_directory(path) or "")
    package = str(place.parent)
    if place.name != "test" or _is_test_file(path) or f"{package}/__init__.py" not in known:
        return False
    return not any(below(one, (package,)) for one in benchmarks)


def _is_test_file(path: str) -> bool:
    name = PurePosixPath(path).name
    return name == "conftest.py" or TEST_FILE.match(name) is not None


def _below(tree: Tree, directories: Iterable[str | None]) -> set[str]:
    own = tuple({f"{directory}/" for directory in directories if directory})
    return {path for path in tree.paths if path.startswith(own)}


def _outermost(path: str, name: re.Pattern[str]) -> str | None:
    return next((str(one) for one in reversed(PurePosixPath(path).parents) if name.search(one.name)), None)


def test_directory(path: str) -> str | None:
    """The outermost directory of tests that a file lies in."""
    return _outermost(path, _TEST_DIRECTORY)


def _benchmark_directory(path: str) -> str | None:
    """The outermost that is named like one; but what has tests in it is a package, and only begins like one."""
    named = _outermost(path, _BENCH_DIRECTORY)
    is_package = named is not None and (test_directory(path) or "").startswith(f"{named}/")
    return _outermost(path, _BENCHMARKS) if is_package else named


def _is_data(path: str) -> bool:
    return not _DATA.isdisjoint(PurePosixPath(path).parent.parts)


def imported(tree: Tree, paths: Iterable[str]) -> tuple[str, ...]:
    """What the Python files among the paths import; those that are data, which others read, import nothing."""
    texts = (tree.text(path) or "" for path in paths if path.endswith(".py") and not _is_data(path))
    return tuple(sorted(frozenset[str]().union(*(imports(text) for text in texts))))
