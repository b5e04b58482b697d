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
_OLDEST, _NEWEST = (3, 8), (3, 14)
_RANGE = "3.8 to 3.14"
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
        if usable and _OLDEST <= (parts["major"], parts["minor"]) <= _NEWEST and row["version"] not in found:
            found[row["version"]] = _interpreter(row["path"], row["version"])
    return tuple(
        sorted(found.values(), key=lambda one: [int(n) for n in re.findall(r"\d+", one.version)], reverse=True)
    )


def _interpreter(path: str, version: str) -> Interpreter:
    real = Path(path).resolve()
    return Interpreter(real, version, real.parent.parent)


def choose(wanted: str | None, requires: str | None, metadata: str) -> Interpreter:
    """The interpreter for a repository; uv installs one where none of this machine will do.

    `wanted` is the configuration's word; otherwise the newest installed one that `requires` (a specifier) allows and,
    where `metadata` names versions in its classifiers, that is among them.
    """
    if wanted is not None:
        _check_supported(wanted)
        return _named(wanted) or _install(wanted) or _refuse(wanted)
    allowed = [one for one in installed() if _allows(requires, one.version)]
    named = set(_CLASSIFIER.findall(metadata))
    for one in [one for one in allowed if one.minor in named] + allowed:
        return one
    minors = [f"3.{minor}" for minor in range(_NEWEST[1], _OLDEST[1] - 1, -1)]
    if newest := next((minor for minor in minors if _allows(requires, f"{minor}.99")), None):
        return _install(newest) or _refuse(newest)
    raise UserError(f"requires-python {requires} allows none of CPython {_RANGE}: set `python:` to the nearest of them")


def _check_supported(wanted: str) -> None:
    if wanted.endswith("t"):
        raise UserError(f"python: free-threaded CPython {wanted} is not supported: write {wanted.removesuffix('t')}")
    if not _OLDEST <= tuple(int(part) for part in wanted.split(".")[:2]) <= _NEWEST:
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
