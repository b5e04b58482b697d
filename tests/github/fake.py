"""GitHub on a port of this machine: a stand-in that can be trusted, for the whole-bot tests and for the demo.

    with FakeGitHub(webhook_url=url, directory=tmp_path) as github:
        alice = github.user("alice")
        repo = github.repository("alice/parser", files={"parser.py": "…"})
        repo.install()
        repo.push("faster", {"parser.py": "…"}, by=alice)
        pull = repo.open_pull(head="faster", by=alice)

Partner: `people.py` has what people do, `exchange.py` what the API does. All that is sent either way is judged by
GitHub's published schemas (`contract.py`): what the bot sends wrongly is in `violations`; what the stand-in itself does
wrongly raises when the `with` ends. Git is real: bare repositories below `directory`, served over smart HTTP.
"""

from __future__ import annotations

import json
import secrets
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.github import git_http
from tests.github.acts import installations, repositories
from tests.github.call import Answer
from tests.github.contract import contract
from tests.github.exchange import API, Asked, Exchange
from tests.github.faults import Fault, HangUp, Match
from tests.github.git import Files
from tests.github.people import InstalledApp, Person, Repo
from tests.github.rules import Refused
from tests.github.server import Server
from tests.github.state import App, World
from tests.github.webhooks import Delivery, Webhooks, sign

Json = Any

PERMISSIONS = {
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "merge_queues": "read",
    "pull_requests": "write",
}
EVENTS = (
    "issue_comment", "merge_group", "pull_request", "pull_request_review", "pull_request_review_comment", "push",
    "repository",
)  # fmt: skip
_MANIFEST_LIFE = timedelta(hours=1)


class FakeGitHub:
    """GitHub with one app registered (`app`), which nobody has installed yet."""

    def __init__(
        self,
        *,
        directory: Path,
        webhook_url: str | None = None,
        webhook_secret: str = "It's a Secret to Everybody",
        name: str = "Perfwright",
        permissions: Mapping[str, str] = PERMISSIONS,
        events: Sequence[str] = EVENTS,
        port: int = 0,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._server = Server(port)
        self.world = World(self._server.url, directory)
        self._own_faults: list[str] = []
        self.webhooks = Webhooks(self.world, contract(), self._own_faults)
        self.world.emit, self.world.tell = self.webhooks.emit, self.webhooks.tell
        self._exchange = Exchange(self.world, self.webhooks, self._own_faults)
        registered = installations.register(
            self.world,
            self.world.account("perfwright-owner"),
            name=name,
            permissions=permissions,
            events=events,
            url="http://perfwright.invalid",
            webhook_url=webhook_url,
            webhook_secret=webhook_secret,
        )
        self._app_id = registered.id
        self._server.start(self._respond)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if error is None:
            self.check()

    def close(self) -> None:
        """Hang up."""
        self._exchange.faults.ended.set()
        self.webhooks.close()
        self._server.close()

    def check(self) -> None:
        """Raise where the stand-in itself was wrong: a schema it broke, or an operation that it cannot do."""
        assert not self._own_faults, "the stand-in for GitHub was wrong:\n" + "\n".join(self._own_faults)

    @property
    def url(self) -> str:
        """Where people and git find it."""
        return self.world.url

    @property
    def api_url(self) -> str:
        """Where the API is, as on GitHub Enterprise Server."""
        return self.world.api_url

    @property
    def app(self) -> App:
        """The app that was registered first; `app.private_key` and `app.id` are its credentials."""
        return self.world.apps[self._app_id]

    @property
    def bot(self) -> str:
        """The login that the app acts under."""
        return self.world.users[self.app.bot_id].login

    def send_webhooks_to(self, url: str | None) -> None:
        """Change the address of the app, for a bot that starts after GitHub."""
        self.world.apps[self._app_id] = replace(self.app, webhook_url=url)

    # people and places

    def user(self, login: str) -> Person:
        """A person, made now if there is none."""
        with self.world.lock:
            return Person(self.world, self.world.account(login).id)

    def organization(self, login: str) -> Person:
        """An organization, made now if there is none."""
        with self.world.lock:
            return Person(self.world, self.world.account(login, "Organization").id)

    def repository(
        self,
        name: str,
        files: Files | None = None,
        *,
        source: Path | None = None,
        branch: str = "main",
        private: bool = False,
    ) -> Repo:
        """A new repository OWNER/NAME: with one commit of these files, or all branches of a local git repository."""
        owner, _, short = name.partition("/")
        with self.world.lock:
            account = self.world.account(owner)
            made = repositories.create(self.world, account, short, branch=branch, private=private)
            if source:
                self.world.git(made).fetch(source, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
            if files is not None:
                repositories.commit(self.world, made, branch, files, "the beginning", account)
            return Repo(self.world, made.id)

    def find(self, name: str) -> Repo:
        """A repository by its name."""
        found = self.world.repository(*name.split("/"))
        assert found, f"there is no repository {name}"
        return Repo(self.world, found.id)

    def install(self, account: Person, *repos: Repo) -> InstalledApp:
        """Install the app on an account: on these repositories, or on all."""
        with self.world.lock:
            chosen = [repo.now for repo in repos] or None
            return InstalledApp(
                self.world, installations.install(self.world, self.app, account.user, account.user, chosen).id
            )

    def offer(self, manifest: Mapping[str, Json], owner: Person) -> str:
        """A person confirms an app's manifest: the code that can be converted within the hour."""
        code = secrets.token_hex(20)
        self.world.manifests[code] = {
            "manifest": dict(manifest), "owner_id": owner.id, "until": self.world.now() + _MANIFEST_LIFE
        }  # fmt: skip
        return code

    # what was asked

    @property
    def requests(self) -> list[Asked]:
        """Every request so far, git's too."""
        return list(self._exchange.log)

    @property
    def violations(self) -> list[str]:
        """What the bot sent that GitHub's schemas do not allow, or that GitHub would ignore."""
        return self._exchange.violations

    def count(self, match: str = "*", *, token: str | None = None) -> int:
        """How many requests were made: `issues/*`, `POST /repos/*`, `git *`; with one kind of token."""
        fault = Fault(match, times=None)
        return sum(
            fault.fits(asked.operation, asked.method, asked.path) and token in (None, asked.token)
            for asked in self.requests
        )

    # what goes wrong

    def fault(
        self,
        match: Match,
        *,
        status: int = 500,
        times: int | None = 1,
        headers: Mapping[str, str] | None = None,
        message: str = "Server Error",
        body: bytes | None = None,
        delay_s: float = 0.0,
        drop_connection: bool = False,
        after_effect: bool = False,
    ) -> Fault:
        """Let the next requests that match fail; `after_effect` does what was asked first."""
        return self._exchange.faults.add(
            Fault(match, status, times, headers or {}, message, body, delay_s, drop_connection, after_effect)
        )

    def clear_faults(self) -> None:
        """Let everything work again."""
        self._exchange.faults.clear()

    def leave_requests(self, remaining: int, installation: InstalledApp | None = None) -> None:
        """Let an installation (or all) have only this many requests left in this hour."""
        chosen = [installation.id] if installation else list(self.world.installations)
        for number in chosen:
            self._exchange.limits.leave(f"installation {number}", remaining)

    def advance(self, seconds: float) -> None:
        """Let time pass: tokens expire, limits reset."""
        self.world.advance(seconds)

    def expire_tokens(self) -> None:
        """No installation token works any more."""
        with self.world.lock:
            for token in [one for one in self.world.tokens.values() if one.installation_id]:
                del self.world.tokens[token.value]

    # what is told

    @property
    def deliveries(self) -> list[Delivery]:
        """Every delivery so far, oldest first."""
        return list(self.webhooks.log.values())

    def settle(self, timeout_s: float = 30) -> list[Delivery]:
        """Wait until every webhook that is not held has been answered."""
        return self.webhooks.settle(timeout_s)

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Deliver again, with the same GUID."""
        return self.webhooks.redeliver(delivery.id)

    def duplicate(self, delivery: Delivery) -> Delivery:
        """Deliver twice, as a network that repeats would."""
        return self.webhooks.send(self.app, delivery.event, delivery.body, guid=delivery.guid, action=delivery.action)

    def deliver(self, event: str, body: bytes, *, signature: str | None = None, guid: str | None = None) -> Delivery:
        """Deliver anything: any bytes, signed rightly unless a signature is given ("" for none)."""
        return self.webhooks.send(self.app, event, body, signature=signature, guid=guid)

    def tamper(self, delivery: Delivery, body: bytes) -> Delivery:
        """Deliver another body under the signature of a real one."""
        signature = sign(self.app.webhook_secret, delivery.body)
        return self.webhooks.send(self.app, delivery.event, body, signature=signature)

    def ping(self) -> Delivery:
        """What GitHub sends when a webhook is set up."""
        hook = {
            "type": "App",
            "id": self.app.id,
            "name": "web",
            "active": True,
            "events": list(self.app.events),
            "config": {"content_type": "json", "insecure_ssl": "0", "url": self.app.webhook_url or self.url},
            "updated_at": "2026-01-01T00:00:00Z",
            "created_at": "2026-01-01T00:00:00Z",
            "app_id": self.app.id,
            "deliveries_url": f"{self.api_url}/app/hook/deliveries",
        }
        parts = {"zen": "Keep it logically awesome.", "hook_id": self.app.id, "hook": hook}
        return self.webhooks.tell(self.app, None, "ping", None, None, None, parts)

    # the door

    def _respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            path = urlsplit(target).path
            if path.startswith((f"{API}/", "/api/graphql")) or path == API:
                return self._exchange.answer(method, target, headers, body)
            if git_http.PATH.fullmatch(path):
                return git_http.answer(self._exchange, method, target, headers, body)
            return self._page(method, target, body)
        except (HangUp, Refused):
            raise
        except Exception:
            self._own_faults.append(f"{method} {target}: {traceback.format_exc()}")
            return Answer(500, {"message": "the stand-in broke"})

    def _page(self, method: str, target: str, body: bytes) -> Answer:
        """The one page that an app sends a browser to: it posts its manifest, a person agrees at once."""
        parts = urlsplit(target)
        if method == "POST" and parts.path.endswith("/settings/apps/new"):
            manifest = json.loads(dict(parse_qsl(body.decode()))["manifest"])
            code = self.offer(manifest, self.user("perfwright-owner"))
            state = dict(parse_qsl(parts.query)).get("state")
            query = urlencode({"code": code, **({"state": state} if state else {})})
            return Answer(302, b"", {"Location": f"{manifest['redirect_url']}?{query}"})
        return Answer(404, b"There is no such page.\n", {"Content-Type": "text/plain"})
