from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bot.runners import runners


@dataclass
class FakeTree:
    files: dict[str, str]
    loaded: list[str] = field(default_factory=list)

    @property
    def paths(self):
        return tuple(sorted(self.files))

    def text(self, path):
        return self.files.get(path)

    def load(self, paths):
        self.loaded += paths


def discover(runner, files, paths=()):
    return runners()[runner].discover(FakeTree(files), paths)


FIXTURE = "def test_a(benchmark):\n    benchmark(len, [])\n"


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"tests/test_a.py": FIXTURE}, id="the benchmark fixture"),
        pytest.param({"benchmarks/bench_a.py": "def bench_a(codspeed_benchmark): pass\n"}, id="codspeed's own fixture"),
        pytest.param({"tests/test_a.py": "import pytest\n@pytest.mark.benchmark\ndef test_a(): pass\n"}, id="a marker"),
        pytest.param(
            {"tests/test_a.py": "import pytest\n@pytest.mark.benchmark(group='x')\ndef test_a(): pass\n"},
            id="a marker with arguments",
        ),
        pytest.param(
            {"tests/test_a.py": "import pytest\npytestmark = [pytest.mark.benchmark]\ndef test_a(): pass\n"},
            id="a module marker",
        ),
        pytest.param(
            {"tests/test_a.py": "import pytest\n@pytest.mark.benchmark\nclass TestA:\n    def test_a(self): pass\n"},
            id="a marked class",
        ),
        pytest.param({"tests/test_a.py": "class TestA:\n    " + FIXTURE.replace("\n ", "\n     ")}, id="a method"),
        pytest.param(
            {
                "tests/conftest.py": "import pytest\n@pytest.fixture\ndef timed(benchmark): return benchmark\n",
                "tests/test_a.py": "def test_a(timed): pass\n",
            },
            id="a fixture around the fixture",
        ),
    ],
)
def test_pytest_suites_are_found(files):
    suite = discover("pytest", files)
    assert suite is not None
    assert suite.paths == tuple(p for p in sorted(files) if "conftest" not in p)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"tests/test_a.py": "def test_benchmark(): pass\n"}, id="the word in a name"),
        pytest.param({"pkg/a.py": "def run(benchmark): pass\n"}, id="an argument outside of tests"),
        pytest.param({"tests/test_a.py": "def helper(benchmark): pass\n"}, id="an argument of a helper"),
        pytest.param({"tests/test_a.py": "def test_a(benchmark:\n"}, id="a file that cannot be read"),
        pytest.param({"tests/test_a.txt": FIXTURE}, id="no Python"),
        pytest.param({}, id="nothing"),
    ],
)
def test_what_is_no_pytest_suite(files):
    assert discover("pytest", files) is None


def test_paths_narrow_the_search():
    files = {"tests/test_a.py": FIXTURE, "odd/place.py": FIXTURE}
    suite = discover("pytest", files, ("odd/",))
    assert suite is not None
    assert suite.paths == ("odd/place.py",)


def test_a_suite_is_defined_by_its_conftests_and_by_all_of_a_benchmark_directory():
    files = {
        "benchmarks/test_a.py": "import yaml\n" + FIXTURE,
        "benchmarks/data.json": "{}",
        "conftest.py": "import attr.validators\n",
        "tests/conftest.py": "",
        "pkg/conftest.py": "",
    }
    suite = discover("pytest", files)
    assert suite is not None
    assert suite.definition == ("benchmarks/data.json", "benchmarks/test_a.py", "conftest.py")
    assert suite.imports == ("attr", "yaml")


ASV = '// a comment\n{"version": 1, "project_url": "https://example.org/x", "benchmark_dir": "perf",}\n'


def test_asv_suites_are_found_through_a_configuration_with_comments():
    suite = discover("asv", {"asv.conf.json": ASV, "perf/a.py": "import numpy\n", "perf/results/m/x.json": "{}"})
    assert suite is not None
    assert (suite.paths, suite.options["benchmark_dir"]) == (("perf",), "perf")
    assert (suite.definition, suite.imports) == (("perf/a.py",), ("numpy",))


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"benchmarks/a.py": "def time_x(): pass\n"}, id="no configuration"),
        pytest.param({"asv.conf.json": ASV}, id="an empty directory"),
        pytest.param(
            {"asv.conf.json": '{"benchmark_dir": "../x"}', "x/a.py": ""}, id="a directory outside of the tree"
        ),
        pytest.param({"asv.conf.json": "[1]", "x/a.py": ""}, id="a configuration of another shape"),
    ],
)
def test_what_is_no_asv_suite(files):
    assert discover("asv", files) is None


def test_a_nested_configuration_names_a_directory_beside_it():
    suite = discover("asv", {"asv_bench/asv.conf.json": "{}", "asv_bench/benchmarks/a.py": ""})
    assert suite is not None
    assert suite.paths == ("asv_bench/benchmarks",)
