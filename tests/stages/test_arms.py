"""What is counted, timed and asked beside is kept where another of these cannot be had, and what is missing is said."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType, SimpleNamespace

import pytest

from bot import counter
from bot.core import reasons
from bot.core.config import parse_config
from bot.core.model import Samples, Suite
from bot.core.timing import Look
from bot.errors import MeasureError
from bot.harness import Count, Listing, Profile, Value
from bot.stages import measure as measuring
from bot.stages import meter as meters
from bot.stages.turns import Timed
from bot.stages.verdict import decide

BASE, HEAD = (SimpleNamespace(name=name, variant=SimpleNamespace(digest=name)) for name in ("base", "head"))
SIDES = SimpleNamespace(base=BASE, head=HEAD, own=HEAD)
LOADED = MeasureError("the benchmarks could not be loaded: it takes too long")


class Meter:
    """Answers by the name of a question: what is called for each side and seed, or what stops them all."""

    timeout_s, out_of_time, event = 60.0, False, None

    def __init__(self, answers, *, config="", metric="instructions"):
        self.answers = {**ANSWERS, **answers}
        self.metric, self.config, self.asked = metric, parse_config(config), []
        progress = SimpleNamespace(step=lambda *_, **__: None)
        self.bench = SimpleNamespace(clock=lambda: 0.0, progress=progress)

    names, values = ("b",), MappingProxyType({})

    def listing(self, *_):
        return Listing((*self.names, *self.values), values=self.values)

    def selected(self, benchmarks):
        return list(benchmarks)

    def until(self, _share):
        return 60.0

    def margin(self, *_):
        return 0.01

    def ask(self, question, side, suite, benchmarks, *, seed=0, **_):
        answer = self.answers[question.name]
        if isinstance(answer, MeasureError) and benchmarks:
            raise answer
        self.asked += [(question.name, side.name, seed) for _ in benchmarks]
        return {one: answer(side.name, seed) for one in benchmarks}


def looked(ms):
    return lambda *_: Look(cpu_ns=ms * 1e6, wall_ns=ms * 1e6)


def counted(ratio):
    return lambda side, _: Count(1e6 * (ratio if side == "head" else 1.0))


def held(ratio):
    return lambda side, _: Value(1e6 * (ratio if side == "head" else 1.0))


ANSWERS = {
    "look": looked(1.0),
    "count": counted(1.0),
    "count again": counted(1.0),
    "peak memory": held(1.0),
    "work": lambda *_: Profile((("", 0, 1, 1000, 100),)),
}
SPENT = Value(error=reasons.SPENT, timeout=True)


@pytest.fixture
def turned(monkeypatch):
    """Let head's CPU time be so many times base's, or no process start that takes turns.

    `own` is how base reads against itself; those that fail answer both sides with an error; `took_s` is what it takes
    to time one of them against itself; `again` is what the second run reads.
    """

    def turn(ratio, *, own=1.0, failing=MappingProxyType({}), took_s=0.0, again=None, counted=None, own_counted=1.0):
        def times(benchmark, ratio, counted=counted):
            if isinstance(ratio, MeasureError):
                raise ratio
            error = failing.get(benchmark)
            pair = () if error else (1.0,) * 10, () if error else (ratio,) * 10
            cpu = Samples(benchmark, "asv", "cpu time", *pair, error, error)
            count = counted and replace(
                cpu, metric="processor instructions", base=(1e6,) * 10, head=(1e6 * counted,) * 10
            )
            return Timed(cpu, replace(cpu, metric="wall time"), count)

        def against_itself(meter, _side, _suite, benchmark, **_):
            meter.bench.clock = lambda: took_s
            itself = counted and own_counted
            return times(benchmark, ratio if isinstance(ratio, MeasureError) else own, itself)

        monkeypatch.setattr(measuring, "against_itself", against_itself)

        def take_turns(_meter, _pair, _suite, benchmarks, *, run=0, **_):
            return {one: times(one, again if run and again else ratio) for one in benchmarks}

        monkeypatch.setattr(measuring, "take_turns", take_turns)

    return turn


def measured_all(meter):
    """The verdicts, and the notes."""
    plan = SimpleNamespace(suites=[Suite("asv", ())], head_suites=(), changes=())
    measurement = measuring.measure(meter, plan, SIDES)
    return decide(measurement, meter.config, lost=()), measurement.notes


def measured(meter):
    """The one verdict, and the notes."""
    (answer,), notes = measured_all(meter)
    return answer, notes


def test_what_does_not_start_where_it_is_counted_is_timed(turned):
    turned(1.1)
    answer, notes = measured(Meter({"count": LOADED}))
    assert (answer.verdict, answer.metric) == ("regression", "cpu time")
    assert notes == (f"the asv benchmarks were timed, since they could not be counted: {LOADED}",)


def test_counts_are_kept_where_no_time_can_be_taken(turned):
    turned(MeasureError("taskset: failed to set affinity"))
    answer, notes = measured(Meter({"count": counted(1.1), "count again": counted(1.1)}))
    assert (answer.verdict, answer.metric) == ("regression", "instructions")
    assert notes == ("no time was judged: taskset: failed to set affinity",)


def test_times_are_kept_where_none_can_be_taken_again(turned):
    turned(1.1, again=LOADED)
    answer, notes = measured(Meter({}, metric="cpu time"))
    assert (answer.verdict, answer.ratio, answer.reason) == ("inconclusive", pytest.approx(1.1), reasons.NOT_AGAIN)
    assert notes == (f"what time alone shows was not timed again: {LOADED}",)


def test_where_nothing_can_be_counted_or_timed_that_is_an_error(turned):
    turned(MeasureError("no core"))
    with pytest.raises(MeasureError, match="no core"):
        measured(Meter({"count": LOADED}))


NO, ELSEWHERE = "ValueError: no", "Skipped: only there"
NOISY = "no time was judged: base against itself read +20.0 to +20.0 %, so this machine is too noisy now"
LEFT_OUT = "not for this place, as they say themselves: a (only there)"
OVER = "no time was judged: the budget was spent before, raise `budget`"


@pytest.mark.parametrize(
    ("failing", "machine", "words", "notes"),
    [
        pytest.param({"a": NO}, {}, {"a": "failed", "b": "regression"}, (), id="the first one fails"),
        pytest.param({"a": ELSEWHERE}, {}, {"b": "regression"}, (LEFT_OUT,), id="the first one skips itself"),
        pytest.param({"a": NO, "b": NO}, {}, {"a": "failed", "b": "failed"}, (), id="all fail"),
        pytest.param({"a": NO}, {"own": 1.2}, dict.fromkeys("ab", "inconclusive"), (NOISY,), id="one fails, and noise"),
        pytest.param({"a": NO}, {"took_s": 61.0}, dict.fromkeys("ab", "inconclusive"), (OVER,), id="no time is left"),
    ],
)
def test_a_machine_is_judged_by_the_first_benchmark_that_runs(turned, failing, machine, words, notes):
    turned(1.1, failing=failing, **machine)
    meter = Meter({}, metric="cpu time")
    meter.names = ("a", "b")
    said, told = measured_all(meter)
    assert ({one.id: one.verdict for one in said}, told) == (words, notes)


ANSWERED = ("processor instructions", "regression", reasons.COUNTED)
UNREAD = "the processor's counter could not be read around these calls, so CPU time is asked instead"


@pytest.mark.parametrize(
    ("head", "machine", "said", "notes"),
    [
        pytest.param(
            {"counted": 1.02}, {}, (*ANSWERED[:2], f"{reasons.COUNTED}; CPU time +0.0 %, which shows no change"), (),
            id="a change that CPU time does not see",
        ),
        pytest.param({"counted": 1.02}, {"own": 1.2}, ANSWERED, (NOISY,), id="where it is too noisy for times"),
        pytest.param(
            {"counted": 1.02}, {"own_counted": 1.2}, ("cpu time", "no change", None),
            ("what the processor counts was not judged: base against itself read +20.0 to +20.0 %",),
            id="where it is the counter that cannot be relied on",
        ),
        pytest.param(
            {"counted": 1.02}, {"own": 1.2, "own_counted": 1.2}, ("cpu time", "inconclusive", reasons.UNMEASURED),
            (NOISY, "what the processor counts was not judged: base against itself read +20.0 to +20.0 %"),
            id="where neither can",
        ),
        pytest.param({}, {}, ("cpu time", "no change", None), (UNREAD,), id="where it gives no reading"),
    ],
)  # fmt: skip
def test_where_valgrind_is_missing_the_processor_counts(turned, head, machine, said, notes):
    turned(1.0, **head, **machine)
    meter = Meter({}, metric="processor instructions")
    meter.event = counter.INSTRUCTIONS
    answer, told = measured(meter)
    assert ((answer.metric, answer.verdict, answer.reason), told) == (said, notes)


@pytest.mark.parametrize("gate", ["instructions", "cpu time"])
def test_of_what_skips_itself_nothing_more_is_asked_or_told(turned, gate):
    turned(1.0, failing={"a": ELSEWHERE})
    meter = Meter({}, config=MEMORY, metric=gate)
    meter.names, ask = ("a", "b"), meter.ask

    def elsewhere(question, side, suite, benchmarks, **more):
        found = ask(question, side, suite, benchmarks, **more)
        return found | {one: question.kind(error=ELSEWHERE) for one in found if one == "a"}

    meter.ask = elsewhere
    (answer,), notes = measured_all(meter)
    assert (answer.id, answer.verdict, notes) == ("b", "no change", (LEFT_OUT,))


def beside(metric, answer):
    return next((one for one in answer.metrics if one.metric == metric), None)


MEMORY, BYTECODES = "metrics: {peak-memory: 10%}", "metrics: {bytecodes: 10%}"
TRACED = "not measured: calls of more than 50 ms are not traced"


@pytest.mark.parametrize(
    ("config", "answers", "gate", "metric", "word", "reason"),
    [
        pytest.param(MEMORY, {"look": looked(80)}, "instructions", "peak memory", "no change", None, id="long calls"),
        pytest.param(MEMORY, {}, "cpu time", "peak memory", "no change", None, id="where time decides"),
        pytest.param(BYTECODES, {}, "instructions", "bytecodes", "no change", None, id="bytecodes of what is the same"),
        pytest.param(BYTECODES, {"count": LOADED}, "instructions", "bytecodes", "no change", None, id="not counted"),
        pytest.param(BYTECODES, {"look": looked(80)}, "cpu time", "bytecodes", "inconclusive", TRACED, id="too long"),
        pytest.param(
            MEMORY, {"look": LOADED}, "cpu time", "peak memory", "inconclusive", f"not measured: {LOADED}",
            id="where not even a look can be had",
        ),
        pytest.param(
            MEMORY, {"peak memory": lambda *_: SPENT}, "instructions", "peak memory", "inconclusive", reasons.SPENT,
            id="where the budget was spent",
        ),
        pytest.param(
            MEMORY, {"peak memory": lambda *_: Value(error="a command")}, "instructions", "peak memory", "inconclusive",
            "not measured: a command", id="of commands",
        ),
        pytest.param(
            MEMORY, {"peak memory": LOADED}, "instructions", "peak memory", "inconclusive", f"not measured: {LOADED}",
            id="where nothing starts",
        ),
    ],
)  # fmt: skip
def test_a_metric_that_decides_is_asked_of_all_and_said_to_be_missing(
    turned, config, answers, gate, metric, word, reason
):
    turned(1.0)
    answer, notes = measured(Meter(answers, config=config, metric=gate))
    assert answer.verdict == "no change"
    assert (beside(metric, answer).verdict, beside(metric, answer).reason) == (word, reason)
    missing = [note for note in notes if note.startswith(f"{metric} of 1 benchmark could not be had: ")]
    assert len(missing) == (reason is not None)


def test_a_metric_that_is_only_told_is_left_out_where_it_cannot_be_had(turned):
    turned(1.0)
    answer, notes = measured(Meter({"peak memory": lambda *_: SPENT}))
    assert (answer.metrics, notes) == ((), ())


@pytest.mark.parametrize(
    ("memory", "again", "word", "asked"),
    [
        pytest.param(held(1.2), held(1.2), "regression", 8, id="that repeats"),
        pytest.param(lambda side, seed: Value(1e6 + 1e5 * (seed + 3 * (side == "head"))), held(1.0), "inconclusive", 8,
                     id="of which the second run says otherwise"),
        pytest.param(lambda side, seed: Value(1.5e6 if side == "head" and not seed else 1e6),
                     lambda side, _: Value(1.5e6 if side == "head" else 1e6), "inconclusive", 8,
                     id="under one seed only"),
    ],
)  # fmt: skip
def test_more_memory_is_asked_for_again_before_it_is_called_a_change(turned, memory, again, word, asked):
    turned(1.0)
    meter = Meter({"peak memory": memory, "peak memory again": again})
    answer, _ = measured(meter)
    assert beside("peak memory", answer).verdict == word
    assert sum(name.startswith("peak memory") for name, _, _ in meter.asked) == asked


def test_counts_are_kept_where_tracked_values_cannot_be_had(turned):
    turned(1.0)
    meter = Meter({"value": LOADED})
    meter.values = {"v": "pages"}
    plan = SimpleNamespace(suites=[Suite("asv", ())], head_suites=(), changes=())
    said = {one.id: one for one in decide(measuring.measure(meter, plan, SIDES), meter.config, lost=())}
    assert {name: one.verdict for name, one in said.items()} == {"b": "no change", "v": "failed"}


def test_a_process_that_does_not_start_again_leaves_what_was_answered_before():
    def count(benchmark, _timeout_s):
        if benchmark == "b":
            raise MeasureError("the sandboxed process ended")
        return Count(5.0)

    def serve(*_, **__):
        if not processes:
            raise LOADED
        return processes.pop()

    processes = [SimpleNamespace(ready=lambda _: None, count=count, close=lambda: None)]
    store = SimpleNamespace(get=lambda *_: None, put=lambda *_: None)
    bench = SimpleNamespace(clock=lambda: 0.0, store=store, serve=serve)
    meter = meters.Meter(bench, parse_config(""), "instructions")
    meter.place = lambda *_: ""
    found = meter.counts(None, Suite("asv", ()), ["a", "b", "c", "d"], seed=0)
    assert [one.single for one in found.values()] == [5.0, None, None, None]
    assert [one.error for one in found.values()] == [None, "the sandboxed process ended", str(LOADED), str(LOADED)]
    with pytest.raises(MeasureError, match=str(LOADED)):
        meter.counts(None, Suite("asv", ()), ["a"], seed=0)


@pytest.mark.parametrize(
    ("metric", "lacking", "event"),
    [
        pytest.param("instructions", None, counter.INSTRUCTIONS, id="beside valgrind"),
        pytest.param("processor instructions", None, counter.INSTRUCTIONS, id="in its place"),
        pytest.param("cpu time", None, None, id="but not where CPU time is asked for"),
        pytest.param("instructions", "not offered by this machine", None, id="nor where there is none"),
    ],
)
def test_the_processor_counts_in_turns_where_it_can(monkeypatch, metric, lacking, event):
    monkeypatch.setattr(counter, "lacking", lambda: lacking)
    bench = SimpleNamespace(clock=lambda: 0.0)
    assert meters.Meter(bench, parse_config("threshold: 2%"), metric).event == event
    assert meters.Meter(bench, parse_config("threshold: 2%"), metric).margin("b", "processor instructions") == 0.02


def test_turns_are_taken_on_a_core_that_we_may_use(monkeypatch):
    monkeypatch.setattr(meters.os, "sched_getaffinity", lambda _: {5, 3})
    assert meters.one_core() == ("taskset", "--cpu-list", "3")
