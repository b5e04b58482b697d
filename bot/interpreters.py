"""Finds the CPython interpreters of this machine, and has uv install what is missing; starts none of an environment."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from uv import find_uv_bin

from bot.core.text import plain
from bot.errors import UserError

_CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)")
_RELEASED = {
    "3.8": "2019-10-14", "3.9": "2020-10-05", "3.10": "2021-10-04", "3.11": "2022-10-24", "3.12": "2023-10-02",
    "3.13": "2024-10-07", "3.14": "2025-10-07",
}  # fmt: skip
"""What can be benchmarked with, oldest first, and since when there is any."""
_MINORS = tuple(_RELEASED)
_RANGE = f"{_MINORS[0]} to {_MINORS[-1]}"
_INSTALL_TIMEOUT_S = 300


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

    @property
    def build(self) -> str:
        """Its files: one that is built anew, or otherwise, counts differently under the same version."""
        return _build(self.path, *sorted((self.prefix / "lib").glob(f"libpython{self.minor}*.so*")))


@cache
def _build(*files: Path) -> str:
    summary = hashlib.sha256(str(files[0]).encode())
    for path in files:
        with path.open("rb") as file:
            summary.update(hashlib.file_digest(file, "sha256").digest())
    return summary.hexdigest()


@cache
def installed() -> tuple[Interpreter, ...]:
    """Every CPython that Perfwright can benchmark with, newest first; raises UserError where uv cannot look."""
    places = [str(path) for path in sorted(Path.home().glob(".pyenv/versions/*/bin"))]
    # pyenv's shims answer for interpreters that are not active, with errors.
    places += [place for place in os.environ.get("PATH", os.defpath).split(os.pathsep) if "shims" not in place]
    command = [find_uv_bin(), "python", "list", "--only-installed", "--output-format", "json", "--no-config"]
    environment = {**os.environ, "PATH": os.pathsep.join(places)}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        why = "; ".join(filter(None, map(str.strip, answer.stderr.splitlines())))
        raise UserError(
            "uv could not look for interpreters: let this account write to its home, or set UV_CACHE_DIR to a place"
            f" where it may ({plain(why, 200)})"
        )
    found: dict[str, Interpreter] = {}
    for row in json.loads(answer.stdout or "[]"):
        parts = row["version_parts"]
        usable = row["implementation"] == "cpython" and row.get("variant", "default") == "default"
        if usable and f"{parts['major']}.{parts['minor']}" in _RELEASED and row["version"] not in found:
            found[row["version"]] = _interpreter(row["path"], row["version"])
    return tuple(
        sorted(found.values(), key=lambda one: [int(n) for n in re.findall(r"\d+", one.version)], reverse=True)
    )


def _interpreter(path: str, version: str) -> Interpreter:
    real = Path(path).resolve()
    return Interpreter(real, version, real.parent.parent)


def choose(wanted: str | None, requires: str | None, metadata: str, *, date: str | None = None) -> Interpreter:
    """The interpreter for a repository; uv installs one where none of this machine will do.

    `wanted` is the configuration's word; otherwise the newest installed one that `requires` (a specifier) allows and,
    where `metadata` names versions in its classifiers, that is among them. With a date (ISO 8601) it is one that there
    was by then, if such a one can be had: packages of that day know no newer one.
    """
    if wanted is not None:
        _check_supported(wanted)
        return _named(wanted) or _install(wanted) or _refuse(wanted)
    minors = [one for one in _MINORS if date is None or _RELEASED[one] <= date] or [_MINORS[0]]
    allowed = [one for one in installed() if one.minor in minors and _allows(requires, one.version)]
    named = set(_CLASSIFIER.findall(metadata))
    for one in [one for one in allowed if one.minor in named] + allowed:
        return one
    newest = next((minor for minor in reversed(minors) if _allows(requires, f"{minor}.99")), None)
    if newest is not None and (found := _install(newest)):
        return found
    if date is not None:
        return choose(None, requires, metadata)
    if newest is not None:
        _refuse(newest)
    raise UserError(f"requires-python {requires} allows none of CPython {_RANGE}: set `python:` to the nearest of them")


def _check_supported(wanted: str) -> None:
    if wanted.endswith("t"):
        raise UserError(f"python: free-threaded CPython {wanted} is not supported: write {wanted.removesuffix('t')}")
    if ".".join(wanted.split(".")[:2]) not in _RELEASED:
        raise UserError(f"python: CPython {wanted} is not supported: write one of {_RANGE}")


def _named(wanted: str) -> Interpreter | None:
    return next((one for one in installed() if wanted in (one.version, one.minor)), None)


def _install(wanted: str) -> Interpreter | None:
    """What uv gets from where it gets interpreters; the version is digits and dots alone, whoever wrote it."""
    command = [find_uv_bin(), "python", "install", "--no-config", "--quiet", wanted]
    try:
        subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=_INSTALL_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return None
    installed.cache_clear()
    return _named(wanted)


def _refuse(wanted: str) -> NoReturn:
    shown = ", ".join(dict.fromkeys(one.minor for one in installed())) or "none"
    raise UserError(
        f"CPython {wanted} is not installed here (found: {shown}), and uv could not get it: install it on this machine"
        " with `uv python install`, or set `python:` to one that was found"
    )


def _allows(requires: str | None, version: str) -> bool:
    try:
        return requires is None or SpecifierSet(requires).contains(version, prereleases=True)
    except InvalidSpecifier:
        return True
