"""The nightly sweep as maintainers see it: few pull requests, one dashboard, and their word is final."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bot.core.bisect import Found
from bot.core.ledger import Saving
from tests.github.people import Person
from tests.reports import golden
from tests.stories.bot import BENCHMARK, FAST, SLOW, report, seen, sweep, told, unchanged

GOLDENS = Path(__file__).parent / "goldens"
DAY_S = 24 * 3600


@pytest.fixture
def slow(github, bot, repo, alice):
    """The default branch has an opportunity."""
    repo.push("main", {"parser.py": SLOW}, by=alice)
    bot.finds = unchanged
    bot.work()
    return repo


def night(bot, nights=1):
    for _ in range(nights):
        bot.later(DAY_S)
        bot.work()


def ours(repo, github, state="open"):
    return [one for one in repo.pulls(state) if one.author == github.bot]


def test_a_night(github, bot, slow):
    night(bot)
    (pull,) = ours(slow, github)
    assert slow.read("parser.py", pull.now.head_ref) == FAST
    assert [run.now.conclusion for run in pull.runs()] == ["success"]
    (issue,) = slow.issues()
    golden.check("sweep-pull-request.md", seen(pull), GOLDENS)
    golden.check("sweep-dashboard.md", told(issue.issue.body or ""), GOLDENS)


def test_a_night_whose_fixes_github_merges(github, bot, slow, alice):
    slow.push("main", {".github/perfwright.yml": "fixes: auto-merge\n"}, by=alice)
    night(bot)
    (pull,) = ours(slow, github)
    assert pull.now.auto_merge == "merge"


@pytest.mark.parametrize("merger", ["alice", "the app"])
def test_a_merged_fix_is_measured_and_booked(github, bot, slow, alice, merger):
    night(bot)
    (pull,) = ours(slow, github)
    bot.finds = lambda job: report(job, "improvement", 0.4)
    app = Person(github.world, github.app.bot_id)
    slow.allow(app, "write")
    pull.merge(by=alice if merger == "alice" else app)
    bot.work()
    ((_, sha, booked),) = bot.tasks.facts("ledger", slow.id)
    assert sha == pull.now.merge_commit_sha
    assert [one.benchmark for one in msgspec.json.decode(booked, type=list[Saving])] == [BENCHMARK]


def test_another_night_says_nothing_new(github, bot, slow):
    night(bot, 3)
    assert len(ours(slow, github, "all")) == 1
    assert len(slow.issues("all")) == 1
    assert slow.issues()[0].comments() == []


def test_what_a_person_has_closed_is_not_opened_again(github, bot, slow, alice):
    night(bot)
    ours(slow, github)[0].close(by=alice)
    slow.issues()[0].close(by=alice)
    slow.push("main", {"README.md": "Newer.\n"}, by=alice)
    night(bot, 2)
    assert ours(slow, github) == []
    assert slow.issues() == []
    assert len(slow.issues("all")) == 1


def test_a_fix_follows_its_base(github, bot, slow, alice):
    night(bot)
    (pull,) = ours(slow, github)
    slow.push("main", {"parser.py": f"# newer\n{SLOW}"}, by=alice)
    night(bot)
    assert slow.read("parser.py", pull.now.head_ref) == f"# newer\n{FAST}"
    assert len(ours(slow, github)) == 1


def test_a_persons_commit_on_the_bots_branch_stays(github, bot, slow, alice):
    night(bot)
    (pull,) = ours(slow, github)
    sha = slow.push(pull.now.head_ref, {"parser.py": f"# mine\n{FAST}"}, by=alice)
    slow.push("main", {"README.md": "Newer.\n"}, by=alice)
    night(bot, 2)
    assert slow.sha(pull.now.head_ref) == sha


def test_a_fix_that_is_not_needed_any_more_is_closed(github, bot, slow, alice):
    night(bot)
    (pull,) = ours(slow, github)
    slow.push("main", {"parser.py": FAST}, by=alice)
    night(bot)
    assert pull.issue.state == "closed"
    assert "not there any more" in pull.comments(by=github.bot)[0].body
    golden.check("sweep-stale-fix.md", seen(pull), GOLDENS)


def test_no_more_pull_requests_than_the_configuration_says(github, bot, slow, alice):
    slow.push("main", {".github/perfwright.yml": "sweep: {open-pull-requests: 0}\n"}, by=alice)
    night(bot)
    assert ours(slow, github) == []
    assert "list_membership_in_loop" in (slow.issues()[0].issue.body or "")


def test_the_hour_is_the_configurations(github, bot, slow, alice):
    slow.push("main", {".github/perfwright.yml": "sweep: {schedule: '30 5 * * 0'}\n"}, by=alice)
    night(bot)
    planned = (bot.tasks.fact("next sweep", slow.id, "name") or b"").decode()
    assert bot.tasks.get(planned).task.due % DAY_S == 5.5 * 3600


def test_a_night_that_fails_does_not_end_the_nights(github, bot, slow):
    def breaks(job):
        raise ZeroDivisionError

    bot.sweeps = breaks
    night(bot)
    bot.sweeps = sweep
    night(bot)
    assert len(ours(slow, github)) == 1


def test_an_installation_that_comes_and_goes_has_one_sweep_a_night(github, bot, slow, alice):
    installation = slow.install()
    for _ in range(2):
        installation.suspend(by=alice)
        installation.unsuspend(by=alice)
        bot.work()
    bot.later(DAY_S)
    before = github.count("issues/list-for-repo")
    bot.work()
    assert github.count("issues/list-for-repo") - before == 1


def test_an_ignored_rule_is_not_proposed(github, bot, slow, alice):
    slow.push("topic", {"README.md": "x\n"}, by=alice)
    pull = slow.open_pull(head="topic", by=alice)
    pull.comment("/perf ignore list_membership_in_loop", by=alice)
    bot.work()
    night(bot)
    assert ours(slow, github) == []


def test_sweep_on_demand_and_rebase(github, bot, slow, alice):
    slow.push("topic", {"README.md": "x\n"}, by=alice)
    pull = slow.open_pull(head="topic", by=alice)
    pull.comment("/perf sweep", by=alice)
    bot.work()
    (fix,) = ours(slow, github)
    golden.check("command-sweep.md", seen(pull), GOLDENS)
    slow.push("main", {"parser.py": f"# newer\n{SLOW}"}, by=alice)
    fix.comment("/perf rebase", by=alice)
    bot.work()
    assert slow.read("parser.py", fix.now.head_ref) == f"# newer\n{FAST}"
    pull.comment("/perf rebase", by=alice)
    bot.work()
    golden.check("command-rebase.md", seen(fix), GOLDENS)
    assert any("pull requests that Perfwright has opened" in one.body for one in pull.comments(by=github.bot))


def test_where_the_app_was_removed_nothing_is_swept(github, bot, slow, alice):
    slow.install().delete(by=alice)
    bot.work()
    night(bot, 2)
    assert ours(slow, github, "all") == []


def test_an_archived_repository_is_left_alone(github, bot, slow):
    slow.archive()
    bot.work()
    night(bot, 2)
    assert ours(slow, github, "all") == []


def test_a_sweep_killed_at_any_request(github, bot, slow, monkeypatch):
    from bot.github import Connection
    from tests.stories.test_trouble import Killed

    real, made = Connection._once, []
    for at in range(1, 24, 2):

        def once(self, *arguments, at=at):
            answer = real(self, *arguments)
            made.append(arguments[:2])
            if len(made) == at:
                raise Killed
            return answer

        monkeypatch.setattr(Connection, "_once", once)
        made.clear()
        bot.later(DAY_S)
        try:
            bot.work()
        except Killed:
            bot.later(120)
    monkeypatch.setattr(Connection, "_once", real)
    night(bot)
    assert len(ours(slow, github, "all")) == 1
    assert len(slow.issues("all")) == 1


def test_bisect_names_the_commit(github, bot, slow, alice):
    bot.finds = unchanged
    slow.push("topic", {"README.md": "one\n"}, "first", by=alice)
    guilty = slow.push("topic", {"README.md": "two\n"}, "second <b>", by=alice)
    slow.push("topic", {"README.md": "three\n"}, "third", by=alice)
    pull = slow.open_pull(head="topic", by=alice)
    bot.work()
    bot.bisects = lambda job: Found((guilty,), 2)
    pull.comment(f"/perf bisect {BENCHMARK}", by=alice)
    bot.work()
    (said,) = [one.body for one in pull.comments(by=github.bot) if "bisect" in one.body]
    assert f"- {guilty} `second <b>`" in said
    golden.check("command-bisect.md", told(said.partition("\n")[2]), GOLDENS)
    pull.comment("/perf bisect test_prase", by=alice)
    bot.work()
    assert any("Did you mean" in one.body for one in pull.comments(by=github.bot))


def test_a_repository_without_benchmarks_is_left_alone(github, bot, slow):
    bot.sweeps = lambda job: replace(sweep(job), opportunities=())
    night(bot, 2)
    assert (ours(slow, github, "all"), slow.issues("all")) == ([], [])
