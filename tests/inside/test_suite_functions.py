from __future__ import annotations

import pytest

BENCH = """
import unittest

def log(*words):
    with open("log", "a") as file:
        file.write(" ".join(map(str, words)) + "\\n")

def setUpModule(): log("module up")
def tearDownModule(): log("module down")

def bench_plain(n=2): log("plain", n)
async def bench_async(): log("async")
def bench_made(): log("prepared"); return lambda: log("measured")
def bench_key(): log("whole"); return (lambda one: log(one))
def bench_needs(loops): pass
def helper(): pass
bench_number = 5

class Plain:
    def setUp(self): self.ready = True
    def tearDown(self): log("down")
    def bench_method(self): log("method", self.ready)
    async def bench_async(self): log("async method")
    def other(self): pass

class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls): log("class up")
    @classmethod
    def tearDownClass(cls): log("class down")
    def setUp(self): self.addCleanup(log, "cleanup")
    def bench_case(self): self.assertEqual(1, 1)
    def bench_fails(self): self.assertEqual(1, 2)
    def test_it(self): pass
"""
NAMES = [
    "bench_plain", "bench_async", "bench_made", "bench_key", "Plain::bench_async", "Plain::bench_method",
    "Case::bench_case", "Case::bench_fails",
]  # fmt: skip


@pytest.fixture(scope="module")
def suite(serve_once):
    return serve_once({"perf/bench.py": BENCH}, "functions", paths=["perf/bench.py"])


@pytest.fixture
def ask(suite):
    (suite.root / "log").unlink(missing_ok=True)
    return lambda name: (suite.ask(f"perf/bench.py::{name}"), suite.log())


def test_functions_and_methods_are_listed(suite):
    assert suite.listing == {"benchmarks": [f"perf/bench.py::{name}" for name in NAMES], "errors": []}


@pytest.mark.parametrize(
    ("name", "log"),
    [
        pytest.param("bench_plain", ["plain 2"], id="a function"),
        pytest.param("bench_async", ["async"], id="a coroutine function"),
        pytest.param("bench_made", ["prepared", "measured"], id="the function that one makes"),
        pytest.param("bench_key", ["whole", "whole"], id="one that makes a function which needs an argument"),
        pytest.param("Plain::bench_method", ["method True", "down"], id="a method, set up and torn down"),
        pytest.param("Plain::bench_async", ["async method", "down"], id="a coroutine method"),
        pytest.param("Case::bench_case", ["class up", "cleanup", "class down"], id="a test case, with its cleanups"),
    ],
)
def test_measured(ask, name, log):
    assert ask(name) == ({}, ["module up", *log, "module down"])


def test_a_failure_is_said(ask):
    answer, _ = ask("Case::bench_fails")
    assert answer["error"].startswith("AssertionError: 1 != 2")


def test_files_of_one_name_and_files_in_packages_load(serve):
    files = {
        "a/bench.py": "def bench_a(): pass\n", "b/bench.py": "def bench_b(): pass\n",
        "pkg/__init__.py": "", "pkg/value.py": "x = 1\n", "pkg/bench.py": "from .value import x\ndef bench_c(): pass\n",
        "bad/bench.py": "1 / 0\n",
    }  # fmt: skip
    served = serve(files, "functions", paths=["a/bench.py", "b/bench.py", "pkg/bench.py", "bad/bench.py"])
    assert served.benchmarks == ["a/bench.py::bench_a", "b/bench.py::bench_b", "pkg/bench.py::bench_c"]
    assert served.listing["errors"] == [{"path": "bad/bench.py", "message": "ZeroDivisionError: division by zero"}]
    for name in served.benchmarks:
        assert served.ask(name) == {}
