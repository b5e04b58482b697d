"""Once in, a delivery stays until it is done: whoever is killed, and however often it comes."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from bot import database as module
from bot.core.delivery import Delivery
from bot.database import Database
from bot.errors import TransientError, UserError
from bot.inbox import GRACE_S, MOST_ATTEMPTS, Inbox, Together


def delivery(identity: str, at: float = 0.0) -> Delivery:
    return Delivery(identity, "push", b"{}", at)


@pytest.fixture
def inbox(database):
    return Inbox(database)


only_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_once_in_twice_known(inbox):
    assert inbox.put(delivery("a"))
    assert not inbox.put(delivery("a"))
    assert (inbox.known(["a", "b"]), inbox.waiting()) == ({"a"}, 1)


def test_what_comes_together_is_committed_together_and_each_once(inbox):
    commits = []

    def keep(deliveries):
        commits.append(len(deliveries))
        return inbox.keep(deliveries)

    async def all_at_once():
        together = Together(keep)
        return await asyncio.gather(*(together.put(delivery(f"{number % 200}")) for number in range(400)))

    new = asyncio.run(all_at_once())
    assert (sum(new), new[:200], inbox.waiting()) == (200, [True] * 200, 200)
    assert commits == [400]


def test_whoever_hangs_up_before_the_commit_harms_nobody(inbox):
    async def one_hangs_up():
        together = Together(inbox.keep)
        first, gone, last = [asyncio.create_task(together.put(delivery(name))) for name in "abc"]
        await asyncio.sleep(0)
        gone.cancel()
        return await asyncio.gather(first, last), await together.put(delivery("b"))

    assert asyncio.run(one_hangs_up()) == ([True, True], False)


@pytest.mark.parametrize("body", [b"", b"{}", b"payload=%7B%7D", b'{"' + b"x" * 22_000 + b'": "\xff"}'])
def test_a_body_comes_out_as_it_went_in_and_takes_less_room(inbox, database, body):
    inbox.put(Delivery("a", "push", body, 0.0))
    with database.begin() as connection:
        kept = connection.exec_driver_sql("SELECT body FROM deliveries").scalar()
    assert inbox.lease("a", "one", 1.0, 20).body == body
    assert len(kept) < 500


def test_what_an_older_version_has_kept_is_read(inbox, database):
    inbox.put(delivery("a"))
    with database.begin() as connection:
        connection.execute(text("UPDATE deliveries SET body = :body"), {"body": b'{"action": "opened"}'})
    assert inbox.lease("a", "one", 1.0, 20).body == b'{"action": "opened"}'


def test_a_commit_that_fails_is_told_to_all_who_wait_and_the_next_one_is_tried(inbox):
    failing = [True]

    def keep(deliveries):
        if failing.pop() if failing else False:
            raise TransientError("the disk is full")
        return inbox.keep(deliveries)

    async def twice():
        together = Together(keep)
        first = await asyncio.gather(*(together.put(delivery(name)) for name in "ab"), return_exceptions=True)
        return first, await together.put(delivery("a"))

    first, second = asyncio.run(twice())
    assert [type(one) for one in first] == [TransientError, TransientError]
    assert (second, inbox.known(["a", "b"])) == (True, {"a"})


def test_the_same_delivery_to_two_web_processes_at_once_harms_no_other(database):
    """Neither sees the other's before it is committed; SQLite lets one write after the other."""
    everybody = threading.Barrier(4, timeout=60)

    def keep(number: int) -> set[str]:
        inbox = Inbox(database)
        everybody.wait()
        return inbox.keep([delivery("same"), delivery(f"other{number}")])

    with ThreadPoolExecutor(4) as pool:
        new = list(pool.map(keep, range(4)))
    assert all(f"other{number}" in ids for number, ids in enumerate(new))
    assert Inbox(database).waiting() == 5


def test_the_oldest_first_and_nobody_elses(inbox):
    inbox.put(delivery("b", 2.0))
    inbox.put(delivery("a", 1.0))
    assert inbox.lease(None, "one", 5.0, 20).id == "a"
    assert inbox.lease("a", "two", 6.0, 20) is None
    assert inbox.lease("a", "two", 30.0, 20).id == "a"


def test_due_are_those_that_nobody_does(inbox, database):
    inbox.put(delivery("new", 0.0))
    inbox.put(delivery("leased", 0.0))
    inbox.put(delivery("done", 0.0))
    inbox.lease("leased", "one", 0.0, 20)
    with database.begin() as connection:
        inbox.done(connection, "done")
    assert inbox.due(GRACE_S - 1, 10) == []
    assert inbox.due(GRACE_S, 10) == ["new"]
    assert sorted(inbox.due(30.0, 10)) == ["leased", "new"]


def test_what_kills_its_worker_each_time_is_given_up(inbox):
    inbox.put(delivery("a"))
    for attempt in range(MOST_ATTEMPTS):
        assert inbox.lease("a", "one", attempt * 100.0, 20) is not None
    assert inbox.lease("a", "one", 10_000.0, 20) is None
    inbox.due(10_000.0, 10)
    assert (inbox.due(20_000.0, 10), inbox.waiting()) == ([], 0)


def test_what_is_done_goes_when_it_is_old(inbox, database):
    for name, at in (("old", 0.0), ("open", 0.0), ("new", 10.0)):
        inbox.put(delivery(name, at))
    with database.begin() as connection:
        inbox.done(connection, "old")
        inbox.done(connection, "new")
    assert (inbox.prune(10.0), inbox.known(["old", "open", "new"])) == (1, {"open", "new"})
    assert inbox.lease("open", "one", 20.0, 20).body == b"{}"


KILLED = """
import os, sys
from bot import database as module
from bot.core.delivery import Delivery
from bot.database import Database
from bot.inbox import Inbox
inbox = Inbox(Database(sys.argv[1]))
for number in range(10**6):
    inbox.put(Delivery(str(number), "push", b"{}", 0.0))
    print(number, flush=True)
"""


def test_what_was_acknowledged_survives_kill_9(tmp_path):
    url = f"sqlite:///{tmp_path}/inbox.db"
    with subprocess.Popen([sys.executable, "-c", KILLED, url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(50)]
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += process.stdout.read().split()
    assert Inbox(Database(url)).known(acknowledged) == set(acknowledged)


@only_sqlite
def test_a_full_disk_is_told_and_passes(inbox, database, tmp_path):
    """SQLite's own limit stands in for the disk's: the same error by the same way."""
    with database.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(TransientError, match="full"):
        inbox.put(Delivery("big", "push", b"x" * 1_000_000, 0.0))
    assert inbox.known(["big"]) == set()
    with database.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    assert inbox.put(delivery("small"))


@only_sqlite
def test_a_locked_database_is_told_and_passes(inbox, database, tmp_path):
    with database.begin() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")
    holder = sqlite3.connect(tmp_path / "truth.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransientError, match="locked"):
        inbox.put(delivery("a"))
    holder.execute("ROLLBACK")
    assert inbox.put(delivery("a"))


def test_whoever_waits_for_an_acknowledgement_is_answered_before_github_hangs_up(tmp_path):
    with Database(f"sqlite:///{tmp_path}/truth.db", hurried=True).begin() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() < 10_000


def test_an_address_that_is_none_is_refused():
    with pytest.raises(UserError, match="DATABASE_URL"):
        Database("nonsense")


# ---- the log of SQLite


def test_the_log_is_emptied_beside_the_commits(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_CHECKPOINT_EVERY_S", 0.01)
    place = tmp_path / "truth.db"
    hurried = Inbox(Database(f"sqlite:///{place}", hurried=True))
    before = place.stat().st_size
    hurried.keep([Delivery(f"{number}", "push", os.urandom(100_000), 0.0) for number in range(10)])
    until = time.monotonic() + 20
    while place.stat().st_size < before + 1_000_000:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert hurried.waiting() == 10


def test_the_log_begins_anew_though_commits_do_not_pause(tmp_path, monkeypatch):
    """Else it grows until a commit has to empty it, for which all wait who wait for an answer."""
    monkeypatch.setattr(module, "_CHECKPOINT_EVERY_S", 0.005)
    monkeypatch.setattr(module, "_LONG_PAGES", 100)
    body = os.urandom(20_000)

    def longest(name):
        inbox = Inbox(Database(f"sqlite:///{tmp_path}/{name}", hurried=True))
        for number in range(400):
            inbox.put(Delivery(f"{number}", "push", body, 0.0))
        return (tmp_path / f"{name}-wal").stat().st_size

    # On a busy machine the thread may come late; without it, or where it only follows, 4 to 12 MB are usual.
    assert any(longest(f"truth{attempt}.db") < 3_000_000 for attempt in range(5))
