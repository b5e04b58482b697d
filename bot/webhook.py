"""Receives webhooks: checks the signature, keeps the delivery, answers. No more, and as fast as can be.

An ASGI application of its own: a delivery that waits for its commit holds no thread, and pays for no routing.
Source: docs.github.com, "Validating webhook deliveries" and "Best practices for using webhooks" (10 s, 25 MB).
Partner: `bot/web.py` puts it in front of the pages.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.delivery import Delivery
from bot.errors import TransientError

LARGEST_BYTES = 25 * 1024 * 1024
PATHS = ("/", "/api/github/webhooks")
_MOST_HELD_BYTES = 8 * LARGEST_BYTES
"""Of all requests together: whoever has not signed yet cannot fill the memory."""
_LONGEST_ID = 100
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What GitHub sees; `outcome` is the word in the metrics."""

    status: int
    outcome: str
    text: bytes


STORED = Answer(202, "stored", b'{"stored": true}')
DOUBLED = Answer(202, "doubled", b'{"stored": false}')
DROPPED = Answer(202, "dropped", b'{"stored": false, "reason": "this event means nothing here"}')
_UNSIGNED = Answer(401, "refused", b'{"error": "the signature is missing or wrong"}')
_INCOMPLETE = Answer(400, "refused", b'{"error": "X-GitHub-Event or X-GitHub-Delivery is missing"}')
_CUT = Answer(400, "refused", b'{"error": "the body is shorter than Content-Length says"}')
_TOO_LARGE = Answer(413, "refused", b'{"error": "the body is over 25 MB"}')
_BUSY = Answer(503, "failed", b'{"error": "too many large bodies at once: deliver it again"}')
_CLOSED = Answer(503, "closed", b'{"error": "no webhook secret is configured"}')
_FULL = Answer(503, "failed", b'{"error": "the delivery could not be stored: deliver it again"}')


class Webhooks:
    """The application; `secret` is asked each time, so that a secret that was just set up counts at once."""

    def __init__(
        self,
        secret: Callable[[], str | None],
        events: frozenset[str],
        put: Callable[[Delivery], Awaitable[bool]],
        stored: Callable[[str], None],
        count: Callable[[str, str, float], None],
    ) -> None:
        self._secret, self._events, self._put, self._stored, self._count = secret, events, put, stored, count
        self._held_bytes = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        began = time.perf_counter()
        headers = dict(scope["headers"])
        answer = await self._answer(headers, receive)
        event = _text(headers, b"x-github-event")
        self._count(event if event in self._events else "other", answer.outcome, time.perf_counter() - began)
        await _reply(send, answer)

    async def _answer(self, headers: Mapping[bytes, bytes], receive: Receive) -> Answer:
        secret = self._secret()
        if secret is None:
            return _CLOSED
        parts: list[bytes] = []
        try:
            refused = await self._read(headers, receive, parts)
            return refused or await self._kept(secret, headers, b"".join(parts))
        finally:
            self._held_bytes -= sum(map(len, parts))

    async def _kept(self, secret: str, headers: Mapping[bytes, bytes], body: bytes) -> Answer:
        # Nothing of a request counts, not even its headers, before its signature does.
        if not signed(secret, body, headers.get(b"x-hub-signature-256", b"")):
            return _UNSIGNED
        event, identity = _text(headers, b"x-github-event"), _text(headers, b"x-github-delivery")
        if not event or not 0 < len(identity) <= _LONGEST_ID or not identity.isprintable():
            return _INCOMPLETE
        if event not in self._events:
            return DROPPED
        try:
            new = await self._put(Delivery(identity, event, body, time.time()))
        except TransientError:
            return _FULL
        if new:
            self._stored(identity)
        return STORED if new else DOUBLED

    async def _read(self, headers: Mapping[bytes, bytes], receive: Receive, parts: list[bytes]) -> Answer | None:
        """Add the parts of the body, never more than GitHub sends; an answer where that is not to be had."""
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > LARGEST_BYTES:
            return _TOO_LARGE
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return _CUT
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            self._held_bytes += len(parts[-1])
            if size > LARGEST_BYTES:
                return _TOO_LARGE
            if self._held_bytes > _MOST_HELD_BYTES:
                return _BUSY
            more = message.get("more_body", False)
        return None


async def _reply(send: Send, answer: Answer) -> None:
    length = str(len(answer.text)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.text})


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


def signed(secret: str, body: bytes, signature: bytes) -> bool:
    """Whether the signature is ours, in a time that says nothing about how much of it is right."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature)
