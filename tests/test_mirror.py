"""The stores of repositories: what was fetched stays, however often."""

from __future__ import annotations

import subprocess

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
