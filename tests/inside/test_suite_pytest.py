from __future__ import annotations

import json

import pytest

from tests.inside.native import Native

FIXTURES = """
import pytest

def log(*words):
    with open("log", "a") as file:
        file.write(" ".join(map(str, words)) + "\\n")

def work(*args, **kwargs):
    log("work", args, kwargs)
    return len(args)

def test_plain(benchmark):
    assert benchmark(work, 1, name=2) == 1

def test_codspeed(codspeed_benchmark):
    assert codspeed_benchmark(work) == 0

def test_decorated(benchmark):
    @benchmark
    def inner():
        work("decorated")

def test_pedantic(benchmark):
    assert benchmark.pedantic(work, args=(1, 2), kwargs={"a": 3}, rounds=10, iterations=5, warmup_rounds=2) == 2

def test_pedantic_with_setup(benchmark):
    def setup():
        log("setup")
        return (1,), {"b": 2}
    benchmark.pedantic(work, setup=setup, teardown=lambda *args, **kwargs: log("teardown", args, kwargs))

def test_pedantic_with_a_setup_that_returns_nothing(benchmark):
    benchmark.pedantic(work, args=(7,), setup=lambda: log("setup"))

def test_twice(benchmark):
    benchmark(work)
    benchmark(work)

def test_weave(benchmark):
    benchmark.weave(work)

def test_statistics(benchmark):
    benchmark.extra_info["size"] = 10
    benchmark.group = "some"
    benchmark(work)
    assert benchmark.stats["mean"] >= 0
    assert benchmark.stats.stats.mean >= 0
    assert not benchmark.disabled

def test_asserts_afterwards(benchmark):
    assert benchmark(work) == 17

def test_skips(benchmark):
    pytest.skip("not on this system")

@pytest.mark.skipif(True, reason="never here")
def test_is_skipped(benchmark):
    benchmark(work)

@pytest.mark.xfail(reason="known to fail")
def test_is_expected_to_fail(benchmark):
    benchmark(work)
    raise ValueError("boom")

@pytest.mark.xfail(reason="known to fail")
def test_is_expected_to_fail_and_does_not(benchmark):
    benchmark(work)

def test_raises(benchmark):
    def bad():
        raise ValueError("boom\\nand more")
    benchmark(bad)

@pytest.mark.parametrize("size", [1, pytest.param(2, id="two words"), "a/b::c[d]"])
def test_parameters(benchmark, size):
    benchmark(work, size)

@pytest.fixture
def around(benchmark):
    def run(*args):
        return benchmark(work, "around", *args)
    return run

def test_through_a_fixture(around):
    around(1)

@pytest.fixture
def resource():
    log("resource made")
    yield "resource"
    log("resource gone")

def test_with_a_resource(benchmark, resource):
    benchmark(work, resource)

def test_that_asserts_first(benchmark):
    raise AssertionError("before the call")

@pytest.fixture
def broken():
    raise OSError("no such resource")

def test_with_a_broken_fixture(benchmark, broken):
    benchmark(work)

async def test_asynchronous(benchmark):
    benchmark(work)

@pytest.mark.benchmark
async def test_asynchronous_and_marked():
    work()

def test_without_its_fixture(benchmark, mocker):
    benchmark(work)

def test_no_benchmark():
    log("not a benchmark")

@pytest.mark.benchmark
def test_marked(resource):
    work(resource)

@pytest.mark.codspeed_benchmark
@pytest.mark.parametrize("n", [1, 2])
def test_marked_with_parameters(n):
    work(n)

@pytest.mark.benchmark(group="some", min_rounds=5)
def test_marked_and_asking(benchmark):
    log("around")
    benchmark(work)

class TestPlain:
    def test_method(self, benchmark):
        benchmark(work, "method")

@pytest.mark.benchmark
class TestMarked:
    def test_method(self):
        work("marked method")

def test_capture(benchmark, capsys):
    benchmark(print, "seen")
    assert capsys.readouterr().out == "seen\\n"

def test_temporary(benchmark, tmp_path, monkeypatch):
    monkeypatch.setenv("NAME", "value")
    benchmark((tmp_path / "file").write_text, "text")

def test_garbage(benchmark, capfd):
    import os, sys
    def noisy():
        print('{"error": "forged"}')
        os.write(1, b'{"error": "forged"}\\n')
        sys.__stdout__.write('{"error": "forged"}\\n')
        sys.__stdout__.flush()
    benchmark(noisy)
"""


@pytest.fixture(scope="module")
def suite(serve_once) -> Native:
    files = {
        "test_fixtures.py": FIXTURES,
        "test_module.py": "import pytest\npytestmark = pytest.mark.benchmark\n\ndef test_one(): pass\n",
    }
    return serve_once(files, "pytest", paths=["test_fixtures.py", "test_module.py"])


@pytest.fixture
def ask(suite):
    (suite.root / "log").unlink(missing_ok=True)

    def ask(name: str, op: str = "once", **more: object) -> tuple[dict, list[str]]:
        answer = suite.ask(f"test_fixtures.py::{name}", op, **more)
        return answer, suite.log()

    return ask


def test_every_benchmark_is_listed_under_its_own_id(suite):
    names = [name.partition("::")[2] for name in suite.benchmarks]
    assert suite.listing["errors"] == []
    assert "test_no_benchmark" not in names
    assert "test_module.py::test_one" in suite.benchmarks
    assert "TestPlain::test_method" in names
    assert "TestMarked::test_method" in names
    assert [name for name in names if name.startswith("test_parameters")] == [
        "test_parameters[1]",
        "test_parameters[two words]",
        "test_parameters[a/b::c[d]]",
    ]
    assert [name for name in names if "marked_with" in name] == [
        "test_marked_with_parameters[1]",
        "test_marked_with_parameters[2]",
    ]


@pytest.mark.parametrize(
    ("name", "log"),
    [
        pytest.param("test_plain", ["work (1,) {'name': 2}"], id="arguments are passed on"),
        pytest.param("test_codspeed", ["work () {}"], id="pytest-codspeed's own fixture"),
        pytest.param("test_decorated", ["work ('decorated',) {}"], id="used as a decorator"),
        pytest.param("test_pedantic", ["work (1, 2) {'a': 3}"], id="pedantic: rounds are ours to choose"),
        pytest.param(
            "test_pedantic_with_setup",
            ["setup", "work (1,) {'b': 2}", "teardown (1,) {'b': 2}"],
            id="pedantic: setup makes the arguments, teardown gets them",
        ),
        pytest.param(
            "test_pedantic_with_a_setup_that_returns_nothing",
            ["setup", "work (7,) {}"],
            id="pedantic: a setup that returns nothing leaves the arguments",
        ),
        pytest.param("test_statistics", ["work () {}"], id="statistics read as zero"),
        pytest.param("test_parameters[two words]", ["work (2,) {}"], id="a parameter"),
        pytest.param("test_parameters[a/b::c[d]]", ["work ('a/b::c[d]',) {}"], id="a parameter with a strange id"),
        pytest.param("test_through_a_fixture", ["work ('around', 1) {}"], id="a fixture around the fixture"),
        pytest.param(
            "test_with_a_resource",
            ["resource made", "work ('resource',) {}", "resource gone"],
            id="other fixtures are made and taken down",
        ),
        pytest.param(
            "test_marked", ["resource made", "work ('resource',) {}", "resource gone"], id="a marked function is called"
        ),
        pytest.param("test_marked_with_parameters[2]", ["work (2,) {}"], id="a marked function with parameters"),
        pytest.param("test_marked_and_asking", ["around", "work () {}"], id="the fixture goes before the marker"),
        pytest.param("TestPlain::test_method", ["work ('method',) {}"], id="a method"),
        pytest.param("TestMarked::test_method", ["work ('marked method',) {}"], id="a method of a marked class"),
        pytest.param("test_capture", [], id="pytest's capture works"),
        pytest.param("test_temporary", [], id="pytest's own fixtures work"),
        pytest.param("test_garbage", [], id="what is printed is no answer"),
    ],
)
def test_measured(ask, name, log):
    assert ask(name) == ({}, log)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param("test_twice", "the benchmark fixture can be used once per test", id="using the fixture twice"),
        pytest.param("test_weave", "benchmark.weave needs aspectlib", id="weaving without aspectlib"),
        pytest.param("test_asserts_afterwards", "assert 0 == 17", id="a result that is not as expected"),
        pytest.param("test_skips", "not on this system", id="skipping itself"),
        pytest.param("test_is_skipped", "never here", id="a skip marker"),
        pytest.param("test_raises", "ValueError: boom", id="raising"),
        pytest.param("test_that_asserts_first", "before the call", id="failing before the call"),
        pytest.param("test_with_a_broken_fixture", "no such resource", id="a fixture that fails"),
        pytest.param("test_without_its_fixture", "fixture 'mocker' not found", id="a fixture that nobody has"),
        pytest.param("test_asynchronous", "async", id="asynchronous, with nothing that runs it"),
        pytest.param("test_asynchronous_and_marked", "async", id="asynchronous and marked, with nothing that runs it"),
    ],
)
def test_not_measured_but_said_in_one_line(ask, name, error):
    answer, _ = ask(name)
    assert answer.keys() == {"error"}
    assert error in answer["error"]
    assert "\n" not in answer["error"]


def test_each_call_of_a_marked_function_has_fixtures_of_its_own(ask):
    _, log = ask("test_marked", "profile", warmups=2, watched=[])
    assert log == ["resource made", "work ('resource',) {}", "resource gone"] * 3


def test_what_is_no_benchmark_is_never_run(ask):
    assert ask("test_no_benchmark") == ({"error": "not found"}, [])


def test_a_failure_names_the_line_of_the_benchmark_and_not_of_the_harness(ask):
    answer, _ = ask("test_with_a_broken_fixture")
    assert "suite_pytest.py" not in answer["error"]
    assert "test_fixtures.py:" in answer["error"]


def test_pedantic_takes_down_every_call_before_the_next_setup(ask):
    _, log = ask("test_pedantic_with_setup", "profile", warmups=2, watched=[])
    assert log == ["setup", "work (1,) {'b': 2}", "teardown (1,) {'b': 2}"] * 3


CONFTEST_WITH_HOOKS = """
def pytest_benchmark_update_machine_info(config, machine_info):
    raise RuntimeError("must not be called")

def pytest_benchmark_scale_unit(config, unit, benchmarks, best, worst, sort):
    return "", 1.0

def pytest_benchmark_update_json(config, benchmarks, output_json): pass
def pytest_benchmark_group_stats(config, benchmarks, group_by): pass
def pytest_benchmark_generate_json(config, benchmarks, include_data, machine_info, commit_info): pass
"""
CONFTEST_WITH_COVERAGE = """
def pytest_configure(config):
    coverage = config.pluginmanager.get_plugin("_cov")
    coverage.options.no_cov = True
    if coverage.cov_controller:
        coverage.cov_controller.pause()
"""
BENCH = "def test_one(benchmark):\n    benchmark(len, 'word')\n"
WARNS = "import warnings\n\ndef test_one(benchmark):\n    benchmark(warnings.warn, 'old')\n"


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"test_bench.py": BENCH, "conftest.py": CONFTEST_WITH_HOOKS}, id="hooks of pytest-benchmark"),
        pytest.param({"test_bench.py": BENCH, "conftest.py": CONFTEST_WITH_COVERAGE}, id="switching coverage off"),
        pytest.param(
            {"test_bench.py": BENCH, "pytest.ini": "[pytest]\naddopts = -n 4 --cov=pkg --benchmark-skip -x\n"},
            id="options of plugins that are not there",
        ),
        pytest.param(
            {"test_bench.py": WARNS, "pytest.ini": "[pytest]\nfilterwarnings = error\n"}, id="warnings as errors"
        ),
        pytest.param(
            {"test_bench.py": BENCH, "pytest.ini": "[pytest]\nrequired_plugins = pytest-xdist pytest-nowhere>=3\n"},
            id="required plugins",
        ),
        pytest.param(
            {"test_bench.py": BENCH, "pytest.ini": "[pytest]\naddopts = --strict-config\ntimeout = 5\n"},
            id="strict about options of plugins that are not there",
        ),
        pytest.param(
            {"test_bench.py": BENCH, "pyproject.toml": "[tool.pytest]\nstrict = true\ntimeout = 5\n"},
            id="strict in every way, with options of plugins that are not there",
        ),
        pytest.param(
            {"test_bench.py": f"import pytest\n\n@pytest.mark.timeout(5)\n{BENCH}"}
            | {"pyproject.toml": "[tool.pytest]\nstrict_markers = true\n"},
            id="strict about markers of plugins that are not there",
        ),
        pytest.param(
            {"test_bench.py": BENCH, "pytest.ini": "[pytest]\ntestpaths = nowhere\npython_files = check_*.py\n"},
            id="other test paths",
        ),
        pytest.param(
            {"test_bench.py": BENCH, "conftest.py": "import pytest\n\n@pytest.fixture\ndef benchmark(benchmark):\n"
             "    return benchmark\n"},
            id="the fixture overridden",
        ),
    ],
)  # fmt: skip
def test_the_projects_settings_do_not_disturb(serve, files):
    served = serve(files, "pytest", paths=["test_bench.py"])
    assert served.listing == {"benchmarks": ["test_bench.py::test_one"], "errors": []}
    assert served.ask("test_bench.py::test_one") == {}


def test_a_file_that_does_not_load_is_named_and_the_others_load(serve):
    files = {
        "test_good.py": BENCH,
        "bench/test_bad.py": "import no_such_module\n",
        "test_no_python.py": "def broken(:\n",
    }
    served = serve(files, "pytest", paths=sorted(files))
    assert served.benchmarks == ["test_good.py::test_one"]
    errors = {error["path"]: error["message"] for error in served.listing["errors"]}
    assert errors["bench/test_bad.py"] == "ModuleNotFoundError: No module named 'no_such_module'"
    assert errors["test_no_python.py"].startswith("SyntaxError")
    assert served.ask("test_good.py::test_one") == {}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param({"conftest.py": "1 / 0\n"}, "ZeroDivisionError: division by zero", id="a conftest that raises"),
        pytest.param({"conftest.py": "import sys\nsys.exit(1)\n"}, "", id="a conftest that ends the program"),
        pytest.param({"conftest.py": "def pytest_nonsense(config): pass\n"}, "", id="a conftest with an unknown hook"),
        pytest.param({"pytest.ini": "[pytest\n"}, "", id="settings that cannot be read"),
        pytest.param(
            {"conftest.py": "import pytest\n\ndef pytest_configure():\n    pytest.exit('no')\n"}, "",
            id="a conftest that stops pytest",
        ),
    ],
)  # fmt: skip
def test_a_project_that_stops_pytest_is_said(serve, files, said):
    served = serve({"test_bench.py": BENCH, **files}, "pytest", paths=["test_bench.py"])
    if "fatal" not in served.listing:
        assert served.benchmarks == []
        assert served.listing["errors"][0]["message"]
    assert said in json.dumps(served.listing)


def test_paths_that_are_missing_are_left_out(serve):
    served = serve({"test_bench.py": BENCH}, "pytest", paths=["test_bench.py", "gone/test_bench.py"])
    assert served.benchmarks == ["test_bench.py::test_one"]


def test_files_of_the_same_name_in_two_directories_both_load(serve):
    files = {"a/test_bench.py": BENCH, "b/test_bench.py": BENCH}
    ini = {"pytest.ini": "[pytest]\naddopts = --import-mode=importlib\n"}
    served = serve({**files, **ini}, "pytest", paths=sorted(files))
    assert served.benchmarks == ["a/test_bench.py::test_one", "b/test_bench.py::test_one"]


PROJECT = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['lib']\n",
    "lib/own.py": "HERE = __file__\n",
    "tests/__init__.py": "",
    "tests/conftest.py": "import own\n",
    "tests/test_bench.py": "import os\nimport own\nfrom tests import conftest\n\ndef test_one(benchmark):\n"
    "    assert own.HERE == os.path.join(os.getcwd(), 'lib', 'own.py')\n    benchmark(len, 'word')\n",
}


@pytest.mark.parametrize("place", ["a", "b"])
def test_a_project_below_the_root_is_loaded_as_from_its_own_directory(serve, place):
    files = {f"{project}/{path}": text for project in "ab" for path, text in PROJECT.items()}
    served = serve(files, "pytest", paths=[f"{place}/tests/test_bench.py"], options={"project": place})
    assert served.listing == {"benchmarks": [f"{place}/tests/test_bench.py::test_one"], "errors": []}
    assert served.ask(f"{place}/tests/test_bench.py::test_one") == {}


@pytest.mark.parametrize(
    "declared",
    [
        pytest.param({"pytest.ini": "[pytest]\n", "a/pyproject.toml": "[project]\n"}, id="the root configures pytest"),
        pytest.param({"pyproject.toml": "", "a/setup.py": ""}, id="nobody does"),
    ],
)
def test_names_begin_at_the_root_of_the_repository_whoever_configures_pytest(serve, declared):
    files = {**declared, "a/tests/test_bench.py": BENCH, "a/tests/test_bad.py": "import no_such_module\n"}
    paths = ["a/tests/test_bad.py", "a/tests/test_bench.py"]
    served = serve(files, "pytest", paths=paths, options={"project": "a"})
    assert served.benchmarks == ["a/tests/test_bench.py::test_one"]
    assert [error["path"] for error in served.listing["errors"]] == ["a/tests/test_bad.py"]


ASPECTLIB = """
class Woven:
    def __init__(self, owner, name, original):
        self.owner, self.name, self.original = owner, name, original

    def rollback(self):
        setattr(self.owner, self.name, self.original)

def weave(target, aspect, methods):
    original = getattr(target, methods)
    setattr(target, methods, aspect(original))
    return Woven(target, methods, original)
"""
MORE = """
import unittest
import pytest

def log(*words):
    with open("log", "a") as file:
        file.write(" ".join(map(str, words)) + "\\n")

class Target:
    @staticmethod
    def work(n):
        log("work", n)
        return n

def test_weave(benchmark):
    benchmark.weave(Target, methods="work")
    assert Target.work(5) == 5
    assert benchmark.name == "test_weave"

def test_patch(benchmark):
    benchmark.patch(Target, methods="work")
    assert Target.work(6) == 6

class TestCase(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def keep(self, benchmark):
        self.benchmark = benchmark

    def test_method(self):
        self.assertEqual(self.benchmark(Target.work, 7), 7)

@pytest.mark.benchmark
class TestMarkedCase(unittest.TestCase):
    def setUp(self):
        log("set up")

    def test_method(self):
        Target.work(8)

@pytest.mark.benchmark
def test_file(tmp_path):
    log("files", len(list(tmp_path.iterdir())))
    (tmp_path / "file").write_text("text")

@pytest.mark.anyio
@pytest.mark.benchmark
async def test_coroutine(anyio_backend_name):
    log("coroutine", anyio_backend_name)

@pytest.mark.anyio
async def test_fixture_in_a_coroutine(benchmark):
    benchmark(Target.work, 9)

@pytest.fixture
def anyio_backend():
    return "asyncio"

def test_once(benchmark):
    benchmark.pedantic(Target.work, args=(1,), rounds=1)

def test_three_times(benchmark):
    benchmark.pedantic(Target.work, args=(1,), rounds=2, warmup_rounds=1)

def test_limits(benchmark):
    benchmark.pedantic(Target.work, args=(1,))
    assert benchmark.stats["mean"] < 0.1
    assert benchmark.stats.stats.max < 0.1
    assert benchmark.stats["ops"] > 1000
    assert benchmark.stats["rounds"] == 1
"""


@pytest.fixture(scope="module")
def more(serve_once) -> Native:
    return serve_once({"test_more.py": MORE, "aspectlib.py": ASPECTLIB}, "pytest", paths=["test_more.py"])


@pytest.mark.parametrize(
    ("name", "log"),
    [
        pytest.param("test_weave", ["work 5"] * 3, id="weaving measures what the test calls by itself"),
        pytest.param("test_patch", ["work 6"] * 3, id="and so does patching"),
        pytest.param("TestCase::test_method", ["work 7"] * 3, id="the fixture in a test case"),
        pytest.param(
            "TestMarkedCase::test_method", ["set up", "work 8"] * 3, id="a marked test case, set up each time"
        ),
        pytest.param("test_file", ["files 0"] * 3, id="a marked test, with a new temporary directory each time"),
        pytest.param("test_coroutine", ["coroutine asyncio"] * 3, id="a marked coroutine, run by the project's plugin"),
        pytest.param("test_fixture_in_a_coroutine", ["work 9"] * 3, id="the fixture inside of a coroutine"),
        pytest.param("test_once", ["work 1"], id="pedantic: what may run once runs once"),
        pytest.param("test_three_times", ["work 1"] * 3, id="pedantic: not more often than allowed"),
        pytest.param("test_limits", ["work 1"], id="a test's own limits on times hold"),
    ],
)
def test_called_as_often_as_it_may_be(more, name, log):
    (more.root / "log").unlink(missing_ok=True)
    answer = more.ask(f"test_more.py::{name}", "profile", warmups=2, watched=[])
    assert answer.get("error") is None
    assert more.log() == log
