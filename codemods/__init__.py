"""The rewrites: what each finds in a text, and the text with its sites rewritten.

Its partner is `rules/`, which holds the card of each codemod under the same name.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codemods._apply import Replacement
    from codemods._base import Codemod
    from codemods._edit import Python, RewriteError, Site
    from codemods._engine import LATE, Finding, Findings, Merged, Rewrite, catalogue, find, merge, rewrite

__all__ = [
    "LATE", "Codemod", "Finding", "Findings", "Merged", "Python", "Replacement", "Rewrite", "RewriteError", "Site",
    "catalogue", "find", "merge", "rewrite",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """Load libcst with the first use: half of the time that a command takes to start, and most need no codemod."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("codemods._engine"), name)
