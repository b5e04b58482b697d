"""The tasks: what is to be done, how far it has got, and what was learned; the truth that outlives every process.

Whoever works holds a lease and renews it: when it lapses, the task is anyone's again, at the step that it had reached.
Partner: `bot/work` does the steps; `bot/queue.py` only wakes those who do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
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
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)  # fmt: skip
from sqlalchemy.engine import Row

from bot.core.task import Next, Queue, State, Task, Where
from bot.database import Database

METADATA = MetaData()
MOST_ATTEMPTS = 5
_TASKS = Table(
    "tasks", METADATA,
    Column("name", String(255), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("installation", BigInteger, nullable=False),
    Column("repository", BigInteger, nullable=False),
    Column("full_name", String(255), nullable=False),
    Column("details", Text, nullable=False),
    Column("grouped", String(255)),
    Column("queue", String(20), nullable=False),
    Column("step", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Float, nullable=False),
    Column("made", Float, nullable=False),
    Column("changed", Float, nullable=False),
    Column("lease_until", Float),
    Column("turn", Float),
    Column("owner", String(80)),
    Column("error", Text),
    Index("tasks_open", "state", "queue", "due"),
    Index("tasks_group", "grouped"),
)  # fmt: skip
_FACTS = Table(
    "facts", METADATA,
    Column("room", String(40), primary_key=True),
    Column("repository", BigInteger, primary_key=True),
    Column("key", String(300), primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("at", Float, nullable=False),
)  # fmt: skip
_TURNS = Table(
    "turns", METADATA,
    Column("installation", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
)  # fmt: skip
_HELD = Table(
    "held", METADATA,
    Column("installation", BigInteger, primary_key=True, autoincrement=False),
    Column("until", Float, nullable=False),
)  # fmt: skip
_OF_HEADS = ("report", "failure", "latest", "pull", "ended", "accepted", "approved", "awaiting", "answered", "reply")
"""The rooms of facts that count as long as a check can be seen; all others are kept for ever."""
_AWAY = "the app was suspended or removed"
TURN_S = 1.0
"""Between two requests that change something; GitHub asks for it ("Best practices for using the REST API")."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A task as it is kept."""

    task: Task
    state: State
    attempts: int
    made: float
    changed: float
    error: str | None


class Tasks:
    """All tasks and facts; safe for several processes on several machines. Times are seconds since the epoch."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(METADATA)

    def begin(self) -> Any:
        """A transaction to write several things at once."""
        return self._database.begin()

    # ---- tasks

    def add(self, tasks: Iterable[Task], now: float, connection: Connection | None = None) -> list[Task]:
        """Keep tasks; those that are known already are left as they are. Returns the new ones."""
        if connection is None:
            with self._database.begin() as own:
                return self.add(tasks, now, own)
        return [task for task in tasks if self._add(connection, task, now)]

    def _add(self, connection: Connection, task: Task, now: float) -> bool:
        if connection.execute(select(_TASKS.c.name).where(_TASKS.c.name == task.name)).first():
            return False
        connection.execute(insert(_TASKS).values(
            name=task.name, kind=task.kind, installation=task.where.installation, repository=task.where.repository,
            full_name=task.where.full_name, details=json.dumps(dict(task.details)), grouped=task.group,
            queue=task.queue, step=task.step, state="waiting", attempts=0, due=task.due, made=now, changed=now,
        ))  # fmt: skip
        return True

    def supersede(self, task: Task, now: float, *, every_kind: bool = False, begun: bool = True) -> None:
        """Cancel the older tasks of its group that have not ended; whoever works on one sees it at the next renewal.

        Of its own kind, unless `every_kind` is to end; those that somebody works on too, unless what has `begun` stays.
        """
        if task.group is None:
            return
        made = select(_TASKS.c.made).where(_TASKS.c.name == task.name).scalar_subquery()
        states = ("waiting", "leased") if begun else ("waiting",)
        kinds = [] if every_kind else [_TASKS.c.kind == task.kind]
        older = and_(
            _TASKS.c.grouped == task.group, _TASKS.c.name != task.name, _TASKS.c.made <= made,
            _TASKS.c.state.in_(states), *kinds,
        )  # fmt: skip
        with self._database.begin() as connection:
            connection.execute(update(_TASKS).where(older).values(state="cancelled", changed=now))

    def cancel_repository(self, where: Where, now: float) -> int:
        """Cancel everything that an installation has to do in a repository: the app was removed there."""
        with self._database.begin() as connection:
            open_ = and_(
                _TASKS.c.repository == where.repository, _TASKS.c.installation == where.installation,
                _TASKS.c.state.in_(("waiting", "leased")),
            )  # fmt: skip
            ended = update(_TASKS).where(open_).values(state="cancelled", error=_AWAY, changed=now)
            return int(connection.execute(ended).rowcount)

    def resume(self, kind: str, where: Where, now: float) -> list[Task]:
        """What was cancelled together with its repository begins again when it is due, if it is of that kind."""
        with self._database.begin() as connection:
            ended = and_(_TASKS.c.repository == where.repository, _TASKS.c.kind == kind, _TASKS.c.error == _AWAY)
            rows = connection.execute(select(_TASKS).where(ended, _TASKS.c.state == "cancelled")).all()
            again = [replace(_task(row), where=where, step="begin", queue="tasks") for row in rows]
            for task in again:
                connection.execute(update(_TASKS).where(_TASKS.c.name == task.name).values(
                    installation=where.installation, full_name=where.full_name, state="waiting", step=task.step,
                    queue=task.queue, attempts=0, due=task.due, changed=now, error=None,
                    details=json.dumps(_without_waits(task)),
                ))  # fmt: skip
        return again

    def lease(self, queue: Queue, owner: str, now: float, seconds: float, name: str | None = None) -> Task | None:
        """Take what is next: the named task, else the due one of the repository that has waited longest for a turn."""
        with self._database.begin() as connection:
            row = self._next(connection, queue, now, name)
            if row is None:
                return None
            values = {"state": "leased", "owner": owner, "lease_until": now + seconds, "changed": now}
            if queue == "bench":
                values["turn"] = now
            taken = connection.execute(
                update(_TASKS)
                .where(_TASKS.c.name == row.name, _TASKS.c.state == row.state, _TASKS.c.attempts == row.attempts)
                .values(attempts=row.attempts + 1, **values)
            )
            return _task(row) if taken.rowcount else None

    def _next(self, connection: Connection, queue: Queue, now: float, name: str | None) -> Row[Any] | None:
        free = and_(_TASKS.c.queue == queue, _free(now), _TASKS.c.attempts < MOST_ATTEMPTS)
        if name is not None:
            return connection.execute(select(_TASKS).where(free, _TASKS.c.name == name)).first()
        # Each repository's last turn, so that one with many pull requests does not keep the others waiting.
        turns = (
            select(_TASKS.c.repository, func.max(_TASKS.c.turn).label("turn"))
            .where(_TASKS.c.turn.is_not(None))
            .group_by(_TASKS.c.repository)
            .subquery()
        )
        waiting = select(_TASKS).outerjoin(turns, turns.c.repository == _TASKS.c.repository).where(free)
        order = (func.coalesce(turns.c.turn, 0), _TASKS.c.made, _TASKS.c.name)  # PostgreSQL keeps none of its own
        return connection.execute(waiting.order_by(*order).limit(1)).first()

    def renew(self, name: str, owner: str, now: float, seconds: float) -> bool:
        """Hold on to a lease; False when it is no longer ours, or the task was cancelled."""
        with self._database.begin() as connection:
            ours = update(_TASKS).where(_ours(name, owner))
            return bool(connection.execute(ours.values(lease_until=now + seconds)).rowcount)

    def advance(self, task: Task, owner: str, following: Next | None, now: float, tasks: Sequence[Task] = ()) -> bool:
        """End a step: the task waits for the next one, or is done; what it leads to is kept in the same transaction.

        False when the lease was lost: then nothing is written, since another does or has done the step.
        """
        values: dict[str, object] = {"state": "done", "lease_until": None}
        if following is not None:
            details = json.dumps({**_without_waits(task), **following.details})
            values = {
                "state": "waiting", "step": following.step, "queue": following.queue, "details": details,
                "due": following.due, "attempts": 0, "lease_until": None,
            }  # fmt: skip
        with self._database.begin() as connection:
            ours = update(_TASKS).where(_ours(task.name, owner))
            if not connection.execute(ours.values(changed=now, **values)).rowcount:
                return False
            self.add(tasks, now, connection)
            return True

    def put_back(self, name: str, owner: str, error: str, now: float, due: float) -> State:
        """A step failed in a way that may pass: it is tried again at `due`, a limited number of times."""
        with self._database.begin() as connection:
            ours = _ours(name, owner)
            row = connection.execute(select(_TASKS.c.attempts).where(ours)).first()
            if row is None:
                return "cancelled"
            state: State = "failed" if row.attempts >= MOST_ATTEMPTS else "waiting"
            connection.execute(update(_TASKS).where(ours).values(state=state, error=error, due=due, changed=now))
            return state

    def wait(self, task: Task, owner: str, error: str, now: float, due: float) -> None:
        """Others are not ready for it, such as GitHub: tried again at `due`, and not counted as an attempt."""
        waited = {"waits": task.waits + 1, "waiting_since": task.waiting_since(now)}
        details = json.dumps({**task.details, **waited})
        with self._database.begin() as connection:
            connection.execute(update(_TASKS).where(_ours(task.name, owner)).values(
                state="waiting", details=details, attempts=_TASKS.c.attempts - 1, error=error, due=due, changed=now
            ))  # fmt: skip

    def fail(self, name: str, owner: str, error: str, now: float) -> None:
        """A step failed for good; what was cancelled meanwhile stays so."""
        with self._database.begin() as connection:
            ours = update(_TASKS).where(_ours(name, owner))
            connection.execute(ours.values(state="failed", error=error, changed=now))

    def due(self, now: float, limit: int = 1000) -> list[tuple[str, Queue]]:
        """Tasks that somebody should be woken for: waiting and due, or with a lapsed lease."""
        with self._database.begin() as connection:
            free = select(_TASKS.c.name, _TASKS.c.queue).where(_free(now), _TASKS.c.attempts < MOST_ATTEMPTS)
            return [(row.name, row.queue) for row in connection.execute(free.order_by(_TASKS.c.made).limit(limit))]

    def worn_out(self, now: float) -> list[Kept]:
        """Tasks whose lease lapsed at the last attempt: each killed its worker; marks them as failed."""
        with self._database.begin() as connection:
            lapsed = and_(
                _TASKS.c.state == "leased", _TASKS.c.lease_until < now, _TASKS.c.attempts >= MOST_ATTEMPTS
            )  # fmt: skip
            rows = connection.execute(select(_TASKS).where(lapsed)).all()
            connection.execute(update(_TASKS).where(lapsed).values(state="failed", error="lost too often", changed=now))
            return [_kept(row) for row in rows]

    def get(self, name: str) -> Kept | None:
        """One task."""
        with self._database.begin() as connection:
            row = connection.execute(select(_TASKS).where(_TASKS.c.name == name)).first()
        return None if row is None else _kept(row)

    def of_group(self, group: str) -> list[Kept]:
        """All tasks of a group, the newest first."""
        with self._database.begin() as connection:
            rows = connection.execute(
                select(_TASKS).where(_TASKS.c.grouped == group).order_by(_TASKS.c.made.desc(), _TASKS.c.name)
            ).all()
        return [_kept(row) for row in rows]

    def turn(self, installation: int, now: float) -> float:
        """Take an installation's next turn to change something; seconds until it comes, whoever else took some."""
        mine = _insert(_TURNS).values(installation=installation, at=now)
        later, asked = _TURNS.c.at + TURN_S, mine.excluded.at
        taking = mine.on_conflict_do_update(
            index_elements=[_TURNS.c.installation], set_={"at": case((later > asked, later), else_=asked)}
        )
        with self._database.begin() as connection:
            return float(connection.execute(taking.returning(_TURNS.c.at)).scalar_one()) - now

    def hold(self, installation: int, until: float) -> None:
        """GitHub wants to hear nothing of an installation until then, whoever was told so."""
        mine = _insert(_HELD).values(installation=installation, until=until)
        before, asked = _HELD.c.until, mine.excluded.until
        holding = mine.on_conflict_do_update(
            index_elements=[_HELD.c.installation], set_={"until": case((before > asked, before), else_=asked)}
        )
        with self._database.begin() as connection:
            connection.execute(holding)

    def held_until(self, installation: int) -> float:
        """Until when GitHub wants to hear nothing of an installation; 0 where it never said so."""
        with self._database.begin() as connection:
            found = connection.execute(select(_HELD.c.until).where(_HELD.c.installation == installation)).scalar()
        return float(found or 0.0)

    def tally(self) -> Mapping[tuple[str, str], int]:
        """How many tasks there are by (queue, state), for the metrics page."""
        with self._database.begin() as connection:
            rows = connection.execute(
                select(_TASKS.c.queue, _TASKS.c.state, func.count()).group_by(_TASKS.c.queue, _TASKS.c.state)
            ).all()
        return {(row[0], row[1]): row[2] for row in rows}

    def prune(self, before: float) -> int:
        """Drop tasks that ended long ago, and what is known of single heads since as long; how many tasks."""
        ended = and_(_TASKS.c.state.in_(("done", "failed", "cancelled")), _TASKS.c.changed < before)
        with self._database.begin() as connection:
            connection.execute(delete(_FACTS).where(_FACTS.c.room.in_(_OF_HEADS), _FACTS.c.at < before))
            return int(connection.execute(delete(_TASKS).where(ended)).rowcount)

    # ---- facts

    def learn(self, room: str, repository: int, key: str, value: bytes, now: float) -> None:
        """Keep a fact about a repository; the newest one under a key stays."""
        with self._database.begin() as connection:
            here = and_(_FACTS.c.room == room, _FACTS.c.repository == repository, _FACTS.c.key == key)
            connection.execute(delete(_FACTS).where(here))
            connection.execute(
                insert(_FACTS).values(room=room, repository=repository, key=key, value=value, at=now)
            )  # fmt: skip

    def fact(self, room: str, repository: int, key: str) -> bytes | None:
        """A fact, or None."""
        with self._database.begin() as connection:
            here = and_(_FACTS.c.room == room, _FACTS.c.repository == repository, _FACTS.c.key == key)
            row = connection.execute(select(_FACTS.c.value).where(here)).first()
        return None if row is None else bytes(row.value)

    def facts(self, room: str, repository: int | None = None) -> list[tuple[int, str, bytes]]:
        """All facts of a room as (repository, key, value), the oldest first."""
        with self._database.begin() as connection:
            here = [_FACTS.c.room == room] + ([] if repository is None else [_FACTS.c.repository == repository])
            rows = connection.execute(select(_FACTS).where(*here).order_by(_FACTS.c.at, _FACTS.c.key)).all()
        return [(row.repository, row.key, bytes(row.value)) for row in rows]

    def page(self, key: str) -> tuple[str, bytes] | None:
        """What a check has led to, by its name: ("report" or "failure", JSON)."""
        with self._database.begin() as connection:
            here = and_(_FACTS.c.key == key, _FACTS.c.room.in_(("report", "failure")))
            row = connection.execute(select(_FACTS.c.room, _FACTS.c.value).where(here)).first()
        return None if row is None else (row.room, bytes(row.value))

    def forget(self, room: str, repository: int, key: str) -> None:
        """Drop a fact."""
        with self._database.begin() as connection:
            here = and_(_FACTS.c.room == room, _FACTS.c.repository == repository, _FACTS.c.key == key)
            connection.execute(delete(_FACTS).where(here))


def _insert(table: Table) -> Any:
    from sqlalchemy.dialects import postgresql  # memory that the web process does not need

    return postgresql.insert(table)


def _ours(name: str, owner: str) -> Any:
    """The task, while that worker holds its lease and nobody has cancelled it."""
    return and_(_TASKS.c.name == name, _TASKS.c.owner == owner, _TASKS.c.state == "leased")


def _free(now: float) -> Any:
    return or_(
        and_(_TASKS.c.state == "waiting", _TASKS.c.due <= now),
        and_(_TASKS.c.state == "leased", _TASKS.c.lease_until < now),
    )


def _task(row: Row[Any]) -> Task:
    details = cast(dict[str, object], json.loads(row.details))
    where = Where(row.installation, row.repository, row.full_name)
    return Task(row.name, row.kind, where, details, row.grouped, row.queue, row.step, row.due)


def _without_waits(task: Task) -> dict[str, object]:
    """Its details; how long one step had to wait says nothing about another."""
    return {name: value for name, value in task.details.items() if name not in ("waits", "waiting_since")}


def _kept(row: Row[Any]) -> Kept:
    return Kept(_task(row), row.state, row.attempts, row.made, row.changed, row.error)
