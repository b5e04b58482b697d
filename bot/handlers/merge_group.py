"""merge_group: a merge queue waits for a word on a commit that it has made."""

from __future__ import annotations

import re

import msgspec

from bot.core.task import Task, queue_group
from bot.handlers._payload import Event

_QUEUED = re.compile(r"/pr-([0-9]{1,9})-[0-9a-f]+$")


class Group(msgspec.Struct, frozen=True):
    """What the queue has put together."""

    head_sha: str
    base_sha: str
    head_ref: str = ""
    """GitHub's own branch for it, which names the pull request."""


class Payload(Event, frozen=True):
    """The group."""

    merge_group: Group | None = None


def handle(payload: Payload, delivery_id: str) -> list[Task]:
    """A destroyed group needs no answer any more."""
    where, made = payload.where, payload.merge_group
    if where is None or made is None:
        return []
    group = queue_group(where.repository, made.head_sha)
    details: dict[str, object] = {"head_sha": made.head_sha, "base_sha": made.base_sha}
    if queued := _QUEUED.search(made.head_ref):
        details["queued"] = int(queued[1])
    if payload.action == "checks_requested":
        return [Task(f"check:{where.repository}:merge:{made.head_sha}", "check", where, details, group)]
    if payload.action == "destroyed":
        return [Task(f"closed:{where.repository}:merge:{made.head_sha}", "closed", where, details, group)]
    return []
