"""Keeps directories of the tree from hiding installed packages of their name: in a monorepo, `good` holds `good/good`.

Without an `__init__.py`, such a directory is a namespace package to Python, found before what an editable install adds
to the end of `sys.meta_path`. Partners: `serve.py` and `outcomes.py`, which put the tree first.
"""

import os
import sys
from importlib.machinery import PathFinder


class Installed:
    """Stands before Python's own finder, and asks those behind it where that would find such a directory."""

    def __init__(self, root):
        entries = [entry for entry in os.scandir(root) if entry.is_dir()]
        self.names = {entry.name for entry in entries if not os.path.exists(os.path.join(entry.path, "__init__.py"))}

    def find_spec(self, name, path=None, target=None):
        """A package that only a finder behind Python's own one knows; None wherever that one is right."""
        if path is not None or name not in self.names:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is None or found.origin is not None:
            return None
        behind = sys.meta_path[sys.meta_path.index(PathFinder) + 1 :]
        specs = (finder.find_spec(name, path, target) for finder in behind if hasattr(finder, "find_spec"))
        return next((spec for spec in specs if spec is not None), None)


def install(root):
    """From now on."""
    if PathFinder in sys.meta_path:
        sys.meta_path.insert(sys.meta_path.index(PathFinder), Installed(root))
