"""issue_comment: slash commands in the conversation of a pull request. Edited comments are ignored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from bot.core.task import Task
from bot.handlers._payload import Event, command


class Issue(msgspec.Struct, frozen=True):
    """The issue; one that is a pull request says so."""

    number: int
    pull_request: Any = None


class Comment(msgspec.Struct, frozen=True):
    """The comment."""

    id: int
    body: str | None = None
    created_at: datetime | None = None


class Payload(Event, frozen=True):
    """The comment and where it stands."""

    issue: Issue | None = None
    comment: Comment | None = None


def handle(payload: Payload, delivery_id: str) -> list[Task]:
    """New comments on pull requests only."""
    where, issue, comment = payload.where, payload.issue, payload.comment
    if where is None or issue is None or comment is None or issue.pull_request is None or payload.action != "created":
        return []
    return command(
        payload, where, kind="issue", number=issue.number, comment=comment.id, body=comment.body or "",
        written_at=comment.created_at,
    )  # fmt: skip
