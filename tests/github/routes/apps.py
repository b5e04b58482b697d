"""What an app asks about itself, its installations, its tokens and its deliveries.

Partner: `acts/installations.py`.
"""

from __future__ import annotations

from typing import Any

from tests.github.acts import installations as act
from tests.github.call import Call, operation
from tests.github.contract import contract
from tests.github.render import accounts
from tests.github.render.accounts import time
from tests.github.rules import Refused, not_found
from tests.github.state import App, Installation
from tests.github.webhooks import Delivery, headers

Json = Any


def _app(call: Call) -> App:
    assert call.app
    return call.app


def _installation(call: Call) -> Installation:
    found = call.world.installations.get(call.number("installation_id"))
    if found is None or found.app_id != _app(call).id:
        raise not_found()
    return found


@operation("apps/get-authenticated", "jwt")
def get_app(call: Call) -> Json:
    return accounts.app(call.world, _app(call), whole=True)


@operation("apps/get-by-slug", "anyone")
def get_by_slug(call: Call) -> Json:
    for app in call.world.apps.values():
        if app.slug == call.values["app_slug"]:
            return accounts.app(call.world, app)
    raise not_found()


@operation("apps/list-installations", "jwt")
def list_installations(call: Call) -> Json:
    mine = [one for one in call.world.installations.values() if one.app_id == _app(call).id]
    return [accounts.installation(call.world, one) for one in call.page(mine)]


@operation("apps/get-installation", "jwt")
def get_installation(call: Call) -> Json:
    return accounts.installation(call.world, _installation(call))


@operation("apps/delete-installation", "jwt", 204)
def delete_installation(call: Call) -> Json:
    act.uninstall(call.world, _installation(call), call.world.users[_app(call).bot_id])


@operation("apps/suspend-installation", "jwt", 204)
def suspend(call: Call) -> Json:
    act.suspend(call.world, _installation(call), call.world.users[_app(call).bot_id])


@operation("apps/unsuspend-installation", "jwt", 204)
def unsuspend(call: Call) -> Json:
    act.suspend(call.world, _installation(call), call.world.users[_app(call).bot_id], suspended=False)


@operation("apps/create-installation-access-token", "jwt", 201)
def create_token(call: Call) -> Json:
    one, body = _installation(call), call.body or {}
    if one.suspended_at:
        raise Refused(403, "This installation has been suspended")
    chosen = body.get("repository_ids")
    if "repositories" in body:
        owner = call.world.users[one.account_id].login
        found = [call.world.repository(owner, name) for name in body["repositories"]]
        chosen = [repository.id if repository else 0 for repository in found] + (chosen or [])
    repositories = None if chosen is None else frozenset(chosen)
    token = act.token(call.world, one, permissions=body.get("permissions"), repositories=repositories)
    rendered: Json = {
        "token": token.value,
        "expires_at": time(token.expires_at),
        "permissions": dict(token.permissions),
        "repository_selection": "all" if one.repository_ids is None and repositories is None else "selected",
    }
    if repositories is not None:
        covered = [repository for repository in call.world.covered(one) if repository.id in repositories]
        rendered["repositories"] = [accounts.repository(call.world, repository) for repository in covered]
    return rendered


@operation("apps/revoke-installation-access-token", "installation", 204)
def revoke_token(call: Call) -> Json:
    assert call.token
    del call.world.tokens[call.token.value]


@operation("apps/list-repos-accessible-to-installation", "installation")
def list_repositories(call: Call) -> Json:
    assert call.token
    one = call.world.installations[call.token.installation_id or 0]
    some = call.token.repository_ids
    mine = [repository for repository in call.world.covered(one) if some is None or repository.id in some]
    return {
        "total_count": len(mine),
        "repository_selection": "all" if one.repository_ids is None else "selected",
        "repositories": [call.render_repository(repository) for repository in call.page(mine)],
    }


@operation("apps/get-repo-installation", "jwt")
def get_repository_installation(call: Call) -> Json:
    for one, app in call.world.installed(call.repository):
        if app.id == _app(call).id:
            return accounts.installation(call.world, one)
    raise not_found()


def _account_installation(call: Call, name: str) -> Json:
    account = call.world.user(call.values[name])
    for one in call.world.installations.values():
        if account and (one.app_id, one.account_id) == (_app(call).id, account.id):
            return accounts.installation(call.world, one)
    raise not_found()


@operation("apps/get-user-installation", "jwt")
def get_user_installation(call: Call) -> Json:
    return _account_installation(call, "username")


@operation("apps/get-org-installation", "jwt")
def get_organization_installation(call: Call) -> Json:
    return _account_installation(call, "org")


@operation("apps/get-webhook-config-for-app", "jwt")
def get_hook(call: Call) -> Json:
    url = _app(call).webhook_url
    return {"content_type": "json", "insecure_ssl": "0", "secret": "********"} | ({"url": url} if url else {})


def _summary(one: Delivery) -> Json:
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": time(one.delivered_at),
        "redelivery": one.redelivery,
        "duration": one.duration_s,
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation_id,
        "repository_id": one.repository_id,
        "throttled_at": None,
    }


def _mine(call: Call) -> list[Delivery]:
    """Newest first, and only what has been tried."""
    assert call.deliveries
    return [one for one in reversed(call.deliveries()) if one.app_id == _app(call).id and one.done]


@operation("apps/list-webhook-deliveries", "jwt")
def list_deliveries(call: Call) -> Json:
    mine, size = _mine(call), int(call.query.get("per_page", 30))
    if call.query.get("status") == "success":
        mine = [one for one in mine if one.ok]
    elif call.query.get("status") == "failure":
        mine = [one for one in mine if not one.ok]
    start = int(call.query.get("cursor", "v0_0").removeprefix("v0_"))
    if start + size < len(mine):
        call.links = f'<{call.url}?per_page={size}&cursor=v0_{start + size}>; rel="next"'
    return [_summary(one) for one in mine[start : start + size]]


def _delivery(call: Call) -> Delivery:
    for one in _mine(call):
        if one.id == call.number("delivery_id"):
            return one
    raise not_found()


@operation("apps/get-webhook-delivery", "jwt")
def get_delivery(call: Call) -> Json:
    one = _delivery(call)
    return _summary(one) | {
        "url": _app(call).webhook_url or "",
        "request": {"headers": headers(one), "payload": one.payload},
        "response": {"headers": {}, "payload": one.response},
    }


@operation("apps/redeliver-webhook-delivery", "jwt", 202)
def redeliver(call: Call) -> Json:
    assert call.redeliver
    call.redeliver(_delivery(call).id)
    return {}


@operation("apps/create-from-manifest", "anyone", 201)
def convert_manifest(call: Call) -> Json:
    kept = call.world.manifests.pop(call.values["code"], None)
    if kept is None or call.world.now() > kept["until"]:
        raise not_found()
    manifest, owner = kept["manifest"], call.world.users[kept["owner_id"]]
    hook = manifest.get("hook_attributes", {})
    app = act.register(
        call.world,
        owner,
        name=manifest["name"],
        permissions=manifest.get("default_permissions", {}),
        events=manifest.get("default_events", []),
        url=manifest["url"],
        webhook_url=hook.get("url") if hook.get("active", True) else None,
    )
    secrets = {"client_secret": app.client_secret, "webhook_secret": app.webhook_secret, "pem": app.private_key}
    return accounts.app(call.world, app) | {"client_id": app.client_id, **secrets}


@operation("rate-limit/get", "anyone")
def rate_limit(call: Call) -> Json:
    assert call.limits
    core = call.limits()
    other = {**core, "used": 0, "remaining": core["limit"]}
    return {"resources": {"core": core, "search": other, "graphql": other}, "rate": core}


@operation("meta/root", "anyone")
def root(call: Call) -> Json:
    return {name: f"{call.world.api_url}/{name.removesuffix('_url')}" for name in contract().properties("root")}


@operation("meta/get", "anyone")
def meta(call: Call) -> Json:
    return {"verifiable_password_authentication": False}


@operation("users/get-by-username", "anyone")
def get_user(call: Call) -> Json:
    account = call.world.user(call.values["username"])
    if account is None:
        raise not_found()
    return accounts.public_user(call.world, account)


@operation("users/get-authenticated", "user")
def get_me(call: Call) -> Json:
    return accounts.public_user(call.world, call.actor)
