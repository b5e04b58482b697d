"""Where the app works: events that add, remove, pause or rename repositories."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.task import Task, Where
from bot.handlers._payload import Repo


def places(installation: int, repositories: Sequence[Repo], *, active: bool, delivery_id: str) -> list[Task]:
    """A task for each repository whose standing has changed."""
    return [
        Task(
            f"place:{one.id}:{delivery_id}", "place", Where(installation, one.id, one.full_name), {"active": active},
            f"place:{one.id}:{installation}",
        )
        for one in repositories
    ]  # fmt: skip
