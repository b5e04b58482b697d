"""check_run: someone wants it run again, or has pressed one of our buttons."""

from __future__ import annotations

import msgspec

from bot.core.task import Task
from bot.handlers._payload import Event


class Run(msgspec.Struct, frozen=True):
    """The check run; its external id is the name of the task that made it."""

    id: int
    head_sha: str
    external_id: str | None = None


class Pressed(msgspec.Struct, frozen=True):
    """Which button."""

    identifier: str = ""


class Payload(Event, frozen=True):
    """A check run and what is wanted of it."""

    check_run: Run | None = None
    requested_action: Pressed | None = None


def handle(payload: Payload, delivery_id: str) -> list[Task]:
    """A button does what the command of its name does, with the same rights."""
    where, run = payload.where, payload.check_run
    pressed = payload.requested_action
    word = {"rerequested": "rerun", "requested_action": pressed.identifier if pressed else ""}.get(payload.action)
    if where is None or run is None or not word or not run.external_id or payload.person is None:
        return []
    details = {"actor": payload.person, "word": word, "check": run.external_id, "head_sha": run.head_sha}
    return [Task(f"button:{where.repository}:{delivery_id}", "button", where, details)]
