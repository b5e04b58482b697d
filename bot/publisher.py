"""The publisher's desk, put together from the settings: the only processes that hold the app's key have one.

Partners: `bot/worker.py` and `bot/scheduler.py` sit at it; `bot/work` is what is done there.
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bot import running
from bot.core.text import visible
from bot.database import Database
from bot.errors import UserError
from bot.github import App
from bot.mirror import Mirrors
from bot.queue import Queue
from bot.settings import Settings
from bot.tasks import Tasks
from bot.work import Desk


class _Visible(logging.Formatter):
    """Text of a repository gets into a log by errors: no line of it moves a cursor, or passes for another line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record in lines that can be shown; a message that would be several is one."""
        told = logging.makeLogRecord({**record.__dict__, "msg": record.getMessage(), "args": ()})
        if record.levelno < logging.ERROR:
            told.msg = " ".join(str(told.msg).split())
        return visible(super().format(told))


def begin_log() -> None:
    """Log to standard error, a line each."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Visible("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)


def make_desk(known: Settings, database: Database) -> Desk:
    """A desk of this process; raises UserError where no app is configured."""
    if not known.app_id or not known.private_key:
        raise UserError("no GitHub App is configured: open the web page to register one, or set APP_ID and PRIVATE_KEY")
    tasks = Tasks(database)
    return Desk(
        app=App(
            known.api_url, known.app_id, known.private_key, lambda installation: tasks.turn(installation, time.time())
        ),
        tasks=tasks,
        mirrors=Mirrors(known.home / "mirrors"),
        run=partial(running.run, where=running.Where(known.home, os.environ, known.data, known.runner)),
        github_url=known.github_url,
        public_url=known.public_url,
        owner=f"{socket.gethostname()}:{os.getpid()}:{time.time_ns()}"[-80:],
        call=Queue(known.queue_url).wake_tasks,
        machine_lock=partial(machine_lock, known.home / "machine.lock"),
    )


@contextmanager
def machine_lock(place: Path) -> Iterator[None]:
    """One at a time on this machine; the kernel lets go of it when the holder dies."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
