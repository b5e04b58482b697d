"""installation_repositories: the app was given repositories, or lost some."""

from __future__ import annotations

from bot.core.task import Task
from bot.handlers._payload import Event, Repo
from bot.handlers._places import places


class Payload(Event, frozen=True):
    """What has changed."""

    repositories_added: tuple[Repo, ...] = ()
    repositories_removed: tuple[Repo, ...] = ()


def handle(payload: Payload, delivery_id: str) -> list[Task]:
    """Work begins or ends in each."""
    if payload.installation is None:
        return []
    installation = payload.installation.id
    return [
        *places(installation, payload.repositories_added, active=True, delivery_id=delivery_id),
        *places(installation, payload.repositories_removed, active=False, delivery_id=delivery_id),
    ]
