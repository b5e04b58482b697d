"""Makes git repositories of released source distributions: real input that nobody here wrote."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from uv import find_uv_bin

from bot import sandbox
from bot.interpreters import installed
from bot.sandbox import Command, Driver, Limits, Mount, gate
from bot.sandbox.indexes import indexes

_DATE = "2024-01-01T00:00:00Z"
_GIT = {
    "GIT_AUTHOR_NAME": "releases", "GIT_AUTHOR_EMAIL": "releases@example.org", "GIT_AUTHOR_DATE": _DATE,
    "GIT_COMMITTER_NAME": "releases", "GIT_COMMITTER_EMAIL": "releases@example.org", "GIT_COMMITTER_DATE": _DATE,
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ.get("PATH", os.defpath),
}  # fmt: skip


def repository(name: str, versions: Sequence[str], place: Path, driver: Driver) -> Path:
    """A bare git repository below `place` with one commit and tag for each release; made once."""
    versions = list(dict.fromkeys(versions))
    target = place / f"{name}-{'-'.join(versions)}.git"
    if not target.exists():
        with tempfile.TemporaryDirectory() as temporary:
            work = Path(temporary) / "work"
            _git(".", "init", "-q", "-b", "main", str(work))
            for version in versions:
                for old in work.iterdir():
                    if old.name != ".git":
                        shutil.rmtree(old) if old.is_dir() else old.unlink()
                _unpack(_download(name, version, place / "downloads", driver), work)
                _git(work, "add", "-A", "-f")
                _git(work, "commit", "-q", "-m", version)
                _git(work, "tag", version)
            _git(".", "clone", "-q", "--bare", str(work), str(target))
    return target


def _git(place: Path | str, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(place), *arguments], check=True, env=_GIT)


def _download(name: str, version: str, place: Path, driver: Driver) -> Path:
    """The source distribution; fetched in a sandbox, because pip runs its setup code to learn its name."""
    place.mkdir(parents=True, exist_ok=True)
    pattern = f"{name.replace('-', '[-_]')}-{version}.tar.gz"
    if not list(place.glob(pattern)):
        python = installed()[0]
        script = (
            f"uv venv --quiet --python {python.path} /tmp/v && uv pip install --quiet --python /tmp/v/bin/python pip"
            f" && /tmp/v/bin/python -m pip download --quiet --no-deps --no-binary {name} -d /job/out {name}=={version}"
        )
        mounts = (
            Mount(place, "/job/out", writable=True),
            Mount(Path(find_uv_bin()).resolve(), f"{sandbox.TOOLS}/uv"),
            Mount(python.prefix, str(python.prefix)),
        )
        limits = Limits(wall_s=600, disk_bytes=2048 * sandbox.MEBIBYTE)
        command = Command(("/bin/sh", "-c", script), "install", (), mounts, {}, limits)
        packages, key = indexes(os.environ, Path.home()), gate.key(place / "gate.key")
        answer = gate.install(driver, command, python=str(python.path), packages=packages, key=key)
        if not list(place.glob(pattern)):
            raise RuntimeError(f"{name} {version} could not be fetched: {answer.errors[-500:]}")
    return next(place.glob(pattern))


def _unpack(archive: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        with tarfile.open(archive) as files:
            files.extractall(temporary, filter="data")
        (inner,) = Path(temporary).iterdir()
        for path in inner.iterdir():
            shutil.move(path, target / path.name)
