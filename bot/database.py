"""The database that holds the truth: SQLite in a file, or PostgreSQL; one transaction at a time from each caller.

Partners: `bot/inbox.py` and `bot/tasks.py` have the tables.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from bot.errors import TransientError, UserError

_BUSY_MS = 30_000
_HURRIED_BUSY_MS = 4_000
"""GitHub hangs up after 10 s, and nobody is answered meanwhile; what was not kept is asked for later."""
_BEGIN = "BEGIN IMMEDIATE"
"""Makes read-then-write safe in SQLite."""
_CHECKPOINT_EVERY_S = 1.0
_LONG_PAGES = 4_000
"""From which length on (16 MiB) the log is made to begin anew: for that, commits wait until the last of it is copied.
Unasked it hardly ever does while commits come, and grows until one of them has to empty it."""
_PATIENCE_MS = 20
"""No longer, where somebody reads an older state, such as a backup: then another time."""
_CHECKPOINT_PAGES = 16_000
"""How far SQLite's log may get (64 MiB) where another thread empties it: then a commit does."""


class Database:
    """One database, by its address; safe for threads and for several processes."""

    def __init__(self, url: str, *, hurried: bool = False) -> None:
        """With `hurried`, no commit waits long: a thread empties the log of SQLite, and whoever else writes is not
        waited for as long as elsewhere.
        """
        try:
            address = make_url(url)
            if address.get_backend_name() == "postgresql" and address.drivername == "postgresql":
                address = address.set(drivername="postgresql+psycopg")
        except SQLAlchemyError:
            raise UserError("DATABASE_URL is no address of a database: use sqlite:///FILE or postgresql://…") from None
        self.is_sqlite = address.get_backend_name() == "sqlite"
        if self.is_sqlite and address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
            # SQLite itself would make it for everyone to read; who else may write is for the process's umask to say.
            os.close(os.open(address.database, os.O_RDWR | os.O_CREAT, 0o660))
        pool: dict[str, Any] = {"poolclass": QueuePool} if self.is_sqlite and address.database else {}
        self._engine = create_engine(address, pool_pre_ping=not self.is_sqlite, **pool)
        if self.is_sqlite:
            _tune(self._engine, hurried=hurried)
        self._checkpoints = _Checkpoints(self._engine) if self.is_sqlite and hurried else None

    def create(self, metadata: MetaData) -> None:
        """Make the tables that are not there; two processes may do so at once."""
        with self.begin() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(711355)")
            metadata.create_all(connection)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: all of it is kept when the block ends, or none; durable at the end."""
        with self._transaction(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def begin_bare(self) -> Iterator[Any]:
        """The same with a cursor of the driver, where microseconds count: a commit costs a quarter less."""
        with self._transaction(), contextlib.closing(self._engine.raw_connection()) as connection:
            cursor = connection.cursor()
            if self.is_sqlite:
                cursor.execute(_BEGIN)
            yield cursor
            connection.commit()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise TransientError(f"the database cannot be used ({reason}): tried again later") from None
        if self._checkpoints:
            self._checkpoints.due()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


class _Checkpoints:
    """Empties the log every so often after there was something in it; nobody waits for it, and it waits for nobody.

    Source: sqlite.org/wal.html, "Avoiding excessively large WAL files"; sqlite.org/pragma.html, `wal_checkpoint`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._work = engine, threading.Event()
        self._thread: threading.Thread | None = None

    def due(self) -> None:
        """Something has been committed."""
        if self._thread is None:  # gunicorn forks before the first commit
            self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
            self._thread.start()
        self._work.set()

    def _run(self) -> None:
        while self._work.wait():
            time.sleep(_CHECKPOINT_EVERY_S)
            self._work.clear()
            # What goes wrong here goes wrong for the next commit too, which says so.
            with (
                contextlib.suppress(SQLAlchemyError, sqlite3.Error),
                contextlib.closing(self._engine.raw_connection()) as connection,
            ):
                cursor = connection.cursor()
                ((_, pages, _),) = cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                if pages >= _LONG_PAGES:
                    _begin_anew(cursor)


def _begin_anew(cursor: Any) -> None:
    cursor.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}").fetchall()
    try:
        cursor.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    finally:
        cursor.execute(f"PRAGMA busy_timeout={_HURRIED_BUSY_MS}").fetchall()


def _tune(engine: Engine, *, hurried: bool) -> None:
    pragmas = ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"]
    if hurried:
        pragmas += [f"busy_timeout={_HURRIED_BUSY_MS}", f"wal_autocheckpoint={_CHECKPOINT_PAGES}"]
    else:
        pragmas.append(f"busy_timeout={_BUSY_MS}")

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        # The driver itself begins no transaction.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(_BEGIN)
