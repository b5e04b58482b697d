"""pull_request_review_comment: slash commands in a comment on a line."""

from __future__ import annotations

from datetime import datetime

import msgspec

from bot.core.task import Task
from bot.handlers._payload import Event, Pull, command


class Comment(msgspec.Struct, frozen=True):
    """The comment."""

    id: int
    body: str | None = None
    created_at: datetime | None = None


class Payload(Event, frozen=True):
    """The comment and its pull request."""

    pull_request: Pull | None = None
    comment: Comment | None = None


def handle(payload: Payload, delivery_id: str) -> list[Task]:
    """New comments only."""
    where, pull, comment = payload.where, payload.pull_request, payload.comment
    if where is None or pull is None or comment is None or payload.action != "created":
        return []
    return command(
        payload, where, kind="review comment", number=pull.number, comment=comment.id, body=comment.body or "",
        written_at=comment.created_at,
    )  # fmt: skip
