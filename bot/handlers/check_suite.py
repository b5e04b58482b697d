"""check_suite: all checks of a commit are wanted again. Of a fork's commit GitHub names no pull request here."""

from __future__ import annotations

import msgspec

from bot.core.task import Task
from bot.handlers._payload import Event


class Suite(msgspec.Struct, frozen=True):
    """The suite: one per commit and app."""

    head_sha: str


class Payload(Event, frozen=True):
    """The suite that is wanted again."""

    check_suite: Suite | None = None


def handle(payload: Payload, delivery_id: str) -> list[Task]:
    """`requested` comes with every push, which `pull_request` tells us better."""
    where, suite = payload.where, payload.check_suite
    if where is None or suite is None or payload.action != "rerequested" or payload.person is None:
        return []
    details = {"actor": payload.person, "word": "rerun", "check": "", "head_sha": suite.head_sha}
    return [Task(f"button:{where.repository}:{delivery_id}", "button", where, details)]
