"""The tasks keep their promises whoever dies, and whoever comes first."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.core.task import Next, Task, Where
from bot.database import Database
from bot.tasks import MOST_ATTEMPTS, Tasks

ADA, BOB = Where(1, 7, "ada/parser"), Where(1, 8, "bob/parser")


def task(name="t", *, where=ADA, queue="tasks", group=None, **details):
    return Task(name, "check", where, details, group, queue)


@pytest.fixture
def tasks(database):
    return Tasks(database)


def test_the_same_task_twice_is_one(tasks):
    assert tasks.add([task(), task()], 1.0) == [task()]
    assert tasks.add([task(pull=5)], 2.0) == []
    assert tasks.get("t").task == task()


def test_what_was_cancelled_with_its_repository_begins_again_and_nothing_else(tasks):
    tasks.add([task("old", group="g"), task("other", group="h", where=BOB), task("done", group="i")], 1.0)
    leased = tasks.lease("tasks", "one", 2.0, 60, "done")
    tasks.advance(leased, "one", None, 3.0)
    tasks.add([task("new", group="g")], 4.0)
    tasks.supersede(task("new", group="g"), 4.0)
    tasks.add([task("gone", group="g")], 4.5)
    tasks.advance(tasks.lease("tasks", "one", 4.5, 60, "gone"), "one", None, 4.6)
    leased = tasks.lease("tasks", "one", 5.0, 60, "new")
    tasks.advance(leased, "one", Next("measure", "bench", {"check_run": 9}), 6.0)
    tasks.cancel_repository(ADA, 7.0)
    moved = Where(2, 7, "ada/lexer")
    (again,) = tasks.resume("check", moved, 8.0)
    assert (again.name, again.where, again.step, again.queue) == ("new", moved, "begin", "tasks")
    assert again.due == 0, "what somebody asked for is not taken for planned"
    assert tasks.lease("tasks", "two", 9.0, 60, "new") == again
    assert tasks.resume("check", moved, 10.0) == []
    assert [tasks.get(name).state for name in ("old", "other", "done")] == ["cancelled", "waiting", "done"]


def test_waiting_for_others_is_no_attempt_and_forgotten_with_its_step(tasks):
    tasks.add([task(pull=5)], 0.0)
    for wait in range(3 * MOST_ATTEMPTS):
        leased = tasks.lease("tasks", "one", wait * 100.0, 60)
        assert (leased.waits, leased.waiting_since(50.0)) == (wait, 1.0 if wait else 50.0)
        tasks.wait(leased, "one", "limited", wait * 100.0 + 1, wait * 100.0 + 99)
    assert (tasks.get("t").state, tasks.get("t").attempts) == ("waiting", 0)
    leased = tasks.lease("tasks", "one", 9000.0, 60)
    tasks.advance(leased, "one", Next("measure"), 9001.0)
    assert tasks.get("t").task.details == {"pull": 5}


def test_a_task_ends_the_older_ones_of_its_group_when_it_says_so(tasks):
    tasks.add([task("a", group="g"), task("b", group="h")], 1.0)
    tasks.add([task("c", group="g"), task("d")], 2.0)
    assert [tasks.get(name).state for name in "abcd"] == ["waiting"] * 4
    for one in (task("d"), task("a", group="g"), task("c", group="g")):
        tasks.supersede(one, 3.0)
    assert [tasks.get(name).state for name in "abc"] == ["cancelled", "waiting", "waiting"]


def test_what_is_worked_on_may_stay_when_a_newer_one_comes(tasks):
    tasks.add([task("begun", group="g"), task("waiting", group="g")], 1.0)
    tasks.lease("tasks", "one", 1.5, 60, "begun")
    tasks.add([task("newest", group="g")], 2.0)
    tasks.supersede(task("newest", group="g"), 3.0, begun=False)
    assert [tasks.get(name).state for name in ("begun", "waiting", "newest")] == ["leased", "cancelled", "waiting"]


def test_a_leased_task_is_nobody_elses_until_the_lease_lapses(tasks):
    tasks.add([task()], 1.0)
    assert tasks.lease("tasks", "one", 2.0, 60) == task()
    assert tasks.lease("tasks", "two", 61.0, 60) is None
    assert tasks.lease("tasks", "two", 63.0, 60) == task()
    assert not tasks.renew("t", "one", 64.0, 60)
    assert not tasks.advance(task(), "one", None, 64.0)
    assert tasks.advance(task(), "two", None, 64.0)
    assert tasks.get("t").state == "done"


def test_a_renewed_lease_holds(tasks):
    tasks.add([task()], 1.0)
    tasks.lease("tasks", "one", 2.0, 60)
    assert tasks.renew("t", "one", 50.0, 60)
    assert tasks.lease("tasks", "two", 100.0, 60) is None


def test_a_step_leads_to_the_next_with_what_it_learned(tasks):
    tasks.add([task(pull=5)], 1.0)
    leased = tasks.lease("tasks", "one", 2.0, 60)
    more = task("more")
    assert tasks.advance(leased, "one", Next("measure", "bench", {"check_run": 9}, due=10.0), 3.0, [more])
    assert tasks.lease("bench", "one", 9.0, 60) is None
    following = tasks.lease("bench", "one", 10.0, 60)
    assert (following.step, following.details) == ("measure", {"pull": 5, "check_run": 9})
    assert tasks.get("more").state == "waiting"


def test_a_cancelled_task_does_not_advance(tasks):
    tasks.add([task(group="g")], 1.0)
    leased = tasks.lease("tasks", "one", 2.0, 60)
    tasks.add([task("newer", group="g")], 2.0)
    tasks.supersede(task("newer", group="g"), 3.0)
    assert not tasks.renew("t", "one", 4.0, 60)
    assert not tasks.advance(leased, "one", Next("measure"), 5.0)
    assert tasks.put_back("t", "one", "late", 6.0, 7.0) == "cancelled"
    tasks.fail("t", "one", "broken", 8.0)
    assert tasks.get("t").state == "cancelled"


def test_who_has_lost_the_lease_changes_nothing(tasks):
    tasks.add([task()], 1.0)
    lost = tasks.lease("tasks", "one", 2.0, 60)
    assert tasks.lease("tasks", "two", 63.0, 60) == lost
    tasks.wait(lost, "one", "limited", 64.0, 65.0)
    tasks.fail("t", "one", "broken", 64.0)
    kept = tasks.get("t")
    assert (kept.state, kept.error, kept.attempts) == ("leased", None, 2)


def test_repositories_take_turns(tasks):
    tasks.add([task(f"a{number}", queue="bench") for number in range(3)], 1.0)
    tasks.add([task(f"b{number}", queue="bench", where=BOB) for number in range(2)], 2.0)
    order = []
    for now in range(10, 15):
        leased = tasks.lease("bench", "one", float(now), 60)
        order.append(leased.name)
        tasks.advance(leased, "one", Next("publish"), now + 0.5)
    assert order == ["a0", "b0", "a1", "b1", "a2"]


def test_what_fails_again_and_again_is_given_up(tasks):
    tasks.add([task()], 0.0)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert tasks.lease("tasks", "one", attempt * 100.0, 60) is not None
        state = tasks.put_back("t", "one", "no", attempt * 100.0 + 1, attempt * 100.0 + 2)
        assert state == ("failed" if attempt == MOST_ATTEMPTS else "waiting")
    assert tasks.get("t").error == "no"


def test_what_kills_its_worker_each_time_is_given_up(tasks):
    tasks.add([task()], 0.0)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert tasks.worn_out(attempt * 100.0) == []
        assert tasks.lease("tasks", "one", attempt * 100.0, 60) is not None
    assert tasks.lease("tasks", "one", 10_000.0, 60) is None
    assert [kept.task.name for kept in tasks.worn_out(10_000.0)] == ["t"]
    assert tasks.worn_out(10_001.0) == []


def test_due_names_what_somebody_should_be_woken_for(tasks):
    tasks.add([task("a"), Task("b", "check", ADA, due=50.0), task("c", queue="bench")], 1.0)
    tasks.lease("tasks", "one", 2.0, 10, "a")
    assert tasks.due(5.0) == [("c", "bench")]
    assert sorted(tasks.due(60.0)) == [("a", "tasks"), ("b", "tasks"), ("c", "bench")]


def test_a_removed_app_ends_all_work(tasks):
    elsewhere = Where(2, 7, "eve/parser")
    tasks.add([task("a"), task("b", where=BOB), task("c", where=elsewhere)], 1.0)
    assert tasks.cancel_repository(ADA, 2.0) == 1
    assert [tasks.get(name).state for name in "abc"] == ["cancelled", "waiting", "waiting"]


def test_facts_are_replaced_listed_and_forgotten(tasks):
    tasks.learn("room", 7, "k", b"1", 1.0)
    tasks.learn("room", 7, "k", b"2", 2.0)
    tasks.learn("room", 8, "k", b"3", 3.0)
    assert tasks.fact("room", 7, "k") == b"2"
    assert tasks.facts("room") == [(7, "k", b"2"), (8, "k", b"3")]
    assert tasks.facts("room", 8) == [(8, "k", b"3")]
    tasks.forget("room", 7, "k")
    assert tasks.fact("room", 7, "k") is None


def test_what_ended_long_ago_goes_with_what_is_known_of_its_head(tasks):
    tasks.add([task(name) for name in ("old", "new", "open")], 1.0)
    for name, at in (("old", 1.0), ("new", 9.0)):
        tasks.advance(tasks.lease("tasks", "one", at, 60, name), "one", None, at)
        for room in ("report", "latest", "ledger"):
            tasks.learn(room, 7, name, b"", at)
    assert tasks.prune(5.0) == 1
    assert [tasks.get(name) is None for name in ("old", "new", "open")] == [True, False, False]
    assert [[key for _, key, _ in tasks.facts(room)] for room in ("report", "latest", "ledger")] == [
        ["new"], ["new"], ["old", "new"],
    ]  # fmt: skip


def test_a_transaction_that_breaks_leaves_no_task(tasks):
    def breaks():
        with tasks.begin() as connection:
            tasks.add([task()], 1.0, connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaks()
    assert tasks.get("t") is None


def test_two_who_reach_for_the_same_task(tasks):
    tasks.add([task(f"t{number}") for number in range(30)], 1.0)
    taken = []

    def work(owner):
        while leased := tasks.lease("tasks", owner, 2.0, 60):
            taken.append(leased.name)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(taken) == Counter(f"t{number}" for number in range(30))


class Lives(RuleBasedStateMachine):
    """Workers lease, renew, end, fail and die at any time, and the clock goes on: no task is lost or done twice."""

    def __init__(self):
        super().__init__()
        self.tasks = Tasks(Database("sqlite://"))
        self.now, self.made, self.done = 0.0, 0, Counter()
        self.held = {}

    @rule(group=st.sampled_from([None, "g", "h"]))
    def add(self, group):
        self.made += 1
        new = task(f"t{self.made}", group=group)
        self.tasks.add([new], self.now)
        self.tasks.supersede(new, self.now)

    @rule(owner=st.sampled_from("ab"))
    def lease(self, owner):
        if leased := self.tasks.lease("tasks", owner, self.now, 10):
            self.held[owner] = leased

    @rule(owner=st.sampled_from("ab"))
    def end(self, owner):
        held = self.held.pop(owner, None)
        if held is not None and self.tasks.advance(held, owner, None, self.now):
            self.done[held.name] += 1

    @rule(owner=st.sampled_from("ab"))
    def die(self, owner):
        self.held.pop(owner, None)

    @rule(seconds=st.sampled_from([1.0, 11.0]))
    def wait(self, seconds):
        self.now += seconds

    @invariant()
    def nothing_is_lost_or_done_twice(self):
        assert all(count == 1 for count in self.done.values())
        states = Counter(self.tasks.get(f"t{number}").state for number in range(1, self.made + 1))
        assert sum(states.values()) == self.made
        assert states["done"] == len(self.done)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=40, stateful_step_count=30)


def test_turns_of_an_installation_are_a_second_apart_whoever_takes_them(tasks):
    assert [tasks.turn(1, 100.0), tasks.turn(1, 100.0), tasks.turn(1, 100.5)] == [0.0, 1.0, 1.5]
    assert tasks.turn(2, 100.0) == 0.0
    assert tasks.turn(1, 200.0) == 0.0


def test_an_installation_is_held_for_as_long_as_anybody_was_told(tasks):
    tasks.hold(1, 200.0)
    tasks.hold(1, 150.0)
    assert [tasks.held_until(one) for one in (1, 2)] == [200.0, 0.0]
    tasks.hold(1, 250.0)
    assert tasks.held_until(1) == 250.0


def test_no_two_processes_take_the_same_turn(tasks):
    taken = []

    def take():
        taken.extend(tasks.turn(1, 100.0) for _ in range(10))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [float(number) for number in range(40)]
