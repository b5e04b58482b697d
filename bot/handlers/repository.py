"""repository: renamed, moved, archived or deleted; its id stays."""

from __future__ import annotations

from bot.core.task import Task
from bot.handlers._payload import Event
from bot.handlers._places import places

_ACTIVE = {
    "renamed": True,
    "transferred": True,
    "unarchived": True,
    "edited": True,
    "archived": False,
    "deleted": False,
}


class Payload(Event, frozen=True):
    """The repository as it is after the event."""


def handle(payload: Payload, delivery_id: str) -> list[Task]:
    """Nothing is proposed to an archived repository."""
    active = _ACTIVE.get(payload.action)
    if payload.installation is None or payload.repository is None or active is None:
        return []
    return places(payload.installation.id, [payload.repository], active=active, delivery_id=delivery_id)
