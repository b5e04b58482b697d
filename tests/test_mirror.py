"""The stores of repositories: what was fetched stays, however often."""

from __future__ import annotations

import os
import subprocess

import pytest

from bot import mirror
from bot.errors import MeasureError, TransientError
from bot.mirror import MOST_PACKS, Mirrors
from tests.github.fake import FakeGitHub


def test_many_fetches_leave_few_packs_and_every_commit(tmp_path):
    with FakeGitHub(directory=tmp_path / "github") as github:
        alice = github.user("alice")
        repo = github.repository("alice/parser", {"a.py": "x = 0\n"})
        installation = repo.install()
        mirrors = Mirrors(tmp_path / "mirrors")
        shas = []
        for number in range(MOST_PACKS + 5):
            shas.append(repo.push("main", {"a.py": f"x = {number + 1}\n"}, by=alice))
            store = mirrors.fetch(repo.id, f"{github.url}/alice/parser.git", installation.token(), [shas[-1]])
        assert len(list(store.glob("objects/pack/*.pack"))) < MOST_PACKS
        for number, sha in enumerate(shas):
            shown = subprocess.run(
                ["git", "-C", str(store), "show", f"{sha}:a.py"], capture_output=True, text=True, check=True
            )
            assert shown.stdout == f"x = {number + 1}\n"


def test_a_store_that_nobody_uses_is_removed_and_can_be_had_again(tmp_path):
    with FakeGitHub(directory=tmp_path / "github") as github:
        alice = github.user("alice")
        mirrors = Mirrors(tmp_path / "mirrors")

        def fetch(name, sha=None):
            repo = repositories[name]
            sha = sha or repo.push("main", {"a.py": "x = 1\n"}, by=alice)
            url, token = f"{github.url}/alice/{name}.git", installations[name].token()
            return mirrors.fetch(repo.id, url, token, [sha]), sha

        repositories = {name: github.repository(f"alice/{name}", {"a.py": "x = 0\n"}) for name in ("parser", "lexer")}
        installations = {name: repo.install() for name, repo in repositories.items()}
        store, sha = fetch("parser")
        os.utime(store, (0, 0))
        fetch("lexer")
        assert not store.exists()
        assert not list((tmp_path / "mirrors").glob("*.gone"))
        again, _ = fetch("parser", sha)
        subprocess.run(["git", "-C", str(again), "cat-file", "-e", sha], check=True)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        pytest.param(
            "error: object 4b: zeroPaddedFilemode: contains zero-padded file modes\n"
            "fatal: fsck error in packed object\nfatal: fetch-pack: invalid index-pack output\n",
            MeasureError,
            id="its history is no good",
        ),
        pytest.param("error: index-pack died of signal 25\nfatal: index-pack failed\n", MeasureError, id="too large"),
        pytest.param("fatal: the remote end hung up unexpectedly\n", TransientError, id="the server is away"),
    ],
)
def test_what_a_later_fetch_would_say_again_is_not_tried_again(said, error, tmp_path, monkeypatch):
    def git(store, arguments, env):
        return subprocess.CompletedProcess(arguments, 128 if "fetch" in arguments else 0, b"", said.encode())

    monkeypatch.setattr(mirror, "_git", git)
    with pytest.raises(error):
        Mirrors(tmp_path).fetch(1, "https://github.example.org/alice/parser.git", "token", ["main"])
