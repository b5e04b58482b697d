"""Slash commands and buttons as people use them: rights read live, a reaction at once, an answer in place."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.core.task import pull_group
from bot.work import command
from tests.github.people import PullRequest
from tests.reports import golden
from tests.stories.bot import BENCHMARK, SLOW, regression, seen, told, unchanged

GOLDENS = Path(__file__).parent / "goldens"


@pytest.fixture
def pull(bot, repo, alice):
    repo.push("topic", {"parser.py": SLOW}, by=alice)
    pull = repo.open_pull(head="topic", by=alice, title="Keep the order")
    bot.work()
    bot.ran.clear()
    return pull


def answers(pull, github):
    return [one.body for one in pull.comments(by=github.bot) if "perfwright:answer" in one.body]


def say(bot, pull, text, by):
    said = pull.comment(text, by=by)
    bot.work()
    return said


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("/perf help", "help", id="help"),
        pytest.param("/perf status", "status", id="status"),
        pytest.param("/perf explain list_membership_in_loop", "explain-rule", id="explain a rule"),
        pytest.param(f"/perf explain {BENCHMARK}", "explain-benchmark", id="explain a benchmark"),
        pytest.param("/perf explain no change", "explain-word", id="explain a word"),
        pytest.param("/perf benhc", "mistake", id="a mistake"),
        pytest.param("/perf ignore tests/*", "ignore", id="ignore"),
    ],
)
def test_a_command_is_answered(github, bot, pull, alice, text, name):
    said = say(bot, pull, text, alice)
    assert (github.bot, "eyes") in said.reactions()
    (answer,) = answers(pull, github)
    golden.check(f"command-{name}.md", told(answer.partition("\n")[2]), GOLDENS)


def test_the_same_comment_delivered_twice_is_answered_once(github, bot, pull, alice):
    say(bot, pull, "/perf help", alice)
    delivery = next(one for one in github.deliveries if one.event == "issue_comment" and b"/perf help" in one.body)
    github.redeliver(delivery)
    github.duplicate(delivery)
    bot.work()
    assert len(answers(pull, github)) == 1


def test_bench_measures_again_and_in_part(github, bot, pull, alice):
    said = say(bot, pull, "/perf bench test_parse", alice)
    assert bot.ran == [pull.head_sha]
    assert (github.bot, "+1") in said.reactions()
    assert len(pull.runs()) == 2
    golden.check("command-bench.md", seen(pull), GOLDENS)


def test_a_part_takes_the_place_of_nothing(github, bot, repo, alice):
    """The check that was under way, which may be required, goes on."""
    repo.push("topic", {"parser.py": SLOW}, by=alice)
    pull = repo.open_pull(head="topic", by=alice)
    bot.work_until(pull.runs)
    say(bot, pull, "/perf bench test_parse", alice)
    assert sorted((run.now.name, run.now.conclusion) for run in pull.runs()) == [
        ("Perfwright", "failure"), ("Perfwright (test_parse)", "failure"),
    ]  # fmt: skip


def test_what_a_closed_pull_request_is_asked_for_is_answered(github, bot, pull, alice):
    pull.close(by=alice)
    say(bot, pull, "/perf bench", alice)
    assert "was closed" in answers(pull, github)[0]


@pytest.mark.parametrize("word", ["bench", "fix", "accept because", "ignore x", "approve", "cancel", "explain x"])
def test_without_write_access_nothing_is_done(github, bot, pull, bob, word):
    say(bot, pull, f"/perf {word}", bob)
    assert bot.ran == []
    assert "write access" in answers(pull, github)[0]


def test_a_stranger_is_answered_once_an_hour(github, bot, pull, alice, bob):
    for text in ("/perf help", "/perf status", "/perf fix"):
        said = say(bot, pull, text, bob)
    assert (len(answers(pull, github)), said.reactions()) == (1, [(github.bot, "eyes")])
    say(bot, pull, "/perf help", alice)
    say(bot, pull, "/perf help", alice)
    assert len(answers(pull, github)) == 3
    bot.later(command.STRANGERS_EVERY_S)
    say(bot, pull, "/perf help", bob)
    assert len(answers(pull, github)) == 4


def test_rights_are_read_at_the_moment(github, bot, repo, pull, bob):
    repo.allow(bob, "write")
    say(bot, pull, "/perf bench", bob)
    assert len(bot.ran) == 1
    repo.allow(bob, "read")
    say(bot, pull, "/perf bench", bob)
    assert len(bot.ran) == 1


def test_a_command_in_a_review_and_on_a_line(github, bot, pull, alice):
    review = pull.review(by=alice, body="/perf bench")
    bot.work()
    note = pull.note("parser.py", 6, "/perf bench", by=alice)
    bot.work()
    assert len(bot.ran) == 2
    wanted = [(github.bot, "eyes"), (github.bot, "+1")]
    assert (pull.reactions_to(review), note.reactions()) == (wanted, wanted)


@pytest.mark.parametrize("operation", ["graphql", "reactions/*"])
def test_a_command_is_done_though_github_refuses_the_reaction(github, bot, pull, alice, operation):
    github.fault(operation, status=403, message="Resource not accessible by integration", times=None)
    pull.review(by=alice, body="/perf bench")
    bot.work()
    say(bot, pull, "/perf bench", alice)
    assert len(bot.ran) == 2


@pytest.mark.parametrize(
    "text", ["> /perf bench", "```\n/perf bench\n```", "`/perf bench`", "please /perf bench", "/performance"]
)
def test_what_is_no_command_is_left_alone(github, bot, pull, alice, text):
    before = github.count()
    said = say(bot, pull, text, alice)
    assert (said.reactions(), bot.ran, answers(pull, github)) == ([], [], [])
    assert github.count() == before


def test_an_edited_comment_is_ignored(github, bot, pull, alice):
    said = say(bot, pull, "hello", alice)
    said.edit("/perf bench", by=alice)
    bot.work()
    assert bot.ran == []


def test_the_bot_does_not_listen_to_itself(github, bot, pull, alice):
    """Its answer to `help` is full of commands."""
    say(bot, pull, "/perf help", alice)
    assert len(pull.comments(by=github.bot)) == 2


def test_accept_lets_the_check_pass_until_the_next_push(github, bot, pull, alice):
    say(bot, pull, "/perf accept the order matters more", alice)
    assert [run.now.conclusion for run in pull.runs()] == ["success"]
    golden.check("accepted.md", seen(pull), GOLDENS)
    pull.push({"README.md": "Newer.\n"}, by=alice)
    bot.work()
    assert [run.now.conclusion for run in pull.runs()] == ["failure"]


def test_an_accepted_regression_that_is_merged_becomes_no_issue(github, bot, repo, pull, alice):
    say(bot, pull, "/perf accept the order matters more", alice)
    pull.merge(by=alice)
    bot.work()
    assert repo.issues("all") == []


def test_fix_opens_one_pull_request_however_often(github, bot, repo, pull, alice):
    say(bot, pull, "/perf fix", alice)
    say(bot, pull, "/perf fix list_membership_in_loop", alice)
    (fix,) = [one for one in repo.pulls() if one.number != pull.number]
    assert fix.author == github.bot
    golden.check("command-fix.md", seen(fix), GOLDENS)


def test_fix_for_a_fork_is_a_patch(github, bot, repo, alice, bob):
    fork = repo.fork(bob)
    fork.push("topic", {"parser.py": SLOW}, by=bob)
    pull = repo.open_pull(head="bob:topic", by=bob)
    bot.work()
    github.advance(1)
    say(bot, pull, "/perf approve", alice)
    say(bot, pull, "/perf fix", alice)
    say(bot, pull, "/perf fix", alice)
    patches = [one for one in pull.comments(by=github.bot) if "git apply" in one.body]
    assert len(patches) == 1
    golden.check("fork-patch.md", told(patches[0].body), GOLDENS)
    assert fork.read("parser.py", "topic") == SLOW
    assert len(repo.pulls()) == 1


def test_ignored_benchmarks_are_not_spoken_of(github, bot, pull, alice):
    say(bot, pull, "/perf ignore *test_parse*", alice)
    pull.push({"README.md": "Newer.\n"}, by=alice)
    bot.work()
    assert [run.now.conclusion for run in pull.runs()] == ["neutral"]


def test_what_is_ignored_is_listed_and_taken_back(github, bot, pull, alice):
    say(bot, pull, "/perf ignore *test_parse*", alice)
    say(bot, pull, "/perf unignore", alice)
    say(bot, pull, "/perf unignore *test_parse*", alice)
    shown = "\n\n".join(told(one.partition("\n")[2]) for one in answers(pull, github))
    golden.check("command-unignore.md", shown, GOLDENS)
    pull.push({"README.md": "Newer.\n"}, by=alice)
    bot.work()
    assert [run.now.conclusion for run in pull.runs()] == ["failure"]


def test_a_command_is_done_once_though_github_was_away_for_its_answer(github, bot, pull, alice):
    say(bot, pull, "/perf ignore *test_parse*", alice)
    github.fault("issues/create-comment", status=500)
    say(bot, pull, "/perf unignore *test_parse*", alice)
    bot.later(60)
    bot.work()
    assert "will be spoken of here again" in answers(pull, github)[-1]


def test_a_fix_of_several_rules_goes_with_any_of_them(github, bot, repo, pull, alice):
    def finds(job):
        found = regression(job)
        one = replace(found.fixes[0], rule="list_membership_in_loop + pop_front_in_loop")
        return replace(found, fixes=(one,))

    bot.finds = finds
    say(bot, pull, "/perf ignore pop_front_in_loop", alice)
    before = len(pull.suggestions())
    pull.push({"README.md": "Newer.\n"}, by=alice)
    bot.work()
    assert len(pull.suggestions()) == before
    assert "pop_front_in_loop" not in seen(pull).partition("/perf ignore")[0]


def test_what_is_left_of_many_benchmarks_is_told(github, bot, repo, alice):
    def finds(job):
        found = regression(job)
        others = (replace(found.verdicts[0], id=f"tests/test_slow.py::test_{name}") for name in ("a", "b"))
        return replace(found, verdicts=(*found.verdicts, *others))

    bot.finds = finds
    repo.push("topic", {"parser.py": SLOW}, by=alice)
    pull = repo.open_pull(head="topic", by=alice, title="Keep the order")
    say(bot, pull, "/perf ignore tests/test_slow.py*", alice)
    golden.check("ignored.md", seen(pull), GOLDENS)
    say(bot, pull, "/perf ignore tests/*", alice)
    pull.push({"README.md": "Newer.\n"}, by=alice)
    bot.work()
    (run,) = pull.runs()
    assert run.now.title == "inconclusive (all 3 benchmarks are ignored in this repository)"


def test_status_says_what_is_under_way(github, bot, repo, alice):
    repo.push("topic", {"parser.py": SLOW}, by=alice)
    pull = repo.open_pull(head="topic", by=alice)
    bot.work_until(pull.runs)
    pull.comment("/perf status", by=alice)
    bot.work_until(lambda: answers(pull, github))
    golden.check("command-status-under-way.md", told(answers(pull, github)[0].partition("\n")[2]), GOLDENS)


def test_cancel_stops_what_is_under_way(github, bot, repo, alice):
    repo.push("topic", {"parser.py": SLOW}, by=alice)
    pull = repo.open_pull(head="topic", by=alice)
    bot.work_until(pull.runs)
    say(bot, pull, "/perf cancel", alice)
    (run,) = pull.runs()
    assert run.now.conclusion == "cancelled"
    assert bot.ran == []
    golden.check("cancelled.md", seen(pull), GOLDENS)
    run.click("rerun", by=alice)
    bot.work()
    assert bot.ran == [pull.head_sha]


@pytest.mark.parametrize(
    ("happens", "ends"),
    [
        pytest.param(partial(PullRequest.comment, body="/perf cancel"), True, id="cancelled"),
        pytest.param(PullRequest.close, True, id="closed"),
        pytest.param(PullRequest.merge, False, id="merged"),
        pytest.param(partial(PullRequest.push, files={"README.md": "x"}), False, id="a newer head is checked"),
        pytest.param(partial(PullRequest.comment, body="/perf bench"), False, id="checked again"),
    ],
)
def test_a_bisect_ends_when_a_person_says_so_or_with_its_pull_request(github, bot, repo, pull, alice, happens, ends):
    """It names commits of the head that it was asked for, which a newer check says nothing of."""
    pull.comment(f"/perf bisect {BENCHMARK}", by=alice)
    group = pull_group(repo.id, pull.number)
    bot.work_until(lambda: any(one.task.step == "measure" for one in bot.tasks.of_group(group)))
    bot.later(1)
    happens(pull, by=alice)
    bot.work()
    assert ends == (not [one for one in pull.comments(by=github.bot) if "perfwright:bisect" in one.body])


def test_the_buttons_do_what_the_commands_do(github, bot, repo, pull, alice):
    (run,) = pull.runs()
    run.click("fix", by=alice)
    bot.work()
    assert len(repo.pulls()) == 2
    run.click("accept", by=alice)
    bot.work()
    assert run.now.conclusion == "success"
    run.click("rerun", by=alice)
    bot.work()
    assert len(bot.ran) == 1
    say(bot, pull, "/perf rerun", alice)
    assert bot.ran == [pull.head_sha] * 2
    assert answers(pull, github) == []


def test_a_button_needs_the_same_rights(github, bot, repo, pull, bob):
    (run,) = pull.runs()
    run.click("accept", by=bob)
    bot.work()
    assert run.now.conclusion == "failure"
    assert "write access" in answers(pull, github)[0]


@pytest.mark.parametrize(
    ("happens", "says"),
    [
        pytest.param(PullRequest.merge, "this was merged.", id="merged"),
        pytest.param(PullRequest.close, "this was closed.", id="closed"),
        pytest.param(partial(PullRequest.push, files={"README.md": "x"}), "head is", id="a newer head"),
    ],
)
def test_buttons_that_do_nothing_any_more_say_so_once(github, bot, pull, alice, happens, says):
    (run,) = pull.runs()
    happens(pull, by=alice)
    bot.work()
    checks = len(bot.ran)
    for word in ("accept", "fix", "rerun"):
        run.click(word, by=alice)
        bot.work()
    (answer,) = answers(pull, github)
    assert says in answer
    assert (run.now.conclusion, len(bot.ran)) == ("failure", checks)


def test_github_itself_asks_to_run_again(github, bot, repo, pull, alice):
    bot.finds = unchanged
    (run,) = pull.runs()
    run.rerequest(by=alice)
    bot.work()
    golden.check("asked-again.md", seen(pull), GOLDENS)
    repo.rerequest_suite(pull.head_sha, by=alice)
    bot.work()
    assert len(bot.ran) == 2
