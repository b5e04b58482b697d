"""Answers from inside a sandbox are claims of a stranger: read with limits, refused in one line."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import sandbox
from bot.core.model import Suite
from bot.counter import Reading
from bot.errors import MeasureError
from bot.harness import Count, Harness, LoadError, Parted, Profile, Reach, alike, argv
from tests.fakes import FakeProcess

LISTING = b'{"benchmarks": ["a", "b"], "errors": []}'
READY = b'{"single": 100, "batch": 640, "ready": true}'
WATCHED = [("pkg/a.py", 1), ("pkg/b.py", 7)]
ASK = {
    "count": lambda harness: harness.count("a", 10),
    "profile": lambda harness: harness.profile("a", WATCHED, 10),
    "reach": lambda harness: harness.reach("a", WATCHED, 10),
    "early": lambda harness: harness.early("a", WATCHED, 10),
    "cover": lambda harness: harness.cover("a", 10),
    "begin_turns": lambda harness: harness.begin_turns("a", 10, 1000),
    "turn": lambda harness: harness.turn(3, 10),
    "end_turns": lambda harness: harness.end_turns(10),
}


def harness(*answers: bytes, instrument: str = "none") -> Harness:
    return Harness(lambda: FakeProcess(*answers), instrument)


def counting(*answers: bytes) -> Harness:
    return harness(LISTING, READY, *answers, instrument="callgrind")


def refused(attempt) -> MeasureError:
    with pytest.raises(MeasureError) as caught:
        attempt()
    message = str(caught.value)
    assert message
    assert "\n" not in message
    assert "\r" not in message
    assert len(message) < 1000
    return caught.value


def test_a_listing_is_kept():
    listing = harness(b'{"benchmarks": ["a"], "errors": [{"path": "p", "message": "m"}], "more": 1}').listing
    assert listing.benchmarks == ("a",)
    assert listing.errors == (LoadError("p", "m"),)


GARBAGE = [
    pytest.param(b"", id="an empty line"),
    pytest.param(b"Traceback (most recent call last):", id="no JSON"),
    pytest.param(b"\xff\xfe\x00", id="no UTF-8"),
    pytest.param(b'"\\ud800"', id="half a character"),
    pytest.param(b"[]", id="a list"),
    pytest.param(b"null", id="null"),
    pytest.param(b"NaN", id="NaN"),
    pytest.param(b"[" * 200_000, id="deep nesting"),
    pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="deep nesting of objects"),
    pytest.param(b'{"errors": [], "error": null} {}', id="two answers in one line"),
]


@pytest.mark.parametrize("answer", [*GARBAGE, *(
    pytest.param(json.dumps(value).encode(), id=name) for name, value in {
        "benchmarks that are no list": {"benchmarks": "abc"},
        "benchmarks that are no text": {"benchmarks": [1]},
        "benchmarks that are null": {"benchmarks": None},
        "errors of another shape": {"benchmarks": [], "errors": ["no"]},
        "too many benchmarks": {"benchmarks": [str(number) for number in range(20_001)]},
        "the same benchmark twice": {"benchmarks": ["a", "b", "a"]},
        "a suite that did not load": {"fatal": "ImportError: no\nmodule\r\nat all" + "x" * 5000},
    }.items()
)])  # fmt: skip
def test_a_listing_is_refused(answer):
    process = FakeProcess(answer)
    refused(lambda: Harness(lambda: process, "none"))
    assert process.closed


def test_a_harness_that_ends_at_once_is_closed():
    process = FakeProcess()
    assert refused(lambda: Harness(lambda: process, "none")).detail == "the end of standard error"
    assert process.closed


def test_an_id_that_is_too_long_is_left_out():
    answer = json.dumps({"benchmarks": ["a", "b" * 2001, "c" * 2000]}).encode()
    assert harness(answer).listing.benchmarks == ("a", "c" * 2000)


@pytest.mark.parametrize("question", ASK)
@pytest.mark.parametrize("answer", GARBAGE)
def test_an_answer_is_refused(question, answer):
    refused(lambda: ASK[question](harness(LISTING, answer)))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        pytest.param("count", b'{"single": "5"}', id="a count that is text"),
        pytest.param("count", b'{"single": NaN}', id="a count that is no number"),
        pytest.param("count", b'{"single": Infinity}', id="an infinite count"),
        pytest.param("count", b'{"single": 1e999}', id="a count beyond any number"),
        pytest.param("count", b'{"single": 5, "batch": 9, "calls": 1.5}', id="half a call"),
        pytest.param(
            "count", b'{"single": 5, "batch": 9, "calls": 1' + b"0" * 400 + b"}", id="calls beyond any number"
        ),
        pytest.param("count", b'{"single": true}', id="a count that is true"),
        pytest.param("count", b'{"error": 5}', id="an error that is no text"),
        pytest.param("profile", b'{"costs": [["a", 1, 2, 3]]}', id="a cost without its last part"),
        pytest.param("profile", b'{"costs": [["a", 1, 2, 3, "x"]]}', id="a cost that is text"),
        pytest.param("profile", b'{"costs": {}}', id="costs that are no list"),
        pytest.param("profile", b'{"costs": [["a", 1, 1, -5, 1]]}', id="a negative cost"),
        pytest.param("profile", b'{"costs": [["a", 1, 1, 1' + b"0" * 400 + b", 1]]}", id="a cost beyond any number"),
        pytest.param("profile", b'{"costs": [["a", 1, 1e400, 1, 1]]}', id="an infinite cost"),
        pytest.param("reach", b'{"reached": [2]}', id="reaching what was not watched"),
        pytest.param("reach", b'{"reached": [-1]}', id="reaching backwards"),
        pytest.param("reach", b'{"reached": ["0"]}', id="reaching by name"),
        pytest.param("early", b'{"loaded": [2]}', id="loading what was not watched"),
        pytest.param("early", b'{"prepared": [0], "called": [9]}', id="calling what was not watched"),
        pytest.param("begin_turns", b"{}", id="neither ready nor failed"),
        pytest.param("begin_turns", b'{"ready": true, "loops": 0}', id="no calls in a turn"),
        pytest.param("begin_turns", b'{"ready": true, "loops": -1}', id="less than no calls in a turn"),
        pytest.param("begin_turns", b'{"ready": true, "loops": 1' + b"0" * 40 + b"}", id="endless calls in a turn"),
        pytest.param("turn", b"{}", id="a turn without a time"),
        pytest.param("turn", b'{"cpu_ns": 1}', id="a turn without one of its times"),
        pytest.param("turn", b'{"cpu_ns": NaN, "wall_ns": 1}', id="a time that is no number"),
        pytest.param("turn", b'{"cpu_ns": -1, "wall_ns": 1}', id="a time that runs backwards"),
        pytest.param("turn", b'{"error": "ValueError: worn out"}', id="an error instead of a time"),
    ],
)
def test_a_claim_that_cannot_be_true_is_refused(question, answer):
    refused(lambda: ASK[question](harness(LISTING, answer)))


def test_a_turn_that_fails_says_why():
    with pytest.raises(MeasureError, match=r"^ValueError: worn out$"):
        harness(LISTING, b'{"error": "ValueError: worn out"}').turn(3, 10)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"{}", id="that does not say what it costs"),
        pytest.param(b'{"fatal": "valgrind is missing"}', id="that did not start"),
        pytest.param(b'{"error": "did not finish within 60 s", "ready": true}', id="that could not count"),
        pytest.param(b'{"single": -5, "batch": 5}', id="that costs less than nothing"),
        pytest.param(b'{"single": "5", "batch": 5}', id="that answers in words"),
    ],
)
def test_a_counter_is_refused(answer):
    process = FakeProcess(LISTING, answer)
    refused(lambda: Harness(lambda: process, "callgrind"))
    assert process.closed


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        pytest.param(b'{"single": 1100}', Count(1000), id="a single call"),
        pytest.param(b'{"single": 220, "batch": 3840, "calls": 32}', Count(120, 100), id="calls in a row as well"),
        pytest.param(b'{"single": 90, "batch": 600, "calls": 32}', Count(0, 0), id="never less than nothing"),
    ],
)
def test_the_counters_own_cost_is_taken_off(answer, count):
    assert counting(answer).count("a", 10) == count


@pytest.mark.parametrize(
    ("counts", "numbers"),
    [
        pytest.param([Count(500, 100), Count(600, 120)], (100, 120), id="calls in a row, where all have them"),
        pytest.param(
            [Count(399_000, 360_000), Count(401_000)], (399_000, 401_000), id="single ones, where one has not"
        ),
        pytest.param([Count(500, 0), Count(600, 120)], (0, 120), id="calls that cost nothing in a row"),
        pytest.param([Count(401_000), Count(error="no")], None, id="nothing, where one was not counted"),
        pytest.param([], (), id="no counts at all"),
    ],
)
def test_like_is_compared_with_like(counts, numbers):
    assert alike(*counts) == numbers


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(b'{"error": "ValueError: no"}', Count(error="ValueError: no"), id="its error"),
        pytest.param(b'{"error": "late", "timeout": true}', Count(error="late", timeout=True), id="running late"),
        pytest.param(b"{}", Count(error="no count"), id="saying nothing"),
    ],
)
def test_no_count_says_why(answer, expected):
    assert counting(answer).count("a", 10) == expected


def test_what_cannot_be_right_about_the_number_of_calls_is_refused():
    for calls in (b"0", b"-5"):
        refused(lambda calls=calls: counting(b'{"single": 9, "batch": 9, "calls": ' + calls + b"}").count("a", 10))


def test_questions_carry_what_the_harness_needs():
    process = FakeProcess(LISTING, b"{}", b'{"reached": [1]}', b'{"ready": true, "loops": 4}', b"{}")
    served = Harness(lambda: process, "none")
    assert served.profile("a", WATCHED, 10) == Profile()
    assert served.reach("a", WATCHED, 10) == Reach((1,))
    assert served.begin_turns("b", 10, 5).loops == 4
    assert served.end_turns(10) is None
    assert [request["op"] for request in process.sent] == ["profile", "reach", "time", "end"]
    assert process.sent[0]["watched"] == [["pkg/a.py", 1], ["pkg/b.py", 7]]
    assert process.sent[2] == {"op": "time", "benchmark": "b", "warmups": 4, "batch_ns": 5, "timeout_s": 10}


def test_the_command_line_names_places_inside_the_sandbox():
    suite = Suite("asv", ("benchmarks",), options={"benchmark_dir": "benchmarks"})
    python, script, spec = argv(suite, "callgrind")
    assert (python, script) == ("python", f"{sandbox.HARNESS}/serve.py")
    assert json.loads(spec) == {
        "runner": "asv",
        "root": sandbox.REPOSITORY,
        "scratch": sandbox.SCRATCH,
        "paths": ["benchmarks"],
        "options": {"benchmark_dir": "benchmarks"},
        "instrument": "callgrind",
    }


NUMBERS = st.one_of(st.integers(), st.floats(), st.integers(10**300, 10**320))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=10,
)
KEYS = st.sampled_from(
    [
        "benchmarks",
        "errors",
        "fatal",
        "single",
        "batch",
        "calls",
        "error",
        "timeout",
        "costs",
        "lines",
        "reached",
        "ready",
        "loops",
        "cpu_ns",
        "wall_ns",
    ]
)
CLAIMS = st.binary(max_size=200) | st.dictionaries(KEYS, VALUES, max_size=6).map(lambda one: json.dumps(one).encode())


def attempt(question) -> tuple[str, object]:
    """The message of a MeasureError, or the answer; any other exception is a failure."""
    try:
        return "", question()
    except MeasureError as error:
        return str(error), None


@given(st.sampled_from(sorted(ASK)), CLAIMS)
def test_any_answer_is_either_a_noun_or_refused(question, answer):
    served = harness(LISTING, answer)
    refusal, noun = attempt(lambda: ASK[question](served))
    assert "\n" not in refusal
    if isinstance(noun, Count):
        assert all(math.isfinite(one) for one in (noun.single, noun.batch) if one is not None)


@given(CLAIMS)
def test_any_listing_is_either_a_noun_or_refused(answer):
    refusal, listing = attempt(lambda: harness(answer).listing)
    assert "\n" not in refusal
    assert listing is None or len(set(listing.benchmarks)) == len(listing.benchmarks)


# ---- A suite of several projects

PARTED = Suite("pytest", ("a/t.py", "b/t.py"), projects={"a": ("a/t.py",), "b": ("b/t.py",)})


def parted(answers: dict[str, list[bytes]], instrument: str = "none") -> tuple[Parted, dict[str, FakeProcess]]:
    """The harness of two projects, and the processes that it has started."""
    started: dict[str, FakeProcess] = {}

    def start(part: Suite) -> Harness:
        place = part.options["project"]
        assert place not in started
        started[place] = FakeProcess(*answers[place])
        return Harness(lambda: started[place], instrument)

    return Parted(PARTED.apart(), start), started


def listing(*benchmarks: str) -> bytes:
    return json.dumps({"benchmarks": benchmarks, "errors": [{"path": "p", "message": "m"}]}).encode()


def test_all_projects_are_listed_each_with_its_own_benchmarks_only():
    served, _ = parted({"a": [listing("a/t.py::x", "b/t.py::forged")], "b": [listing("b/t.py::x")]})
    assert served.listing.benchmarks == ("a/t.py::x", "b/t.py::x")
    assert len(served.listing.errors) == 2


def test_a_project_that_does_not_load_is_named_and_the_others_are_served():
    served, started = parted({"a": [b'{"fatal": "ImportError: c"}'], "b": [listing("b/t.py::x"), b"{}"]})
    assert served.listing.benchmarks == ("b/t.py::x",)
    assert served.listing.errors[0] == LoadError("a", "the benchmarks could not be loaded: ImportError: c")
    assert served.cover("b/t.py::x", 10).error is None
    assert started["a"].closed


def test_a_project_that_ends_at_once_is_not_left_out():
    served, _ = parted({"a": [listing("a/t.py::x")], "b": []})
    refused(lambda: served.listing)


def test_a_project_is_started_when_it_is_asked_and_ended_with_the_others():
    turns = [b'{"ready": true}', b'{"cpu_ns": 1, "wall_ns": 2}', b"{}"]
    served, started = parted({"a": [listing("a/t.py::x"), *turns], "b": [listing("b/t.py::x"), b"{}"]})
    assert not started
    served.begin_turns("a/t.py::x", 10, 5)
    assert served.turn(1, 10).wall_ns == 2
    served.end_turns(10)
    assert list(started) == ["a"]
    served.cover("b/t.py::x", 10)
    served.close()
    assert [process.closed for process in started.values()] == [True, True]


@pytest.mark.parametrize(
    ("readings", "counted"),
    [
        pytest.param([Reading(100, 10, 10), Reading(900, 30, 30)], 800, id="counted"),
        pytest.param([Reading(100, 10, 10), Reading(900, 30, 20)], None, id="counted for a part of the time"),
        pytest.param([], None, id="by nobody"),
    ],
)
def test_a_turn_is_counted_outside_from_when_all_is_prepared(readings, counted):
    prepared, took = b"{}", b'{"cpu_ns": 1, "wall_ns": 2}'
    served, started = parted({"a": [listing("a/t.py::x"), b'{"ready": true}', prepared, took]})
    served.begin_turns("a/t.py::x", 10, 5)
    started["a"].readings = readings
    assert served.turn(1, 10, apart=True).counted == counted
    assert ["apart" in request for request in started["a"].sent] == [False, True, False]


def test_what_cannot_be_prepared_for_a_turn_is_said():
    served = harness(LISTING, b'{"error": "ValueError: no input"}')
    assert str(refused(lambda: served.turn(1, 10, apart=True))) == "ValueError: no input"


def test_each_project_is_counted_without_what_its_own_counter_costs():
    ready, count = b'{"single": %d, "batch": 1, "ready": true}', b'{"single": 1000}'
    served, _ = parted({"a": [LISTING, ready % 100, count], "b": [LISTING, ready % 200, count]}, instrument="callgrind")
    assert [served.count(f"{place}/t.py::x", 10).single for place in "ab"] == [900.0, 800.0]
