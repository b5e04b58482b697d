"""Git itself, over HTTP, with tokens."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.github.conftest import AFTER, BEFORE, Scene


def git(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    identity = ("-c", "user.name=someone", "-c", "user.email=someone@example.org")
    environment = {
        **os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"
    }  # fmt: skip
    command = ["git", "-C", str(place), *identity, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def url(scene: Scene, token: str, name: str = "alice/parser") -> str:
    return scene.github.url.replace("http://", f"http://x-access-token:{token}@") + f"/{name}.git"


def clone(scene: Scene, tmp_path: Path, token: str | None = None) -> Path:
    done = git(tmp_path, "clone", "-q", url(scene, token or scene.installation.token()), "clone")
    assert done.returncode == 0, done.stderr
    return tmp_path / "clone"


def commit(place: Path, path: str, content: str) -> None:
    (place / path).parent.mkdir(parents=True, exist_ok=True)
    (place / path).write_text(content)
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "change")


def test_clone_and_fetch_a_pull_request(scene: Scene, tmp_path: Path) -> None:
    place = clone(scene, tmp_path)
    assert (place / "parser.py").read_text() == BEFORE
    git(place, "fetch", "-q", "origin", f"refs/pull/{scene.pull.number}/head")
    assert git(place, "show", "FETCH_HEAD:parser.py").stdout == AFTER
    assert scene.github.count("git upload-pack") >= 2


def test_fetch_the_commit_of_a_fork_by_its_sha(scene: Scene, tmp_path: Path) -> None:
    carol = scene.github.user("carol")
    fork = scene.repo.fork(carol)
    fork.push("mine", {"new.py": "1\n"}, by=carol)
    pull = scene.repo.open_pull(head="carol:mine", by=carol)
    place = clone(scene, tmp_path)
    assert git(place, "fetch", "-q", "--depth=1", "origin", pull.head_sha).returncode == 0
    sha = pull.push({"new.py": "2\n"}, by=carol)
    assert git(place, "ls-remote", "origin", f"refs/pull/{pull.number}/head").stdout.split()[0] == sha


def test_a_push_moves_the_pull_request(scene: Scene, tmp_path: Path) -> None:
    place = clone(scene, tmp_path, scene.bob.token)
    git(place, "checkout", "-q", "ten")
    commit(place, "more.py", "1\n")
    assert git(place, "push", "-q", "origin", "ten").returncode == 0
    assert scene.pull.head_sha == git(place, "rev-parse", "HEAD").stdout.strip()
    last = [one for one in scene.github.settle() if one.event == "pull_request"][-1]
    assert (last.action, last.payload["sender"]["login"]) == ("synchronize", "bob")


@pytest.mark.parametrize(
    ("permissions", "path", "branch", "word"),
    [
        pytest.param({"contents": "read"}, "a.py", "new", "403", id="a token that may only read"),
        pytest.param({"contents": "write"}, ".github/workflows/ci.yml", "new", "workflows", id="a workflow file"),
        pytest.param({"contents": "write"}, "a.py", "locked", "protected", id="a protected branch"),
    ],
)
def test_a_push_of_the_app_that_is_refused(
    scene: Scene, tmp_path: Path, permissions: dict[str, str], path: str, branch: str, word: str
) -> None:
    scene.repo.protect("locked")
    place = clone(scene, tmp_path, scene.installation.token(permissions))
    commit(place, path, "1\n")
    done = git(place, "push", "origin", f"HEAD:refs/heads/{branch}")
    assert done.returncode != 0
    assert word in done.stderr.lower()
    assert branch not in scene.repo.branches()


def test_a_push_of_the_app_that_is_taken(scene: Scene, tmp_path: Path) -> None:
    place = clone(scene, tmp_path)
    commit(place, "a.py", "1\n")
    assert git(place, "push", "origin", "HEAD:refs/heads/new").returncode == 0
    assert scene.repo.read("a.py", "new") == "1\n"


def test_a_token_that_opens_nothing(scene: Scene, tmp_path: Path) -> None:
    scene.github.repository("alice/secret", {"a.py": "1\n"}, private=True)
    assert git(tmp_path, "clone", url(scene, "ghs_wrong", "alice/secret"), "clone").returncode != 0


def test_a_private_repository_is_not_there_for_others(scene: Scene, tmp_path: Path) -> None:
    scene.github.repository("carol/secret", {"a.py": "1\n"}, private=True)
    done = git(tmp_path, "clone", url(scene, scene.installation.token(), "carol/secret"), "clone")
    assert "not found" in done.stderr


def test_an_old_name_leads_to_the_new_one(scene: Scene, tmp_path: Path) -> None:
    scene.repo.rename("reader")
    assert clone(scene, tmp_path).is_dir()
