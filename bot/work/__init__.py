"""The work on GitHub: a file a kind of task, whose functions are its steps.

A step may be done twice: whatever it makes on GitHub it looks for first. It returns what comes next, or None at the
end. Partner: `bot/worker.py` leases a task and calls its step; `bot/core/task.py` has the nouns.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import re
import time
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

import msgspec

from bot.core.job import Job, Line
from bot.core.model import Report
from bot.core.task import Next, Queue, Task, Where
from bot.errors import TransientError
from bot.github import App, RateLimitedError
from bot.github.api import Repository
from bot.mirror import Mirrors
from bot.tasks import Tasks

log = logging.getLogger("perfwright.work")
Step = Callable[["Desk", Task], Next | None]


class Run(Protocol):
    """Starts a runner, tells how far it is, and returns its report; see `bot/running.py`."""

    def __call__(self, job: Job, tell: Callable[[str], None], still_wanted: Callable[[], bool]) -> Line:
        """The line with the answer; raises what the job raised."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What the steps work with; lives in the publisher."""

    app: App
    tasks: Tasks
    mirrors: Mirrors
    run: Run
    github_url: str
    public_url: str
    owner: str
    """Who holds the leases: this worker."""
    call: Callable[[Sequence[str], Queue], None]
    """Wakes workers of a queue for tasks, by their names."""
    machine_lock: Callable[[], AbstractContextManager[None]]
    """One benchmark task at a time on a machine."""
    clock: Callable[[], float] = field(default=time.time)

    @contextmanager
    def repository(self, task: Task) -> Iterator[tuple[Repository, str]]:
        """The task's repository under its present name, and a token for it; not while GitHub wants to be left alone."""
        where = task.where
        if (until := self.tasks.held_until(where.installation)) > self.clock():
            raise RateLimitedError(until)
        name = self.tasks.fact("name", where.repository, "full") or where.full_name.encode()
        with self.app.repository(where.installation, where.repository) as (connection, token):
            yield Repository(connection, name.decode()), token

    def add(self, *tasks: Task) -> None:
        """More to do."""
        self.wake(self.tasks.add(tasks, self.clock()))

    def wake(self, tasks: Sequence[Task]) -> None:
        """Wake somebody for what is due now; the scheduler does it for the rest, and where the queue is away."""
        queues: tuple[Queue, ...] = ("tasks", "bench")
        for queue in queues:
            names = [task.name for task in tasks if task.queue == queue and task.due <= self.clock()]
            try:
                if names:
                    self.call(names, queue)
            except TransientError as error:
                log.warning("nobody was woken (%s): the scheduler does it", error)

    def report(self, task_name: str, repository: int) -> Report | None:
        """The report that a check has led to."""
        kept = self.tasks.fact("report", repository, task_name)
        return None if kept is None else msgspec.json.decode(kept, type=Report)

    def ignored(self, repository: int) -> frozenset[str]:
        """The globs of benchmarks and the names of rules that people do not want to hear about."""
        return frozenset(key for _, key, _ in self.tasks.facts("ignored", repository))

    def wanted(self, task: Task) -> bool:
        """Whether the task is still ours to do."""
        kept = self.tasks.get(task.name)
        return kept is not None and kept.state == "leased"

    def clone_url(self, repository: Repository) -> str:
        """Where git fetches it from."""
        return f"{self.github_url}/{repository.full_name}.git"

    def details_url(self, check: str) -> str:
        """The page that shows the whole report of a check, by its name."""
        return f"{self.public_url}/reports/{re.sub(r'[^A-Za-z0-9:_-]', '', check)}"

    def lines_url(self, where: Where, sha: str, path: str, lines: tuple[int, int]) -> str:
        """The address of lines as they were at a commit, whatever is pushed later."""
        first, last = lines
        quoted = urllib.parse.quote(path, errors="surrogateescape")
        return f"{self.github_url}/{where.full_name}/blob/{sha}/{quoted}#L{first}-L{last}"


@cache
def kinds() -> tuple[str, ...]:
    """Every kind of task that can be done."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_")))


def do(desk: Desk, task: Task) -> Next | None:
    """Do the next step of a task."""
    if task.kind not in kinds():
        raise LookupError(f"no kind of task {task.kind!r}")
    steps: dict[str, Step] = importlib.import_module(f"{__name__}.{task.kind}").STEPS
    return steps[task.step](desk, task)
