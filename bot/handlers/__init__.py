"""What each event means: a file an event, named as GitHub names it; `handle` answers with tasks and does nothing.

A module of this room has `Payload` (the part of the event that it reads) and `handle(payload, delivery_id)`.
Partner: `bot/worker.py` keeps the tasks in the transaction that ends the delivery.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol, cast

import msgspec

from bot.core.task import Task
from bot.errors import UserError


class Handler(Protocol):
    """What a module of this room offers."""

    Payload: type[Any]

    def handle(self, payload: Any, delivery_id: str) -> list[Task]:
        """The tasks that the event leads to."""
        ...


@cache
def events() -> tuple[str, ...]:
    """The names of the events that mean something to us, without importing what handles them."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_")))


def handle(event: str, body: bytes, delivery_id: str) -> Sequence[Task]:
    """Read a delivery; raises UserError on a body that is not what GitHub documents."""
    if event not in events():
        return ()
    module = cast(Handler, importlib.import_module(f"{__name__}.{event}"))
    try:
        payload = msgspec.json.decode(body, type=module.Payload)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UserError(f"the {event} delivery is not what GitHub documents: {error}") from None
    return module.handle(payload, delivery_id)
