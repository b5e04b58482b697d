"""Shared fixtures: real git repositories, made from files and never from this one."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from bot.database import Database
from tests import postgres

# The same examples for everyone and no deadline, so that a change is not blamed for what was there before it; `pytest
# --hypothesis-profile default` draws others.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

Commit = Mapping[str, str | bytes | None]


def git(place: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=someone", "-c", "user.email=someone@example.org", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(place), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def write(place: Path, files: Commit) -> None:
    for name, content in files.items():
        path = place / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.fixture
def make_repository(tmp_path: Path) -> Callable[..., Path]:
    """Make a repository with one commit for each mapping of files; tags c0, c1, … name them."""

    def make(*commits: Commit, name: str = "repository") -> Path:
        place = tmp_path / name
        place.mkdir()
        git(place, "init", "-q", "-b", "main")
        for number, files in enumerate(commits):
            write(place, files)
            git(place, "add", "-A", "-f")
            git(place, "commit", "-q", "--allow-empty", "-m", f"commit {number}")
            git(place, "tag", f"c{number}")
        return place

    return make


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL, for all tests of this process."""
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/truth.db"
    else:
        url = request.getfixturevalue("postgres_url")
        postgres.empty(url)
    database = Database(url)
    yield database
    database.close()
