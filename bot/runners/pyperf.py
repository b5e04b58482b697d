"""Scripts written for pyperf: files that make a `Runner` and hand it functions, statements or commands.

Partner: `bot/inside/suite_pyperf.py`, which stands in for pyperf and starts none of its worker processes.
"""

from __future__ import annotations

import ast
import json
import shlex
from collections.abc import Iterator, Sequence

from bot.core.config import BenchmarksConfig
from bot.core.model import Suite
from bot.core.source import parse
from bot.core.tree import Tree
from bot.errors import UserError
from bot.runners import _python

NAME = "pyperf"
PACKAGES = ()
_MODULES = frozenset({"pyperf", "perf"})


def discover(tree: Tree, wanted: Sequence[BenchmarksConfig]) -> Suite | None:
    """Every script that makes a Runner, and those that the entries start with arguments of their own."""
    started = [words for entry in wanted for command in entry.command for words in [_words(command)]]
    named = [entry for entry in wanted if not entry.command]
    scripts = list(_scripts(tree, _python.places(named))) if named or not wanted else []
    for words in started:
        if words[0] not in tree.paths:
            raise UserError(f"benchmarks: the pyperf script {words[0]!r} is not in the repository; mend the command")
    found = tuple(dict.fromkeys([words[0] for words in started] + scripts))
    if not found:
        return None
    definition = _python.definition(tree, found)
    runs = started + [[script] for script in scripts if script not in {words[0] for words in started}]
    return Suite(NAME, found, definition.files, definition.imports, {"runs": json.dumps(runs)})


def _words(command: str) -> list[str]:
    """The script and its arguments, without the interpreter in front."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UserError(f"benchmarks: the command {command!r} cannot be split into words: {error}") from None
    if words and words[0].rpartition("/")[2].startswith("python"):
        words = words[1:]
    if not words:
        raise UserError(f"benchmarks: the command {command!r} names no script; write 'python SCRIPT ARGUMENTS'")
    return [words[0].removeprefix("./"), *words[1:]]


def _scripts(tree: Tree, places: Sequence[str]) -> Iterator[str]:
    likely = [path for path in tree.paths if path.endswith(".py") and _python.below(path, places)]
    tree.load(likely)
    for path in likely:
        text = tree.text(path)
        if text is not None and "Runner" in text and any(name in text for name in _MODULES) and _makes_runner(text):
            yield path


def _makes_runner(source: str) -> bool:
    """Whether a file imports pyperf's Runner, by itself or with the module, and calls it."""
    module = parse(source)
    if module is None or not _MODULES & _python.imports(source):
        return False
    direct = {
        alias.asname or alias.name
        for node in ast.walk(module) if isinstance(node, ast.ImportFrom) and node.module in _MODULES
        for alias in node.names if alias.name == "Runner"
    }  # fmt: skip
    calls = [node.func for node in ast.walk(module) if isinstance(node, ast.Call)]
    return any(
        (isinstance(call, ast.Attribute) and call.attr == "Runner")
        or (isinstance(call, ast.Name) and call.id in direct)
        for call in calls
    )
