from __future__ import annotations

import pytest

LOG = """
def log(*words):
    with open(__file__.replace("log_to.py", "log"), "a") as file:
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


def test_a_setup_that_is_not_implemented_skips_its_benchmarks_alone(serve):
    text = """
class Bad:
    def setup(self):
        raise NotImplementedError("not on this system")

    def time_it(self): pass

def time_fine(): pass
"""
    served = serve(asv(bench=text))
    assert served.ask("benchmarks.bench.Bad.time_it")["error"].startswith("Skipped: not on this system")
    assert served.ask("benchmarks.bench.time_fine") == {}


def test_a_directory_below_another_and_without_an_init_is_loaded(serve):
    files = {"perf/suites/bench.py": "def time_a(): pass\n"}
    served = serve(files, benchmark_dir="perf/suites")
    assert served.benchmarks == ["suites.bench.time_a"]


def test_a_missing_directory_is_said(serve):
    served = serve({"a.py": ""}, benchmark_dir="nowhere")
    assert served.benchmarks == []
    assert served.listing["errors"][0]["message"].startswith("ModuleNotFoundError")


def test_setup_cache_runs_once_in_a_process_of_its_own_and_each_call_gets_a_copy(serve):
    text = """
import os
from log_to import log

class Kept:
    def __init__(self):
        self.items = [3, 1, 2]

class Suite:
    def setup_cache(self):
        with open("data", "w") as file:
            file.write("made")
        log("setup_cache")
        os.environ["SEEN"] = "1"
        return Kept()

    def time_a(self, kept):
        log(kept.items, open("data").read(), "SEEN" in os.environ)
        kept.items.sort()

    time_b = time_a
"""
    served = serve(asv(bench=text))
    for name in ("time_a", "time_b", "time_a"):
        assert served.ask(f"benchmarks.bench.Suite.{name}") == {}
    assert served.log() == ["setup_cache"] + ["[3, 1, 2] made False"] * 3


def test_a_setup_cache_that_fails_is_said(serve):
    text = "class Suite:\n    def setup_cache(self): 1 / 0\n    def time_a(self, kept): pass\n"
    answer = serve(asv(bench=text)).ask("benchmarks.bench.Suite.time_a")
    assert answer["error"].startswith("RuntimeError: setup_cache failed: ZeroDivisionError: division by zero")


def test_parameters_without_a_name_of_their_own_are_told_apart(serve):
    text = """
class Thing: pass

def time_it(thing): pass

time_it.params = [Thing(), Thing(), "x"]
"""
    shown = "<benchmarks.bench.Thing object>"
    expected = [f"bench.time_it({shown})", f"bench.time_it({shown}) (2)", "bench.time_it('x')"]
    assert names(serve(asv(bench=text))) == expected


def test_what_is_marked_to_be_skipped_is_no_benchmark(serve):
    text = """
def time_a(): pass

time_a.skip_benchmark = True

def time_b(x, y): pass

time_b.params = [[1, 2], [3]]
time_b.skip_params = [(2, 3)]
"""
    assert names(serve(asv(bench=text))) == ["bench.time_b(1, 3)"]


def test_raw_code_runs_in_an_interpreter_of_its_own(serve):
    text = """
import decimal

def timeraw_import():
    return "import sys\\nassert 'decimal' not in sys.modules"

def timeraw_with_setup():
    return "assert x == 5", "x = 5"

def timeraw_fails():
    return "raise SystemExit(3)"
"""
    served = serve(asv(bench=text))
    assert served.ask("benchmarks.bench.timeraw_import") == {}
    assert served.ask("benchmarks.bench.timeraw_with_setup") == {}
    assert served.ask("benchmarks.bench.timeraw_fails")["error"].startswith(
        "CommandFailed: the command ended with status 3"
    )


def test_directories_of_several_packages_may_have_one_name(serve):
    files = {}
    for package in "ab":
        files[f"{package}/benchmarks/__init__.py"] = ""
        files[f"{package}/benchmarks/shared.py"] = f"def time_{package}(): pass\n"
    served = serve(files, paths=["a/benchmarks", "b/benchmarks"])
    assert served.benchmarks == ["a/benchmarks: benchmarks.shared.time_a", "b/benchmarks: benchmarks.shared.time_b"]
    assert served.ask("b/benchmarks: benchmarks.shared.time_b") == {}


VALUES = """
CACHE = []

def track_number(n): return n * 2

track_number.params = [3]
track_number.unit = "nodes"

def track_text(): return "none"

def mem_list():
    if not CACHE:
        CACHE.append(bytes(500000))
    return [None] * 10000

class PeakMem:
    def setup(self): self.kept = bytes(3000000)
    def peakmem_call(self): return len(bytes(2000000))
"""


@pytest.fixture(scope="module")
def values(serve_once):
    return serve_once(asv(bench=VALUES))


def test_what_is_reckoned_is_listed_with_its_unit(values):
    assert {name.removeprefix("benchmarks.bench."): unit for name, unit in values.listing["values"].items()} == {
        "track_number(3)": "nodes", "track_text": "unit", "mem_list": "bytes", "PeakMem.peakmem_call": "bytes",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        pytest.param("track_number(3)", 6, 6, id="a tracked number"),
        pytest.param("mem_list", 80_000, 84_000, id="the size of what is returned, without caches"),
        pytest.param("PeakMem.peakmem_call", 2_000_000, 2_010_000, id="the peak of the call, without its setup"),
    ],
)
def test_values(values, name, low, high):
    assert low <= values.ask(f"benchmarks.bench.{name}", "value")["value"] <= high


def test_what_tracks_no_number_is_an_error(values):
    assert values.ask("benchmarks.bench.track_text", "value")["error"].startswith("ValueError: could not convert")
