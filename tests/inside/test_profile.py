"""Costs are exact and belong to the innermost watched function; reaching is told from one cold call."""

from __future__ import annotations

import json

import pytest

from bot.interpreters import installed

WORK = """
def heavy(n):                           # 2
    total = 0
    for number in range(n):
        total += number
    return total


def outer(n):                           # 9
    heavy(n)
    return [len("word") for _ in range(n)]


def factorial(n):                       # 14
    return 1 if n < 2 else n * factorial(n - 1)


def generate(n):                        # 18
    for number in range(n):
        yield number


def stubborn():                         # 23
    while True:
        try:
            yield
        except KeyError:
            pass


def fails(n):                           # 31
    heavy(n)
    raise ValueError


def catches(n):                         # 36
    try:
        fails(n)
    except ValueError:
        heavy(n)


@functools.lru_cache
def remembered():                       # 44: its decorator's line is 43
    return heavy(1)


def through_a_generator(n, between):
    for _ in generate(n):
        heavy(between)


def through_throwing(between):
    talk = stubborn()
    next(talk)
    for _ in range(3):
        talk.throw(KeyError())
        heavy(between)
    talk.close()
    heavy(between)


def through_a_thread(n):
    import threading
    thread = threading.Thread(target=outer, args=(n,))
    thread.start()
    thread.join()
""".replace("\ndef heavy", "import functools\ndef heavy", 1)

BENCH = """
import work

work.factorial(1)

def setup():
    work.catches(1)

def time_outer(): work.outer(50)
def time_outer_twice(): work.outer(50); work.outer(50)
def time_factorial(): work.factorial(6)
def time_catches(): work.catches(10)
def time_generator(): work.through_a_generator(5, 1)
def time_generator_busy(): work.through_a_generator(5, 500)
def time_throwing(): work.through_throwing(1)
def time_throwing_busy(): work.through_throwing(500)
def time_remembered(): work.remembered()
def time_thread(): work.through_a_thread(50)
def time_half(): next(work.generate(5))
def time_raises(): raise ValueError("no")
"""

HEAVY, OUTER, FACTORIAL, GENERATE, STUBBORN, FAILS, CATCHES, REMEMBERED = (
    ["work.py", line] for line in (2, 9, 14, 18, 23, 31, 36, 43)
)


FILES = {"work.py": WORK, "benchmarks/__init__.py": "", "benchmarks/bench.py": BENCH}


@pytest.fixture(scope="module", params=installed(), ids=lambda one: f"on CPython {one.version}")
def python(request):
    return request.param.path


@pytest.fixture(scope="module")
def profile(python, serve_once):
    served = serve_once(FILES, python=python)

    def ask(name: str, *watched: list, op: str = "profile", **more: object) -> dict:
        return served.ask(f"benchmarks.bench.time_{name}", op, watched=list(watched), **more)

    return ask


def costs(answer: dict) -> dict[str, tuple[int, int, int]]:
    return {line: (calls, codes, c_calls) for _, line, calls, codes, c_calls in answer["costs"]}


def codes(answer: dict) -> int:
    return sum(cost[1] for cost in costs(answer).values())


def test_costs_belong_to_the_innermost_watched_function(profile):
    both = profile("outer", HEAVY, OUTER)
    assert both == profile("outer", HEAVY, OUTER)
    one, none = profile("outer", OUTER), profile("outer")
    assert codes(both) == codes(one) == codes(none)
    assert costs(one)[9][1] == costs(both)[9][1] + costs(both)[2][1]
    assert costs(both)[2][0] == costs(both)[9][0] == 1
    assert costs(both)[9][2] >= 50
    assert costs(both)[2][2] == 0
    assert costs(none).keys() == {0}
    assert costs(none)[0][1] > 500
    twice = costs(profile("outer_twice", HEAVY, OUTER))
    assert {line: [2 * part for part in cost] for line, cost in costs(both).items() if line} == {
        line: list(cost) for line, cost in twice.items() if line
    }


def test_recursion_is_counted_call_by_call_and_charged_once(profile):
    watched, unwatched = profile("factorial", FACTORIAL), profile("factorial")
    assert costs(watched)[14][0] == 6
    assert codes(watched) == codes(unwatched)


def test_a_generator_is_not_charged_for_what_happens_between_its_values(profile):
    assert costs(profile("generator", GENERATE))[18] == costs(profile("generator_busy", GENERATE))[18]
    assert costs(profile("generator", GENERATE))[18][1] > 10
    assert costs(profile("half", GENERATE))[18][1] < costs(profile("generator", GENERATE))[18][1]


@pytest.mark.parametrize(("name", "watched", "line"), [("generator", GENERATE, 18), ("throwing", STUBBORN, 23)])
def test_a_generator_is_called_once_however_often_it_goes_on(profile, name, watched, line):
    answer = profile(name, watched)
    assert costs(answer)[line][0] == 1
    assert [count for *_, callee, count in answer["calls"] if callee == line] == [1]


def test_a_thread_costs_what_it_does_in_the_functions_that_are_watched(profile):
    own, there = costs(profile("outer", HEAVY, OUTER)), costs(profile("thread", HEAVY, OUTER))
    assert {line: there[line] for line in (2, 9)} == {line: own[line] for line in (2, 9)}
    lines = {line for path, line, *_ in profile("thread")["lines"] if path == "work.py"}
    assert not lines & {10, 11}, "of totals, which have to repeat, it is no part"


def test_a_generator_that_is_thrown_into_is_not_charged_for_what_follows(profile):
    assert costs(profile("throwing", STUBBORN))[23][1] == costs(profile("throwing_busy", STUBBORN))[23][1]


def test_a_function_that_raised_is_not_charged_for_what_follows(profile):
    alone = costs(profile("catches", HEAVY, FAILS, CATCHES))
    nested = costs(profile("catches", FAILS, CATCHES))
    assert alone[2][0] == 2
    assert nested[31][1] - alone[31][1] == nested[36][1] - alone[36][1] == alone[2][1] // 2


def test_lines_are_those_of_the_repository_alone(profile):
    answer = profile("outer", OUTER)
    assert {path for path, *_ in answer["lines"]} == {"work.py", "benchmarks/bench.py"}
    assert all(codes + c_calls > 0 for _, _, codes, c_calls in answer["lines"])


def test_lines_have_their_own_bytecodes_and_calls_into_c(profile):
    answer = profile("outer", OUTER)
    lines = {line: (codes, c_calls) for path, line, codes, c_calls in answer["lines"] if path == "work.py"}
    assert lines[11][1] == 50, "len() is called for each number"
    assert lines[5][0] > lines[3][0]
    assert lines[10][1] == 0, "what heavy() calls is not the caller's"


def test_calls_say_which_line_calls_what_how_often(profile):
    calls = {
        (line, callee): count for path, line, _, callee, count in profile("outer_twice")["calls"] if path == "work.py"
    }
    assert calls[10, 2] == 2
    calls = {(line, callee): count for _, line, _, callee, count in profile("factorial")["calls"]}
    assert calls[15, 14] == 5


@pytest.mark.parametrize(
    ("name", "watched", "reached"),
    [
        pytest.param("outer", [FACTORIAL, HEAVY, OUTER], [1, 2], id="what is called"),
        pytest.param("remembered", [REMEMBERED, HEAVY], [0, 1], id="what only a first call calls"),
        pytest.param("factorial", [FACTORIAL], [0], id="what was called before, and is again"),
        pytest.param("outer", [FACTORIAL, CATCHES], [], id="not what import or setup call"),
        pytest.param("outer", [["other.py", 2], ["work.py", 3]], [], id="not another place"),
        pytest.param("thread", [HEAVY, OUTER, FACTORIAL], [0, 1], id="what a thread calls"),
        pytest.param("outer", [], [], id="nothing where nothing is watched"),
    ],
)
def test_reach(profile, name, watched, reached):
    assert profile(name, *watched, op="reach") == {"reached": reached}
    assert profile(name, *watched, op="reach") == {"reached": reached}


@pytest.mark.parametrize(
    ("name", "reached"),
    [
        pytest.param("outer", [HEAVY, OUTER], id="what is called, and not what import or setup call"),
        pytest.param("remembered", [HEAVY, REMEMBERED], id="what only a first call calls"),
        pytest.param("thread", [HEAVY, OUTER], id="what a thread calls"),
    ],
)
def test_all_that_is_reached(profile, name, reached):
    own = [place for place in profile(name, op="cover")["reached"] if place in [HEAVY, OUTER, FACTORIAL, REMEMBERED]]
    assert own == reached


@pytest.fixture(scope="module")
def early(python, serve_once):
    served = serve_once(FILES, python=python, options={"early": json.dumps([FACTORIAL, CATCHES, OUTER, REMEMBERED])})
    return lambda name: served.ask(f"benchmarks.bench.time_{name}", "early")


@pytest.mark.parametrize(
    ("name", "loaded", "prepared", "called"),
    [
        pytest.param("outer", [0], [1], [2], id="at import, in set-up and in a call"),
        pytest.param("factorial", [0], [1], [0], id="at import and in a call"),
        pytest.param("remembered", [0], [1], [3], id="in a first call"),
        pytest.param("thread", [0], [1], [2], id="in a thread"),
    ],
)
def test_where_functions_run(early, name, loaded, prepared, called):
    for _ in range(2):
        assert early(name) == {"loaded": loaded, "prepared": prepared, "called": called}


def test_a_remembered_result_is_reached_but_costs_nothing(profile):
    assert costs(profile("remembered", REMEMBERED, HEAVY))[2] == (0, 0, 0)
    assert profile("remembered", REMEMBERED, HEAVY, op="reach") == {"reached": [0, 1]}


def test_a_place_watched_twice_does_not_shift_the_others(profile):
    answer = profile("outer", HEAVY, HEAVY, OUTER)
    assert [row[:2] for row in answer["costs"]] == [HEAVY, HEAVY, OUTER, ["", 0]]
    assert costs(answer) == costs(profile("outer", HEAVY, OUTER))


@pytest.mark.parametrize("op", ["profile", "reach"])
def test_a_benchmark_that_raises_has_no_costs(profile, op):
    answer = profile("raises", HEAVY, op=op)
    assert answer.keys() == {"error"}
    assert answer["error"].startswith("ValueError: no")
