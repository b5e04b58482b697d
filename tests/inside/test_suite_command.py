from __future__ import annotations

import json
import shutil
import sys

import pytest

PYTHON = sys.executable


@pytest.fixture
def suite(serve):
    def suite(*commands, **options):
        listed = [{"command": one, "setup": None, "prepare": None, **options} for one in commands]
        made = {"instrument": options.pop("instrument", "none")}
        listed = [{name: value for name, value in one.items() if name != "instrument"} for one in listed]
        return serve({"a.txt": ""}, "command", options={"commands": json.dumps(listed)}, **made)

    return suite


def test_a_command_is_known_by_its_text(suite):
    served = suite("true", "echo noise >&2; echo more")
    assert served.benchmarks == ["true", "echo noise >&2; echo more"]
    assert served.ask("true") == {}
    assert served.ask("echo noise >&2; echo more") == {}


@pytest.mark.parametrize(
    ("command", "error"),
    [
        pytest.param("false", "the command ended with status 1", id="another status than 0"),
        pytest.param(
            "echo first >&2; echo why >&2; exit 7", "the command ended with status 7: why", id="with a message"
        ),
        pytest.param("kill -9 $$", "the command ended by signal 9", id="a signal"),
        pytest.param("no-such-program --x", "no-such-program cannot be started: No such file", id="a missing program"),
    ],
)
def test_a_command_that_fails_is_said_in_one_line(suite, command, error):
    answer = suite(command).ask(command)
    assert answer["error"].startswith(f"CommandFailed: {error}")
    assert "\n" not in answer["error"]


def test_a_command_that_does_not_end_is_ended(suite):
    answer = suite("sleep 100").ask("sleep 100", timeout_s=1)
    assert answer == {"error": "did not finish within 1 s", "timeout": True}


def test_setup_runs_once_and_prepare_before_each_time(suite):
    command = "test -f ready && echo run >> log && rm ready"
    served = suite(command, setup="echo setup >> log", prepare="echo prepare >> log; touch ready")
    served.send(op="time", benchmark=command, timeout_s=30, warmups=1, batch_ns=1)
    assert served.receive()["ready"]
    served.send(op="turn", loops=2)
    turn = served.receive()
    assert turn["cpu_ns"] >= 0
    served.send(op="end")
    served.receive()
    assert served.log() == ["setup"] + ["prepare", "run"] * 3


def test_turns_are_the_cpu_time_of_all_that_a_command_starts(suite):
    busy = f"{PYTHON} -c 'sum(range(3000000))' & wait"
    served = suite(busy)
    served.send(op="time", benchmark=busy, timeout_s=60, warmups=1, batch_ns=1)
    assert served.receive()["ready"]
    served.send(op="turn", loops=1)
    assert served.receive()["cpu_ns"] > 5_000_000


def test_what_it_may_reach_is_not_called_uncovered(suite):
    served = suite("true")
    assert served.ask("true", "reach", watched=[["a.py", 1], ["b.py", 2]]) == {"reached": [0, 1]}
    assert "cannot be told apart" in served.ask("true", "profile", watched=[])["error"]


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is missing")
def test_instructions_of_the_whole_process_tree_are_counted_and_repeat(suite):
    one = "/bin/sh -c true"
    two = "/bin/sh -c /bin/true"
    tree = "/bin/sh -c '/bin/true; /bin/true'"
    served = suite(one, two, tree, instrument="callgrind")
    assert served.receive()["ready"]
    counts = {command: served.ask(command, "count", warmups=1)["single"] for command in (one, two, tree)}
    assert counts[one] > 10_000
    assert counts[tree] > counts[two] + 10_000
    again = served.ask(tree, "count", warmups=1)["single"]
    assert again == pytest.approx(counts[tree], rel=0.002)
