"""Suites written for airspeed velocity: the directories that `asv.conf.json` names, one for each package.

Partner: `bot/inside/suite_asv.py`, which follows asv's conventions without asv.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from bot.core.config import BenchmarksConfig
from bot.core.model import Suite
from bot.core.tree import Tree
from bot.runners import _python

NAME = "asv"
PACKAGES = ()
_SAMPLES = {"tests", "test", "testdata", "docs", "doc", "examples"}
_CONFIGURATION = re.compile(r"^asv\.conf\.jsonc?$")
# Strings are matched first and kept, so that a "//" inside a URL is no comment.
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', re.DOTALL)


def discover(tree: Tree, wanted: Sequence[BenchmarksConfig]) -> Suite | None:
    """The directories that configurations name and that hold Python files, the nearest to the root first."""
    places = _python.places(wanted)
    found: dict[str, list[str]] = {}
    for directory in dict.fromkeys(_directories(tree)):
        files = [path for path in tree.paths if _python.below(path, (directory,)) and _python.below(path, places)]
        if any(path.endswith(".py") for path in files):
            found[directory] = [path for path in files if not _is_result(path, directory)]
    if not found:
        return None
    definition = tuple(sorted(_python.with_helpers(tree, {path for files in found.values() for path in files})))
    return Suite(NAME, tuple(found), definition, _python.imported(tree, definition))


def _directories(tree: Tree) -> Iterator[str]:
    configurations = [path for path in tree.paths if _CONFIGURATION.match(PurePosixPath(path).name)]
    for path in sorted(configurations, key=lambda path: (path.count("/"), path)):
        if _SAMPLES.intersection(PurePosixPath(path).parts):
            continue
        named = PurePosixPath(path).parent / str(_read(tree.text(path)).get("benchmark_dir", "benchmarks"))
        parts = [part for part in named.parts if part != "."]
        if ".." not in parts:
            yield "/".join(parts)


def _is_result(path: str, directory: str) -> bool:
    parts = PurePosixPath(path).relative_to(directory).parts
    return parts[0] in ("results", "html", "env") and len(parts) > 1


def _read(text: str | None) -> dict[str, object]:
    plain = _TRAILING_COMMA.sub(lambda match: match[1] or "", _COMMENT.sub(lambda match: match[1] or "", text or ""))
    try:
        read = json.loads(plain)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
