"""A stand-in for GitHub with one repository and one pull request, a bot's front door, and a client that is the app."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from tests.github.fake import FakeGitHub
from tests.github.people import InstalledApp, Person, PullRequest, Repo

BEFORE = "".join(f"line_{number} = {number}\n" for number in range(1, 41))
AFTER = BEFORE.replace("line_10 = 10\n", "line_10 = 'ten'\nextra = 0\n").replace("line_30 = 30\n", "")


@dataclass
class Door:
    """What a bot's front door got."""

    url: str
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 202

    def events(self) -> list[tuple[str, str | None]]:
        """(event, action) in the order of arrival."""
        return [(headers["x-github-event"], json.loads(body).get("action")) for headers, body in self.got]


@dataclass(frozen=True)
class Scene:
    """Alice's repository, where the app is installed, and bob's pull request."""

    github: FakeGitHub
    alice: Person
    bob: Person
    repo: Repo
    installation: InstalledApp
    pull: PullRequest

    def client(self, token: str | None = None) -> httpx.Client:
        """A client with a token; by default a new one of the installation."""
        headers = {"Authorization": f"Bearer {token or self.installation.token()}"}
        return httpx.Client(base_url=f"{self.github.api_url}/", headers=headers, timeout=10, verify=False)

    def as_app(self, **claims: Any) -> httpx.Client:
        """A client that shows the app's own JWT."""
        now = int(time.time())
        told = {"iat": now - 30, "exp": now + 300, "iss": str(self.github.app.id), **claims}
        return self.client(jwt.encode(told, self.github.app.private_key, algorithm="RS256"))

    @property
    def path(self) -> str:
        """The repository in the API."""
        return f"repos/{self.repo.name}"


@pytest.fixture
def door() -> Iterator[Door]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Door(f"http://127.0.0.1:{server.server_address[1]}/webhook")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def github(tmp_path: Path, door: Door) -> Iterator[FakeGitHub]:
    with FakeGitHub(directory=tmp_path / "github", webhook_url=door.url) as made:
        yield made


@pytest.fixture
def scene(github: FakeGitHub) -> Scene:
    return set_scene(github)


@pytest.fixture(scope="module")
def still_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A scene for tests that change nothing."""
    with FakeGitHub(directory=tmp_path_factory.mktemp("github")) as made:
        yield set_scene(made)


def set_scene(github: FakeGitHub) -> Scene:
    alice, bob = github.user("alice"), github.user("bob")
    repo = github.repository("alice/parser", {"parser.py": BEFORE, "README": "A parser.\n"})
    repo.allow(bob, "write")
    installation = repo.install()
    repo.push("ten", {"parser.py": AFTER}, by=bob)
    return Scene(github, alice, bob, repo, installation, repo.open_pull(head="ten", by=bob, title="Ten in words"))
