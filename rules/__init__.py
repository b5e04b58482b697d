"""Gives the text of the rule cards: a Markdown file in this folder is a rule.

Its partner is `codemods/`, which holds the codemod of the same name where a rule can be fixed mechanically.
"""

from __future__ import annotations

from importlib.resources import files

SUFFIX = ".md"


def names() -> tuple[str, ...]:
    """Every rule, in alphabetical order."""
    found = (item.name for item in files(__name__).iterdir() if item.name.endswith(SUFFIX))
    return tuple(sorted(name.removesuffix(SUFFIX) for name in found))


def load(name: str) -> str:
    """The text of a rule's card; KeyError when there is no such rule."""
    if name not in names():
        raise KeyError(name)
    return (files(__name__) / f"{name}{SUFFIX}").read_text(encoding="utf-8")
