"""The loop of the harness: whatever a benchmark does to its own process, the next request is answered.

Suites here follow asv's conventions, because those need no third-party package.
"""

from __future__ import annotations

import contextlib
import os
import signal

import pytest

from bot.interpreters import installed
from tests.inside.native import Native, wait_until_gone

MISBEHAVING = """
import os, signal, subprocess, sys, threading, time

def time_fine():
    return sum(range(10))

def time_prints():
    print('{"instructions": 1}')
    print("x" * 100000, file=sys.stderr)
    sys.stdout.flush()
    os.write(1, b'{"error": "forged"}\\n' * 3)
    os.write(2, b"\\xff\\xfe\\n")
    subprocess.run(["echo", '{"error": "forged by a child"}'])

def time_reads():
    if os.read(0, 1):
        raise ValueError("something came from standard input")

def time_raises():
    raise ValueError("the first line\\nand the second")

def time_raises_without_words():
    raise KeyError

def time_raises_at_length():
    raise ValueError("x" * 100000)

def time_exits():
    sys.exit(3)

def time_ends_its_process():
    os._exit(0)

def time_dies():
    os.kill(os.getpid(), signal.SIGSEGV)

def time_hangs():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open("hanging", "w").write(str(os.getpid()))
    time.sleep(600)

def time_leaves_a_child():
    pid = os.fork()
    if pid == 0:
        time.sleep(600)
        os._exit(0)
    open("left", "w").write(str(pid))

def time_leaves_a_daemon():
    pid = os.fork()
    if pid == 0:
        os.setsid()
        time.sleep(600)
        os._exit(0)
    open("daemon", "w").write(str(pid))

def time_leaves_a_thread():
    threading.Thread(target=time.sleep, args=(600,)).start()

def time_returns_twice():
    os.fork()

def time_closes_everything():
    os.closerange(3, 64)

def time_changes_directory():
    os.chdir("/")

STATE = []

def time_remembers():
    STATE.append(1)
    if len(STATE) > 1:
        raise ValueError("called a second time")
"""


@pytest.fixture(scope="module")
def misbehaving(serve_once) -> Native:
    return serve_once({"benchmarks/__init__.py": "", "benchmarks/bench.py": MISBEHAVING})


def ask(served: Native, name: str, **more: object) -> dict:
    return served.ask(f"benchmarks.bench.time_{name}", **more)


@pytest.mark.parametrize("one", installed(), ids=lambda one: f"on CPython {one.version}")
def test_a_suite_is_listed_and_its_benchmarks_run(serve, one):
    served = serve(
        {
            "pkg.py": "def work(n):\n    return [n for _ in range(n)]\n",
            "benchmarks/__init__.py": "",
            "benchmarks/bench.py": "import pkg\n\ndef time_work():\n    pkg.work(100)\n\ndef time_bad():\n    1 / 0\n",
        },
        python=one.path,
    )
    assert served.listing == {"benchmarks": ["benchmarks.bench.time_bad", "benchmarks.bench.time_work"], "errors": []}
    assert served.ask("benchmarks.bench.time_work") == {}
    assert served.ask("benchmarks.bench.time_bad")["error"].startswith("ZeroDivisionError")
    profile = served.ask("benchmarks.bench.time_work", "profile", watched=[["pkg.py", 1]])
    again = served.ask("benchmarks.bench.time_work", "profile", watched=[["pkg.py", 1]])
    assert profile == again
    assert profile["costs"][0][:2] == ["pkg.py", 1]
    assert profile["costs"][0][3] > 100
    assert served.ask("benchmarks.bench.time_work", "reach", watched=[["pkg.py", 1]]) == {"reached": [0]}
    assert served.ask("benchmarks.bench.time_work", "time", batch_ns=1000)["ready"]
    served.send(op="turn", loops=2)
    assert served.receive()["cpu_ns"] >= 0
    served.send(op="end")
    assert served.receive() == {}
    assert served.wait() == 0


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        pytest.param("fine", {}, id="a fine benchmark"),
        pytest.param("prints", {}, id="printing, even what looks like an answer, is not one"),
        pytest.param("reads", {}, id="standard input is empty, requests are not read from it"),
        pytest.param("leaves_a_thread", {}, id="a thread left behind holds nothing up"),
        pytest.param("changes_directory", {}, id="another directory is the child's own"),
    ],
)
def test_harmless_things_change_nothing(misbehaving, name, answer):
    assert ask(misbehaving, name) == answer
    assert ask(misbehaving, "fine") == {}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param("raises", "ValueError: the first line (bench.py:20)", id="an exception, in one line"),
        pytest.param("raises_without_words", "KeyError:  (bench.py:23)", id="an exception without words"),
        pytest.param("exits", "SystemExit: 3 (bench.py:29)", id="sys.exit"),
        pytest.param("ends_its_process", "the process ended with status 0 and no result", id="os._exit"),
        pytest.param("dies", "the process ended with status 11 and no result", id="a segmentation fault"),
    ],
)
def test_failing_is_said_and_the_next_one_runs(misbehaving, name, error):
    answer = ask(misbehaving, name)
    assert answer["error"].split(" and no")[0].replace("139", "11") == error.split(" and no")[0]
    assert ask(misbehaving, "fine") == {}


def test_a_long_message_is_cut(misbehaving):
    assert len(ask(misbehaving, "raises_at_length")["error"]) == 2000


def test_hanging_ends_at_the_limit_with_its_process(misbehaving):
    answer = ask(misbehaving, "hangs", timeout_s=0.5)
    assert answer == {"error": "did not finish within 0.5 s", "timeout": True}
    assert wait_until_gone(int((misbehaving.root / "hanging").read_text()))
    assert ask(misbehaving, "fine") == {}


def test_a_child_left_behind_is_ended_and_holds_nothing_up(misbehaving):
    assert ask(misbehaving, "leaves_a_child") == {}
    assert wait_until_gone(int((misbehaving.root / "left").read_text()))


def test_a_daemon_left_behind_holds_nothing_up(misbehaving):
    try:
        assert ask(misbehaving, "leaves_a_daemon") == {}
    finally:  # only a sandbox can end it
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            os.kill(int((misbehaving.root / "daemon").read_text()), signal.SIGKILL)


def test_a_benchmark_that_forks_and_returns_twice_is_answered_once(misbehaving):
    for _ in range(20):  # which of the two is first is chance
        assert ask(misbehaving, "returns_twice") == {}
    assert ask(misbehaving, "returns_twice", op="time", batch_ns=1, warmups=2)["ready"]
    for _ in range(3):
        misbehaving.send(op="turn", loops=1)
        assert misbehaving.receive()["cpu_ns"] >= 0
    misbehaving.send(op="end")
    assert misbehaving.receive() == {}
    assert ask(misbehaving, "raises")["error"].startswith("ValueError")


def test_closing_every_file_is_an_error_of_that_benchmark_alone(misbehaving):
    assert "no result" in ask(misbehaving, "closes_everything")["error"]
    assert ask(misbehaving, "fine") == {}


def test_every_request_starts_from_the_same_state(misbehaving):
    assert [ask(misbehaving, "remembers") for _ in range(3)] == [{}, {}, {}]


def test_an_unknown_benchmark_is_not_found(misbehaving):
    assert ask(misbehaving, "nowhere") == {"error": "not found"}


def test_it_ends_when_asked_to_stop(turns):
    turns.send(op="stop")
    assert turns.wait() == 0


def test_a_benchmark_that_calls_nothing_says_so(serve):
    files = {"test_bench.py": "def test_nothing(benchmark):\n    pass\n"}
    served = serve(files, "pytest", paths=["test_bench.py"])
    error = served.ask("test_bench.py::test_nothing")["error"]
    assert error == "the benchmark finished without calling what it was to measure"


def test_randomness_is_the_same_for_every_request(serve):
    body = "import random\n\ndef time_draw():\n    raise ValueError(random.random())\n"
    served = serve({"benchmarks/__init__.py": "", "benchmarks/bench.py": body})
    first = served.ask("benchmarks.bench.time_draw")
    assert served.ask("benchmarks.bench.time_draw") == first


def test_a_benchmark_that_tracks_a_value_answers_with_what_it_returned(serve):
    suite = (
        "def load(spec, serve):\n    serve({'size': lambda region: region.run(lambda: 12)}, [], {'size': 'bytes'})\n"
    )
    served = serve({"suite_tracking.py": suite}, "tracking")
    assert served.listing["values"] == {"size": "bytes"}
    assert served.ask("size", "value") == {"value": 12.0}


TURNS = """
import os

def time_quick():
    pass

class TimeCalls:
    def time_counted(self):
        with open("log", "a") as log:
            log.write("call\\n")

    def time_fails_late(self):
        self.calls = getattr(self, "calls", 0) + 1
        if self.calls > 5:
            raise ValueError("worn out")

    def time_fails(self):
        raise ValueError("from the start")

class Fresh:
    number = 1

    def setup(self):
        with open("log", "a") as log:
            log.write("setup\\n")

    def time_once(self):
        with open("log", "a") as log:
            log.write("call\\n")
"""


@pytest.fixture
def turns(serve) -> Native:
    return serve({"benchmarks/__init__.py": "", "benchmarks/bench.py": TURNS})


def test_a_turn_runs_as_many_calls_as_it_is_told(turns):
    ready = turns.ask("benchmarks.bench.TimeCalls.time_counted", "time", batch_ns=1, warmups=2)
    assert ready == {"ready": True, "loops": 1, "prepared": False}
    assert turns.log() == ["call"] * 2
    turns.send(op="turn", loops=5)
    assert set(turns.receive()) == {"cpu_ns", "wall_ns"}
    assert turns.log() == ["call"] * 7
    turns.send(op="end")
    assert turns.receive() == {}


def test_a_short_call_is_timed_in_batches_with_a_bound(turns):
    ready = turns.ask("benchmarks.bench.time_quick", "time", batch_ns=10**12)
    assert 1 < ready["loops"] <= 10000


def test_calls_that_are_set_up_are_timed_one_by_one(turns):
    ready = turns.ask("benchmarks.bench.Fresh.time_once", "time", batch_ns=10**9, warmups=1)
    assert ready["loops"] == 1
    turns.send(op="turn", loops=2)
    turns.receive()
    assert turns.log() == ["setup", "call"] * 3


def test_who_counts_outside_is_told_when_a_call_is_prepared(turns):
    turns.ask("benchmarks.bench.Fresh.time_once", "time", batch_ns=10**9, warmups=1)
    turns.send(op="turn", loops=1, apart=True)
    assert turns.receive() == {}
    assert turns.log() == ["setup", "call", "setup"]
    turns.send(op="turn", loops=1)
    assert set(turns.receive()) == {"cpu_ns", "wall_ns"}
    assert turns.log() == ["setup", "call"] * 2


@pytest.mark.parametrize("name", ["TimeCalls.time_counted", "Fresh.time_once"])
def test_a_turn_of_no_calls_shows_what_asking_costs(turns, name):
    turns.ask(f"benchmarks.bench.{name}", "time", batch_ns=1, warmups=1)
    before = turns.log()
    turns.send(op="turn", loops=0)
    assert set(turns.receive()) == {"cpu_ns", "wall_ns"}
    assert turns.log() == before


def test_a_benchmark_that_fails_is_never_ready(turns):
    answer = turns.ask("benchmarks.bench.TimeCalls.time_fails", "time", batch_ns=1)
    assert answer["error"].startswith("ValueError: from the start")
    assert turns.ask("benchmarks.bench.time_quick") == {}


def test_failing_in_a_turn_is_said_instead_of_its_time(turns):
    assert turns.ask("benchmarks.bench.TimeCalls.time_fails_late", "time", batch_ns=1, warmups=4)["ready"]
    turns.send(op="turn", loops=1)
    assert "cpu_ns" in turns.receive()
    turns.send(op="turn", loops=1)
    assert turns.receive()["error"].startswith("ValueError: worn out")
    assert turns.ask("benchmarks.bench.time_quick") == {}


def test_a_bot_that_hangs_up_between_turns_leaves_nothing(turns):
    assert turns.ask("benchmarks.bench.time_quick", "time", batch_ns=1)["ready"]
    assert turns.wait() == 0


def test_peak_memory_is_exact_and_blind_to_what_was_there_before(serve):
    body = (
        "KEPT = [b'x' * 100 for _ in range(1000)]\n\n"
        "def time_small():\n    return len(bytearray(100_000))\n\n"
        "def time_large():\n    return len(bytearray(200_000))\n"
    )
    served = serve({"benchmarks/__init__.py": "", "benchmarks/bench.py": body})
    small = served.ask("benchmarks.bench.time_small", "memory")
    assert served.ask("benchmarks.bench.time_small", "memory") == small
    assert 100_000 <= small["value"] < 101_000
    assert served.ask("benchmarks.bench.time_large", "memory")["value"] - small["value"] == 100_000


def test_a_look_tells_what_instructions_do_not_see(serve):
    body = (
        "import subprocess, sys, threading, time\n\n"
        "def work():\n    return sum(range(300_000))\n\n"
        "def time_plain():\n    work()\n\n"
        "def time_short():\n    pass\n\n"
        "def time_waits():\n    time.sleep(0.01)\n\n"
        "def time_spawns():\n    subprocess.run([sys.executable, '-S', '-c', 'sum(range(300_000))'])\n\n"
        "def time_threads():\n"
        "    thread = threading.Thread(target=work)\n    thread.start()\n    thread.join()\n"
    )
    served = serve({"benchmarks/__init__.py": "", "benchmarks/bench.py": body})
    plain, short, waits, spawns, threads = (
        served.ask(f"benchmarks.bench.time_{name}", "look") for name in ("plain", "short", "waits", "spawns", "threads")
    )
    assert plain["children_ns"] == 0
    assert plain["threads_ns"] < plain["cpu_ns"] / 20
    assert short["threads_ns"] < short["cpu_ns"] / 20, "reading the clocks is no thread"
    assert waits["pauses"] >= 1
    assert waits["wall_ns"] > 5 * waits["cpu_ns"]
    assert spawns["children_ns"] > spawns["cpu_ns"] / 2
    assert threads["threads_ns"] > threads["cpu_ns"] / 2


EDITABLE = """
import importlib.util
import sys

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        where = {places!r}.get(name)
        return importlib.util.spec_from_file_location(name, where) if where else None

sys.meta_path.append(Finder)
"""


@pytest.mark.parametrize(
    ("files", "package"),
    [
        pytest.param({"good/good/__init__.py": "WHERE = 'installed'\n"}, "good", id="of an installed package"),
        pytest.param({"good/__init__.py": "WHERE = 'tree'\n"}, "good", id="that is a package"),
        pytest.param({"plain/good.py": "WHERE = 'plain'\n"}, "plain.good", id="of nothing that is installed"),
    ],
)
def test_a_directory_of_the_tree_hides_no_installed_package(serve, tmp_path, files, package):
    suite = f"import {package} as good\n\ndef bench_x():\n    raise ValueError(good.WHERE)\n"
    (tmp_path / "site").mkdir()
    places = {"good": str(tmp_path / "root0/good/good/__init__.py")}
    (tmp_path / "site/sitecustomize.py").write_text(EDITABLE.format(places=places))
    env = {"PYTHONPATH": str(tmp_path / "site")}
    served = serve({**files, "bench/bench_a.py": suite}, "functions", paths=["bench/bench_a.py"], env=env)
    expected = next(iter(files.values())).split("'")[1]
    assert served.ask("bench/bench_a.py::bench_x")["error"].startswith(f"ValueError: {expected} ")
