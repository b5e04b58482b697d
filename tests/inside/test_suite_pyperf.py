from __future__ import annotations

import json

import pytest

LOG = """
import sys

def log(*words):
    with open(__file__.replace("log_to.py", "log"), "a") as file:
        file.write(" ".join(map(str, words)) + "\\n")
"""
SCRIPT = """
import pyperf
from log_to import log
from pyperf import Runner, perf_counter

async def coroutine(word):
    log("coroutine", word)

def timed(loops, word):
    began = perf_counter()
    for _ in range(loops):
        log("timed", word)
    return perf_counter() - began

def work(*words):
    log("work", *words)

if __name__ == "__main__":
    runner = Runner(metadata={"description": "all of it"}, values=3, processes=2)
    runner.metadata["more"] = 1
    runner.argparser.add_argument("--size", type=int, default=5)
    runner.argparser.add_argument("words", nargs="*")
    args = runner.parse_args()
    runner.bench_func("function", work, 1, "a", inner_loops=10)
    for data in ("first", "second"):
        runner.bench_func(f"late {data}", lambda: work(data, args.size, *args.words))
    runner.bench_async_func("asynchronous", coroutine, "b")
    runner.bench_time_func("its own loop", timed, "c")
    runner.timeit("statement", stmt="log(x)", setup=["x = 5", "x += 1"], globals=globals())
    runner.timeit("log('the name')", globals={"log": log})
    runner.bench_command("command", [sys.executable, "-c", "print('noise')"]) if False else None
    other = Runner()
    answer = other.bench_func("of another runner", work)
    if answer is not None:
        print(answer.mean())
""".replace("import pyperf\n", "import pyperf\nimport sys\n")


@pytest.fixture
def suite(serve):
    def suite(files, runs=(("bench.py",),)):
        return serve(
            {"log_to.py": LOG, **files}, "pyperf", paths=[run[0] for run in runs], options={"runs": json.dumps(runs)}
        )

    return suite


def test_everything_that_a_script_measures_is_listed(suite):
    served = suite({"bench.py": SCRIPT})
    assert served.listing["errors"] == []
    assert [name.removeprefix("bench.py::") for name in served.benchmarks] == [
        "function", "late first", "late second", "asynchronous", "its own loop", "statement", "log('the name')",
        "of another runner",
    ]  # fmt: skip
    assert served.log() == []


@pytest.mark.parametrize(
    ("name", "log"),
    [
        pytest.param("function", ["work 1 a"], id="a function with arguments"),
        pytest.param("late first", ["work first 5"], id="what the script has prepared by then"),
        pytest.param("late second", ["work second 5"], id="and later something else"),
        pytest.param("asynchronous", ["coroutine b"], id="a coroutine function"),
        pytest.param("its own loop", ["timed c"] * 10, id="a function that times itself"),
        pytest.param("statement", ["6"], id="a statement with its setup"),
        pytest.param("log('the name')", ["the name"], id="a statement that is its own name"),
        pytest.param("of another runner", ["work"], id="a second runner in one script"),
    ],
)
def test_one_is_measured(suite, name, log):
    served = suite({"bench.py": SCRIPT})
    assert served.ask(f"bench.py::{name}") == {}
    assert served.log() == log


def test_a_script_gets_its_arguments(suite):
    served = suite({"bench.py": SCRIPT}, [["bench.py", "--size", "7", "a word"], ["bench.py"]])
    assert served.ask("bench.py --size 7 a word::late first") == {}
    assert served.ask("bench.py::late first") == {}
    assert served.log() == ["work first 7 a word", "work first 5"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("import no_such_module\n", "ModuleNotFoundError", id="importing what is missing"),
        pytest.param("import sys\nsys.exit(4)\n", "the script ended with status 4", id="ending with a status"),
        pytest.param(
            "import pyperf\nr = pyperf.Runner()\nr.argparser.add_argument('need')\nr.bench_func('x', len, [])\n",
            "the script ended with status 2: give it the arguments that it needs with `command:`",
            id="without the arguments that it needs",
        ),
        pytest.param("def broken(:\n", "SyntaxError", id="no Python"),
    ],
)
def test_a_script_that_does_not_run_is_named_and_the_others_are_served(suite, text, message):
    good = "import pyperf\npyperf.Runner().bench_func('x', len, [])\n"
    served = suite({"bad.py": text, "good.py": good}, [["bad.py"], ["good.py"]])
    assert served.benchmarks == ["good.py::x"]
    (error,) = served.listing["errors"]
    assert error["path"] == "bad.py"
    assert error["message"].startswith(message)


def test_what_fails_in_a_benchmark_is_its_own_error(suite):
    text = "import pyperf\nr = pyperf.Runner()\nr.bench_func('bad', int, 'x')\nr.bench_func('good', int, '1')\n"
    served = suite({"bench.py": text})
    assert served.ask("bench.py::bad")["error"].startswith("ValueError: invalid literal")
    assert served.ask("bench.py::good") == {}


def test_a_command_is_run_with_its_status_checked(suite):
    text = """
import sys
import pyperf
runner = pyperf.Runner()
runner.bench_command("good", [sys.executable, "-c", "print('noise')"])
runner.bench_command("bad", [sys.executable, "-c", "raise SystemExit('no way')"])
"""
    served = suite({"bench.py": text})
    assert served.ask("bench.py::good") == {}
    assert served.ask("bench.py::bad") == {"error": "CommandFailed: the command ended with status 1: no way"}
