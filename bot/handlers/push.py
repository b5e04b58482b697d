"""push: what lands on the default branch becomes the baseline."""

from __future__ import annotations

from bot.core.task import Task
from bot.handlers._payload import Event


class Payload(Event, frozen=True):
    """Which branch was moved, and where to."""

    ref: str = ""
    after: str = ""
    deleted: bool = False


def handle(payload: Payload, delivery_id: str) -> list[Task]:
    """Only the newest push matters: it takes the place of those that wait."""
    where, repository = payload.where, payload.repository
    if where is None or repository is None or payload.deleted or not repository.default_branch:
        return []
    if payload.ref != f"refs/heads/{repository.default_branch}":
        return []
    group = f"baseline:{where.repository}"
    return [Task(f"{group}:{payload.after}", "baseline", where, {"sha": payload.after}, group)]
