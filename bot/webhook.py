"""Receives webhooks: checks the signature, keeps the delivery, answers. No more, and as fast as can be.

A WSGI application of its own, since each delivery would otherwise pay for routing and request objects that it does not
need. Source: docs.github.com, "Validating webhook deliveries" and "Best practices for using webhooks" (10 s, 25 MB).
Partner: `bot/web.py` puts it in front of the pages.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from bot.core.delivery import Delivery
from bot.errors import TransientError

LARGEST_BYTES = 25 * 1024 * 1024
PATHS = ("/", "/api/github/webhooks")
_LONGEST_ID = 100
Environ = Mapping[str, Any]
Start = Callable[[str, list[tuple[str, str]]], Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What GitHub sees; `outcome` is the word in the metrics."""

    status: str
    outcome: str
    text: str


STORED = Answer("202 Accepted", "stored", '{"stored": true}')
DOUBLED = Answer("202 Accepted", "doubled", '{"stored": false}')
DROPPED = Answer("202 Accepted", "dropped", '{"stored": false, "reason": "this event means nothing here"}')
_UNSIGNED = Answer("401 Unauthorized", "refused", '{"error": "the signature is missing or wrong"}')
_INCOMPLETE = Answer("400 Bad Request", "refused", '{"error": "X-GitHub-Event or X-GitHub-Delivery is missing"}')
_CUT = Answer("400 Bad Request", "refused", '{"error": "the body is shorter than Content-Length says"}')
_TOO_LARGE = Answer("413 Content Too Large", "refused", '{"error": "the body is over 25 MB"}')
_CLOSED = Answer("503 Service Unavailable", "closed", '{"error": "no webhook secret is configured"}')
_FULL = Answer("503 Service Unavailable", "failed", '{"error": "the delivery could not be stored: deliver it again"}')


class Webhooks:
    """The application; `secret` is asked each time, so that a secret that was just set up counts at once."""

    def __init__(
        self,
        secret: Callable[[], str | None],
        events: frozenset[str],
        put: Callable[[Delivery], bool],
        stored: Callable[[str], None],
        count: Callable[[str, str, float], None],
    ) -> None:
        self._secret, self._events, self._put, self._stored, self._count = secret, events, put, stored, count

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """One request."""
        began = time.perf_counter()
        answer = self._answer(environ)
        event = environ.get("HTTP_X_GITHUB_EVENT", "")
        self._count(event if event in self._events else "other", answer.outcome, time.perf_counter() - began)
        body = answer.text.encode()
        start(answer.status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, environ: Environ) -> Answer:
        secret = self._secret()
        if secret is None:
            return _CLOSED
        body = _read(environ)
        if isinstance(body, Answer):
            return body
        # Nothing of a request counts, not even its headers, before its signature does.
        if not signed(secret, body, environ.get("HTTP_X_HUB_SIGNATURE_256", "")):
            return _UNSIGNED
        event, identity = environ.get("HTTP_X_GITHUB_EVENT", ""), environ.get("HTTP_X_GITHUB_DELIVERY", "")
        if not event or not 0 < len(identity) <= _LONGEST_ID or not identity.isprintable():
            return _INCOMPLETE
        if event not in self._events:
            return DROPPED
        try:
            new = self._put(Delivery(identity, event, body, time.time()))
        except TransientError:
            return _FULL
        if new:
            self._stored(identity)
        return STORED if new else DOUBLED


def signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether the signature is ours, in a time that says nothing about how much of it is right."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogateescape"))


def _read(environ: Environ) -> bytes | Answer:
    """The body, never more than GitHub sends."""
    stream: BinaryIO = environ["wsgi.input"]
    declared = environ.get("CONTENT_LENGTH") or ""
    if not declared.isdecimal():  # chunked: the server has taken the chunks apart
        body = stream.read(LARGEST_BYTES + 1) if environ.get("wsgi.input_terminated") else b""
        return _TOO_LARGE if len(body) > LARGEST_BYTES else body
    length = int(declared)
    if length > LARGEST_BYTES:
        return _TOO_LARGE
    body = stream.read(length)
    return body if len(body) == length else _CUT
