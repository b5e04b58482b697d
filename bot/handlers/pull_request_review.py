"""pull_request_review: slash commands in the text of a review."""

from __future__ import annotations

from datetime import datetime

import msgspec

from bot.core.task import Task
from bot.handlers._payload import Event, Pull, command


class Review(msgspec.Struct, frozen=True):
    """The review."""

    id: int
    node_id: str = ""
    body: str | None = None
    submitted_at: datetime | None = None


class Payload(Event, frozen=True):
    """The review and its pull request."""

    pull_request: Pull | None = None
    review: Review | None = None


def handle(payload: Payload, delivery_id: str) -> list[Task]:
    """When it is submitted, not when it is edited or dismissed."""
    where, pull, review = payload.where, payload.pull_request, payload.review
    if where is None or pull is None or review is None or payload.action != "submitted":
        return []
    return command(
        payload, where, kind="review", number=pull.number, comment=review.id, body=review.body or "",
        written_at=review.submitted_at, node_id=review.node_id,
    )  # fmt: skip
