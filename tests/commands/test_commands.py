"""What each command answers: pure, so that every answer is compared as a whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.commands import Answer, Awaiting, Call, Fact, commands, find, usage
from bot.core.slash import parse
from bot.core.task import Task, Where
from bot.errors import UserError
from tests.reports.samples import SAMPLES

WHERE = Where(3, 7, "ada/parser")
REPORT = next(report for report in SAMPLES.values() if any(fix.status == "verified" for fix in report.fixes))
WRITTEN = datetime(2026, 1, 1, 12, tzinfo=UTC)
HEAD = REPORT.revisions.head_sha
RULES = {"list_membership_in_loop": "---\nname: list_membership_in_loop\n---\n# A card\n\nText."}


def shown(head_sha: str = HEAD, seconds: float = 1) -> Awaiting:
    """A head that was shown to wait, so many seconds before the command was written."""
    return Awaiting(head_sha, WRITTEN - timedelta(seconds=seconds))


def ask(text: str, **known: object) -> Answer:
    (words,) = parse(text)
    fields = {"head_sha": HEAD, "report": REPORT, "rules": RULES, "written_at": WRITTEN, **known}
    return find(words.word).answer(Call(words, "ada", WHERE, 5, said="c9", **fields))  # type: ignore[arg-type]


def check(said: str, **details: object) -> Task:
    more = {"pull": 5, "head_sha": HEAD, **details}
    return Task(f"check:7:5:{HEAD}:{said}", "check", WHERE, more, "pull:7:5")


def test_every_word_of_the_design_is_there():
    designed = {"bench", "fix", "explain", "accept", "ignore", "approve", "cancel", "status", "help"}
    assert designed <= set(commands())


@pytest.mark.parametrize("word", commands())
def test_every_command_says_what_it_does(word):
    command = commands()[word]
    assert (command.__doc__ or "").strip().endswith(".")
    assert "\n" not in (command.__doc__ or "").strip()
    assert command.WHO in ("write", "anyone")


def test_anyone_may_only_ask():
    assert {word for word, command in commands().items() if command.WHO == "anyone"} == {"help", "status"}


def test_help_lists_every_command():
    shown = ask("/perf help").reply
    assert all(usage(word) in shown.replace("\\|", "|") for word in commands())


def test_bench():
    assert ask("/perf bench").tasks == (check("c9", glob="", asked="ada"),)
    assert ask("/perf bench tests/*").tasks == (check("c9", glob="tests/*", asked="ada"),)


def test_fix_takes_the_verified_fix_of_this_head():
    fix = next(fix for fix in REPORT.fixes if fix.status == "verified")
    (task,) = ask("/perf fix").tasks
    assert (task.kind, task.details["rule"]) == ("fix", fix.rule)
    assert ask(f"/perf fix {fix.rule}").tasks == (task,)


@pytest.mark.parametrize(
    ("text", "known", "says"),
    [
        pytest.param("/perf fix no_such_rule", {}, "no verified fix of the rule `no_such_rule`", id="another rule"),
        pytest.param("/perf fix", {"report": None}, "no report on this head", id="before the report"),
        pytest.param("/perf fix", {"head_sha": "f" * 40}, "no report on this head", id="after a push"),
        pytest.param("/perf accept", {}, "Say why", id="accept without a reason"),
        pytest.param("/perf ignore", {}, "`/perf ignore GLOB|RULE`", id="ignore what"),
        pytest.param("/perf unignore x", {}, "`/perf unignore` lists", id="never ignored"),
        pytest.param("/perf unignore slow", {"ignored": {"slow*": "ada"}}, "mean `slow*`", id="nearly ignored"),
        pytest.param("/perf explain", {}, "needs an argument", id="explain what"),
        pytest.param("/perf explain lst_membership_in_loop", {}, "Did you mean `list_memb", id="nearly a rule"),
        pytest.param("/perf approve", {}, "Nothing waits", id="nothing to approve"),
        pytest.param("/perf approve", {"awaiting": shown("a" * 40)}, "Head has moved", id="pushed since it waited"),
        pytest.param(f"/perf approve {'a' * 40}", {"awaiting": shown()}, "Head has moved", id="approve another head"),
        pytest.param(f"/perf approve {HEAD[:12]}", {"awaiting": shown()}, "whole commit", id="approve too short a sha"),
        pytest.param("/perf approve", {"awaiting": shown(seconds=0)}, "Head has moved", id="in the same second"),
        pytest.param(f"/perf approve {HEAD}", {"awaiting": shown(seconds=-9)}, "Head has moved", id="shown later"),
        pytest.param("/perf approve", {"awaiting": shown(), "written_at": None}, "Head has moved", id="by a click"),
        pytest.param("/perf benhc", {}, "did you mean `/perf bench`", id="nearly a word"),
        pytest.param("/perf @everyone", {}, "no command `@everyone`", id="no word at all"),
    ],
)  # fmt: skip
def test_a_mistake_gets_one_polite_line(text, known, says):
    with pytest.raises(UserError) as refused:
        ask(text, **known)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_approve_holds_for_the_head_that_waits():
    answer = ask("/perf approve", awaiting=shown())
    assert answer.facts == (Fact("approved", f"5:{HEAD}", "ada"),)
    assert answer.tasks == (check("c9", asked="ada"),)


def test_accept_is_for_this_head_and_its_reason_is_harmless():
    answer = ask("/perf accept worth it, see @team and <b>this</b>")
    (fact,) = answer.facts
    assert (fact.room, fact.key) == ("accepted", f"5:{HEAD}")
    assert fact.value.startswith("ada: worth it, see `@team")
    assert [task.kind for task in answer.tasks] == ["accept"]


def test_explain_a_rule_shows_its_card():
    assert ask("/perf explain list_membership_in_loop").reply == "# A card\n\nText."


def test_explain_a_benchmark_shows_its_numbers():
    one = REPORT.verdicts[0]
    shown = ask(f"/perf explain {one.id}").reply
    assert one.id in shown
    assert f"**{one.verdict}**" in shown


def test_ignore_is_remembered():
    assert ask("/perf ignore tests/slow*").facts == (Fact("ignored", "tests/slow*", "ada"),)


@pytest.mark.parametrize("rule", ["list_membership_in_loop", "partial_revert", "restored_decorator"])
def test_ignoring_a_rule_is_called_that(rule):
    assert ask(f"/perf ignore {rule}").reply.startswith(f"From now on the rule `{rule}` will not")


IGNORED = {"tests/slow*": "ada", "partial_revert": "bob"}


def test_unignore_forgets():
    answer = ask("/perf unignore tests/slow*", ignored=IGNORED)
    assert answer.facts == (Fact("ignored", "tests/slow*", None),)


def test_unignore_lists_what_is_ignored():
    shown = ask("/perf unignore", ignored=IGNORED)
    assert shown.facts == ()
    assert all(f"- `{what}`, as `{who}` wrote" in shown.reply for what, who in IGNORED.items())
    assert ask("/perf unignore").reply == "No comment has made anything ignored."


def test_status():
    assert "Nothing is under way" in ask("/perf status").reply
    assert "- `check`: measure (leased)" in ask("/perf status", states=["`check`: measure (leased)"]).reply


def test_cancel_takes_the_place_of_the_checks():
    (task,) = ask("/perf cancel").tasks
    assert (task.kind, task.group) == ("closed", "pull:7:5")
