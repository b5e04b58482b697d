"""Reads a rule card: YAML front matter for programs and agents, headings for people.

Its partner is `rules/`, which holds the cards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Literal, cast

import yaml
from packaging.specifiers import InvalidSpecifier, SpecifierSet

CardFix = Literal["safe", "unsafe", "display-only", "none"]

HEADINGS = (
    "What it does",
    "Why is this slow?",
    "Example",
    "Use instead",
    "When not",
    "Fix safety",
    "Evidence",
)
FIXES = ("safe", "unsafe", "display-only", "none")
REQUIRED = ("name", "description", "fix", "python", "break-even", "signals", "references")
OPTIONAL = ("workload",)

_FRONT_MATTER = re.compile(r"\A---\n(.*?\n)---\n(.*)\Z", re.DOTALL)
_FENCE = re.compile(r"^```.*?^```\s*$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^## (.+?)[ \t]*$", re.MULTILINE)
_CODE = re.compile(r"^```python\n(.*?)^```\s*$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Card:
    """One rule, as its card tells it."""

    name: str
    description: str
    fix: CardFix
    python: str
    """The versions it pays on, as a version specifier such as `>=3.11`."""
    signals: tuple[str, ...]
    """What a profile or a source text shows when the rule may apply."""
    references: tuple[str, ...]
    break_even: int
    """The size from which the rewrite is faster; 1 where each call gains."""
    workload: str | None
    """An expression in `n` that runs the example."""
    sections: Mapping[str, str]
    """The text under each heading."""
    before: str
    """The code under *Example*; empty when there is none."""
    after: str
    """The code under *Use instead*; empty when there is none."""


def parse(text: str) -> Card:
    """Read a card; ValueError says in one line what is wrong with it."""
    match = _FRONT_MATTER.match(text.replace("\r\n", "\n"))
    if match is None:
        raise ValueError("the card must start with front matter between two lines of ---")
    front = _front_matter(match[1])
    sections = _sections(match[2])
    fix = _choice(front)
    before, after = _code(sections["Example"]), _code(sections["Use instead"])
    if fix in {"safe", "unsafe"} and not (before and after):
        raise ValueError(f"fix is {fix}, so Example and Use instead each need a python code block")
    return Card(
        name=_text(front, "name"),
        description=_text(front, "description"),
        fix=fix,
        python=_versions(front),
        signals=_texts(front, "signals"),
        references=_texts(front, "references"),
        break_even=_size(front),
        workload=_text(front, "workload") if "workload" in front else None,
        sections=MappingProxyType(sections),
        before=before,
        after=after,
    )


def _front_matter(text: str) -> dict[str, Any]:
    try:
        front = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValueError(f"the front matter is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(front, dict):
        raise ValueError("the front matter must be a mapping of keys to values")
    for key in front:
        if key not in REQUIRED + OPTIONAL:
            near = get_close_matches(str(key), REQUIRED + OPTIONAL, 1)
            raise ValueError(
                f"unknown key {key!r} in the front matter" + (f", did you mean {near[0]}?" if near else "")
            )
    for key in REQUIRED:
        if key not in front:
            raise ValueError(f"the front matter lacks {key}")
    return front


def _text(front: dict[str, Any], key: str) -> str:
    value = front[key]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} must be a text")
    return value.strip()


def _texts(front: dict[str, Any], key: str) -> tuple[str, ...]:
    value = front[key]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{key} must be a list of texts")
    return tuple(value)


def _choice(front: dict[str, Any]) -> CardFix:
    if front["fix"] not in FIXES:
        raise ValueError(f"fix must be one of {', '.join(FIXES)}")
    return cast(CardFix, front["fix"])


def _versions(front: dict[str, Any]) -> str:
    value = _text(front, "python")
    try:
        SpecifierSet(value)
    except InvalidSpecifier as error:
        raise ValueError("python must be a version specifier such as >=3.11") from error
    return value


def _size(front: dict[str, Any]) -> int:
    value = front["break-even"]
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("break-even must be a whole number above 0")
    return value


def _sections(body: str) -> dict[str, str]:
    blank = _FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), body)
    found = list(_HEADING.finditer(blank))
    titles = tuple(match[1] for match in found)
    for heading in HEADINGS:
        if titles.count(heading) != 1:
            raise ValueError(f"the card needs the heading {heading!r} once")
    if titles != HEADINGS:
        raise ValueError(f"the headings must be, in this order: {', '.join(HEADINGS)}")
    ends = [*(match.start() for match in found[1:]), len(body)]
    return {match[1]: body[match.end() : end].strip() for match, end in zip(found, ends, strict=True)}


def _code(section: str) -> str:
    match = _CODE.search(section)
    return match[1] if match else ""
