"""Tells the apps what happened: makes payloads, signs them, delivers them from a thread, keeps a log.

Partner: `acts/` says what happened, `contract.py` judges each payload before it leaves. As with GitHub, nothing is
delivered a second time unless somebody asks.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from tests.github.contract import Contract
from tests.github.render import accounts
from tests.github.state import App, Installation, Repository, World

Json = Any

TIMEOUT_S = 10
LARGEST = 25 * 1024 * 1024
# What an app must be allowed to read before an event is sent to it.
_NEEDS = {
    "check_run": "checks",
    "check_suite": "checks",
    "issue_comment": "issues",
    "issues": "issues",
    "merge_group": "merge_queues",
    "pull_request": "pull_requests",
    "pull_request_review": "pull_requests",
    "pull_request_review_comment": "pull_requests",
    "push": "contents",
    "repository": "metadata",
}
# These come without being asked for.
_ALWAYS = {"installation", "installation_repositories", "ping"}
_WITH_CHECKS_WRITE = {
    ("check_run", "rerequested"), ("check_run", "requested_action"),
    ("check_suite", "requested"), ("check_suite", "rerequested"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to tell an app something; `status_code` is 0 until there is an answer, and where there was none."""

    id: int
    guid: str
    event: str
    action: str | None
    app_id: int
    installation_id: int | None
    repository_id: int | None
    body: bytes
    delivered_at: datetime
    redelivery: bool = False
    done: bool = False
    status: str = "pending"
    status_code: int = 0
    duration_s: float = 0.0
    signature: str = ""
    response: str = ""

    @property
    def payload(self) -> Json:
        """What the body says."""
        return json.loads(self.body)

    @property
    def ok(self) -> bool:
        """Whether the app took it."""
        return 200 <= self.status_code < 300


class Webhooks:
    """The queue of deliveries and its one thread."""

    def __init__(self, world: World, contract: Contract, faults: list[str]) -> None:
        self.world = world
        self.log: dict[int, Delivery] = {}
        self._contract = contract
        self._faults = faults
        self._held: list[int] | None = None
        self._waiting: list[int] = []
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name="github-webhooks", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop delivering."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join(TIMEOUT_S)

    def emit(self, event: str, action: str | None, repository: Repository, sender_id: int, /, **parts: Json) -> None:
        """Something happened in a repository: every app that may know and wants to is told."""
        for installation, app in list(self.world.installed(repository)):
            if installation.suspended_at is None and _wants(installation, event, action):
                self.tell(app, installation, event, action, repository, sender_id, parts)

    def tell(
        self,
        app: App,
        installation: Installation | None,
        event: str,
        action: str | None,
        repository: Repository | None,
        sender_id: int | None,
        parts: Mapping[str, Json],
    ) -> Delivery:
        """Tell one app something."""
        payload: dict[str, Json] = {"action": action} if action else {}
        payload |= parts
        if repository is not None:
            payload.setdefault("repository", accounts.repository(self.world, repository))
            owner = self.world.users[repository.owner_id]
            if owner.type == "Organization":
                payload["organization"] = _organization(self.world, owner.login, owner.id)
        if sender_id is not None:
            payload["sender"] = accounts.user_by_id(self.world, sender_id)
        if installation is not None and "installation" not in payload:
            payload["installation"] = {"id": installation.id, "node_id": accounts.node_id("IN", installation.id)}
        if wrong := self._contract.wrong_webhook(event, payload):
            self._faults.append(f"webhook {event}/{action}: {wrong}")
        return self.send(
            app,
            event,
            json.dumps(payload).encode(),
            action=action,
            installation_id=installation.id if installation else None,
            repository_id=repository.id if repository else None,
        )

    def send(
        self,
        app: App,
        event: str,
        body: bytes,
        *,
        guid: str | None = None,
        action: str | None = None,
        installation_id: int | None = None,
        repository_id: int | None = None,
        signature: str | None = None,
        redelivery: bool = False,
    ) -> Delivery:
        """Put a delivery into the queue, raw: any body, any GUID, any signature."""
        made = Delivery(
            id=self.world.new_id(),
            guid=guid or str(uuid.uuid4()),
            event=event,
            action=action,
            app_id=app.id,
            installation_id=installation_id,
            repository_id=repository_id,
            body=body,
            delivered_at=self.world.now(),
            redelivery=redelivery,
            signature=sign(app.webhook_secret, body) if signature is None else signature,
        )
        with self._changed:
            self.log[made.id] = made
            (self._waiting if self._held is None else self._held).append(made.id)
            self._changed.notify_all()
        return made

    def redeliver(self, delivery_id: int) -> Delivery:
        """Deliver again: a new attempt with the same GUID."""
        old = self.log[delivery_id]
        return self.send(
            self.world.apps[old.app_id],
            old.event,
            old.body,
            guid=old.guid,
            action=old.action,
            installation_id=old.installation_id,
            repository_id=old.repository_id,
            redelivery=True,
        )

    def hold(self) -> None:
        """Keep what happens from now on, until `release`."""
        with self._changed:
            self._held = []

    def held(self) -> list[Delivery]:
        """What is kept."""
        with self._changed:
            return [self.log[number] for number in self._held or ()]

    def release(self, order: Iterable[Delivery] | None = None) -> None:
        """Deliver what was kept, in this order; what is not in it is lost, as GitHub at times loses one."""
        with self._changed:
            numbers = self._held or []
            chosen = numbers if order is None else [delivery.id for delivery in order]
            for number in set(numbers) - set(chosen):
                self.log[number] = replace(self.log[number], done=True, status="lost")
            self._waiting += chosen
            self._held = None
            self._changed.notify_all()

    def settle(self, timeout_s: float = 30) -> list[Delivery]:
        """Wait until everything that is not held has been answered; the log."""
        with self._changed:
            done = self._changed.wait_for(lambda: not self._waiting, timeout_s)
        assert done, f"webhooks are still waiting after {timeout_s} s"
        return list(self.log.values())

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopped)
                if self._stopped:
                    return
                delivery = self.log[self._waiting[0]]
            answered = _post(delivery, self.world.apps[delivery.app_id].webhook_url)
            with self._changed:
                self.log[delivery.id] = answered
                self._waiting.pop(0)
                self._changed.notify_all()


def sign(secret: str, body: bytes) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(delivery: Delivery) -> dict[str, str]:
    """The headers of a delivery."""
    sent = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/stand-in",
        "X-GitHub-Delivery": delivery.guid,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(delivery.app_id),
        "X-GitHub-Hook-Installation-Target-ID": str(delivery.app_id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
    }
    return sent | ({"X-Hub-Signature-256": delivery.signature} if delivery.signature else {})


def _post(delivery: Delivery, url: str | None) -> Delivery:
    if url is None:
        return replace(delivery, done=True, status="no webhook url")
    if len(delivery.body) > LARGEST:
        return replace(delivery, done=True, status="payload too large")
    started = time.monotonic()
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT_S)
    try:
        connection.request("POST", parts.path or "/", delivery.body, headers(delivery))
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        code, word = response.status, "OK" if 200 <= response.status < 300 else response.reason
    except (OSError, http.client.HTTPException) as error:
        code, text = 0, ""
        word = "timed out" if isinstance(error, TimeoutError) else "failed to connect to host"
    finally:
        connection.close()
    took = time.monotonic() - started
    return replace(delivery, done=True, status=word, status_code=code, response=text, duration_s=round(took, 3))


def _wants(installation: Installation, event: str, action: str | None) -> bool:
    if event in _ALWAYS:
        return True
    level = installation.permissions.get(_NEEDS[event], "read" if event == "repository" else "none")
    if (event, action) in _WITH_CHECKS_WRITE:
        return level == "write"
    if event == "issue_comment":
        level = max(level, installation.permissions.get("pull_requests", "none"), key=("none", "read", "write").index)
    return level != "none" and event in installation.events


def _organization(world: World, login: str, number: int) -> Json:
    url = f"{world.api_url}/orgs/{login}"
    return {
        "login": login,
        "id": number,
        "node_id": accounts.node_id("O", number),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{world.url}/avatars/u/{number}?v=4",
        "description": None,
    }
