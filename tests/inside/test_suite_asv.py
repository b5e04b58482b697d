from __future__ import annotations

import pytest

LOG = """
def log(*words):
    with open("log", "a") as file:
        file.write(" ".join(map(str, words)) + "\\n")
"""


def asv(**modules: str) -> dict[str, str]:
    files = {"benchmarks/__init__.py": "", "log_to.py": LOG}
    for name, text in modules.items():
        files[f"benchmarks/{name.replace('__', '/')}.py"] = text
    return files


def names(served) -> list[str]:
    return [name.removeprefix("benchmarks.") for name in served.benchmarks]


def test_functions_methods_and_nested_packages_are_listed(serve):
    files = asv(
        top="def time_a(): pass\n\nclass Suite:\n    def time_b(self): pass\n",
        inner="",
        deep__er="class TimeSuite:\n    def time_c(self): pass\n",
    )
    files["benchmarks/deep/__init__.py"] = "def time_d(): pass\n"
    served = serve(files)
    assert served.listing["errors"] == []
    assert names(served) == ["deep.time_d", "deep.er.TimeSuite.time_c", "top.Suite.time_b", "top.time_a"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("def mem_a(): pass\ndef track_b(): pass\ndef peakmem_c(): pass\n", id="not what is not timed"),
        pytest.param("def helper(): pass\ndef timer(): pass\n", id="not a function of another name"),
        pytest.param("class _Base:\n    def time_a(self): pass\n", id="not a private class"),
        pytest.param("from time import sleep as time_sleep\n", id="not what another module defines"),
        pytest.param("time_limit = 10\n", id="not what is no function"),
        pytest.param("class Suite:\n    time_limit = 10\n", id="not an attribute of a class"),
        pytest.param("import time\n", id="not a module"),
    ],
)
def test_not_a_benchmark(serve, text):
    served = serve(asv(bench=text))
    assert served.listing == {"benchmarks": [], "errors": []}


def test_the_name_may_be_chosen(serve):
    served = serve(asv(bench="def time_a(): pass\ntime_a.benchmark_name = 'chosen.name'\n"))
    assert served.benchmarks == ["chosen.name"]


def test_every_combination_of_parameters_is_a_benchmark_of_its_own(serve):
    text = """
from log_to import log

class Suite:
    params = [[1, 2], ["a"]]
    param_names = ["number", "letter"]

    def setup(self, number, letter):
        log("setup", number, letter)

    def time_it(self, number, letter):
        log("call", number, letter)

def time_one(function):
    log(function([2, 1]))

time_one.params = [sorted, min]
"""
    served = serve(asv(bench=text))
    assert names(served) == [
        "bench.Suite.time_it(1, 'a')",
        "bench.Suite.time_it(2, 'a')",
        "bench.time_one(sorted)",
        "bench.time_one(min)",
    ]
    for name in served.benchmarks[1:3]:
        assert served.ask(name) == {}
    assert served.log() == ["setup 2 a", "call 2 a", "[1, 2]"]


def test_setup_and_teardown_follow_each_other_as_in_asv(serve):
    text = """
from log_to import log

def setup():
    log("module setup")

def teardown():
    log("module teardown")

class Suite:
    def setup(self):
        log("setup")
        self.ready = True

    def teardown(self):
        log("teardown")

    def time_it(self):
        log("call", self.ready)

def time_function():
    log("function")

def prepare():
    log("own setup")

time_function.setup = prepare
"""
    served = serve(asv(bench=text))
    assert served.ask("benchmarks.bench.Suite.time_it") == {}
    assert served.log() == ["module setup", "setup", "call True", "teardown", "module teardown"]
    (served.root / "log").unlink()
    assert served.ask("benchmarks.bench.time_function") == {}
    assert served.log() == ["module setup", "own setup", "function", "module teardown"]


def test_with_number_one_every_call_is_set_up_and_torn_down(serve):
    text = """
from log_to import log

class Suite:
    number = 1

    def setup(self):
        log("setup")
        self.items = [3, 1]

    def teardown(self):
        log("teardown")

    def time_it(self):
        assert self.items == [3, 1]
        self.items.sort()
        log("call")
"""
    served = serve(asv(bench=text))
    assert served.ask("benchmarks.bench.Suite.time_it", "profile", warmups=2, watched=[]).get("error") is None
    assert served.log() == ["setup", "call", "teardown"] * 3


def test_without_it_only_the_first_call_is(serve):
    text = """
from log_to import log

class Suite:
    def setup(self):
        log("setup")

    def time_it(self):
        log("call")
"""
    served = serve(asv(bench=text))
    served.ask("benchmarks.bench.Suite.time_it", "profile", warmups=2, watched=[])
    assert served.log() == ["setup", "call", "call", "call"]


def test_what_setup_cache_returns_comes_first(serve):
    text = """
from log_to import log

class Suite:
    params = [1]

    def setup_cache(self):
        return {"kept": True}

    def setup(self, cache, number):
        log("setup", cache, number)

    def time_it(self, cache, number):
        log("call", cache, number)

    def teardown(self, cache, number):
        log("teardown", cache, number)

class Nothing:
    def setup_cache(self):
        log("made a file")

    def time_it(self):
        log("call")
"""
    served = serve(asv(bench=text))
    assert served.ask("benchmarks.bench.Suite.time_it(1)") == {}
    assert served.log() == [f"{word} {{'kept': True}} 1" for word in ("setup", "call", "teardown")]
    assert served.ask("benchmarks.bench.Nothing.time_it") == {}
    assert served.log()[3:] == ["made a file", "call"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'", id="missing"),
        pytest.param("1 / 0\n", "ZeroDivisionError: division by zero", id="raising"),
        pytest.param("def broken(:\n", "SyntaxError", id="no Python"),
        pytest.param("import sys\nsys.exit('not here')\n", "SystemExit: not here", id="ending the program"),
        pytest.param("def time_a(n): pass\ntime_a.params = 5\n", "TypeError", id="with parameters that are no list"),
    ],
)
def test_a_module_that_does_not_load_is_named_and_the_others_load(serve, text, message):
    served = serve(asv(bad=text, good="def time_a(): pass\n"))
    assert names(served) == ["good.time_a"]
    (error,) = served.listing["errors"]
    assert error["path"] == "benchmarks.bad"
    assert error["message"].startswith(message)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1 / 0\n", id="raising"),
        pytest.param("import no_such_module\n", id="importing what is missing"),
        pytest.param("import sys\nsys.exit()\n", id="ending the program"),
    ],
)
def test_a_package_that_does_not_load_is_named_and_the_others_load(serve, text):
    files = asv(good="def time_a(): pass\n", bad__inner="def time_b(): pass\n")
    files["benchmarks/bad/__init__.py"] = text
    served = serve(files)
    assert names(served) == ["good.time_a"]
    assert [error["path"] for error in served.listing["errors"]] == ["benchmarks.bad", "benchmarks.bad.inner"]


def test_a_setup_that_fails_is_an_error_of_its_benchmarks_alone(serve):
    text = """
class Bad:
    def setup(self):
        raise NotImplementedError("not on this system")

    def time_it(self): pass

def time_fine(): pass
"""
    served = serve(asv(bench=text))
    assert served.ask("benchmarks.bench.Bad.time_it")["error"].startswith("NotImplementedError: not on this system")
    assert served.ask("benchmarks.bench.time_fine") == {}


def test_a_directory_below_another_and_without_an_init_is_loaded(serve):
    files = {"perf/suites/bench.py": "def time_a(): pass\n"}
    served = serve(files, benchmark_dir="perf/suites")
    assert served.benchmarks == ["suites.bench.time_a"]


def test_a_missing_directory_is_said(serve):
    served = serve({"a.py": ""}, benchmark_dir="nowhere")
    assert served.benchmarks == []
    assert served.listing["errors"][0]["message"].startswith("ModuleNotFoundError")
