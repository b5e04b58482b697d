"""Turns end when the clock says so, however many benchmarks want them and however long they are."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot import counter
from bot.core import reasons
from bot.core.model import Suite
from bot.core.verdict import decide
from bot.errors import MeasureError
from bot.harness import Harness, Parted, Turn, TurnsReady
from bot.stages import turns
from tests.fakes import FakeProcess

SUITE = Suite("functions", ())
PAIR = (SimpleNamespace(side="base"), SimpleNamespace(side="head"))


@pytest.fixture
def meter(monkeypatch):
    """A meter whose clock nobody moves, with a store that keeps."""
    monkeypatch.setattr(turns, "_pinned", lambda *_: SimpleNamespace(close=lambda: None))
    kept, now_s = {}, [0.0]
    progress = SimpleNamespace(step=lambda *_, **__: None)
    store = SimpleNamespace(get=lambda place, _: kept.get(place), put=kept.__setitem__)
    return SimpleNamespace(
        bench=SimpleNamespace(clock=lambda: now_s[0], progress=progress, store=store), out_of_time=False, now_s=now_s,
        event=None, kept=kept, place=lambda *what: str(what[:1] + what[3:]), margin=lambda *_: 0.01,
    )  # fmt: skip


def test_many_long_benchmarks_share_the_time_of_a_few_and_end_in_time(meter, monkeypatch):
    def take(_meter, _sides, benchmark, _draw, taken):
        meter.now_s[0] += 3.0
        taken.cpu.append((1.0, 1.0 if len(taken.cpu) % 2 else 1.2))
        taken.wall.append((1.0, 1.0))
        return True

    monkeypatch.setattr(turns, "_take", take)
    wanted = [f"bench_{number}" for number in range(100)]
    timed = turns.take_turns(meter, PAIR, SUITE, wanted, until_s=100.0)
    assert meter.now_s[0] <= 103, "the one that has begun ends"
    told = [one for one in wanted if len(timed[one].cpu.base) >= 10]
    assert told == wanted[:3]
    assert {timed[one].cpu.base_error for one in wanted[3:]} == {reasons.SPENT}


def sessions(monkeypatch, meter, ratios, *, last_s=0.0):
    """Let each session give the next of the ratios; `last_s` is what the last one takes."""
    left = iter(ratios)

    def take(_meter, _sides, _benchmark, _draw, taken):
        taken.cpu.append((1.0, next(left)))
        taken.wall.append(taken.cpu[-1])
        meter.now_s[0] += last_s if len(taken.cpu) == len(ratios) else 0.0
        return True

    monkeypatch.setattr(turns, "_take", take)


NOISE = [1.3, 0.7, 1.4, 0.9, 0.6, 1.1, 1.2, 0.8] * 10


@pytest.mark.parametrize(
    ("ratios", "last_s", "kept"),
    [
        pytest.param([1.0] * 10, 0.0, True, id="calm"),
        pytest.param([1.1] * 10, 0.0, True, id="changed"),
        pytest.param(NOISE, 0.0, False, id="too noisy to tell"),
        pytest.param(NOISE[:7], 200.0, False, id="when the budget ended first"),
    ],
)
def test_only_what_could_be_told_is_kept(meter, monkeypatch, ratios, last_s, kept):
    sessions(monkeypatch, meter, ratios, last_s=last_s)
    timed = turns.take_turns(meter, PAIR, SUITE, ["b"], until_s=100.0)["b"]
    assert len(timed.cpu.base) == len(ratios)
    assert list(meter.kept.values()) == [timed] * kept
    meter.now_s[0] = 0.0
    sessions(monkeypatch, meter, [1.05] * 10)
    again = turns.take_turns(meter, PAIR, SUITE, ["b"], until_s=100.0)["b"]
    assert (again == timed) is kept
    meter.margin = lambda *_: 0.2
    sessions(monkeypatch, meter, [1.02] * 10)
    assert turns.take_turns(meter, PAIR, SUITE, ["b"], until_s=100.0)["b"] != again, "another margin may want more"


def test_what_was_kept_is_told_where_nothing_starts_any_more(meter, monkeypatch):
    sessions(monkeypatch, meter, [1.0] * 10)
    kept = turns.take_turns(meter, PAIR, SUITE, ["a"], until_s=100.0)["a"]
    stopped = MeasureError("no core")

    def pinned(*_):
        raise stopped

    monkeypatch.setattr(turns, "_pinned", pinned)
    timed = turns.take_turns(meter, PAIR, SUITE, ["a", "b"], until_s=100.0)
    assert (timed["a"], timed["b"].cpu.base_error, timed["b"].wall.head_error) == (kept, "no core", "no core")
    assert list(meter.kept.values()) == [kept]
    with pytest.raises(MeasureError, match="no core"):
        turns.take_turns(meter, PAIR, SUITE, ["b"], until_s=100.0)


def test_times_that_stand_beside_counts_get_less_sessions(meter, monkeypatch):
    left = {one: iter(NOISE) for one in "ab"}

    def take(_meter, _sides, benchmark, _draw, taken):
        taken.cpu.append((1.0, next(left[benchmark])))
        taken.wall.append(taken.cpu[-1])
        return True

    monkeypatch.setattr(turns, "_take", take)
    timed = turns.take_turns(meter, PAIR, SUITE, ["a", "b"], until_s=100.0, beside=["a"])
    assert [len(one.cpu.base) for one in timed.values()] == [20, 80]


def test_turns_that_were_disturbed_on_both_sides_are_compared_with_each_other():
    base, head = [1.0, 1.0, 9.0, 9.0, 9.0, 1.0], [1.1, 1.1, 9.9, 9.9, 1.1, 9.9]
    assert turns._sample(base, head) == pytest.approx((5.0, 5.5))
    assert turns._sample([0.0, 2.0], [0.0, 1.0]) == pytest.approx((1.0, 0.5))
    assert turns._sample([0.0], [0.0]) == (0.0, 0.0)


@pytest.mark.parametrize("ratios", [pytest.param([1.0] * 10, id="calm"), pytest.param(NOISE[:10], id="noisy")])
def test_a_machine_is_looked_at_anew_each_time(meter, monkeypatch, ratios):
    for _ in range(2):
        sessions(monkeypatch, meter, ratios)
        timed = turns.against_itself(meter, PAIR[0], SUITE, "b", until_s=100.0, most=10)
        assert timed.cpu.head == tuple(ratios)
    assert meter.kept == {}


@pytest.mark.parametrize(
    ("counts", "judged"),
    [
        pytest.param([(1e6, 1.1e6)] * 10, True, id="in each session"),
        pytest.param([(1e6, 1.1e6)] * 9, False, id="in all but one"),
        pytest.param([], False, id="in none"),
    ],
)
def test_what_the_processor_counts_is_judged_where_it_has_counted_all(meter, monkeypatch, counts, judged):
    left = iter(counts)

    def take(_meter, _sides, _benchmark, _draw, taken):
        taken.cpu.append((1.0, NOISE[len(taken.cpu)]))
        taken.wall.append(taken.cpu[-1])
        taken.counted += [pair] if (pair := next(left, None)) else []
        return True

    monkeypatch.setattr(turns, "_take", take)
    timed = turns.take_turns(meter, PAIR, SUITE, ["b"], until_s=100.0)["b"]
    assert (timed.counted is not None) is judged
    assert len(timed.cpu.base) == (10 if judged else 80), "what is counted tells sooner than noisy times do"
    assert [one.metric for one in timed.samples] == ["processor instructions"] * judged + ["cpu time", "wall time"]


def test_times_are_kept_in_the_same_place_where_nothing_is_counted(meter):
    meter.event = None
    without = turns._place(meter, PAIR, SUITE, "b", 0)
    assert without == turns.key(["('turns', 'b')"] * 2, 0, turns.TURNS, 0.01, 0.01)
    meter.event = counter.INSTRUCTIONS
    assert turns._place(meter, PAIR, SUITE, "b", 0) != without


@pytest.mark.parametrize(
    ("turn", "idle", "answer"),
    [
        pytest.param(10_100.0, 100.0, 1000.0, id="without what asking costs"),
        pytest.param(999.0, 100.0, None, id="of which asking is a large part"),
        pytest.param(None, 100.0, None, id="no reading"),
        pytest.param(10_100.0, None, None, id="no reading of asking"),
    ],
)
def test_what_asking_costs_is_taken_off(turn, idle, answer):
    empty = [Turn(0.0, 0.0, counted) for counted in (idle and 4 * idle, idle, idle)]
    assert turns._of_a_call(Turn(1.0, 1.0, turn), empty, 10) == answer
    assert turns._of_a_call(Turn(1.0, 1.0, turn), [], 10) is None


class Served:
    """One side's process, that answers each benchmark's turns with the next of its own: a time, or an error."""

    def __init__(self, answers):
        self.answers, self.closed = answers, 0

    def ready(self, _benchmark):
        pass

    def begin_turns(self, benchmark, _timeout_s, _batch_ns):
        self.now = next(self.answers[benchmark])
        if self.now == "gone":
            raise MeasureError("the sandboxed process ended")
        return TurnsReady(ready=True, error=self.now if self.now == "ValueError: no" or self.now == LATE else None)

    def turn(self, _loops, _timeout_s, **_):
        if self.now == "RuntimeError: worn out":
            raise MeasureError(self.now)
        return Turn(self.now, self.now)

    def end_turns(self, _timeout_s):
        return None

    def close(self):
        self.closed += 1


LATE = f"{reasons.TOO_LATE} 9 s"


def taken(meter, monkeypatch, base, head):
    """The verdict from what each side answers, session by session, and how many sessions were begun."""
    begun = []

    def pinned(_meter, side, _suite, seed):
        begun.append(seed)
        return served[side.side]

    served = {side: Served({"b": iter(answers)}) for side, answers in (("base", base), ("head", head))}
    monkeypatch.setattr(turns, "_pinned", pinned)
    meter.timeout_s = 9.0
    timed = turns.take_turns(meter, PAIR, SUITE, ["b"], until_s=100.0)["b"]
    return decide(timed.cpu, 0.01), len({*begun})


NO, WORN, GONE = "ValueError: no", "RuntimeError: worn out", "gone"


@pytest.mark.parametrize(
    ("base", "head", "word", "reason", "sessions"),
    [
        pytest.param([1.0] * 40, [NO] * 2, "failed", f"fails at head only: {NO}", 2, id="failing twice at head"),
        pytest.param([1.0] * 40, [WORN] * 2, "failed", f"fails at head only: {WORN}", 2, id="in the middle of turns"),
        pytest.param([NO] * 2, [1.0] * 40, "failed", f"fails at base only: {NO}", 2, id="failing twice at base"),
        pytest.param([1.0] * 40, [LATE], "inconclusive", f"one side {LATE}", 1, id="late, which is not asked again"),
        pytest.param([1.0] * 40, [NO] + [1.0] * 39, "no change", None, 10, id="failing once, and unchanged"),
        pytest.param(
            [1.0] * 40, [1.1] * 5 + [GONE] + [1.1] * 34, "inconclusive",
            "does not always run: the sandboxed process ended", 10, id="ending once, and changed",
        ),
        pytest.param(
            [1.0] * 40, [1.1] * 5 + [NO, GONE], "inconclusive", f"does not always run: {NO}", 7,
            id="failing twice after some sessions",
        ),
    ],
)  # fmt: skip
def test_a_failure_in_turns_is_of_the_side_that_raised_it_and_takes_no_session_away(
    meter, monkeypatch, base, head, word, reason, sessions
):
    answer, begun = taken(meter, monkeypatch, base, head)
    assert (answer.verdict, begun) == (word, sessions)
    assert (answer.reason or "").startswith(reason or "")
    assert not any(one.cpu.lacking for one in meter.kept.values())


def stages(meter, monkeypatch, answer):
    """What each benchmark's turns on a side come to, as `answer(side, benchmark)` says."""

    class Answering(Served):
        def begin_turns(self, benchmark, _timeout_s, _batch_ns):
            self.now = self.answers(benchmark)
            if self.now == GONE:
                raise MeasureError("the sandboxed process ended")
            return TurnsReady(ready=True, error=self.now if self.now == LATE else None)

    monkeypatch.setattr(turns, "_pinned", lambda _meter, side, *_: Answering(lambda one: answer(side.side, one)))
    meter.timeout_s = 9.0


@pytest.mark.parametrize("bad", [("b0",), ("b2",), ("b4",), ("b0", "b1", "b3")], ids=", ".join)
def test_those_that_end_their_process_take_no_session_from_others(meter, monkeypatch, bad):
    stages(meter, monkeypatch, lambda side, one: GONE if one in bad and side == "head" else 1.0)
    wanted = [f"b{number}" for number in range(5)]
    timed = turns.take_turns(meter, PAIR, SUITE, wanted, until_s=100.0)
    assert {one: len(timed[one].cpu.base) for one in wanted} == {one: 0 if one in bad else 10 for one in wanted}
    assert {timed[one].cpu.head_error for one in bad} == {"the sandboxed process ended"}


def test_one_that_hangs_takes_no_time_from_those_behind_it_but_of_the_whole(meter, monkeypatch):
    def answer(_side, one):
        meter.now_s[0] += 20.0 if one in ("b0", "b2") else 0.1
        return LATE if one in ("b0", "b2") else 1.0

    stages(meter, monkeypatch, answer)
    timed = turns.take_turns(meter, PAIR, SUITE, [f"b{number}" for number in range(1, 12)], until_s=100.0)
    assert {len(one.cpu.base) for name, one in timed.items() if name != "b2"} == {10}
    meter.now_s[0] = 0.0
    timed = turns.take_turns(meter, PAIR, SUITE, ["b0", "b2", "b20"], until_s=50.0)
    assert timed["b20"].cpu.base_error == reasons.SPENT


def test_a_project_that_does_not_start_is_blamed_on_no_side_and_the_others_go_on(meter, monkeypatch):
    listing = b'{"benchmarks": []}'
    turn = [b'{"ready": true}', *[b'{"cpu_ns": 1, "wall_ns": 1}'] * turns.TURNS, b"{}"]
    suite = Suite("pytest", ("a/t.py", "b/t.py"), projects={"a": ("a/t.py",), "b": ("b/t.py",)})

    def pinned(_meter, side, *_):
        def start(part):
            starts = side.side == "base" or part.options["project"] == "b"
            return Harness(lambda: FakeProcess(*([listing, *turn] if starts else [])), "none")

        return Parted(suite.apart(), start)

    monkeypatch.setattr(turns, "_pinned", pinned)
    meter.timeout_s = 9.0
    timed = turns.take_turns(meter, PAIR, suite, ["a/t.py::x", "b/t.py::x"], until_s=100.0)
    assert [len(one.cpu.base) for one in timed.values()] == [0, 10]
    assert decide(timed["a/t.py::x"].cpu, 0.01).reason == "fails on both sides: the sandboxed process ended"
