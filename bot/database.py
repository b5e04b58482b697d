"""The database that holds the truth: SQLite in a file, or PostgreSQL; one transaction at a time from each caller.

Partners: `bot/inbox.py` and `bot/tasks.py` have the tables.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from bot.errors import TransientError, UserError

_BUSY_MS = 30_000


class Database:
    """One database, by its address; safe for threads and for several processes."""

    def __init__(self, url: str) -> None:
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
            _tune(self._engine)

    def create(self, metadata: MetaData) -> None:
        """Make the tables that are not there; two processes may do so at once."""
        with self.begin() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(711355)")
            metadata.create_all(connection)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: all of it is kept when the block ends, or none; durable at the end."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise TransientError(f"the database cannot be used ({reason}): tried again later") from None

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _tune(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        # SQLAlchemy begins transactions, not the driver: `BEGIN IMMEDIATE` makes read-then-write safe.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_BUSY_MS}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
