"""installation: the app was installed, removed, suspended or unsuspended."""

from __future__ import annotations

from bot.core.task import Task
from bot.handlers._payload import Event, Repo
from bot.handlers._places import places

_ACTIVE = {"created": True, "unsuspend": True, "deleted": False, "suspend": False}


class Payload(Event, frozen=True):
    """The repositories that the installation covers."""

    repositories: list[Repo] | None = None


def handle(payload: Payload, delivery_id: str) -> list[Task]:
    """Work begins or ends in all of them."""
    active = _ACTIVE.get(payload.action)
    if payload.installation is None or active is None:
        return []
    return places(payload.installation.id, payload.repositories or [], active=active, delivery_id=delivery_id)
