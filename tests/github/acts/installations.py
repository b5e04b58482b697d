"""Apps registered and installed, suspended, removed; tokens given and taken back.

Partner: `routes/apps.py` is how an app sees it, `people.py` how a person does it.
"""

from __future__ import annotations

import base64
import itertools
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.github.render import accounts
from tests.github.rules import Refused, at_least
from tests.github.state import App, Installation, Repository, Token, User, World

Json = Any

TOKEN_LIFE = timedelta(hours=1)
# No two apps in a process share a number: githubkit keeps tokens by it, for as long as the process lives.
_APP_IDS = itertools.count(400_001)


@cache
def _key(number: int) -> tuple[str, str]:
    """A key pair for the app with this number in the process: making one takes long enough to keep them."""
    del number
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def register(
    world: World,
    owner: User,
    *,
    name: str,
    permissions: Mapping[str, str],
    events: Sequence[str],
    url: str,
    webhook_url: str | None,
    webhook_secret: str | None = None,
) -> App:
    """A new app, with the bot that acts for it."""
    slug = "-".join(name.lower().split())
    private, public = _key(len(world.apps))
    bot = world.account(f"{slug}[bot]", "Bot")
    made = App(
        id=next(_APP_IDS),
        slug=slug,
        name=name,
        owner_id=owner.id,
        bot_id=bot.id,
        client_id=f"Iv23{secrets.token_hex(8)}",
        client_secret=secrets.token_hex(20),
        webhook_secret=secrets.token_hex(20) if webhook_secret is None else webhook_secret,
        webhook_url=webhook_url,
        private_key=private,
        public_key=public,
        permissions={"metadata": "read", **permissions},
        events=tuple(events),
        url=url,
        created_at=world.now(),
    )
    world.apps[made.id] = made
    return made


def install(
    world: World, app: App, account: User, by: User, repositories: Iterable[Repository] | None = None
) -> Installation:
    """An app on an account: on all of its repositories, or on some."""
    chosen = None if repositories is None else frozenset(one.id for one in repositories)
    for old in world.installations.values():
        assert (old.app_id, old.account_id) != (app.id, account.id), "it is installed there already"
    made = Installation(
        world.new_id(), app.id, account.id, chosen, dict(app.permissions), app.events, world.now()
    )  # fmt: skip
    world.installations[made.id] = made
    _tell(world, made, "created", by, requester=None)
    return made


def uninstall(world: World, one: Installation, by: User) -> None:
    """Gone, with its tokens."""
    _tell(world, one, "deleted", by)
    del world.installations[one.id]
    for token in [token for token in world.tokens.values() if token.installation_id == one.id]:
        del world.tokens[token.value]


def suspend(world: World, one: Installation, by: User, *, suspended: bool = True) -> Installation:
    """Its tokens open nothing until it is unsuspended."""
    when, who = (world.now(), by.id) if suspended else (None, None)
    changed = replace(one, suspended_at=when, suspended_by=who)
    world.installations[one.id] = changed
    _tell(world, changed, "suspend" if suspended else "unsuspend", by)
    return changed


def _tell(world: World, one: Installation, action: str, by: User, **parts: Json) -> None:
    covered = [accounts.short_repository(world, repository) for repository in world.covered(one)]
    parts |= {"installation": accounts.installation(world, one), "repositories": covered}
    world.tell(world.apps[one.app_id], one, "installation", action, None, by.id, parts)


def change_repositories(
    world: World, one: Installation, by: User, *, add: Sequence[Repository] = (), remove: Sequence[Repository] = ()
) -> Installation:
    """More or fewer repositories for an app that has some of them."""
    now = one.repository_ids if one.repository_ids is not None else frozenset(r.id for r in world.covered(one))
    changed = replace(one, repository_ids=(now | {r.id for r in add}) - {r.id for r in remove})
    world.installations[one.id] = changed
    for action, added, removed in (("added", add, ()), ("removed", (), remove)):
        if added or removed:
            parts = {
                "installation": accounts.installation(world, changed),
                "repository_selection": "selected",
                "repositories_added": [accounts.short_repository(world, repository) for repository in added],
                "repositories_removed": [accounts.short_repository(world, repository) for repository in removed],
                "requester": None,
            }
            world.tell(world.apps[one.app_id], changed, "installation_repositories", action, None, by.id, parts)
    return changed


def token(
    world: World,
    one: Installation,
    *,
    permissions: Mapping[str, str] | None = None,
    repositories: frozenset[int] | None = None,
) -> Token:
    """A token for an installation, or for a part of what it may."""
    for name, level in (permissions or {}).items():
        if not at_least(one.permissions.get(name, "none"), level):
            raise Refused(422, "The permissions requested are not granted to this installation.")
    if repositories is not None and repositories - {repository.id for repository in world.covered(one)}:
        raise Refused(
            422, "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    granted = dict(permissions) if permissions else dict(one.permissions)
    expires = world.now() + TOKEN_LIFE
    made = Token(
        value=_value(one),
        kind="installation",
        user_id=world.apps[one.app_id].bot_id,
        installation_id=one.id,
        permissions={"metadata": "read", **granted},
        repository_ids=repositories,
        expires_at=expires,
    )
    world.tokens[made.value] = made
    return made


def _value(one: Installation) -> str:
    """In the long form that GitHub gives since 2026, so that nobody counts on 40 letters."""
    claims = base64.urlsafe_b64encode(json.dumps({"installation": one.id, "nonce": secrets.token_hex(24)}).encode())
    return f"ghs_{one.app_id}_eyJhbGciOiJFUzI1NiJ9.{claims.decode().rstrip('=')}.{secrets.token_urlsafe(64)}"
