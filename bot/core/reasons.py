"""What a verdict's reason means, and what one can do about it: one table, which a test holds complete.

Partners: `bot/core/verdict.py`, `bot/core/claims.py` and `bot/stages/verdict.py` write the reasons. Nothing is computed
here, so that what only shows a report needs no numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.model import Verdict

SPENT = "not measured: the budget was spent"
"""The error of what was not begun."""
TOO_LATE = "did not finish within"
"""How an error begins that the time limit made."""
TOO_FEW = "not asked often enough to be sure: the budget was spent"
UNSTEADY = "does not always run"
RANDOM = "not deterministic"
"""How the reason of a benchmark begins whose numbers do not repeat."""
UNMEASURED = "not measured"
SEEDS = "the count differs from one hash seed to the next"
VARIES = "the value differs from one run to the next"
NOISY = "the machine was too noisy to tell"
NOT_AGAIN = "a second run did not show the change of the first"
UNSURE = "too uncertain among so many benchmarks"
COUNTED = "instructions, counted by the processor"
"""Where it was not valgrind that counted."""
PROCESSES = "runs other processes"
"""This and the next three go on after "it"."""
WAITS = "waits (for time, files, locks or others)"
THREADS = "runs in several threads"
TOO_LONG = "takes too long to be counted"

_ALONE = "measure it alone with `/perf bench GLOB`"
_BUDGET = "raise `budget` in `.github/perfwright.yml`"
_THRESHOLDS = "give it a larger threshold under `thresholds`"


@dataclass(frozen=True, slots=True)
class Advice:
    """Two sentences for the author of a pull request."""

    why: str
    do: str = ""
    """Nothing where nothing is to be done."""


# By words that the reason holds; of two rows that fit, one whose words are within the other's is left out.
TABLE: dict[str, Advice] = {
    SPENT: Advice("The time that measuring has was over before its turn came.", f"{_BUDGET}, or {_ALONE}"),
    TOO_LATE: Advice(
        "Near the limit chance decides which side makes it, which says nothing about the code.",
        f"{_BUDGET} (a benchmark may take a fifth of it), or give it a smaller input",
    ),
    TOO_FEW: Advice(
        "What differs is asked again under other seeds before it is called a change; the time for that was over.",
        f"{_BUDGET}, or {_ALONE}",
    ),
    UNSTEADY: Advice(
        "The same code runs at one time and fails at another, so nothing is said about this change.",
        "mend the benchmark: what it needs may be missing, late or random",
    ),
    "those that call what head changes came first": Advice(
        "It calls nothing that head changes, so it was left for last.", _ALONE
    ),
    "one side does no work": Advice(
        "What costs nothing cannot be compared.", "let the benchmark do its work in each call, in its own process"
    ),
    "next to nothing": Advice(
        "Work that vanishes altogether is more often kept or skipped than made faster.",
        "look at what the benchmark does at head, and let it do its work in each call",
    ),
    "counted outside of the sandbox": Advice(
        "A cheat looks like that; so does a result that is kept from an earlier call, and work in another process.",
        "look at what the benchmark does at head, and let it do its work in each call, in its own process",
    ),
    RANDOM: Advice(
        "The same code does not always cost the same: something in it is random, or goes by the clock or by threads.",
        f"fix its seed (such as `random.seed(0)`), make its input the same each time, or {_THRESHOLDS}",
    ),
    SEEDS: Advice(
        "The order of sets and the places of objects in memory change its cost by more than this change.",
        f"sort what it takes from sets, let one call do more work, or {_THRESHOLDS}",
    ),
    VARIES: Advice("Not every pair of values shows the change.", f"make it repeatable, or {_THRESHOLDS}"),
    NOISY: Advice(
        "The times of both sides lie too far apart, one by one, to tell a change from chance.",
        f"ask again with `/perf bench GLOB` when the machine is calm, or {_THRESHOLDS}",
    ),
    NOT_AGAIN: Advice(
        "A change that time alone shows must show twice.", "ask again with `/perf bench GLOB`, or let one call do more"
    ),
    UNSURE: Advice(
        "Among many benchmarks some seem to change by chance; this one is not sure enough.", _ALONE
    ),
    "could not be timed": Advice(
        "Instructions do not see all that it does, and the time for timing was over, or the machine too noisy.",
        f"{_BUDGET}, or {_ALONE}",
    ),
    "fails on both sides": Advice("It says nothing about this change.", "mend the benchmark, or what installs it"),
    "fails at head only": Advice("It ran at base.", "look whether head breaks what it calls"),
    "fails at base only": Advice("There is nothing to compare head with."),
    "no ratio": Advice("A value of zero or less cannot be compared as a ratio.", "track a value above zero"),
    UNMEASURED: Advice("There are no figures of both sides.", _ALONE),
    "in CPU time only": Advice("Instructions do not show it; two independent runs of the clock do."),
    COUNTED: Advice("Base and head took turns, and the processor counted what they executed."),
    "in CPU time, not in instructions": Advice(
        "It executes as much as before and takes longer or shorter: memory and caches.",
        "look at how it lays out and walks its data",
    ),
    "in wall time, not in CPU time": Advice(
        "The call does not work more or less than before: it waits.", "look at what it waits for: disk, locks, network"
    ),
    ": it agrees": Advice("Instructions and time show the same."),
    ", but CPU time": Advice("Time shows the opposite of what was counted, so neither is called a change."),
    ", which shows no change": Advice("More or fewer instructions need not take more or less time."),
    ", which is too uncertain to tell": Advice("Instructions decide, and time does not contradict them."),
    "time shows no change": Advice("What counting left open, time has settled."),
    TOO_LONG: Advice("Where a call is too long to count, time decides.", "give the benchmark a smaller input"),
    PROCESSES: Advice("Only the benchmark's own process is counted.", "do the work in the benchmark's process"),
    WAITS: Advice("Waiting executes nothing, so time has to tell.", "let it work on memory, without waiting"),
    THREADS: Advice("How threads take turns is not the same each time.", "let one thread do the work"),
    "lost compiled modules": Advice(
        "What was compiled at base runs as plain Python at head: that is the build's doing, not the code's.",
        "look at what the install command builds at head",
    ),
    "head changes this benchmark": Advice("Editing a benchmark is never taken for editing the code."),
    "a test, used as a benchmark": Advice(
        "The repository has no benchmark, or none that reaches the change.", "write a benchmark for what matters"
    ),
    "only head has it": Advice("There is nothing to compare it with; from the merge on it is compared."),
    "only base has it": Advice("There is nothing left to compare."),
    "the installed packages differ": Advice("The packages make it slower, not this code.", "pin the packages named"),
    "no change in Python was found to explain": Advice(
        "Data, templates and sources in other languages are not taken back to see what they cost.",
        "look at the files named",
    ),
}  # fmt: skip
_REGRESSION = (
    "`/perf fix` opens a verified fix where there is one, `/perf bisect BENCHMARK` finds the commit,"
    " `/perf accept REASON` lets the check pass"
)


def advice(reason: str) -> tuple[Advice, ...]:
    """The rows for a reason, which may be several joined; in the order in which it says them."""
    found = [words for words in TABLE if words in reason]
    whole = [words for words in found if not any(words in other for other in found if other != words)]
    return tuple(TABLE[words] for words in sorted(whole, key=reason.index))


def steps(one: Verdict) -> tuple[str, ...]:
    """What one can do about a verdict."""
    told = [row.do for row in advice(one.reason or "") if row.do]
    return tuple(dict.fromkeys([*told, *([_REGRESSION] if one.verdict == "regression" else [])]))
