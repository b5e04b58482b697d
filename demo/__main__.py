"""Makes a git repository of the sample and its pull request, and runs `perfwright check` on it.

The regression in `pull-request.patch` is of a kind that real reviews miss: a feature adds a limit and, on the way,
turns the set of seen stories into a list.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bot.cli import main

HERE = Path(__file__).parent
PLACE = Path("build/demo")
_DATE = "2024-05-01T12:00:00Z"
_IDENTITY = {
    "GIT_AUTHOR_NAME": "demo", "GIT_AUTHOR_EMAIL": "demo@example.org", "GIT_AUTHOR_DATE": _DATE,
    "GIT_COMMITTER_NAME": "demo", "GIT_COMMITTER_EMAIL": "demo@example.org", "GIT_COMMITTER_DATE": _DATE,
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ.get("PATH", os.defpath),
}  # fmt: skip


def make(place: Path) -> Path:
    """The repository, with the branches `main` and `pull-request`; equal commits every time."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(HERE / "repository", place)
    _git(place, "init", "-q", "-b", "main")
    _git(place, "add", "-A")
    _git(place, "commit", "-q", "-m", "Merge news feeds into one front page")
    _git(place, "switch", "-q", "-c", "pull-request")
    _git(place, "apply", "--index", str((HERE / "pull-request.patch").resolve()))
    _git(place, "commit", "-q", "-m", "Let merge stop at a limit")
    return place


def _git(place: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(place), *arguments], check=True, env=_IDENTITY)


if __name__ == "__main__":
    repository = make(PLACE / "newsdesk")
    outputs = ["--markdown", str(PLACE / "report.md"), "--json", str(PLACE / "report.json")]
    arguments = ["check", str(repository), "--base", "main", "--head", "pull-request", *outputs]
    print(f"$ perfwright {' '.join(arguments)}", flush=True)
    sys.argv = ["perfwright", *arguments]
    try:
        main()
    except SystemExit as ended:
        # The demo is about finding a regression: exit status 1 says that it was found.
        print(f"(exit status {ended.code}; the report is also in {PLACE}/report.md and report.json)")
        sys.exit(0 if ended.code == 1 else 1)
