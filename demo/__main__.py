"""Shows the app at work: GitHub's stand-in, web, workers and scheduler, and a pull request with a real regression.

The regression in `pull-request.patch` is of a kind that real reviews miss: a feature adds a limit and, on the way,
turns the set of seen stories into a list. `python -m demo --check` runs the command line alone on the same repository.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel

from bot.cli import main
from tests.github.fake import FakeGitHub
from tests.github.people import PullRequest
from tests.stories.bot import seen

HERE = Path(__file__).parent
PLACE = Path("build/demo").absolute()
LONGEST_S = 900
_DATE = "2024-05-01T12:00:00Z"
_IDENTITY = {
    "GIT_AUTHOR_NAME": "demo", "GIT_AUTHOR_EMAIL": "demo@example.org", "GIT_AUTHOR_DATE": _DATE,
    "GIT_COMMITTER_NAME": "demo", "GIT_COMMITTER_EMAIL": "demo@example.org", "GIT_COMMITTER_DATE": _DATE,
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ.get("PATH", os.defpath),
}  # fmt: skip
console = Console()


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


class App:
    """`perfwright up` against the stand-in for GitHub; ends with the block."""

    def __init__(self, github: FakeGitHub) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = (PLACE / "app.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "up"],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={
                **os.environ, "PERFWRIGHT_DATA": str(PLACE / "data"), "PERFWRIGHT_URL": self.url,
                "PORT": str(self.port), "GITHUB_URL": github.url, "APP_ID": str(github.app.id),
                "PRIVATE_KEY": github.app.private_key, "WEBHOOK_SECRET": github.app.webhook_secret,
            },
        )  # fmt: skip

    def wait(self) -> None:
        """Until it answers."""
        for _ in range(300):
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise SystemExit(f"the app did not start: see {PLACE / 'app.log'}")

    def close(self) -> None:
        """End everything that it started."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._log.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def watch(pull: PullRequest) -> None:
    """Print what appears on the pull request, as it appears, until the check is complete."""
    shown: set[str] = set()

    def once(key: str, show: Callable[[], None]) -> None:
        if key not in shown:
            shown.add(key)
            show()

    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        for run in pull.runs():
            now = run.now
            once(f"{now.status} {now.title}", lambda now=now: _line(now.status, str(now.title)))
        notes, comments = pull.notes(), pull.comments()
        for comment in comments:
            once(f"comment {comment.id}", lambda comment=comment: _card(f"{comment.author} comments", comment.body))
        for note in notes:
            title = f"{note.author} suggests a change to {note.now.place.path}"
            once(f"note {note.id}", lambda note=note, title=title: _card(title, note.body))
        if pull.runs() and pull.runs()[0].now.status == "completed" and comments and notes:
            return
        time.sleep(0.2)
    raise SystemExit(f"the check did not end: see {PLACE / 'app.log'}")


def _line(word: str, text: str) -> None:
    console.print(f"[bold]check run[/bold] [cyan]{word}[/cyan] {text}", highlight=False)


def _card(title: str, body: str) -> None:
    console.print(Panel(Markdown(body), title=title, title_align="left"))


def show() -> None:
    """The whole story."""
    shutil.rmtree(PLACE, ignore_errors=True)
    source = make(PLACE / "newsdesk")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set() if ended.is_set() else _interrupt(ended))
    github = FakeGitHub(directory=PLACE / "github")
    app = App(github)
    try:
        console.print(f"a stand-in for GitHub is at {github.url}, Perfwright at {app.url}")
        app.wait()
        github.send_webhooks_to(f"{app.url}/api/github/webhooks")
        repository = github.repository("newsroom/newsdesk", source=source)
        repository.install()
        console.print("newsroom installs the app on newsdesk, and opens a pull request that makes merge slow\n")
        pull = repository.open_pull(head="pull-request", title="Let merge stop at a limit")
        watch(pull)
        (PLACE / "pull-request.md").write_text(seen(pull), encoding="utf-8")
        _farewell(app, pull, ended)
    finally:
        app.close()
        github.close()


def _interrupt(ended: threading.Event) -> None:
    ended.set()
    raise KeyboardInterrupt


def _farewell(app: App, pull: PullRequest, ended: threading.Event) -> None:
    (run, *_) = pull.runs()
    console.print(f"\nthe whole report   {run.now.details_url}")
    console.print(f"the app            {app.url}/   {app.url}/metrics")
    console.print(f"all that was said  {PLACE / 'pull-request.md'}")
    if sys.stdin.isatty():
        console.print("Ctrl-C ends everything.")
        ended.wait()


def check_alone() -> int:
    """The command line on the same repository."""
    repository = make(PLACE / "newsdesk")
    outputs = ["--markdown", str(PLACE / "report.md"), "--json", str(PLACE / "report.json")]
    arguments = ["check", str(repository), "--base", "main", "--head", "pull-request", *outputs]
    print(f"$ perfwright {' '.join(arguments)}", flush=True)
    sys.argv = ["perfwright", *arguments]
    try:
        main()
    except SystemExit as status:
        # The demo is about finding a regression: exit status 1 says that it was found.
        print(f"(exit status {status.code}; the report is also in {PLACE}/report.md and report.json)")
        return 0 if status.code == 1 else 1


def _run() -> Any:
    if "--check" in sys.argv[1:]:
        return check_alone()
    try:
        show()
    except KeyboardInterrupt:
        console.print("stopped: nothing is left running")
    return 0


if __name__ == "__main__":
    sys.exit(_run())
