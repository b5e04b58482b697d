"""What a person sees on a pull request, one story a test; the goldens hold it word for word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.model import Compared
from bot.core.patch import make_patch
from bot.core.task import Task, queue_group
from bot.core.verdict import SEEDS
from bot.errors import MeasureError
from bot.work import check
from tests.reports import golden
from tests.stories.bot import BENCHMARK, FAST, SLOW, regression, report, seen, told, unchanged

GOLDENS = Path(__file__).parent / "goldens"
ALIKE = Compared(34, 210, 3, 4.2)


def opened(repo, by, files=None, **more):
    """A pull request from a new branch."""
    repo.push("topic", files or {"parser.py": SLOW}, by=by)
    return repo.open_pull(head="topic", by=by, title="Keep the order", **more)


def conclusion(pull):
    return [(run.now.status, run.now.conclusion) for run in pull.runs()]


def looks(pull, name):
    golden.check(f"{name}.md", seen(pull), GOLDENS)


def test_a_regression_with_a_suggestion(github, bot, repo, alice):
    pull = opened(repo, alice)
    bot.work()
    assert conclusion(pull) == [("completed", "failure")]
    looks(pull, "regression-with-suggestion")
    (note,) = pull.suggestions()
    bot.finds = unchanged
    note.apply(by=alice)
    assert repo.read("parser.py", "topic") == FAST
    bot.work()
    assert conclusion(pull) == [("completed", "success")]
    looks(pull, "regression-mended")


def test_a_regression_whose_fix_lies_outside_of_the_diff(github, bot, repo, alice):
    """The suggestion cannot be made: a pull request to the author's branch, with one signed commit."""
    repo.push("main", {"parser.py": SLOW}, by=alice)
    pull = opened(repo, alice, {"README.md": "Another parser.\n"})
    bot.finds = lambda job: replace(found := regression(job), fixes=(replace(found.fixes[0], compared=ALIKE),))
    bot.work()
    (fix,) = (one for one in repo.pulls() if one.number != pull.number)
    assert fix.now.base_ref == "topic"
    assert fix.author == github.bot
    assert repo.read("parser.py", fix.now.head_ref) == FAST
    assert pull.suggestions() == []
    looks(pull, "regression-with-fix-pull-request")


def test_an_improvement(github, bot, repo, alice):
    bot.finds = lambda job: report(job, "improvement", 0.62)
    pull = opened(repo, alice)
    bot.work()
    assert conclusion(pull) == [("completed", "success")]
    looks(pull, "improvement")


def test_nothing_changed_says_nothing(github, bot, repo, alice):
    bot.finds = unchanged
    pull = opened(repo, alice)
    bot.work()
    assert conclusion(pull) == [("completed", "success")]
    assert pull.comments() == []
    looks(pull, "nothing-changed")


def test_inconclusive_is_a_respectable_answer(github, bot, repo, alice):
    def finds(job):
        found = report(job, "inconclusive", 1.02)
        doubtful = replace(found.verdicts[0], interval=(0.994, 1.046), rounds=7, reason=SEEDS)
        return replace(found, verdicts=(doubtful,))

    bot.finds = finds
    pull = opened(repo, alice)
    bot.work()
    assert conclusion(pull) == [("completed", "neutral")]
    assert pull.comments() == []
    looks(pull, "inconclusive")


def test_code_that_no_benchmark_reaches(github, bot, repo, alice):
    notes = ("no benchmark reaches any function that head changes: this says nothing about their speed",)
    bot.finds = lambda job: replace(
        unchanged(job), verdict="inconclusive", uncovered=("parser.py::parse",), notes=notes
    )
    pull = opened(repo, alice)
    bot.work()
    looks(pull, "not-covered")


def test_what_cannot_be_measured_is_not_the_pull_requests_fault(github, bot, repo, alice):
    def fails(job):
        raise MeasureError("the install command failed", detail="ERROR: no <b>such</b> package\n@everyone")

    bot.finds = fails
    pull = opened(repo, alice)
    bot.work()
    assert conclusion(pull) == [("completed", "neutral")]
    looks(pull, "could-not-measure")


def test_a_report_is_not_taken_for_one_on_a_newer_head_that_could_not_be_measured(github, bot, repo, alice):
    def fails(job):
        raise MeasureError("the install command failed")

    pull = opened(repo, alice)
    bot.work()
    first, bot.finds = pull.head_sha, fails
    for number in range(2):
        pull.push({"README.md": f"Version {number}.\n"}, by=alice)
        bot.work()
    (comment,) = pull.comments()
    assert comment.body.count("could not be measured") == 1
    assert f"`{pull.head_sha[:10]}` could not be measured: the install command failed." in comment.body
    assert f"**Perfwright: 1 regression** in 1 benchmark, at `{first[:10]}`" in comment.body
    looks(pull, "newer-head-could-not-be-measured")
    bot.finds = regression
    pull.push({"README.md": "Newest.\n"}, by=alice)
    bot.work()
    assert "could not be measured" not in pull.comments()[0].body


def test_a_head_that_is_pushed_back_is_reported_on_again(github, bot, repo, alice):
    pull = opened(repo, alice)
    bot.work()
    first = pull.head_sha
    pull.push({"README.md": "Newer.\n"}, by=alice)
    bot.work()
    repo.set_branch("topic", first, by=alice)
    bot.work()
    (comment,) = pull.comments()
    assert f"at `{first[:10]}`" in comment.body
    assert [run.now.status for run in pull.runs()] == ["completed", "completed"]


def test_a_draft_waits_until_it_is_ready(github, bot, repo, alice):
    pull = opened(repo, alice, draft=True)
    bot.work()
    assert (pull.runs(), bot.ran) == ([], [])
    pull.ready(by=alice)
    bot.work()
    assert conclusion(pull) == [("completed", "failure")]


def test_one_comment_however_often_head_moves(github, bot, repo, alice):
    pull = opened(repo, alice)
    bot.work()
    for number in range(3):
        pull.push({"README.md": f"Version {number}.\n"}, by=alice)
        bot.work()
    (comment,) = pull.comments()
    assert comment.body.count("- `") >= 3
    assert "Older reports" in comment.body


def test_a_suggestion_that_stands_is_not_made_again(github, bot, repo, alice):
    """Each review is a mail: there is another only when the lines have changed."""
    pull = opened(repo, alice)
    bot.work()
    for number in range(3):
        pull.push({"README.md": f"Version {number}.\n"}, by=alice)
        bot.work()
    assert len(pull.reviews()) == 1


def test_a_suggestion_whose_lines_have_changed_is_made_again(github, bot, repo, alice):
    pull = opened(repo, alice)
    bot.work()
    pull.push({"parser.py": SLOW.replace("found = []", "found: list[str] = []")}, by=alice)
    bot.work()
    assert len(pull.reviews()) == 2
    assert [note.now.place.line is None for note in pull.suggestions()] == [True, False]


def test_progress_shows_while_it_is_measured(github, bot, repo, alice, monkeypatch):
    monkeypatch.setattr(check, "PROGRESS_EVERY_S", 0.0)
    pull = opened(repo, alice)
    told = []

    def finds(job):
        (run,) = pull.runs()
        told.extend([run.now.status, run.now.title, run.now.summary])
        return unchanged(job)

    bot.finds = finds
    bot.work()
    assert told[:2] == ["in_progress", "In progress: measure"]
    assert told[2].splitlines()[2:] == [
        "| fetching the repository |  |", "| plan |  |", "| measure | counting instructions 1 of 2 |"
    ]  # fmt: skip


def test_many_annotations_come_in_batches(github, bot, repo, alice):
    """GitHub takes 50 at once, and adds up."""

    def finds(job):
        found = regression(job)
        suspects = tuple(replace(found.suspects[0], function=f"parse{number}") for number in range(120))
        return replace(found, suspects=suspects)

    bot.finds = finds
    pull = opened(repo, alice)
    bot.work()
    (run,) = pull.runs()
    outputs = [one.body["output"] for one in github.requests if one.operation == "checks/update"]
    sent = [len(output["annotations"]) for output in outputs if "annotations" in output]
    assert (sent, len(run.now.annotations)) == ([50, 50, 20], 120)
    assert conclusion(pull) == [("completed", "failure")]


def test_a_newer_head_cancels_the_older_check(github, bot, repo, alice):
    pull = opened(repo, alice)
    bot.work_until(pull.runs)
    old = pull.runs()
    pull.push({"README.md": "Newer.\n"}, by=alice)
    bot.work()
    assert [(run.now.status, run.now.conclusion) for run in old] == [("completed", "cancelled")]
    assert conclusion(pull) == [("completed", "failure")]
    assert bot.ran == [pull.head_sha]


def test_a_push_while_it_is_measured(github, bot, repo, alice):
    """Nothing is said about a head that is not head any more."""
    pull = opened(repo, alice)

    def finds(job):
        if len(bot.ran) == 1:
            pull.push({"README.md": "Newer.\n"}, by=alice)
        return regression(job)

    bot.finds = finds
    bot.work()
    assert len(bot.ran) == 2
    (comment,) = pull.comments()
    assert pull.head_sha in comment.body
    assert "Older reports" not in comment.body


def test_closing_ends_what_is_under_way(github, bot, repo, alice):
    pull = opened(repo, alice)
    bot.work_until(pull.runs)
    pull.close(by=alice)
    bot.work()
    assert conclusion(pull) == [("completed", "cancelled")]
    assert (bot.ran, pull.comments()) == ([], [])


def test_a_fork_waits_for_approval_and_a_push_voids_it(github, bot, repo, alice, bob):
    fork = repo.fork(bob)
    fork.push("topic", {"parser.py": SLOW}, by=bob)
    pull = repo.open_pull(head="bob:topic", by=bob, title="Keep the order")
    bot.work()
    assert conclusion(pull) == [("completed", "action_required")]
    assert bot.ran == []
    looks(pull, "fork-waits")
    pull.comment("/perf approve", by=bob)
    bot.work()
    assert bot.ran == []
    github.advance(1)
    pull.comment("/perf approve", by=alice)
    bot.work()
    assert bot.ran == [pull.head_sha]
    looks(pull, "fork-approved")
    pull.push({"README.md": "Newer.\n"}, by=bob)
    bot.work()
    assert len(bot.ran) == 1
    assert conclusion(pull) == [("completed", "action_required")]


def waiting(repo, bob):
    """A pull request of a fork that waits for approval."""
    fork = repo.fork(bob)
    fork.push("topic", {"parser.py": SLOW}, by=bob)
    return fork, repo.open_pull(head="bob:topic", by=bob, title="Keep the order")


def test_an_old_head_that_is_pushed_back_has_to_be_approved_anew(github, bot, repo, alice, bob):
    _, pull = waiting(repo, bob)
    bot.work()
    approved = pull.head_sha
    github.advance(1)
    pull.comment("/perf approve", by=alice)
    bot.work()
    assert bot.ran == [approved]
    pull.push({"README.md": "Newer.\n"}, by=bob)
    bot.work()
    assert bot.desk.tasks.facts("approved") == []
    golden.check("fork-approval-void.md", seen(pull), GOLDENS)
    assert bot.ran == [approved]


@pytest.mark.parametrize(
    "sha",
    [
        pytest.param("abc", id="too short to mean one commit"),
        pytest.param("0" * 40, id="another commit"),
        pytest.param("HEAD", id="a name"),
    ],
)
def test_an_approval_names_the_head_or_nothing(github, bot, repo, alice, bob, sha):
    _, pull = waiting(repo, bob)
    bot.work()
    github.advance(1)
    pull.comment(f"/perf approve {sha}", by=alice)
    bot.work()
    assert bot.ran == []


def test_an_approval_may_name_the_whole_head_and_no_part_of_it(github, bot, repo, alice, bob):
    _, pull = waiting(repo, bob)
    bot.work()
    github.advance(1)
    pull.comment(f"/perf approve {pull.head_sha[:39]}", by=alice)
    bot.work()
    assert bot.ran == []
    assert "names the whole commit" in pull.comments(by=github.bot)[-1].body
    pull.comment(f"/perf approve {pull.head_sha}", by=alice)
    bot.work()
    assert bot.ran == [pull.head_sha]


def test_bisecting_runs_no_head_that_is_not_approved(github, bot, repo, alice, bob):
    _, pull = waiting(repo, bob)
    bot.work()
    github.advance(1)
    pull.comment("/perf approve", by=alice)
    bot.work()
    approved = pull.head_sha
    pull.push({"README.md": "Newer.\n"}, by=bob)
    bot.work()
    pull.comment(f"/perf bisect {BENCHMARK}", by=alice)
    bot.work()
    assert bot.ran == [approved]
    assert any("/perf approve" in one.body for one in pull.comments(by=github.bot)[-1:])


def test_a_push_between_approval_and_its_reading_voids_it(github, bot, repo, alice, bob):
    _, pull = waiting(repo, bob)
    bot.work()
    github.advance(1)
    pull.comment("/perf approve", by=alice)
    pull.push({"README.md": "Newer.\n"}, by=bob)
    bot.work()
    assert bot.ran == []
    assert "Head has moved" in pull.comments(by=github.bot)[-1].body
    github.advance(1)
    pull.comment("/perf approve", by=alice)
    bot.work()
    assert bot.ran == [pull.head_sha]


@pytest.mark.parametrize(("policy", "runs"), [("always", 1), ("never", 0)])
def test_forks_as_the_base_branch_says(github, bot, repo, alice, bob, policy, runs):
    repo.push("main", {".github/perfwright.yml": f"forks: {policy}\n"}, by=alice)
    fork = repo.fork(bob)
    fork.push("topic", {"parser.py": SLOW, ".github/perfwright.yml": "forks: always\n"}, by=bob)
    bot.work()
    bot.ran.clear()
    pull = repo.open_pull(head="bob:topic", by=bob)
    bot.work()
    assert len(bot.ran) == runs
    assert not any(one.author == github.bot and one.number != pull.number for one in repo.pulls())


def test_the_configuration_of_head_says_nothing(github, bot, repo, alice):
    pull = opened(repo, alice, {"parser.py": SLOW, ".github/perfwright.yml": "fail-check: false\nfixes: 'off'\n"})
    bot.work()
    assert conclusion(pull) == [("completed", "failure")]
    assert pull.suggestions()


def test_a_mistake_in_the_configuration_is_told(github, bot, repo, alice):
    repo.push("main", {".github/perfwright.yml": "treshold: 1%\n"}, by=alice)

    def finds(job):
        from bot.errors import UserError

        raise UserError(".github/perfwright.yml:1: unknown key 'treshold': did you mean 'threshold'?")

    bot.finds = finds
    pull = opened(repo, alice)
    bot.work()
    assert conclusion(pull) == [("completed", "neutral")]
    assert "did you mean `threshold`" in pull.runs()[0].now.summary or "threshold" in pull.runs()[0].now.summary


def test_fixes_off(github, bot, repo, alice):
    repo.push("main", {".github/perfwright.yml": "fixes: 'off'\n"}, by=alice)
    pull = opened(repo, alice)
    bot.work()
    assert (pull.suggestions(), len(repo.pulls())) == ([], 1)


@pytest.mark.parametrize("way", ["suggest", "pull-request"])
@pytest.mark.parametrize("path", [".github/workflows/ci.yml", "conftest.py"])
def test_a_fix_that_touches_more_than_it_may_gets_before_nobody(github, bot, repo, alice, way, path):
    """What comes from a runner is a claim: one that was broken into could write anything into a patch."""

    def finds(job):
        found = regression(job)
        evil = make_patch(path, "a = 1\n", "a = 2\n")
        return replace(found, fixes=(replace(found.fixes[0], patch=evil),))

    bot.finds = finds
    repo.push("main", {path: "a = 0\n", ".github/perfwright.yml": f"fixes: {way}\n"}, by=alice)
    pull = opened(repo, alice, {"parser.py": SLOW, path: "a = 1\n"})
    bot.work()
    assert conclusion(pull) == [("completed", "failure")]
    assert (pull.suggestions(), len(repo.pulls())) == ([], 1)
    assert pull.comments(by=github.bot)


def test_fixes_as_pull_requests(github, bot, repo, alice):
    repo.push("main", {".github/perfwright.yml": "fixes: pull-request\n"}, by=alice)
    pull = opened(repo, alice)
    bot.work()
    assert (pull.suggestions(), len(repo.pulls())) == ([], 2)


def merging(repo, alice):
    """A pull request whose fix is to be merged without a person, and the fix once it is there."""
    repo.push("main", {".github/perfwright.yml": "fixes: auto-merge\n"}, by=alice)
    pull = opened(repo, alice)
    return pull, lambda: next(one for one in repo.pulls("all") if one.number != pull.number)


def test_fixes_merged_by_github_when_their_requirements_are_met(github, bot, repo, alice):
    pull, fix = merging(repo, alice)
    repo.require("topic", "CI")
    bot.work()
    assert (pull.suggestions(), fix().now.auto_merge, fix().merged) == ([], "merge", False)
    repo.require("topic", "Perfwright")
    pull.push({"README.md": "Newer.\n"}, by=alice)
    bot.work()
    assert fix().merged


def test_fixes_merged_at_once_where_nothing_is_required(github, bot, repo, alice):
    _pull, fix = merging(repo, alice)
    before = len(bot.ran)
    bot.work()
    assert (fix().merged, repo.read("parser.py", "topic")) == (True, FAST)
    assert fix().now.merge_commit_sha in bot.ran[before:], "whether it delivers is looked at"


def test_fixes_left_to_people_where_the_repository_does_not_merge_by_itself(github, bot, repo, alice):
    repo.forbid_auto_merge()
    _pull, fix = merging(repo, alice)
    bot.work()
    assert (fix().merged, fix().now.auto_merge, fix().now.head_ref in repo.branches()) == (False, None, True)


def test_a_merge_queue_gets_its_word(github, bot, repo, alice):
    pull = opened(repo, alice)
    bot.work()
    sha = pull.queue(by=alice)
    bot.work()
    (run,) = repo.runs(sha)
    assert (run.now.status, run.now.conclusion) == ("completed", "failure")
    assert len(pull.comments()) == 1


def test_a_merge_queue_takes_what_was_accepted(github, bot, repo, alice):
    pull = opened(repo, alice)
    bot.work()
    pull.comment("/perf accept the order matters more", by=alice)
    bot.work()
    sha = pull.queue(by=alice)
    bot.work()
    (run,) = repo.runs(sha)
    assert (run.now.conclusion, run.now.title) == ("success", "Accepted: 1 regression in 1 benchmark")


def test_a_merge_queue_takes_an_acceptance_for_no_more_than_it_was_given_for(github, bot, repo, alice):
    """What was accepted waits behind what was not: it passes where it is measured alone, and not together with that."""
    first = opened(repo, alice)
    repo.push("other", {"parser.py": SLOW, "README.md": "Other.\n"}, by=alice)
    pull = repo.open_pull(head="other", by=alice)
    bot.work()
    pull.comment("/perf accept the order matters more", by=alice)
    ahead = first.queue(by=alice)
    sha = pull.queue(by=alice, behind=ahead)
    bot.work()
    assert [repo.runs(one)[0].now.conclusion for one in (ahead, sha)] == ["failure", "success"]
    together = {"head_sha": sha, "base_sha": repo.sha("main"), "queued": pull.number}
    where = bot.tasks.get(repo.runs(sha)[0].now.external_id).task.where
    bot.desk.add(Task("check:together", "check", where, together, queue_group(where.repository, sha)))
    bot.work()
    assert [run.now.conclusion for run in repo.runs(sha)] == ["success", "failure"]


def test_what_a_merge_queue_checks_can_be_checked_again(github, bot, repo, alice, bob):
    pull = opened(repo, alice)
    bot.work()
    sha = pull.queue(by=alice)
    bot.work()
    (run,) = repo.runs(sha)
    assert [one["label"] for one in run.now.actions] == ["Re-run"]
    run.click("rerun", by=bob)
    bot.work()
    assert len(repo.runs(sha)) == 1
    bot.finds = unchanged
    run.click("rerun", by=alice)
    bot.work()
    repo.rerequest_suite(sha, by=alice)
    bot.work()
    assert [one.now.conclusion for one in repo.runs(sha)] == ["failure", "success", "success"]


def test_what_may_hold_a_forks_code_is_never_measured_without_a_sandbox(github, bot, repo, alice, bob):
    """A merge queue's commit says nothing of where its parts come from; a branch of the repository itself does."""
    forks = []
    bot.finds = lambda job: (forks.append(job.fork), unchanged(job))[1]
    repo.push("main", {".github/perfwright.yml": "forks: always\n"}, by=alice)
    repo.fork(bob).push("topic", {"parser.py": SLOW}, by=bob)
    bot.work()
    forks.clear()
    pull = repo.open_pull(head="bob:topic", by=bob)
    bot.work()
    pull.queue(by=alice)
    bot.work()
    opened(repo, alice)
    bot.work()
    assert forks == [True, True, False]


def test_what_lands_on_the_default_branch_is_the_baseline(github, bot, repo, alice):
    sha = repo.push("main", {"README.md": "Newer.\n"}, by=alice)
    bot.finds = unchanged
    bot.work()
    assert [key for _, key, _ in bot.tasks.facts("history", repo.id)][-1] == sha
    assert BENCHMARK.encode() in bot.tasks.fact("history", repo.id, sha)


def test_a_branch_that_is_pushed_to_while_it_is_measured_has_its_baseline(github, bot, repo, alice):
    pushed = [repo.push("main", {"README.md": "0\n"}, by=alice)]

    def finds(job):
        if len(pushed) < 3:
            pushed.append(repo.push("main", {"README.md": f"{len(pushed)}\n"}, by=alice))
            github.settle()
            bot.worker.deliver("")
            bot.worker.work("tasks")
        return unchanged(job)

    bot.finds = finds
    bot.work()
    assert [bot.tasks.get(f"baseline:{repo.id}:{sha}").state for sha in pushed] == ["done"] * 3


def test_a_regression_merged_without_a_word_becomes_an_issue(github, bot, repo, alice):
    pull = opened(repo, alice)
    bot.work()
    pull.merge(by=alice)
    bot.work()
    (issue,) = repo.issues()
    assert issue.author == github.bot
    looks(pull, "merged-regression")


def test_a_regression_merged_where_there_are_no_issues_is_said_on_the_pull_request(github, bot, repo, alice):
    repo.disable_issues()
    pull = opened(repo, alice)
    bot.work()
    pull.merge(by=alice)
    bot.work()
    said = pull.comments(by=github.bot)[-1].body
    assert "was merged with 1 regression in 1 benchmark, which nobody has accepted" in said
    assert "close this issue" not in said


@pytest.mark.parametrize("begun", [True, False], ids=["queued", "not even begun"])
def test_a_regression_merged_before_its_check_has_ended_becomes_an_issue_too(github, bot, repo, alice, begun):
    pull = opened(repo, alice)
    if begun:
        bot.work_until(pull.runs)
    pull.merge(by=alice)
    bot.work()
    bot.later(61)
    bot.work()
    assert conclusion(pull) == [("completed", "failure")]
    (issue,) = repo.issues()
    assert (issue.author, pull.comments(), pull.reviews()) == (github.bot, [], [])


def test_a_fix_is_followed_up_and_not_booked_where_the_default_branch_never_was_slower(github, bot, repo, alice):
    repo.push("main", {"parser.py": SLOW}, by=alice)
    pull = opened(repo, alice, {"README.md": "Another parser.\n"})
    bot.work()
    (fix,) = (one for one in repo.pulls() if one.number != pull.number)
    bot.finds = lambda job: report(job, "improvement", 0.4)
    fix.merge(by=alice)
    bot.work()
    assert fix.now.merge_commit_sha in bot.ran
    assert bot.tasks.facts("ledger", repo.id) == []
    assert fix.comments(by=github.bot) == []


def test_a_fix_that_did_not_deliver_is_told_so(github, bot, repo, alice):
    repo.push("main", {"parser.py": SLOW}, by=alice)
    pull = opened(repo, alice, {"README.md": "Another parser.\n"})
    bot.finds = lambda job: replace(found := regression(job), fixes=(replace(found.fixes[0], compared=ALIKE),))
    bot.work()
    (fix,) = (one for one in repo.pulls() if one.number != pull.number)
    bot.finds = unchanged
    fix.merge(by=alice)
    bot.work()
    assert "did not deliver" in fix.comments(by=github.bot)[0].body
    looks(fix, "fix-that-did-not-deliver")


def test_a_fix_pull_request_that_was_closed_is_not_opened_again(github, bot, repo, alice):
    repo.push("main", {"parser.py": SLOW}, by=alice)
    pull = opened(repo, alice, {"README.md": "Another parser.\n"})
    bot.finds = lambda job: replace(found := regression(job), fixes=(replace(found.fixes[0], compared=ALIKE),))
    bot.work()
    (fix,) = (one for one in repo.pulls() if one.number != pull.number)
    fix.close(by=alice)
    for number in range(2):
        pull.comment("/perf fix", by=alice)
        bot.work()
        assert len(pull.comments(by=github.bot)) == number + 2
    assert len(repo.pulls("all")) == 2
    assert fix.issue.state == "closed"
    golden.check("command-fix-closed.md", told(pull.comments(by=github.bot)[-1].body.partition("\n")[2]), GOLDENS)


def offered(bot, repo, alice):
    """A pull request, and the pull request that mends it."""
    repo.push("main", {".github/perfwright.yml": "fixes: pull-request\n"}, by=alice)
    pull = opened(repo, alice)
    bot.work()
    (fix,) = fixes(repo, pull)
    return pull, fix


def fixes(repo, pull, state="all"):
    return [one for one in repo.pulls(state) if one.number != pull.number]


def test_a_fix_that_was_closed_is_not_opened_again_where_its_lines_have_moved(github, bot, repo, alice):
    pull, fix = offered(bot, repo, alice)
    fix.close(by=alice)
    bot.work()
    pull.push({"parser.py": f"# newer\n{SLOW}"}, by=alice)
    bot.work()
    assert fixes(repo, pull) == [fix]
    assert fix.issue.state == "closed"


def test_a_fix_follows_the_branch_that_it_mends(github, bot, repo, alice):
    pull, fix = offered(bot, repo, alice)
    pull.push({"parser.py": f"# newer\n{SLOW}"}, by=alice)
    bot.work()
    assert fixes(repo, pull) == [fix]
    assert repo.read("parser.py", fix.now.head_ref) == f"# newer\n{FAST}"
    assert conclusion(fix) == [("completed", "success")]
    assert f"| against | `{pull.head_sha[:10]}` |" in fix.issue.body
    assert fix.comments(by=github.bot) == []


def test_a_fix_is_closed_once_its_author_has_mended_the_regression(github, bot, repo, alice):
    pull, fix = offered(bot, repo, alice)
    bot.finds = unchanged
    pull.push({"parser.py": FAST}, by=alice)
    bot.work()
    assert fix.issue.state == "closed"
    looks(fix, "fix-no-longer-needed")
    bot.finds = regression
    pull.push({"parser.py": SLOW}, by=alice)
    bot.work()
    assert len(fixes(repo, pull, "open")) == 1


@pytest.mark.parametrize(
    ("finds", "state"),
    [
        pytest.param(lambda job: report(job, "inconclusive", 1.02), "open", id="inconclusive"),
        pytest.param(
            lambda job: elsewhere(job, "inconclusive"), "open", id="inconclusive, while others have not changed"
        ),
        pytest.param(lambda job: elsewhere(job, "improvement"), "closed", id="mended, while others are slower"),
        pytest.param(lambda job: judged(job, "unverified"), "open", id="not verified this time"),
        pytest.param(lambda job: judged(job, "rejected"), "closed", id="rejected"),
        pytest.param(lambda job: replace(regression(job), fixes=()), "closed", id="not found any more"),
    ],
)
def test_a_fix_is_closed_only_where_it_is_known_to_be_stale(github, bot, repo, alice, finds, state):
    pull, fix = offered(bot, repo, alice)
    bot.finds = finds
    pull.push({"README.md": "Newer.\n"}, by=alice)
    bot.work()
    assert fixes(repo, pull) == [fix]
    assert fix.issue.state == state
    assert len(fix.comments(by=github.bot)) == (state == "closed")


def elsewhere(job, word):
    """What this pull request mends has that verdict; another benchmark has the opposite."""
    found = report(job, "no change" if word == "inconclusive" else "regression")
    other = replace(found.verdicts[0], id="tests/test_bench.py::test_other")
    return replace(found, verdicts=(replace(found.verdicts[0], verdict=word), other))


def judged(job, status):
    found = regression(job)
    return replace(found, fixes=(replace(found.fixes[0], status=status, reason="breaks 1 test: test_order"),))


def test_a_persons_commit_on_the_branch_of_a_fix_stays(github, bot, repo, alice):
    pull, fix = offered(bot, repo, alice)
    sha = fix.push({"parser.py": f"# mine\n{FAST}"}, by=alice)
    pull.push({"README.md": "Newer.\n"}, by=alice)
    bot.work()
    assert (fix.head_sha, fix.issue.state) == (sha, "open")
    assert fixes(repo, pull) == [fix]


def test_a_fix_for_a_branch_that_is_gone_is_closed(github, bot, repo, alice):
    pull, fix = offered(bot, repo, alice)
    pull.close(by=alice)
    bot.work()
    assert [one.issue.state for one in repo.pulls("all")] == ["closed", "closed"]
    assert f"#{pull.number}, which this mends, was closed" in fix.comments(by=github.bot)[0].body
    pull.reopen(by=alice)
    bot.work()
    assert len(fixes(repo, pull, "open")) == 1


def test_a_run_takes_few_requests(github, bot, repo, alice):
    before = github.count()
    pull = opened(repo, alice)
    bot.work()
    assert pull.suggestions()
    assert github.count() - before - github.count("git *") <= 25


def test_a_run_with_a_fix_pull_request_takes_few_requests(github, bot, repo, alice):
    repo.push("main", {"parser.py": SLOW}, by=alice)
    bot.work()
    before, transport = github.count(), github.count("git *")
    opened(repo, alice, {"README.md": "Another parser.\n"})
    bot.work()
    assert len(repo.pulls()) == 2
    assert github.count() - before - (github.count("git *") - transport) <= 25


def test_hostile_names_stay_inert(github, bot, repo, alice):
    def finds(job):
        found = regression(job)
        name = "tests/b.py::test[@octocat <img src=x> | `x` \u202e]"
        return replace(
            found,
            verdicts=(replace(found.verdicts[0], id=name),),
            suspects=(replace(found.suspects[0], benchmark=name, evidence="closes #1 @org/team"),),
        )

    bot.finds = finds
    pull = opened(repo, alice)
    bot.work()
    looks(pull, "hostile-names")
