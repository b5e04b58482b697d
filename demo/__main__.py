"""Shows the app at work: GitHub's stand-in, web, workers and scheduler, and a pull request with a real regression.

The regression in `pull-request.patch` is of a kind that real reviews miss: a feature adds a limit and, on the way,
turns the set of seen stories into a list. `python -m demo --check` runs the command line alone on the same repository.
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.cli import main
from tests.github.fake import FakeGitHub
from tests.github.people import Note, PullRequest
from tests.github.state import CheckRun
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


def watch(pull: PullRequest, console: Console) -> None:
    """Print what appears on the pull request, as it appears, until the check is complete."""
    shown: set[str] = set()
    began = time.monotonic()

    def once(key: str, show: Callable[[], None]) -> None:
        if key not in shown:
            shown.add(key)
            show()

    with console.status("the app is at work: a minute or two the first time, much less later"):
        while time.monotonic() - began < LONGEST_S:
            passed_s = time.monotonic() - began
            for run in pull.runs():
                once(f"{run.now.status} {run.now.title}", lambda now=run.now, at=passed_s: _check(console, now, at))
            notes, comments = pull.notes(), pull.comments()
            for comment in comments:
                title = f"{comment.author} comments"
                once(f"comment {comment.id}", lambda body=comment.body, title=title: _card(console, title, body))
            for note in notes:
                title = f"{note.author} suggests a change to {note.now.place.path}, to be applied with one click"
                body = suggested(pull, note)
                once(f"note {note.id}", lambda body=body, title=title: _card(console, title, body))
            if pull.runs() and pull.runs()[0].now.status == "completed" and comments and notes:
                return
            time.sleep(0.2)
    raise SystemExit(f"the check did not end: see {PLACE / 'app.log'}")


_COLOURS = {"queued": "dim", "in_progress": "yellow", "failure": "bold red", "success": "bold green"}


def _check(console: Console, run: CheckRun, passed_s: float) -> None:
    """One line for each state that the check run goes through."""
    word = run.conclusion or run.status
    row = Text.assemble((f"{passed_s:5.1f} s  ", "dim"), "check run  ", (f"{word:12}", _COLOURS.get(word, "cyan")))
    console.print(row + Text(str(run.title).removeprefix("In progress: ")))
    if run.conclusion:
        buttons = "  ".join(f"[{one['label']}]" for one in run.actions)
        notes = ", ".join(f"{one['path']} lines {one['start_line']}-{one['end_line']}" for one in run.annotations)
        console.print(Text(f"         annotated  {notes}\n         buttons    {buttons}\n", style="dim"))


def suggested(pull: PullRequest, note: Note) -> str:
    """The text of a review comment with its suggestion as GitHub shows it: lines as they are, and as they would be."""
    place = note.now.place
    lines = (pull.source.read(place.path, pull.head_sha) or "").splitlines()
    before = lines[(place.start_line or place.line or 1) - 1 : place.line or 1]

    def diff(found: re.Match[str]) -> str:
        after = found[2].splitlines()
        compared = list(difflib.ndiff(before, after))
        return "```diff\n" + "\n".join(line[:1] + line[2:] for line in compared if line[0] != "?") + "\n```"

    return re.sub(r"(`{3,})suggestion\n(.*?)\n?\1", diff, note.body, flags=re.DOTALL)


_TABLE = re.compile(r"(?:^\|.*\|\n?)+", re.MULTILINE)
_FOLDED = re.compile(r"<details><summary>(.*?)</summary>.*?</details>", re.DOTALL)


def _card(console: Console, title: str, body: str) -> None:
    """What somebody says, in a box: as GitHub shows it, without hidden marks, and folded where it is folded there."""
    text = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    text = _FOLDED.sub(lambda found: f"▸ {found[1]}", text)
    parts: list[RenderableType] = []
    at = 0
    for table in _TABLE.finditer(text):
        parts += [Markdown(text[at : table.start()]), _table(table[0])]
        at = table.end()
    parts.append(Markdown(text[at:].strip()))
    console.print(Panel(Group(*parts), title=Text(title, style="bold"), title_align="left", border_style="dim"))


def _table(text: str) -> Table:
    """A table that fits: units below the names of columns, long names of benchmarks in two lines."""
    head, _, *rows = ([cell.strip(" `*") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in text.splitlines())
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for number, name in enumerate(head):
        name, _, unit = name.rstrip(")").partition(" (")
        table.add_column(
            f"{name}\n{unit}".strip(), justify="right" if unit else "left", no_wrap=number > 0, overflow="fold"
        )
    for row in rows:
        first, *rest = row
        style = {"regression": "red", "improvement": "green"}.get(row[-1], "")
        cells = [cell.replace(" ▲", "\n▲").replace(" ▼", "\n▼") for cell in rest]
        table.add_row(Text(first.replace("::", "::\n")), *map(Text, cells[:-1]), Text(cells[-1], style=style))
    return table


@contextmanager
def opened() -> Iterator[tuple[App, PullRequest]]:
    """Everything started, and the pull request opened; ended with the block."""
    shutil.rmtree(PLACE, ignore_errors=True)
    source = make(PLACE / "newsdesk")
    github = FakeGitHub(directory=PLACE / "github")
    app = App(github)
    try:
        app.wait()
        github.send_webhooks_to(f"{app.url}/api/github/webhooks")
        repository = github.repository("newsroom/newsdesk", source=source)
        repository.install()
        yield app, repository.open_pull(head="pull-request", title="Let merge stop at a limit")
    finally:
        app.close()
        github.close()


def show() -> None:
    """The whole story."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set() if ended.is_set() else _interrupt(ended))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 100)
    console.print("Starting a stand-in for GitHub, and the app: web, two workers, scheduler and queue.")
    with opened() as (app, pull):
        console.print(f"[bold]{pull.author}[/bold] has installed the app on [bold]{pull.repo.name}[/bold], and opens")
        console.print(f"[bold]{pull.issue.title}[/bold]: a pull request that also, unnoticed, makes merge slow.\n")
        watch(pull, console)
        (PLACE / "pull-request.md").write_text(seen(pull), encoding="utf-8")
        farewell(console, app.url, pull, ended)


def _interrupt(ended: threading.Event) -> None:
    ended.set()
    raise KeyboardInterrupt


def farewell(console: Console, url: str, pull: PullRequest, ended: threading.Event) -> None:
    """What there is to look at, and until when; `url` is where the app answers."""
    (run, *_) = pull.runs()
    console.print("\n[bold]To look at[/bold]")
    for what, place in (
        ("the whole report", run.now.details_url),
        ("the app", f"{url}/"),
        ("its metrics", f"{url}/metrics"),
        ("all that was said", PLACE / "pull-request.md"),
        ("the app's log", PLACE / "app.log"),
    ):
        console.print(f"  {what:18} {place}", soft_wrap=True)
    if sys.stdin.isatty():
        console.print("\nThe pages stay until you press Ctrl-C, which ends everything.")
        ended.wait()
    else:
        console.print("\nDone, and all is stopped: run [bold]make demo[/bold] in a terminal to keep the pages open.")


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
        print("\nStopped: nothing is left running. Next: README.md, or `perfwright check` on a repository of yours.")
    return 0


if __name__ == "__main__":
    sys.exit(_run())
