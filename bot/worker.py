"""A worker: woken by the queue, it leases a delivery or a task, does it, and writes down what came of it.

Killed at any moment it loses nothing: what it had leased is anyone's again when the lease lapses.
Partners: `bot/queue.py` wakes it; `bot/handlers` and `bot/work` know what to do.
"""

from __future__ import annotations

import logging
import os
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

from bot import handlers, settings
from bot import work as working
from bot.core.task import Queue as QueueName
from bot.core.task import Task
from bot.database import Database
from bot.errors import LostError, PerfwrightError, TransientError, UserError, out_of_space
from bot.github import LIMITED_S, GoneError, RateLimitedError, RefusedError
from bot.inbox import Inbox
from bot.publisher import begin_log, make_desk
from bot.queue import Name, Queue
from bot.running import UnwantedError
from bot.work import Desk, give_up

LEASE_S = 20.0
"""How long a task of a dead worker waits; whoever lives renews in time."""
_RETRY_S = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0)
_LONGEST_LIMITED_S = 3600.0
PATIENCE_S = 3 * 24 * 3600.0
"""How long an outage may last: as long as GitHub keeps what it could not deliver."""
log = logging.getLogger("perfwright.worker")


class Worker:
    """One process that does deliveries and tasks."""

    def __init__(self, inbox: Inbox, desk: Desk) -> None:
        self._inbox, self._desk = inbox, desk

    def deliver(self, delivery_id: str) -> None:
        """Do a delivery, and then all that wait: one message may stand for many."""
        self._deliver(delivery_id)
        while self._deliver(None):
            pass

    def _deliver(self, delivery_id: str | None) -> bool:
        """Turn a delivery into tasks, in the transaction that ends it; False where there is none."""
        desk = self._desk
        delivery = self._inbox.lease(delivery_id, desk.owner, desk.clock(), LEASE_S)
        if delivery is None:
            return False
        try:
            made = handlers.handle(delivery.event, delivery.body, delivery.id)
        except UserError as error:
            log.warning("delivery=%s %s", delivery.id, error)
            made = ()
        with desk.tasks.begin() as connection:
            new = desk.tasks.add(made, desk.clock(), connection)
            self._inbox.done(connection, delivery.id)
        log.info("delivery=%s event=%s tasks=%d", delivery.id, delivery.event, len(new))
        desk.wake(new)
        return True

    def woken(self, name: str, queue: QueueName) -> None:
        """Somebody was woken for a task. A benchmark's turn goes to the repository that has waited longest."""
        self.work(queue, None if queue == "bench" else name)

    def work(self, queue: QueueName, name: str | None = None) -> bool:
        """Do one step of what is next in a queue; False when there is nothing."""
        desk = self._desk
        task = desk.tasks.lease(queue, desk.owner, desk.clock(), LEASE_S, name)
        if task is None:
            return False
        log.info("task=%s step=%s", task.name, task.step)
        with self._holding(task):
            try:
                following = working.do(desk, task)
            except Exception as error:  # whatever it is: the task must not be lost, nor blamed on the pull request
                self._failed(task, error)
                return True
        if desk.tasks.advance(task, desk.owner, following, desk.clock()) and following is not None:
            desk.wake([replace(task, queue=following.queue, due=following.due)])
        return True

    def _failed(self, task: Task, error: Exception) -> None:
        desk, now = self._desk, self._desk.clock()
        if isinstance(error, UnwantedError):
            log.info("task=%s cancelled", task.name)
        elif isinstance(error, RateLimitedError):
            log.warning("task=%s step=%s waits: %s", task.name, task.step, error)
            due = max(error.until, now + _RETRY_S[0]) if error.until else now + _growing(task.waits)
            desk.tasks.wait(task, desk.owner, str(error), now, due)
            desk.tasks.hold(task.where.installation, error.until or due)  # a limit counts for all that it does
        elif _is_outage(error) and now - task.waiting_since(now) < PATIENCE_S:
            log.warning("task=%s step=%s waits: %s", task.name, task.step, error)
            desk.tasks.wait(task, desk.owner, str(error), now, now + _pause(task.waits))
        elif isinstance(error, LostError | GoneError):
            # What GitHub does not have now it may have again.
            log.warning("task=%s step=%s tried again later: %s", task.name, task.step, error)
            kept = desk.tasks.get(task.name)
            pause = _pause((kept.attempts if kept else 1) - 1)
            if desk.tasks.put_back(task.name, desk.owner, str(error), now, now + pause) == "failed":
                give_up.on(desk, task, str(error))
        else:
            told = str(error) if isinstance(error, PerfwrightError | RefusedError) else "An error of Perfwright itself"
            log.error("task=%s step=%s\n%s", task.name, task.step, "".join(traceback.format_exception(error)))
            desk.tasks.fail(task.name, desk.owner, repr(error)[:500], now)
            give_up.on(desk, task, told)

    @contextmanager
    def _holding(self, task: Task) -> Iterator[None]:
        """Renew the lease for as long as the step takes."""
        ended = threading.Event()
        desk = self._desk

        def renew() -> None:
            while not ended.wait(LEASE_S / 4):
                try:
                    if not desk.tasks.renew(task.name, desk.owner, desk.clock(), LEASE_S):
                        return
                except TransientError:
                    continue

        thread = threading.Thread(target=renew, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def _is_outage(error: Exception) -> bool:
    """Whether it is others who failed, and not the work: they come back, or somebody makes room on the disk."""
    return (isinstance(error, TransientError) and not isinstance(error, LostError)) or out_of_space(error)


def _pause(tries: int) -> float:
    return _RETRY_S[min(tries, len(_RETRY_S) - 1)]


def _growing(waits: int) -> float:
    return min(LIMITED_S * 2.0 ** min(waits, 10), _LONGEST_LIMITED_S)


@cache
def _worker(_pid: int) -> Worker:
    """One worker for each process: the queue forks one for each job."""
    known = settings.read("worker")
    database = Database(known.database_url)
    return Worker(Inbox(database), make_desk(known, database))


def deliver(delivery_id: str) -> None:
    """What the queue calls for a delivery."""
    _worker(os.getpid()).deliver(delivery_id)


def work(name: str, queue: QueueName) -> None:
    """What a queue calls for a task; one that has moved on to another queue is left to that one's workers."""
    _worker(os.getpid()).woken(name, queue)


def main(queues: Sequence[Name], *, burst: bool = False) -> None:
    """Run a worker; what is wrong with its settings is said now, not at its first job."""
    begin_log()
    known = settings.read("worker")
    make_desk(known, Database(known.database_url))
    Queue(known.queue_url).run_worker(queues, burst=burst)
