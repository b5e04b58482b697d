"""The inbox: every delivery, once, durable before it is acknowledged.

Deliveries that come together are committed together: a commit of its own for each would cost ten times as much
(`docs/performance.md`). Partner: `bot/web.py` puts deliveries in, `bot/worker.py` takes them out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)  # fmt: skip

from bot.core.delivery import Delivery
from bot.database import Database

METADATA = MetaData()
MOST_ATTEMPTS = 5
GRACE_S = 10.0
"""How long whoever is woken first has, before the scheduler wakes somebody else."""
_MOST_TOGETHER = 500
_DELIVERIES = Table(
    "deliveries", METADATA,
    Column("id", String(100), primary_key=True),
    Column("event", String(60), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_until", Float),
    Column("owner", String(80)),
    Column("error", Text),
    Index("deliveries_open", "state", "received_at"),
)  # fmt: skip

# Made once, as `Inbox` makes the other: to do so for each commit would cost a third of it.
_KNOWN = select(_DELIVERIES.c.id).where(_DELIVERIES.c.id.in_(bindparam("ids", expanding=True)))


class Inbox:
    """Deliveries in their order of arrival. Times are seconds since the epoch."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = insert(_DELIVERIES) if database.is_sqlite else _insert_once()
        database.create(METADATA)

    # ---- in

    def put(self, delivery: Delivery) -> bool:
        """Keep a delivery; durable when this returns, False when it was there already."""
        return delivery.id in self.keep([delivery])

    def keep(self, deliveries: Sequence[Delivery]) -> set[str]:
        """Keep deliveries in one commit, durable when this returns; the ids that were not there before."""
        with self._database.begin() as connection:
            known = _ids(connection, [one.id for one in deliveries])
            new = {one.id: one for one in reversed(deliveries) if one.id not in known}
            if new:
                rows = [
                    {"id": one.id, "event": one.event, "body": one.body, "received_at": one.received_at,
                     "state": "new", "attempts": 0}
                    for one in new.values()
                ]  # fmt: skip
                connection.execute(self._insert, rows)
        return set(new)

    # ---- out

    def lease(self, delivery_id: str | None, owner: str, now: float, seconds: float) -> Delivery | None:
        """Take a delivery, or the oldest; nobody else gets it until the lease lapses."""
        lapsed = and_(_DELIVERIES.c.state == "leased", _DELIVERIES.c.lease_until < now)
        free = and_(or_(_DELIVERIES.c.state == "new", lapsed), _DELIVERIES.c.attempts < MOST_ATTEMPTS)
        with self._database.begin() as connection:
            wanted = select(_DELIVERIES).where(free)
            if delivery_id is not None:
                wanted = wanted.where(_DELIVERIES.c.id == delivery_id)
            row = connection.execute(wanted.order_by(_DELIVERIES.c.received_at, _DELIVERIES.c.id).limit(1)).first()
            if row is None:
                return None
            taken = connection.execute(
                update(_DELIVERIES)
                .where(_DELIVERIES.c.id == row.id, free)
                .values(state="leased", owner=owner, lease_until=now + seconds, attempts=row.attempts + 1)
            )
            return Delivery(row.id, row.event, bytes(row.body), row.received_at) if taken.rowcount else None

    def done(self, connection: Connection, delivery_id: str) -> None:
        """A delivery has led to all that it leads to, in the transaction that keeps what that is."""
        connection.execute(update(_DELIVERIES).where(_DELIVERIES.c.id == delivery_id).values(state="done", error=None))

    def failed(self, delivery_id: str, error: str, now: float, retry_in_s: float) -> None:
        """Try again later, a limited number of times."""
        with self._database.begin() as connection:
            here = _DELIVERIES.c.id == delivery_id
            attempts = connection.execute(select(_DELIVERIES.c.attempts).where(here)).scalar() or 0
            state = "dead" if attempts >= MOST_ATTEMPTS else "leased"
            values = {"state": state, "error": error[:500], "lease_until": now + retry_in_s}
            connection.execute(update(_DELIVERIES).where(here).values(**values))

    def due(self, now: float, limit: int) -> list[str]:
        """Deliveries that somebody should be woken for: nobody came, or whoever came did not end."""
        forgotten = and_(_DELIVERIES.c.state == "new", _DELIVERIES.c.received_at <= now - GRACE_S)
        lapsed = and_(_DELIVERIES.c.state == "leased", _DELIVERIES.c.lease_until < now)
        worn = and_(lapsed, _DELIVERIES.c.attempts >= MOST_ATTEMPTS)
        wanted = select(_DELIVERIES.c.id).where(or_(forgotten, lapsed)).order_by(_DELIVERIES.c.received_at).limit(limit)
        with self._database.begin() as connection:
            # A delivery that takes its worker with it each time is not tried for ever.
            connection.execute(update(_DELIVERIES).where(worn).values(state="dead", error="lost too often"))
            return list(connection.execute(wanted).scalars())

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are here."""
        with self._database.begin() as connection:
            return _ids(connection, ids)

    def prune(self, before: float) -> int:
        """Drop old deliveries that nothing will come of any more; how many."""
        old = and_(_DELIVERIES.c.state.in_(("done", "dead")), _DELIVERIES.c.received_at < before)
        with self._database.begin() as connection:
            return int(connection.execute(delete(_DELIVERIES).where(old)).rowcount)

    def waiting(self) -> int:
        """How many deliveries are not done yet."""
        open_ = _DELIVERIES.c.state.in_(("new", "leased"))
        with self._database.begin() as connection:
            return int(connection.execute(select(func.count()).select_from(_DELIVERIES).where(open_)).scalar() or 0)


def _insert_once() -> Any:
    """Two web processes may get the same delivery at once; neither sees the other's before it is committed."""
    from sqlalchemy.dialects import postgresql  # memory that only some need

    return postgresql.insert(_DELIVERIES).on_conflict_do_nothing()


def _ids(connection: Any, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for at in range(0, len(ids), _MOST_TOGETHER):
        found |= set(connection.execute(_KNOWN, {"ids": ids[at : at + _MOST_TOGETHER]}).scalars())
    return found


class Together:
    """Keeps the deliveries of one event loop: what comes during a commit goes into the next."""

    def __init__(self, keep: Callable[[Sequence[Delivery]], set[str]]) -> None:
        self._keep = keep
        self._waiting: list[tuple[Delivery, asyncio.Future[bool]]] = []
        self._under_way = False
        # Its thread begins with the first delivery, in the process that has it: gunicorn forks before that.
        self._writer = ThreadPoolExecutor(1, "inbox")

    async def put(self, delivery: Delivery) -> bool:
        """Keep a delivery; durable when this returns, False when it was there already."""
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[bool] = loop.create_future()
        self._waiting.append((delivery, kept))
        if not self._under_way:
            self._under_way = True
            loop.call_soon(self._commit)  # soon, not now: whatever has arrived by then comes along
        return await kept

    def _commit(self) -> None:
        batch, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
        self._under_way = bool(batch)
        if batch:
            deliveries = [delivery for delivery, _ in batch]
            done = asyncio.get_running_loop().run_in_executor(self._writer, self._keep, deliveries)
            done.add_done_callback(lambda done: self._committed(batch, done))

    def _committed(
        self, batch: Sequence[tuple[Delivery, asyncio.Future[bool]]], done: asyncio.Future[set[str]]
    ) -> None:
        error = done.exception()
        new = set() if error else done.result()
        for delivery, kept in batch:
            if kept.done():
                continue  # whoever sent it has hung up
            if error is not None:
                kept.set_exception(error)
            else:
                kept.set_result(delivery.id in new)
                new.discard(delivery.id)
        self._commit()
