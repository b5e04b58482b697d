"""One delivery of a webhook. Partners: `bot/web.py` receives it, `bot/inbox.py` keeps it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """What GitHub sent, as it was sent; nothing of the body is trusted before its signature was checked."""

    id: str
    """X-GitHub-Delivery: a redelivery carries the same."""
    event: str
    body: bytes
    received_at: float
    """Seconds since the epoch."""
