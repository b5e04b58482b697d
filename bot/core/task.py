"""What the app has to do, as nouns: a delivery becomes tasks, and a task's steps are done one after the other.

Partner: `bot/tasks.py` keeps them; `bot/work` does them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Queue = Literal["tasks", "bench"]
"""`bench` measures, one at a time on a machine; `tasks` is everything that is quick."""
State = Literal["waiting", "leased", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Where:
    """The repository that a task is about, as the delivery names it; its id stays when it is renamed."""

    installation: int
    repository: int
    full_name: str


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. Two tasks of one name are one task."""

    name: str
    """Says what it is, such as `check:REPOSITORY:PULL:HEAD_SHA`."""
    kind: str
    """The module of `bot/work` that does it."""
    where: Where
    details: Mapping[str, object] = field(default_factory=dict)
    group: str | None = None
    """What it ends the older ones of, once it knows that it is about what is so now: deliveries may come late."""
    queue: Queue = "tasks"
    step: str = "begin"
    """Where it stands: the function of its module that comes next."""
    due: float = 0.0
    """Not before this time, in seconds since the epoch."""

    @property
    def waits(self) -> int:
        """How often its step has had to wait for others, such as GitHub."""
        kept = self.details.get("waits", 0)
        return kept if isinstance(kept, int) else 0

    def waiting_since(self, now: float) -> float:
        """When its step had to wait for the first time; `now` where it never had to."""
        kept = self.details.get("waiting_since", now)
        return kept if isinstance(kept, float) else now

    def text(self, detail: str) -> str:
        """A detail that must be there, as text."""
        return str(self.details[detail])

    def number(self, detail: str) -> int:
        """A detail that must be there, as a number."""
        value = self.details[detail]
        if not isinstance(value, int):
            raise TypeError(f"{self.name}: {detail} is no number")
        return value


@dataclass(frozen=True, slots=True)
class Next:
    """What a step leaves behind: which step follows, where and when; None as a step ends the task."""

    step: str
    queue: Queue = "tasks"
    details: Mapping[str, object] = field(default_factory=dict)
    """Added to the task's details for the steps that follow."""
    due: float = 0.0


OUR_BRANCHES = "perfwright/"
"""Where the names of the app's own branches begin."""


def pull_group(repository: int, pull: int) -> str:
    """The group of all that is measured for one pull request."""
    return f"pull:{repository}:{pull}"


def queue_group(repository: int, head_sha: str) -> str:
    """The group of all checks of what a merge queue has put together."""
    return f"merge:{repository}:{head_sha}"
