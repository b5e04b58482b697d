"""The repository's own tests as benchmarks: only where it has none, or where the configuration asks for them.

Which tests are measured is chosen when base is ready (`bot/stages/choose.py`). Partner: `bot/inside/suite_tests.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from bot.core.config import BenchmarksConfig
from bot.core.model import Suite
from bot.core.tree import Tree
from bot.runners import _python

NAME = "tests"
PACKAGES = ("pytest",)


def discover(tree: Tree, wanted: Sequence[BenchmarksConfig]) -> Suite | None:
    """Every test file, below the entries' paths when given; never without an entry."""
    if not wanted:
        return None
    places = _python.places(wanted)
    named = [path for path in tree.paths if _python.TEST_FILE.match(PurePosixPath(path).name)]
    found = tuple(path for path in named if _python.below(path, places))
    if not found:
        return None
    tree.load(found)
    above = _python.ancestors(found)
    definition = tuple(path for path in tree.paths if path in found or _belongs(path, above))
    imports, projects = _python.imported(tree, definition), _python.projects(tree, found)
    return Suite(NAME, found, definition, imports, projects=projects)


def _belongs(path: str, above: frozenset[str]) -> bool:
    """Conftest files that the tests see, and what lies in the directories of tests: their data and helpers."""
    where = PurePosixPath(path)
    return (where.name == "conftest.py" and str(where.parent) in above) or _python.test_directory(path) is not None
