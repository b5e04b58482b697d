"""What runners need to know of Python files without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from bot.core.source import parse


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


def below(path: str, places: Sequence[str]) -> bool:
    """Whether a path is one of `places` or lies below one; no places means anywhere."""
    return not places or any(PurePosixPath(path).is_relative_to(place) for place in places)


def ancestors(paths: Iterable[str]) -> frozenset[str]:
    """Every directory above the paths, "." for the root."""
    return frozenset(str(parent) for path in paths for parent in PurePosixPath(path).parents)
