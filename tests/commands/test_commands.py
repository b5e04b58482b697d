"""What each command answers: pure, so that every answer is compared as a whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import rules
from bot import guide
from bot.commands import Answer, Awaiting, Call, Fact, commands, find, usage
from bot.core.model import Verdict
from bot.core.slash import parse
from bot.core.task import Task, Where
from bot.errors import UserError
from tests.reports.samples import SAMPLES

WHERE = Where(3, 7, "ada/parser")
REPORT = next(report for report in SAMPLES.values() if any(fix.status == "verified" for fix in report.fixes))
WRITTEN = datetime(2026, 1, 1, 12, tzinfo=UTC)
HEAD = REPORT.revisions.head_sha
JOIN = "tests/test_bench.py::test_join[many-parts]"
IMPORT = Verdict("import pkg", "improvement", 0.9, (0.89, 0.91), 2e7, 1.8e7, rounds=3, metric="import time")
TWO = replace(
    REPORT,
    verdicts=tuple(
        Verdict(f"tests/test_bench.py::test_two[{name} input]", "no change", 1.0, (0.99, 1.01), 100, 100, rounds=1)
        for name in ("large", "small")
    ),
)
RULES = {"list_membership_in_loop": rules.load("list_membership_in_loop")}
MEANINGS = guide.meanings()


def shown(head_sha: str = HEAD, seconds: float = 1) -> Awaiting:
    """A head that was shown to wait, so many seconds before the command was written."""
    return Awaiting(head_sha, WRITTEN - timedelta(seconds=seconds))


def ask(text: str, **known: object) -> Answer:
    (words,) = parse(text)
    fields = {"head_sha": HEAD, "report": REPORT, "rules": RULES, "meanings": MEANINGS, "written_at": WRITTEN, **known}
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


def test_rerun_is_the_whole_check_whatever_follows():
    assert ask("/perf rerun").tasks == ask("/perf rerun tests/*").tasks == (check("c9", glob="", asked="ada"),)


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
        pytest.param("/perf fix", {"closed": "merged"}, "was merged", id="fix what was merged"),
        pytest.param("/perf bench", {"closed": "closed"}, "was closed", id="measure what was closed"),
        pytest.param("/perf rerun", {"closed": "merged"}, "`/perf rerun` needs an open", id="rerun what was merged"),
        pytest.param("/perf approve", {"closed": "closed"}, "was closed", id="approve what was closed"),
        pytest.param("/perf accept", {}, "Say why", id="accept without a reason"),
        pytest.param("/perf accept x", {"report": SAMPLES["unchanged"]}, "nothing to accept", id="accept nothing"),
        pytest.param("/perf ignore", {}, "`/perf ignore GLOB|RULE`", id="ignore what"),
        pytest.param("/perf unignore x", {}, "`/perf unignore` lists", id="never ignored"),
        pytest.param("/perf unignore slow", {"ignored": {"slow*": "ada"}}, "mean `slow*`", id="nearly ignored"),
        pytest.param("/perf bisect", {}, "needs an argument", id="bisect what"),
        pytest.param("/perf explain", {"report": None}, "no report on this pull request yet", id="nothing to explain"),
        pytest.param("/perf explain test_parse", {"report": None}, "no report on this", id="explain before the report"),
        pytest.param("/perf explain", {"report": SAMPLES["nothing"]}, "No benchmark was", id="nothing was measured"),
        pytest.param("/perf explain test", {}, "no benchmark, rule or word `test`", id="only part of a word"),
        pytest.param("/perf explain test_two", {"report": TWO}, "write the whole name", id="two of that name"),
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


def test_accept_waits_for_no_report_on_the_newest_head():
    answer = ask("/perf accept known", report=SAMPLES["unchanged"], head_sha="f" * 40)
    assert [fact.key for fact in answer.facts] == [f"5:{'f' * 40}"]


def explained(text: str, **known: object) -> str:
    return ask(f"/perf explain {text}".strip(), **known).reply


def test_a_card_begins_with_its_name_and_goes_on_below_it():
    shown = explained("list_membership_in_loop")
    assert shown.startswith("### `list_membership_in_loop`\n\nA local list")
    assert "#### Why is this slow?\n`in` compares" in shown


@pytest.mark.parametrize("word", ["inconclusive", "No change", "partial_revert", "interval"])
def test_a_word_is_explained(word):
    assert explained(word, report=None) == f"**{word.lower()}**: {MEANINGS[word.lower()]}"


def test_a_benchmark_leads_with_the_reason_and_what_one_can_do():
    assert explained("test_sort").split("\n\n") == [
        "`tests/test_bench.py::test_sort` at head `9d2e9d2e9d`: **inconclusive** (the count differs from one hash seed"
        " to the next). The order of sets and the places of objects in memory change its cost by more than this"
        " change.",
        "**What you can do:** sort what it takes from sets, let one call do more work, or give it a larger threshold"
        " under `thresholds`.",
        "- instructions 88.0 k → 89.1 k, over 3 hash seeds: +1.2 %, interval +0.8 to +1.6 %",
    ]


def test_a_regression_is_told_as_the_report_tells_it():
    shown = explained("test_join[many-parts]")
    assert ": **regression** (2.76×: the interval 2.75× to 2.77× lies wholly above +1 %)." in shown
    assert "- `URL.build` in `pkg/url.py` lines 120-131 explains **92 %**" in shown
    assert "- rejected: `regex_compiled_per_call` in `_clean`: not measurably faster" in shown


@pytest.mark.parametrize(
    ("said", "means"),
    [
        pytest.param("", JOIN, id="nothing is the worst"),
        pytest.param("test_join[many-parts]", JOIN, id="the end of an id"),
        pytest.param("test_join", JOIN, id="without its parameters"),
        pytest.param("URL.build", JOIN, id="a suspect, by the benchmark of which it explains most"),
        pytest.param("build", JOIN, id="a suspect's own name"),
        pytest.param("pkg", "import pkg", id="an import"),
        pytest.param("import pkg", "import pkg", id="a whole import"),
        pytest.param("test_bench.py::test_two[large input]", TWO.verdicts[0].id, id="a space in the parameters"),
        pytest.param("`test_two[large  input]`", TWO.verdicts[0].id, id="in backticks"),
    ],
)
def test_what_is_explained_is_found(said, means):
    both = replace(REPORT, verdicts=(*REPORT.verdicts, *TWO.verdicts), imports=(IMPORT,))
    assert f"`{means}` at head" in explained(said, report=both)


def test_an_older_head_is_said():
    assert "at head `9d2e9d2e9d` (head is now `ffffffffff`)" in explained("test_sort", head_sha="f" * 40)


def test_bisect_takes_a_name_with_spaces():
    (task,) = ask("/perf bisect test_two[large input]", report=TWO).tasks
    assert task.details["benchmark"] == TWO.verdicts[0].id


def test_an_import_is_not_bisected():
    with pytest.raises(UserError, match="no benchmark"):
        ask("/perf bisect import pkg", report=replace(REPORT, imports=(IMPORT,)))


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
    state = "The check of `0fe7690a1b` waits for its turn to be measured."
    assert ask("/perf status", states=[state]).reply.endswith(f"\n- {state}")


def test_cancel_takes_the_place_of_the_checks():
    (task,) = ask("/perf cancel").tasks
    assert (task.kind, task.group) == ("closed", "pull:7:5")
