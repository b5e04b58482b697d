"""What a lock file pins, as constraints for an installer.

Formats: uv.lock, poetry.lock, pdm.lock, pylock.toml (PEP 751) and Pipfile.lock. Such a file is text of a stranger: what
is not a plain name with a plain version is left out, and so is what does not come from a package index.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

LOCK = re.compile(r"^(uv|poetry|pdm|pylock)\.(lock|toml)$|^Pipfile\.lock$")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.!+_-]{0,49}")
_FROM_ELSEWHERE = ("git", "path", "url", "directory", "editable", "virtual", "vcs", "archive", "file")


def locked(files: Mapping[str, str]) -> dict[str, str]:
    """Versions by canonical name, of lock files by path; a package with several versions has none."""
    found: dict[str, set[str]] = {}
    for path, text in sorted(files.items()):
        for name, version in _pins(path, text):
            if _NAME.fullmatch(name) and _VERSION.fullmatch(version):
                found.setdefault(canonicalize_name(name), set()).add(version)
    return {name: next(iter(versions)) for name, versions in sorted(found.items()) if len(versions) == 1}


def _pins(path: str, text: str) -> Iterator[tuple[str, str]]:
    try:
        content = json.loads(text) if path == "Pipfile.lock" else tomllib.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(content, dict):
        return
    if path == "Pipfile.lock":
        for section in (content.get("default"), content.get("develop")):
            for name, one in section.items() if isinstance(section, dict) else ():
                if isinstance(one, dict) and isinstance(one.get("version"), str):
                    yield name, one["version"].removeprefix("==")
        return
    for one in _tables(content.get("package", content.get("packages"))):
        if _is_from_an_index(one) and isinstance(one.get("name"), str) and isinstance(one.get("version"), str):
            yield one["name"], one["version"]


def _tables(value: object) -> Iterable[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _is_from_an_index(package: Mapping[str, Any]) -> bool:
    source = package.get("source", {})
    if not isinstance(source, dict):
        return False
    if source.get("type") == "legacy":
        return True  # poetry's word for an index beside the usual one
    return source.get("type") not in _FROM_ELSEWHERE and not {*package, *source}.intersection(_FROM_ELSEWHERE)
