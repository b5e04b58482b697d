"""The nightly sweep as maintainers see it: few pull requests, one dashboard, and their word is final."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bot.core.bisect import Found
from bot.core.ledger import Saving
from bot.core.model import Fix, Opportunity
from bot.core.patch import make_patch
from bot.git import Repository as Store
from bot.github.api import Repository
from bot.reports import _dashboard as dashboard
from bot.stages.sweep import promising
from bot.tasks import MOST_ATTEMPTS
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


def test_a_persons_issue_is_not_taken_for_the_dashboard(github, bot, slow, alice):
    persons = slow.open_issue("Mine", f"{dashboard.MARK}\nMy own list.", by=alice)
    persons.label(dashboard.LABEL, by=alice)
    night(bot)
    assert persons.issue.body == f"{dashboard.MARK}\nMy own list."
    assert [one.author for one in slow.issues()] == ["alice", github.bot]


def test_a_repository_without_issues_has_its_nights_and_no_dashboard(github, bot, slow):
    slow.disable_issues()
    night(bot)
    for _ in range(MOST_ATTEMPTS):
        bot.later(700)
        bot.work()
    assert len(ours(slow, github)) == 1
    assert slow.issues("all") == []
    (planned,) = bot.tasks.facts("next sweep", slow.id)
    assert bot.tasks.get(planned[2].decode()).state == "waiting"
    assert bot.tasks.tally().get(("tasks", "failed"), 0) == 0


def test_a_night_whose_fixes_github_merges(github, bot, slow, alice):
    slow.push("main", {".github/perfwright.yml": "fixes: auto-merge\n"}, by=alice)
    slow.require("main", "CI")
    night(bot)
    (pull,) = ours(slow, github)
    assert pull.now.auto_merge == "merge"


@pytest.mark.parametrize("merger", ["alice", "the app"])
def test_a_merged_fix_is_measured_and_booked(github, bot, slow, alice, merger):
    """At the call rate that the configuration declares."""
    slow.push("main", {".github/perfwright.yml": "calls: {'*parse*': 2e6/day}\n"}, by=alice)
    night(bot)
    (pull,) = ours(slow, github)
    bot.finds = lambda job: report(job, "improvement", 0.4)
    app = Person(github.world, github.app.bot_id)
    slow.allow(app, "write")
    pull.merge(by=alice if merger == "alice" else app)
    bot.work()
    ((_, sha, booked),) = bot.tasks.facts("ledger", slow.id)
    assert sha == pull.now.merge_commit_sha
    (saving,) = msgspec.json.decode(booked, type=list[Saving])
    assert (saving.benchmark, saving.declared_calls_a_day) == (BENCHMARK, 2e6)


def test_a_night_whose_fixes_are_merged_at_once(github, bot, slow, alice):
    slow.push("main", {".github/perfwright.yml": "fixes: auto-merge\n"}, by=alice)
    night(bot)
    (pull,) = ours(slow, github, "closed")
    assert (pull.merged, slow.read("parser.py", "main")) == (True, FAST)


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


def test_a_change_of_its_lines_does_not_bring_back_what_a_person_has_closed(github, bot, slow, alice):
    def renamed(job):
        text = Store(Path(job.store)).tree(job.head).text("parser.py") or ""
        fixed = text.replace("known = []", "known = set()").replace("known.append", "known.add")
        patch = make_patch("parser.py", text, fixed)
        fix = Fix("list_membership_in_loop", "parser.py", "parse", patch, "verified", BENCHMARK, 0.4, (0.39, 0.41))
        return replace(sweep(job), opportunities=(Opportunity(fix, 8, 9, "safe", 0.9),))

    night(bot)
    ours(slow, github)[0].close(by=alice)
    bot.sweeps = renamed
    slow.push("main", {"parser.py": SLOW.replace("seen", "known")}, by=alice)
    night(bot)
    assert ours(slow, github) == []


def test_an_open_fix_follows_a_change_of_its_lines(github, bot, slow, alice):
    night(bot)
    (pull,) = ours(slow, github)
    slow.push("main", {"parser.py": SLOW.replace("    seen = []", "    seen = []  # in order")}, by=alice)
    night(bot)
    assert [one.number for one in ours(slow, github, "all")] == [pull.number]
    assert "seen = set()  # in order" in slow.read("parser.py", pull.now.head_ref)


def two_sites(job):
    """Two sites of one rule in one function."""
    text = Store(Path(job.store)).tree(job.head).text("parser.py") or ""
    found = []
    for line in ("seen = []", "found = []"):
        if line in text:
            patch = make_patch("parser.py", text, text.replace(line, line.replace("[]", "set()")))
            fix = Fix("list_membership_in_loop", "parser.py", "parse", patch, "verified", BENCHMARK, 0.4, (0.39, 0.41))
            found.append(Opportunity(fix, 8, 9, "safe", 0.9))
    return replace(sweep(job), opportunities=tuple(found))


def test_each_site_of_a_function_is_proposed_and_a_merge_is_no_refusal(github, bot, slow, alice):
    """What was taken back after its merge is proposed once more, and no robot merges it a second time."""
    slow.push("main", {".github/perfwright.yml": "fixes: auto-merge\n"}, by=alice)
    slow.require("main", "CI")
    bot.sweeps = two_sites
    night(bot)
    first, second = ours(slow, github)
    assert [one.now.auto_merge for one in (first, second)] == ["merge", "merge"]
    slow.require("main")
    first.merge(by=alice)
    second.close(by=alice)
    night(bot)
    assert ours(slow, github) == []

    taken = slow.read("parser.py").replace("seen = set()", "seen = []").replace("found = set()", "found = []")
    slow.push("main", {"parser.py": taken}, by=alice)
    night(bot)
    (again,) = ours(slow, github)
    assert again.now.head_ref == first.now.head_ref

    def merged_meanwhile(job):
        again.merge(by=alice)
        github.settle()
        bot.worker.deliver("")
        while bot.worker.work("tasks"):
            pass
        return two_sites(job)

    bot.sweeps = merged_meanwhile
    night(bot)
    assert ours(slow, github) == []


def test_a_fix_follows_its_base(github, bot, slow, alice):
    night(bot)
    (pull,) = ours(slow, github)
    slow.push("main", {"parser.py": f"# newer\n{SLOW}"}, by=alice)
    night(bot)
    assert slow.read("parser.py", pull.now.head_ref) == f"# newer\n{FAST}"
    assert len(ours(slow, github)) == 1
    assert [run.now.conclusion for run in pull.runs()] == ["success"]
    assert f"| against | `{slow.sha('main')[:10]}` |" in pull.issue.body
    assert f"--rev {slow.sha('main')}" in pull.issue.body


def test_a_persons_commit_on_the_bots_branch_stays(github, bot, slow, alice):
    night(bot)
    (pull,) = ours(slow, github)
    sha = slow.push(pull.now.head_ref, {"parser.py": f"# mine\n{FAST}"}, by=alice)
    slow.push("main", {"README.md": "Newer.\n"}, by=alice)
    night(bot, 2)
    assert slow.sha(pull.now.head_ref) == sha


def test_another_bots_commit_on_the_bots_branch_stays(github, bot, slow, alice):
    """Its tip alone says nothing of what a person has pushed below it."""
    night(bot)
    (pull,) = ours(slow, github)
    slow.push(pull.now.head_ref, {"parser.py": f"# mine\n{FAST}"}, by=alice)
    other = Person(github.world, github.world.account("pre-commit-ci[bot]", "Bot").id)
    slow.allow(other, "write")
    sha = slow.push(pull.now.head_ref, {"README.md": "Tidier.\n"}, by=other)
    slow.push("main", {"README.md": "Newer.\n"}, by=alice)
    night(bot, 2)
    assert slow.sha(pull.now.head_ref) == sha
    assert pull.issue.state == "open"


def test_a_push_while_the_bot_rebases_stays(github, bot, slow, alice, monkeypatch):
    night(bot)
    (pull,) = ours(slow, github)
    slow.push("main", {"README.md": "Newer.\n"}, by=alice)
    real, pushed = Repository.commit, []

    def commit(self, *arguments):
        made = real(self, *arguments)
        pushed.append(slow.push(pull.now.head_ref, {"parser.py": f"# mine\n{FAST}"}, by=alice))
        return made

    monkeypatch.setattr(Repository, "commit", commit)
    night(bot)
    assert [slow.sha(pull.now.head_ref)] == pushed


def test_a_fix_that_is_not_needed_any_more_is_closed(github, bot, slow, alice):
    night(bot)
    (pull,) = ours(slow, github)
    slow.push("main", {"parser.py": FAST}, by=alice)
    night(bot)
    assert pull.issue.state == "closed"
    assert "not there any more" in pull.comments(by=github.bot)[0].body
    golden.check("sweep-stale-fix.md", seen(pull), GOLDENS)


def judged(status, reason):
    """A sweep in which the opportunity is there, and does not pass."""

    def swept(job):
        found = sweep(job)
        first, *rest = found.opportunities
        fix = replace(first.fix, status=status, reason=reason, ratio=None, interval=None, tests=None)
        return replace(found, opportunities=(replace(first, fix=fix), *rest))

    return swept


def test_a_fix_that_could_not_be_verified_tonight_stays_open(github, bot, slow, alice):
    night(bot)
    (pull,) = ours(slow, github)
    slow.push("main", {"README.md": "Newer.\n"}, by=alice)
    bot.sweeps = judged("unverified", "the budget was spent before it was verified")
    night(bot)
    assert pull.issue.state == "open"
    assert pull.comments() == []
    bot.sweeps = sweep
    night(bot)
    assert slow.read("README.md", pull.now.head_ref) == "Newer.\n"


def test_a_fix_that_does_not_pass_any_more_is_closed_until_it_does(github, bot, slow, alice):
    night(bot)
    (pull,) = ours(slow, github)
    slow.push("main", {"README.md": "Newer.\n"}, by=alice)
    bot.sweeps = judged("rejected", "breaks 1 test: tests/test_parser.py::test_order")
    night(bot)
    assert pull.issue.state == "closed"
    golden.check("sweep-rejected-fix.md", seen(pull), GOLDENS)
    bot.sweeps = sweep
    night(bot)
    (again,) = ours(slow, github)
    assert (again.now.head_ref, again.number != pull.number) == (pull.now.head_ref, True)
    assert slow.read("README.md", again.now.head_ref) == "Newer.\n"
    again.close(by=alice)
    night(bot, 2)
    assert ours(slow, github) == []


def test_a_fix_that_a_person_opens_again_stays_open(github, bot, slow, alice):
    night(bot)
    (pull,) = ours(slow, github)
    bot.sweeps = judged("rejected", "not measurably faster on the regressed benchmark")
    night(bot)
    pull.reopen(by=alice)
    night(bot, 2)
    assert pull.issue.state == "open"
    assert len(pull.comments(by=github.bot)) == 1


def test_the_fix_of_a_rule_that_is_ignored_is_closed(github, bot, slow, alice):
    night(bot)
    (pull,) = ours(slow, github)
    pull.comment("/perf ignore list_membership_in_loop", by=alice)
    bot.work()
    night(bot)
    assert pull.issue.state == "closed"
    assert "`list_membership_in_loop` is ignored" in pull.comments(by=github.bot)[-1].body


def test_closing_a_stale_fix_killed_at_any_request(github, bot, slow, alice, monkeypatch):
    night(bot)
    (pull,) = ours(slow, github)
    slow.push("main", {"parser.py": FAST}, by=alice)
    bot.work()
    killed_at_each(bot, monkeypatch, range(1, 16))
    assert pull.issue.state == "closed"
    assert len(pull.comments(by=github.bot)) == 1
    slow.push("main", {"parser.py": SLOW}, by=alice)
    night(bot)
    assert len(ours(slow, github)) == 1


def test_rebasing_a_fix_killed_at_any_request(github, bot, slow, alice, monkeypatch):
    night(bot)
    (pull,) = ours(slow, github)
    slow.push("main", {"parser.py": f"# newer\n{SLOW}"}, by=alice)
    bot.work()
    killed_at_each(bot, monkeypatch, range(1, 24))
    assert slow.read("parser.py", pull.now.head_ref) == f"# newer\n{FAST}"
    assert [run.now.title for run in pull.runs()] == ["Verified"]
    assert f"--rev {slow.sha('main')}" in pull.issue.body
    assert len(ours(slow, github, "all")) == 1


def test_what_never_passes_makes_room_for_what_was_not_tried(github, bot, slow, alice):
    """The eleventh is good: the ten before it, which a benchmark reaches more, must not keep it from being seen."""
    asked = []

    def poor(number):
        fix = Fix("list_membership_in_loop", "parser.py", f"f{number}", f"patch {number}", "unverified")
        return Opportunity(fix, number, number, "safe", 1.0)

    def swept(job):
        found = sweep(job)
        every = (*(poor(number) for number in range(10)), *found.opportunities)
        chosen = promising(every, "3.12", job.known)
        asked.append([one.fix.function for one in chosen])
        judged = [
            replace(one, fix=replace(one.fix, status="unverified" if one not in chosen else status(one)))
            for one in every
        ]
        return replace(found, opportunities=tuple(judged), tried=tuple(one.key for one in chosen))

    def status(one):
        return "verified" if one.fix.function == "parse" else "rejected"

    bot.sweeps = swept
    night(bot)
    assert ours(slow, github) == []
    night(bot)
    (pull,) = ours(slow, github)
    assert asked[1][:3] == ["f8", "f9", "parse"]
    night(bot)
    assert asked[2][0] == "parse"
    pull.close(by=alice)
    night(bot)
    assert "parse" not in asked[3]


def test_no_more_pull_requests_than_the_configuration_says(github, bot, slow, alice):
    slow.push("main", {".github/perfwright.yml": "sweep: {open-pull-requests: 0}\n"}, by=alice)
    night(bot)
    assert ours(slow, github) == []
    assert "list_membership_in_loop" in (slow.issues()[0].issue.body or "")


def test_the_hour_is_the_configurations(github, bot, slow, alice):
    """From the first night on, whatever happens to the repository."""
    slow.push("main", {".github/perfwright.yml": "sweep: {schedule: '30 5 * * 0'}\n"}, by=alice)
    bot.work()
    bot.ran.clear()
    night(bot)
    slow.rename("lexer")
    slow.install().suspend(by=alice)
    bot.work()
    slow.install().unsuspend(by=alice)
    bot.work()
    planned = (bot.tasks.fact("next sweep", slow.id, "name") or b"").decode()
    due = bot.tasks.get(planned).task.due
    assert (due % (7 * DAY_S), bot.ran) == (3 * DAY_S + 5.5 * 3600, [])  # the epoch began on a Thursday
    bot.later(due - bot.clock())
    bot.work()
    assert len(ours(slow, github)) == 1


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


def killed_at_each(bot, monkeypatch, requests):
    """A night for each, whose worker is killed as soon as that request has had its effect; then one in peace."""
    from bot.github import Connection
    from tests.stories.test_trouble import Killed

    real, made = Connection._once, []
    for at in requests:

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


def test_a_sweep_killed_at_any_request(github, bot, slow, monkeypatch):
    killed_at_each(bot, monkeypatch, range(1, 24, 2))
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
