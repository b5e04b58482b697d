"""Benchmark runners: one file a tool, found by being here; a runner runs nothing, it reads a tree.

A module of this room has `NAME`, `discover(tree, wanted) -> Suite | None` and `PACKAGES`, the distributions that its
harness needs. Partner: `bot/inside/suite_<name>.py` loads the suite inside the sandbox.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Protocol, cast

from bot.core.config import BenchmarksConfig
from bot.core.model import Suite
from bot.core.tree import Tree


class Runner(Protocol):
    """What a module of this room offers."""

    NAME: str
    PACKAGES: tuple[str, ...]

    def discover(self, tree: Tree, wanted: Sequence[BenchmarksConfig]) -> Suite | None:
        """The suite in `tree` that the entries of the configuration ask for; without any, what is surely a benchmark.

        None where there is none.
        """
        ...


@cache
def runners() -> Mapping[str, Runner]:
    """Every runner by name."""
    names = (info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    modules = (cast(Runner, importlib.import_module(f"{__name__}.{name}")) for name in sorted(names))
    return {module.NAME: module for module in modules}
