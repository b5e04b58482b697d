"""Registers the app at GitHub from `app.yml`, as probot does: one form, one answer, credentials in a file of mode 0600.

Source: docs.github.com, "Registering a GitHub App from a manifest". Partner: `bot/web.py` shows the form.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

import bot
from bot.errors import TransientError, UserError
from bot.settings import Settings, write_credentials

log = logging.getLogger("perfwright.web")
_NAMES = {"id": "APP_ID", "pem": "PRIVATE_KEY", "webhook_secret": "WEBHOOK_SECRET"}
"""What is kept of GitHub's answer: nobody signs in, so there is no use for the client's secret."""
_HERE = Path(bot.__file__).parent
_MANIFEST = next(place for place in (_HERE.parent / "app.yml", _HERE / "app.yml") if place.is_file())
"""At the top of a checkout; beside the code where it is installed."""
_ORGANIZATION = re.compile(r"[A-Za-z0-9-]{0,39}")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,200}")


class Registration:
    """Open until there are credentials; whoever may use it has the token that only the log shows."""

    def __init__(self, known: Settings, registered: Callable[[str], None]) -> None:
        self._known, self._registered = known, registered
        self._token = secrets.token_urlsafe(24)
        self._states: set[str] = set()
        self._open = known.webhook_secret is None
        if self._open:
            log.warning("no app is registered yet: open %s/setup?token=%s", known.public_url, self._token)

    def offer(self, token: str, organization: str) -> tuple[str, str]:
        """The manifest as JSON, and where the form goes."""
        self._check_open()
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise UserError("the address lacks the token: take the one that the web process has written to its log")
        if not _ORGANIZATION.fullmatch(organization):
            raise UserError("that is no name of an organization")
        state = secrets.token_urlsafe(24)
        self._states.add(state)
        place = f"organizations/{organization}/settings" if organization else "settings"
        return json.dumps(manifest(self._known.public_url)), f"{self._known.github_url}/{place}/apps/new?state={state}"

    def take(self, code: str, state: str) -> str | None:
        """Turn GitHub's code into credentials and keep them; where the app can be installed."""
        self._check_open()
        if state not in self._states:
            raise UserError("this answer belongs to no form of ours: begin again")
        self._states.discard(state)
        if not _CODE.fullmatch(code):
            raise UserError("GitHub's answer lacks a code: begin again")
        answer = _post(f"{self._known.api_url}/app-manifests/{code}/conversions")
        missing = [name for name in _NAMES if not answer.get(name)]
        if missing:
            raise UserError(f"GitHub's answer lacks {', '.join(missing)}: begin again")
        write_credentials(self._known.credentials, {ours: str(answer[theirs]) for theirs, ours in _NAMES.items()})
        self._open = False
        self._registered(str(answer["webhook_secret"]))
        link = str(answer.get("html_url") or "")
        return f"{link}/installations/new" if link.startswith(("http://", "https://")) else None

    def _check_open(self) -> None:
        if not self._open or self._known.credentials.exists():
            raise UserError("an app is registered already: remove its credentials first to register another")


def manifest(public_url: str) -> dict[str, Any]:
    """`app.yml` with our addresses in it."""
    made: dict[str, Any] = yaml.safe_load(_MANIFEST.read_text(encoding="utf-8"))
    return {
        **made,
        "url": public_url,
        "hook_attributes": {"url": f"{public_url}/api/github/webhooks", "active": True},
        "redirect_url": f"{public_url}/setup/callback",
    }


def _post(url: str) -> Mapping[str, Any]:
    request = urllib.request.Request(url, method="POST", headers={"Accept": "application/vnd.github+json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  # the operator's own setting
            found = json.loads(answer.read(1 << 20))
    except urllib.error.HTTPError as error:
        raise UserError(f"GitHub refused the code ({error.code}): begin again, a code is good for one hour") from None
    except (OSError, ValueError) as error:
        raise TransientError(f"GitHub cannot be reached: {error}") from None
    return found if isinstance(found, dict) else {}
