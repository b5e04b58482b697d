"""Suites written for airspeed velocity: the directory that `asv.conf.json` names.

Partner: `bot/inside/suite_asv.py`, which follows asv's conventions without asv.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from bot.core.model import Suite
from bot.core.tree import Tree
from bot.runners import _python

NAME = "asv"
PACKAGES = ()
_CONFIGURATION = re.compile(r"^asv\.conf\.jsonc?$")
# Strings are matched first and kept, so that a "//" inside a URL is no comment.
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', re.DOTALL)


def discover(tree: Tree, paths: Sequence[str]) -> Suite | None:
    """The directory that the nearest configuration to the root names, when it holds Python files."""
    configurations = [path for path in tree.paths if _CONFIGURATION.match(PurePosixPath(path).name)]
    for path in sorted(configurations, key=lambda path: (path.count("/"), path)):
        directory = str(PurePosixPath(path).parent / str(_read(tree.text(path)).get("benchmark_dir", "benchmarks")))
        directory = "/".join(part for part in PurePosixPath(directory).parts if part != ".")
        files = tuple(p for p in tree.paths if _python.below(p, (directory,)) and _python.below(p, paths))
        python = [p for p in files if p.endswith(".py")]
        if python and ".." not in directory:
            definition = tuple(p for p in files if not _is_result(p, directory))
            imported = frozenset[str]().union(*(_python.imports(tree.text(p) or "") for p in python))
            return Suite(NAME, (directory,), definition, tuple(sorted(imported)), {"benchmark_dir": directory})
    return None


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
