"""The inbox: every delivery, once, durable before it is acknowledged.

Deliveries that come together are committed together, and their bodies are packed: most of the time that a commit takes
is for what it writes (`docs/performance.md`). Partner: `bot/web.py` puts deliveries in, `bot/worker.py` takes them out.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Sequence

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
    delete,
    func,
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
_MOST_ASKED = 500
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

_KEEP = (
    "INSERT INTO deliveries (id, event, body, received_at, state, attempts) VALUES (?, ?, ?, ?, 'new', 0)"
    " ON CONFLICT DO NOTHING"
)
"""In words that both databases know: SQLAlchemy's own would double what a commit costs."""
_PACKED = b"x"
"""What zlib begins with; a body that is not packed begins otherwise: the inbox of an older version has such."""


class Inbox:
    """Deliveries in their order of arrival. Times are seconds since the epoch."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keep = _KEEP if database.is_sqlite else _KEEP.replace("?", "%s")
        database.create(METADATA)

    # ---- in

    def put(self, delivery: Delivery) -> bool:
        """Keep a delivery; durable when this returns, False when it was there already."""
        return delivery.id in self.keep([delivery])

    def keep(self, deliveries: Sequence[Delivery]) -> set[str]:
        """Keep deliveries in one commit, durable when this returns; the ids that were not there before."""
        rows = [(one.id, one.event, zlib.compress(one.body, 1), one.received_at) for one in deliveries]
        with self._database.begin_bare() as cursor:
            return {row[0] for row in rows if cursor.execute(self._keep, row).rowcount}

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
            return Delivery(row.id, row.event, _unpacked(row.body), row.received_at) if taken.rowcount else None

    def done(self, connection: Connection, delivery_id: str) -> None:
        """A delivery has led to all that it leads to, in the transaction that keeps what that is."""
        connection.execute(update(_DELIVERIES).where(_DELIVERIES.c.id == delivery_id).values(state="done", error=None))

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
        found: set[str] = set()
        with self._database.begin() as connection:
            for at in range(0, len(ids), _MOST_ASKED):
                asked = _DELIVERIES.c.id.in_(ids[at : at + _MOST_ASKED])
                found |= set(connection.execute(select(_DELIVERIES.c.id).where(asked)).scalars())
        return found

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


def _unpacked(body: bytes) -> bytes:
    return zlib.decompress(body) if body[:1] == _PACKED else bytes(body)


class Together:
    """Keeps the deliveries of one event loop: what comes during a commit goes into the next.

    The loop waits for the commit: to hand it to a thread and back takes longer than the disk does.
    """

    def __init__(self, keep: Callable[[Sequence[Delivery]], set[str]]) -> None:
        self._keep = keep
        self._waiting: list[tuple[Delivery, asyncio.Future[bool]]] = []

    async def put(self, delivery: Delivery) -> bool:
        """Keep a delivery; durable when this returns, False when it was there already."""
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[bool] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._commit)  # soon, not now: whatever has arrived by then comes along
        self._waiting.append((delivery, kept))
        return await kept

    def _commit(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            new = self._keep([delivery for delivery, _ in batch])
        except Exception as error:  # told to each who waits
            for _, kept in batch:
                if not kept.done():
                    kept.set_exception(error)
            return
        for delivery, kept in batch:
            if not kept.done():  # whoever sent it has not hung up
                kept.set_result(delivery.id in new)
                new.discard(delivery.id)
