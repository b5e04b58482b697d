"""The scheduler: wakes for what nobody was woken for, asks GitHub for what it could not deliver.

Everything that it does may be done by two schedulers at once. Partner: `bot/worker.py` does the work.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bot import settings
from bot.core.task import Queue as QueueName
from bot.database import Database
from bot.errors import PerfwrightError
from bot.github import Connection
from bot.inbox import Inbox
from bot.publisher import begin_log, make_desk
from bot.queue import Queue
from bot.work import Desk, give_up

WAKE_EVERY_S = 5.0
ASK_EVERY_S = 600.0
LOOK_BACK_S = 3 * 24 * 3600.0
"""GitHub keeps deliveries for three days."""
TIDY_EVERY_S = 3600.0
KEEP_DELIVERIES_S = 7 * 24 * 3600.0
"""None that is older can come again."""
KEEP_CHECKS_S = 400 * 24 * 3600.0
"""As long as GitHub keeps the check runs that lead to them (docs.github.com, "About status checks")."""
log = logging.getLogger("perfwright.scheduler")


class _Attempt(msgspec.Struct, frozen=True):
    """One try of GitHub's to deliver; its redeliveries have the same guid."""

    id: int
    guid: str
    delivered_at: datetime
    redelivery: bool
    event: str


@dataclass(frozen=True, slots=True)
class Scheduler:
    """What is done again and again."""

    desk: Desk
    inbox: Inbox
    queue: Queue

    def wake(self) -> int:
        """Wake somebody for every delivery and task that is due: its worker died, or its time has come."""
        now = self.desk.clock()
        deliveries = self.inbox.due(now, 1000)
        self.queue.wake_deliveries(self.queue.missing(deliveries, "deliveries"))
        due = self.desk.tasks.due(now)
        names: tuple[QueueName, ...] = ("tasks", "bench")
        for queue in names:
            found = [name for name, place in due if place == queue]
            self.queue.wake_tasks(self.queue.missing(found, queue), queue)
        for kept in self.desk.tasks.worn_out(now):
            log.error("task=%s was lost too often", kept.task.name)
            give_up.on(self.desk, kept.task, "The worker was lost each time")
        return len(deliveries) + len(due)

    def tidy(self) -> int:
        """Drop what can be of no use any more, so that the database does not grow for ever."""
        now = self.desk.clock()
        return self.inbox.prune(now - KEEP_DELIVERIES_S) + self.desk.tasks.prune(now - KEEP_CHECKS_S)

    def ask(self) -> int:
        """Ask GitHub to deliver again what we have not got: it never does so by itself.

        The pause after each attempt is twice as long as the one before: what is never taken is asked for a few times.
        """
        with self.desk.app.connect() as app:
            failed: dict[str, list[_Attempt]] = {}
            for attempt in self._failed(app):
                failed.setdefault(attempt.guid, []).append(attempt)
            known = self.inbox.known(list(failed))
            missed = [attempts for guid, attempts in failed.items() if guid not in known]
            again = [attempts[0].id for attempts in missed if self._is_time(attempts)]
            for number in reversed(again):
                app.post(f"/app/hook/deliveries/{number}/attempts", {})
        return len(again)

    def _is_time(self, attempts: Sequence[_Attempt]) -> bool:
        if attempts[-1].redelivery:
            return False  # the first attempt is too long ago
        pause = ASK_EVERY_S * (2.0 ** (len(attempts) - 1) - 1)
        return self.desk.clock() - attempts[0].delivered_at.timestamp() >= pause

    def _failed(self, app: Connection) -> Iterator[_Attempt]:
        """The deliveries of the last days that GitHub got no good answer for, the newest first."""
        for one in app.pages("/app/hook/deliveries", status="failure"):
            attempt = msgspec.convert(one, _Attempt)
            if attempt.delivered_at.timestamp() < self.desk.clock() - LOOK_BACK_S:
                return
            if attempt.event != "ping":
                yield attempt


def repeat(every_s: float, act: Callable[[], int], ended: threading.Event) -> threading.Thread:
    """Do something now and then until the end; a failure is logged and tried again."""

    def go() -> None:
        while True:
            try:
                act()
            except PerfwrightError as error:
                log.warning("%s: %s", getattr(act, "__name__", "act"), error)
            except Exception:
                log.exception("a turn of the scheduler failed")
            if ended.wait(every_s):
                return

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    return thread


def main() -> None:
    """Run until told to stop."""
    begin_log()
    known = settings.read("worker")
    database = Database(known.database_url)
    scheduler = Scheduler(make_desk(known, database), Inbox(database), Queue(known.queue_url))
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    turns = ((WAKE_EVERY_S, scheduler.wake), (ASK_EVERY_S, scheduler.ask), (TIDY_EVERY_S, scheduler.tidy))
    threads = [repeat(every_s, act, ended) for every_s, act in turns]
    for thread in threads:
        while thread.is_alive():
            thread.join(1)
