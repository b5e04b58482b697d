"""What goes wrong: deliveries doubled, forged and out of order, GitHub failing, workers killed. Nothing is lost,
nothing is said twice.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.core.task import Where
from bot.database import Database
from bot.errors import LostError, TransientError
from bot.scheduler import Scheduler
from bot.tasks import MOST_ATTEMPTS
from bot.work import catch_up
from tests.github.people import PullRequest
from tests.reports import golden
from tests.stories.bot import FILES, SLOW, regression, report, seen, unchanged

GOLDENS = Path(__file__).parent / "goldens"


@pytest.fixture
def pull(github, bot, repo, alice):
    """Opened; nothing is done yet."""
    repo.push("topic", {"parser.py": SLOW}, by=alice)
    bot.finds = unchanged
    bot.work()
    bot.ran.clear()
    bot.finds = regression
    pull = repo.open_pull(head="topic", by=alice)
    github.settle()
    return pull


def all_is_well(github, pull, runs=1):
    """One completed check, one comment, one review: exactly what a run without trouble leaves."""
    assert [(run.now.status, run.now.conclusion) for run in pull.runs()] == [("completed", "failure")] * runs
    assert len(pull.comments(by=github.bot)) == 1
    assert len(pull.reviews(by=github.bot)) == 1
    assert len(pull.suggestions()) == 1
    assert [len(run.now.annotations) for run in pull.runs()] == [1] * runs


def recover(bot, hours=3):
    """Work, and let time pass until every retry has had its turn."""
    for _ in range(hours * 6):
        bot.work()
        bot.later(600)


def planned(bot):
    """What waits for the night."""
    waiting = [bot.tasks.get(name).task for name, _queue in bot.tasks.due(bot.clock() + 86_400)]
    return [(task.kind, task.where) for task in waiting]


def test_a_delivery_twice(github, bot, pull):
    delivery = next(one for one in github.deliveries if one.event == "pull_request")
    bot.work()
    github.duplicate(delivery)
    github.redeliver(delivery)
    bot.work()
    all_is_well(github, pull)


class Nobody:
    """A queue that wakes no one."""

    def missing(self, names, _queue):
        return names

    def wake_deliveries(self, _ids): ...

    def wake_tasks(self, _names, _queue): ...


def test_what_could_not_be_delivered_is_asked_for_and_not_for_ever(github, bot, repo, alice):
    """Here the secret is wrong: each attempt is refused, and each is followed by a longer pause than the one before."""
    scheduler = Scheduler(bot.desk, bot.inbox, Nobody())
    right = github.app
    github.world.apps[right.id] = replace(right, webhook_secret="changed on GitHub's side")
    repo.push("main", {"README.md": "Newer.\n"}, by=alice)
    github.settle()
    missed = len([one for one in github.deliveries if not one.ok])
    asked = []
    for _ in range(6 * 24 * 6):
        asked.append(scheduler.ask())
        github.settle()
        github.advance(600)
    assert [number for number, count in enumerate(asked) if count] == [0, 1, 4, 11, 26, 57, 120, 247]
    assert sum(asked) == 8 * missed


def test_what_could_not_be_delivered_comes_when_it_is_asked_for(github, bot, repo, alice):
    scheduler = Scheduler(bot.desk, bot.inbox, Nobody())
    right = github.app
    github.world.apps[right.id] = replace(right, webhook_secret="changed on GitHub's side")
    repo.push("topic", {"parser.py": SLOW}, by=alice)
    pull = repo.open_pull(head="topic", by=alice)
    github.settle()
    github.world.apps[right.id] = right
    scheduler.ask()
    bot.work()
    all_is_well(github, pull)
    assert scheduler.ask() == 0


def test_the_opening_after_the_push(github, bot, pull, alice):
    """Out of order: the older head's delivery comes last, and is about a head that is gone."""
    opened = next(one for one in github.deliveries if one.event == "pull_request")
    pull.push({"README.md": "Newer.\n"}, by=alice)
    bot.work()
    github.deliver(opened.event, opened.body, guid="11111111-2222-3333-4444-555555555555")
    bot.work()
    all_is_well(github, pull)
    assert bot.ran == [pull.head_sha]


def test_a_head_that_github_does_not_show_yet_is_waited_for(github, bot, repo, alice):
    """Its answers may be older than what it tells."""
    github.webhooks.hold()
    repo.push("topic", {"parser.py": SLOW}, by=alice)
    pull = repo.open_pull(head="topic", by=alice)
    github.advance(2)
    pull.push({"README.md": "Newer.\n"}, by=alice)
    opened, pushed = [one for one in github.webhooks.held() if one.event == "pull_request"]
    github.webhooks.release([pushed])
    github.fault("pulls/get", status=200, body=json.dumps(opened.payload["pull_request"]).encode())
    recover(bot, hours=1)
    assert bot.ran == [pull.head_sha]
    all_is_well(github, pull)


@pytest.mark.parametrize(
    "happen",
    [
        pytest.param([PullRequest.push], id="a head that is gone"),
        pytest.param([PullRequest.close, PullRequest.reopen], id="closed, which it is no more"),
        pytest.param([PullRequest.draft, PullRequest.ready], id="a draft, which it is no more"),
    ],
)
def test_what_is_told_last_though_it_came_first_stops_nothing(github, bot, repo, alice, happen):
    github.webhooks.hold()
    repo.push("topic", {"parser.py": SLOW}, by=alice)
    pull = repo.open_pull(head="topic", by=alice)
    for act in happen:
        act(pull, **({"files": {"README.md": "Newer.\n"}} if act is PullRequest.push else {}), by=alice)
    *_, late, last = [one for one in github.webhooks.held() if one.event == "pull_request"]
    github.webhooks.release([last])
    bot.work_until(pull.runs)
    github.deliver(late.event, late.body, guid=late.guid)
    bot.work()
    all_is_well(github, pull)
    assert bot.ran == [pull.head_sha]


def test_an_older_push_that_is_told_last_is_no_baseline(github, bot, repo, alice):
    github.webhooks.hold()
    repo.push("main", {"README.md": "Newer.\n"}, by=alice)
    newest = repo.push("main", {"README.md": "Newest.\n"}, by=alice)
    github.webhooks.release(reversed(github.webhooks.held()))
    bot.work()
    assert bot.ran == [newest]


def test_a_forged_delivery_is_refused(github, bot, pull):
    opened = next(one for one in github.deliveries if one.event == "pull_request")
    before = bot.inbox.waiting()
    forged = json.loads(opened.body)
    forged["repository"]["full_name"] = "mallory/own"
    assert github.tamper(opened, json.dumps(forged).encode()).status_code == 0
    github.deliver("pull_request", opened.body, signature="")
    github.settle()
    assert [one.status_code for one in github.deliveries[-2:]] == [401, 401]
    assert bot.inbox.waiting() == before


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b'{"action": 1}', b"[" * 50_000])
def test_a_body_that_is_no_payload(github, bot, pull, body):
    github.deliver("pull_request", body)
    bot.work()
    all_is_well(github, pull)


ASKED = (
    "apps/create-installation-access-token", "pulls/get", "checks/list-for-ref", "checks/create", "checks/update",
    "issues/list-comments", "issues/create-comment", "pulls/list-review-comments", "pulls/create-review",
)  # fmt: skip


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"status": 500}, id="500"),
        pytest.param({"status": 502, "after_effect": True}, id="502 after it was done"),
        pytest.param({"status": 502, "body": b"<html>Bad Gateway</html>"}, id="a page in place of an answer"),
        pytest.param({"status": 200, "body": b'{"id": 1, "nam', "after_effect": True}, id="half an answer, and done"),
        pytest.param({"drop_connection": True}, id="hangs up"),
        pytest.param({"drop_connection": True, "after_effect": True}, id="hangs up after it was done"),
        pytest.param({"status": 429, "headers": {"retry-after": "30"}}, id="429"),
        pytest.param({"status": 403, "message": "You have exceeded a secondary rate limit."}, id="secondary limit"),
        pytest.param({"status": 404}, id="404"),
    ],
)
def test_github_fails_once_at_each_request(github, bot, pull, how):
    faults = [github.fault(one, **how) for one in ASKED]
    recover(bot, hours=3)
    assert [fault.hit for fault in faults] == [1] * len(ASKED)
    all_is_well(github, pull)


@pytest.mark.parametrize("done", [True, False], ids=["and it was done", "and it was not done"])
@pytest.mark.parametrize(
    "match", ["pulls/get", "checks/create", "checks/update", "issues/create-comment", "pulls/create-review"]
)
def test_github_answers_too_late(github, bot, pull, monkeypatch, match, done):
    monkeypatch.setattr("bot.github.TIMEOUT_S", 0.5)
    fault = github.fault(match, delay_s=1, after_effect=done)
    while not fault.hit:
        bot.work()
        bot.later(30)
    while any(one.status == 0 for one in github.requests):
        time.sleep(0.01)  # GitHub is still at it
    monkeypatch.undo()
    recover(bot, hours=1)
    all_is_well(github, pull)


@pytest.mark.parametrize("step", ["begin", "publish"])
def test_an_outage_of_a_day_loses_nothing(github, bot, repo, pull, alice, step):
    """Neither the check, whichever step it has reached, nor a command."""
    pull.comment("/perf explain no change", by=alice)
    if step == "publish":
        bot.work_until(lambda: bot.ran)
    fault = github.fault("*", status=503, times=None)
    for _ in range(6):
        bot.work()
        bot.later(4 * 3600)
    assert fault.hit > 6
    github.clear_faults()
    recover(bot, hours=1)
    assert [one.body for one in pull.comments(by=github.bot) if "perfwright:answer" in one.body]
    assert [(run.now.status, run.now.conclusion) for run in pull.runs()] == [("completed", "failure")]
    assert len(pull.suggestions()) == 1


@pytest.mark.parametrize("step", ["begin", "measure", "publish"])
def test_the_token_expires_in_the_middle(github, bot, pull, step):
    seen = []

    def expires(job):
        github.expire_tokens()
        seen.append(job.head)
        return regression(job)

    bot.finds = expires
    bot.work()
    all_is_well(github, pull)


def test_the_hourly_limit_is_waited_for(github, bot, pull):
    github.leave_requests(3)
    bot.work()
    assert pull.comments(by=github.bot) == []
    github.leave_requests(5000)
    bot.later(3700)
    recover(bot, hours=1)
    all_is_well(github, pull)


def test_what_one_task_is_told_to_wait_for_all_of_its_installation_waits_for(github, bot, repo, pull, alice):
    github.fault("pulls/get", status=429, headers={"retry-after": "300"})
    bot.work()
    before = github.count()
    sha = repo.push("main", {"README.md": "Newer.\n"}, by=alice)
    bot.work()
    assert github.count() == before
    bot.later(301)
    recover(bot, hours=1)
    all_is_well(github, pull)
    assert sha in bot.ran


def test_a_rate_limit_that_lasts_loses_nothing(github, bot, pull):
    """Where GitHub does not say how long, each pause is twice as long as the one before, and none is an attempt."""
    bot.work_until(pull.runs)
    said = "You have exceeded a secondary rate limit."
    fault = github.fault("apps/create-installation-access-token", status=403, message=said, times=8)
    bot.work()
    name = f"check:{pull.repo.id}:{pull.number}:{pull.head_sha}"
    pauses = []
    for _ in range(7):
        pauses.append(round(bot.tasks.get(name).task.due - bot.clock()))
        bot.later(pauses[-1] + 1)
        bot.work()
    assert fault.hit == 8
    assert pauses == pytest.approx([60, 120, 240, 480, 960, 1920, 3600], abs=2)
    recover(bot, hours=2)
    all_is_well(github, pull)


def is_given_up(pull):
    (run,) = pull.runs()
    shown = (run.now.status, run.now.conclusion, run.now.title)
    return shown == ("completed", "neutral", "Perfwright could not finish")


def test_what_fails_too_often_is_given_up_on_the_check(github, bot, pull):
    """Also where GitHub does not listen to that at first."""
    bot.work_until(pull.runs)
    fault = github.fault("apps/create-installation-access-token", status=404, times=7)
    recover(bot)
    assert is_given_up(pull)
    assert fault.hit == 7


def test_an_outage_that_lasts_too_long_is_told_on_the_check_once_it_ends(github, bot, pull, monkeypatch):
    monkeypatch.setattr("bot.worker.PATIENCE_S", 6 * 3600.0)
    bot.work_until(pull.runs)
    github.fault("*", status=503, times=None)
    name = f"check:{pull.repo.id}:{pull.number}:{pull.head_sha}"
    for _ in range(7):
        assert bot.tasks.get(name).state == "waiting"
        bot.work()
        bot.later(3600)
    assert bot.tasks.get(name).state == "failed"
    github.clear_faults()
    recover(bot, hours=1)
    assert is_given_up(pull)


def test_a_runner_that_dies_each_time_is_given_up_soon(github, bot, pull):
    """The work itself may be what ends it."""

    def dies(job):
        raise LostError("the runner ended with no report: tried again later")

    bot.finds = dies
    recover(bot)
    assert is_given_up(pull)
    assert len(bot.ran) == MOST_ATTEMPTS


def test_a_result_that_is_shown_stays_when_what_follows_fails(github, bot, pull, monkeypatch):
    monkeypatch.setattr("bot.github._PAUSES_S", ())
    github.fault("issues/list-comments", status=503, times=None)
    recover(bot)
    assert [(run.now.status, run.now.conclusion) for run in pull.runs()] == [("completed", "failure")]


def test_a_review_that_github_refuses_becomes_a_pull_request(github, bot, repo, pull):
    github.fault("pulls/create-review", status=422, message="line must be part of the diff")
    bot.work()
    assert pull.reviews(by=github.bot) == []
    assert len(repo.pulls()) == 2


class Killed(BaseException):
    """The worker is gone, with nothing written down."""


@pytest.mark.parametrize("request_number", range(1, 15))
def test_a_worker_killed_at_any_request(github, bot, pull, request_number, monkeypatch):
    """Killed as soon as a request has had its effect: the next worker finds what was made."""
    killed_at(bot, request_number, monkeypatch)
    all_is_well(github, pull)


@pytest.mark.parametrize("request_number", range(1, 21))
def test_a_worker_killed_while_it_opens_a_fix(github, bot, repo, alice, request_number, monkeypatch):
    bot.finds = unchanged
    repo.push("main", {".github/perfwright.yml": "fixes: pull-request\n"}, by=alice)
    bot.work()
    bot.finds = regression
    repo.push("topic", {"parser.py": SLOW}, by=alice)
    pull = repo.open_pull(head="topic", by=alice)
    killed_at(bot, request_number, monkeypatch)
    (fix,) = [one for one in repo.pulls("all") if one.number != pull.number]
    assert fix.author == github.bot
    assert [run.now.title for run in fix.runs()] == ["Verified"]
    assert [key for _, key, _ in bot.tasks.facts("fix pull")] == [str(fix.number)]


def killed_at(bot, request_number, monkeypatch):
    from bot.github import Connection

    real, made = Connection._once, []

    def once(self, *arguments):
        answer = real(self, *arguments)
        made.append(arguments[:2])
        if len(made) == request_number:
            raise Killed
        return answer

    monkeypatch.setattr(Connection, "_once", once)
    try:
        bot.work()
    except Killed:
        bot.later(120)
    assert len(made) == request_number, "it was done before: nobody was killed"
    monkeypatch.setattr(Connection, "_once", real)
    recover(bot, hours=1)


@pytest.mark.parametrize("why", ["database is locked", "database or disk is full"])
@pytest.mark.parametrize("number", [1, 2, 4, 7, 11, 16, 23])
def test_the_database_fails_at_any_moment(github, bot, pull, monkeypatch, number, why):
    """One transaction is refused, as SQLite refuses it: the step is done again, and what it made is found."""
    waiting, begin = [number], Database.begin

    @contextmanager
    def fails_once(database):
        waiting[0] -= 1
        with begin(database) as connection:
            yield connection
            if waiting[0] == 0:
                raise OperationalError("COMMIT", {}, sqlite3.OperationalError(why))

    monkeypatch.setattr(Database, "begin", fails_once)
    for _ in range(20):
        with suppress(TransientError):
            recover(bot, hours=1)
        bot.later(60)
    assert waiting[0] < 0
    all_is_well(github, pull)


def test_a_disk_that_is_full_for_a_while_loses_nothing(github, bot, pull, monkeypatch):
    """Where the git stores are: each step that finds it full is done again later."""
    utime, left = os.utime, [3]

    def full(*arguments, **more):
        left[0] -= 1
        if left[0] >= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        utime(*arguments, **more)

    monkeypatch.setattr(os, "utime", full)
    recover(bot, hours=1)
    assert left[0] < 0
    all_is_well(github, pull)


def test_an_error_of_our_own_is_not_the_pull_requests_fault(github, bot, pull, caplog):
    def breaks(job):
        raise ZeroDivisionError("of our own")

    bot.finds = breaks
    bot.work()
    (run,) = pull.runs()
    assert (run.now.status, run.now.conclusion) == ("completed", "neutral")
    assert f"check:{pull.repo.id}:{pull.number}:{pull.head_sha}" in run.now.summary
    assert "of our own" not in run.now.summary
    assert "ZeroDivisionError: of our own" in caplog.text
    golden.check("error-of-our-own.md", seen(pull), GOLDENS)


def test_the_app_is_removed_in_the_middle(github, bot, repo, pull, alice):
    bot.work_until(pull.runs)
    installation = repo.install()
    installation.delete(by=alice)
    recover(bot, hours=1)
    assert (bot.ran, bot.tasks.due(bot.clock())) == ([], [])
    golden.check("app-removed.md", seen(pull), GOLDENS)


def test_the_app_is_suspended_and_comes_back(github, bot, repo, pull, alice):
    bot.work_until(pull.runs)
    installation = repo.install()
    installation.suspend(by=alice)
    recover(bot, hours=1)
    assert bot.ran == []
    golden.check("app-suspended.md", seen(pull), GOLDENS)
    installation.unsuspend(by=alice)
    bot.work()
    all_is_well(github, pull)
    assert planned(bot) == [("sweep", Where(installation.id, repo.id, "alice/parser"))]


def test_what_a_person_stopped_does_not_begin_again_with_the_app(github, bot, repo, pull, alice):
    bot.work_until(pull.runs)
    bot.later(1)
    pull.comment("/perf cancel", by=alice)
    bot.work()
    repo.install().suspend(by=alice)
    bot.work()
    repo.install().unsuspend(by=alice)
    bot.work()
    assert ([run.now.conclusion for run in pull.runs()], bot.ran) == (["cancelled"], [])


def test_a_check_of_what_was_closed_while_the_app_was_suspended_ends(github, bot, repo, pull, alice):
    bot.work_until(pull.runs)
    repo.install().suspend(by=alice)
    bot.work()
    pull.close(by=alice)
    repo.install().unsuspend(by=alice)
    bot.work()
    assert ([run.now.conclusion for run in pull.runs()], bot.ran) == (["cancelled"], [])


def test_what_was_pushed_while_the_app_was_away_is_checked_when_it_is_back(
    github, bot, repo, pull, alice, monkeypatch
):  # fmt: skip
    """The newest, and once, however often it comes and goes; drafts wait."""
    monkeypatch.setattr(catch_up, "MOST", 2)
    bot.work()
    repo.install().suspend(by=alice)
    bot.work()
    for number in range(4):
        repo.push(f"t{number}", {"parser.py": SLOW, "README.md": f"{number}\n"}, by=alice)
        repo.open_pull(head=f"t{number}", by=alice, draft=number == 2)
    bot.ran.clear()
    for _ in range(2):
        repo.install().unsuspend(by=alice)
        bot.work()
        repo.install().suspend(by=alice)
        bot.work()
    assert sorted(bot.ran) == sorted([repo.sha("t3"), repo.sha("t1")])
    all_is_well(github, pull)


def test_what_is_told_late_of_an_app_that_is_back_ends_nothing(github, bot, repo, pull, alice):
    bot.work_until(pull.runs)
    github.webhooks.hold()
    repo.install().suspend(by=alice)
    repo.install().unsuspend(by=alice)
    github.webhooks.release(reversed(github.webhooks.held()))
    bot.work()
    all_is_well(github, pull)


def test_a_check_begins_again_when_the_app_is_removed_and_installed(github, bot, repo, pull, alice):
    bot.work_until(pull.runs)
    repo.install().delete(by=alice)
    bot.work()
    repo.install()
    bot.work()
    all_is_well(github, pull)


def test_the_repository_is_renamed_in_the_middle(github, bot, repo, pull):
    bot.work_until(pull.runs)
    repo.rename("lexer")
    bot.work()
    all_is_well(github, pull)


def test_the_repository_is_archived_in_the_middle(github, bot, repo, pull):
    bot.work_until(pull.runs)
    repo.archive()
    recover(bot, hours=1)
    assert pull.comments(by=github.bot) == []
    golden.check("archived.md", seen(pull), GOLDENS)
    assert bot.tasks.due(bot.clock()) == []


def test_the_repository_is_given_to_another_account_in_the_middle(github, bot, repo, pull):
    """The app is not installed there: nothing more is done, and nothing is left to be done."""
    bot.work_until(pull.runs)
    repo.transfer(github.user("carol"))
    recover(bot)
    assert (bot.ran, pull.comments(by=github.bot)) == ([], [])
    assert [task for task in bot.tasks.due(bot.clock()) if not task[0].startswith("sweep:")] == []


@pytest.mark.parametrize(
    ("last_first", "between"),
    [
        pytest.param(False, True, id="as it was told"),
        pytest.param(False, False, id="both told before either was heeded"),
        pytest.param(True, True, id="the end told late"),
    ],
)
def test_the_repository_is_given_to_an_account_that_has_the_app(github, bot, repo, pull, last_first, between):
    """What the installation that has lost it tells ends no work of the one that has got it, and the nights go on."""
    bot.work_until(pull.runs)
    github.webhooks.hold()
    repo.transfer(github.user("carol"))
    now = repo.install().id
    told = github.webhooks.held()
    for delivery in reversed(told) if last_first else told:
        github.webhooks.release([delivery])
        if between:
            bot.work()
    bot.work()
    all_is_well(github, pull)
    assert planned(bot) == [("sweep", Where(now, repo.id, "carol/parser"))]


def test_two_repositories_take_turns(github, bot, repo, alice):
    other = github.repository("carol/lexer", FILES)
    other.install()
    bot.finds = lambda job: report(job, "no change", 1.0)
    bot.work()
    for number in range(3):
        repo.push(f"topic{number}", {"README.md": f"{number}\n"}, by=alice)
        repo.open_pull(head=f"topic{number}", by=alice)
    carol = github.user("carol")
    other.push("topic", {"README.md": "x\n"}, by=carol)
    theirs = other.open_pull(head="topic", by=carol)
    bot.ran.clear()
    bot.work()
    assert bot.ran.index(theirs.head_sha) <= 1
    assert len(bot.ran) == 4
