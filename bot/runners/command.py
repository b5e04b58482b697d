"""Plain commands, as hyperfine times them: what the configuration lists, and nothing else.

Partner: `bot/inside/suite_command.py`, which counts every process that a command starts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from bot.core.config import BenchmarksConfig
from bot.core.model import Suite
from bot.core.tree import Tree
from bot.errors import UserError
from bot.runners import _python

NAME = "command"
PACKAGES = ()
_STARTED = re.compile(r"^if __name__ == ", re.MULTILINE)


def discover(tree: Tree, wanted: Sequence[BenchmarksConfig]) -> Suite | None:
    """The commands of the entries; the files below their paths are what the commands work on, and base's are used."""
    commands = [
        {"command": command, "setup": entry.setup, "prepare": entry.prepare}
        for entry in wanted
        for command in entry.command
    ]
    names = [command["command"] for command in commands]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UserError(f"benchmarks: the command {twice!r} is listed twice; keep one of them")
    if not commands:
        return None
    places = tuple(path for entry in wanted for path in entry.paths)
    definition = tuple(path for path in tree.paths if places and _python.below(path, places))
    return Suite(NAME, (), definition, _python.imported(tree, definition), {"commands": json.dumps(commands)})


def scripts(tree: Tree) -> tuple[str, ...]:
    """Files that are named for benchmarks and can be started: what a configuration may list as commands."""
    likely = [path for path in tree.paths if _python.is_benchmark_file(path)]
    tree.load(likely)
    return tuple(path for path in likely if _STARTED.search(tree.text(path) or ""))
