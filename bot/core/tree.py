"""What the pure rooms may know of a commit's files: names and text; `bot/git.py` has the real one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Tree(Protocol):
    """The files of one commit."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every regular file, relative to the root, with forward slashes, sorted."""
        ...

    def text(self, path: str) -> str | None:
        """The content as text, or None where the path is absent, too large or no UTF-8."""
        ...

    def load(self, paths: Iterable[str]) -> None:
        """Say which files will be asked for, so that they can be read at once; never needed for the answer."""
        ...
