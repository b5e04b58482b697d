"""Finds the CPython interpreters of this machine; starts none but theirs, never one of an environment."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from uv import find_uv_bin

from bot.errors import UserError

_CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)")
_OLDEST, _NEWEST = (3, 8), (3, 14)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One installed CPython; `prefix` is what a sandbox must be shown for it to run."""

    path: Path
    version: str
    prefix: Path

    @property
    def minor(self) -> str:
        """Such as "3.12"."""
        return ".".join(self.version.split(".")[:2])


@cache
def installed() -> tuple[Interpreter, ...]:
    """Every CPython that Perfwright can benchmark with, newest first."""
    places = [str(path) for path in sorted(Path.home().glob(".pyenv/versions/*/bin"))]
    # pyenv's shims answer for interpreters that are not active, with errors.
    places += [place for place in os.environ.get("PATH", os.defpath).split(os.pathsep) if "shims" not in place]
    command = [find_uv_bin(), "python", "list", "--only-installed", "--output-format", "json", "--no-config"]
    environment = {**os.environ, "PATH": os.pathsep.join(places)}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found: dict[str, Interpreter] = {}
    for row in json.loads(answer.stdout or "[]"):
        parts = row["version_parts"]
        usable = row["implementation"] == "cpython" and row.get("variant", "default") == "default"
        if usable and _OLDEST <= (parts["major"], parts["minor"]) <= _NEWEST and row["version"] not in found:
            found[row["version"]] = _interpreter(row["path"], row["version"])
    return tuple(
        sorted(found.values(), key=lambda one: [int(n) for n in re.findall(r"\d+", one.version)], reverse=True)
    )


def _interpreter(path: str, version: str) -> Interpreter:
    real = Path(path).resolve()
    return Interpreter(real, version, real.parent.parent)


def choose(wanted: str | None, requires: str | None, metadata: str) -> Interpreter:
    """The interpreter for a repository.

    `wanted` is the configuration's word; otherwise the newest installed one that `requires` (a specifier) allows and,
    where `metadata` names versions in its classifiers, that is among them.
    """
    everything = installed()
    if wanted is not None:
        for one in everything:
            if one.version == wanted or one.minor == wanted:
                return one
        shown = ", ".join(dict.fromkeys(one.minor for one in everything)) or "none"
        raise UserError(f"CPython {wanted} is not installed (found: {shown}): run `uv python install {wanted}`")
    allowed = [one for one in everything if _allows(requires, one.version)]
    named = set(_CLASSIFIER.findall(metadata))
    for one in [one for one in allowed if one.minor in named] + allowed:
        return one
    raise UserError(f"no installed CPython satisfies requires-python {requires}: run `uv python install` with one")


def _allows(requires: str | None, version: str) -> bool:
    try:
        return requires is None or SpecifierSet(requires).contains(version, prereleases=True)
    except InvalidSpecifier:
        return True
