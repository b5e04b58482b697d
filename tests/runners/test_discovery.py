from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bot.core.config import BenchmarksConfig
from bot.errors import UserError
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


def discover(runner, files, paths=(), **entry):
    wanted = (BenchmarksConfig(runner, tuple(paths), **entry),) if paths or entry else ()
    return runners()[runner].discover(FakeTree(files), wanted)


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


@pytest.mark.parametrize(
    ("files", "defining"),
    [
        pytest.param({"tests/test_a.py": FIXTURE, "tests/data/sample.json": ""}, {"tests/data/sample.json"}, id="data"),
        pytest.param({"tests/test_a.py": FIXTURE, "tests/helpers.py": ""}, {"tests/helpers.py"}, id="helpers"),
        pytest.param(
            {"tests/benchmarks/test_a.py": FIXTURE, "tests/fixtures/make.py": "", "tests/fixtures/x.bin": ""},
            {"tests/fixtures/make.py", "tests/fixtures/x.bin"},
            id="fixtures beside a directory of benchmarks",
        ),
        pytest.param({"tests/test_a.py": FIXTURE, "tests/test_b.py": "", "tests/b/conftest.py": ""}, set(), id="tests"),
        pytest.param(
            {"tests/test_a.py": "from .test_b import f\n" + FIXTURE, "tests/test_b.py": ""},
            {"tests/test_b.py"},
            id="a test that is imported",
        ),
        pytest.param(
            {
                "benchmarks/test_a.py": "from tests import make\n" + FIXTURE,
                "tests/make/__init__.py": "from pkg.tests.more import x\n",
                "pkg/__init__.py": "from pkg import b\n",
                "pkg/b.py": "",
                "pkg/tests/more.py": "import pkg.b\n",
                "pkg/tests/more.json": "",
            },
            {"tests/make/__init__.py", "pkg/tests/more.py", "pkg/tests/more.json"},
            id="helpers of helpers, and none of the code",
        ),
        pytest.param(
            {"perfplot/tests/test_a.py": "import perfplot.b\n" + FIXTURE, "perfplot/b.py": ""},
            set(),
            id="a package that is named like benchmarks",
        ),
        pytest.param(
            {"test_a.py": "from bench.make import x\nfrom benchlib import y\n" + FIXTURE}
            | {"bench/make.py": "", "bench/x.bin": "", "benchlib/y.py": ""},
            {"bench/make.py", "bench/x.bin"},
            id="helpers among benchmarks",
        ),
        pytest.param(
            {
                "tests/test_a.py": "from pkg.perf import x\n" + FIXTURE,
                "pkg/__init__.py": "",
                "pkg/perf/__init__.py": "",
            },
            set(),
            id="a part of a package that is named like benchmarks",
        ),
        pytest.param(
            {
                "benchmarks/test_a.py": "from pkg.test import client, test_b\n" + FIXTURE,
                **dict.fromkeys(("pkg/__init__.py", "pkg/test/__init__.py", "pkg/test/test_b.py"), ""),
                "pkg/test/client.py": "from pkg.tests import c\n",
                "pkg/tests/c.py": "",
            },
            {"pkg/test/test_b.py"},
            id="a part of a package that is named like tests",
        ),
        pytest.param(
            {
                "pkg/benchmarks/test_a.py": "from pkg.test import make\n" + FIXTURE,
                **dict.fromkeys(("pkg/__init__.py", "pkg/test/make.py", "pkg/test/x.bin"), ""),
            },
            {"pkg/test/make.py", "pkg/test/x.bin"},
            id="tests of the package that the benchmarks lie in",
        ),
        pytest.param(
            {"perf_suite/benchmarks/test_a.py": FIXTURE, "perf_suite/common.py": ""},
            {"perf_suite/common.py"},
            id="beside a directory of benchmarks in another",
        ),
        pytest.param({"tests/test_a.py": FIXTURE + "from .. import x\nfrom ... import y\n"}, set(), id="too far up"),
    ],
)
def test_benchmarks_are_defined_by_data_and_helpers_of_tests_as_well(files, defining):
    suite = discover("pytest", files)
    assert suite is not None
    assert set(suite.definition) - set(suite.paths) == defining


@pytest.mark.parametrize("runner", ["functions", "pyperf", "asv", "pytest"])
def test_what_helpers_of_benchmarks_import_is_needed_too(runner):
    source = {"functions": "def bench_x(): pass\n", "pyperf": RUNNER, "pytest": FIXTURE}.get(runner, "")
    files = {"asv.conf.json": "{}", "benchmarks/bench_a.py": "from tests.make import x\n" + source}
    files |= {"tests/make.py": "import yaml\n", "tests/unused.py": "import odd\n", "tests/test_b.py": "import attr\n"}
    suite = discover(runner, files)
    assert suite is not None
    assert "tests/make.py" in suite.definition
    assert set(suite.imports) - {"pyperf"} == {"tests", "yaml"}


A, B, ROOT = "packages/a/tests/test_x.py", "packages/b/tests/test_x.py", "tests/test_x.py"


@pytest.mark.parametrize("runner", ["pytest", "tests"])
@pytest.mark.parametrize(
    ("declarations", "found", "projects"),
    [
        pytest.param(["pyproject.toml"], [ROOT], {}, id="one project"),
        pytest.param([], [ROOT, A], {}, id="none"),
        pytest.param(
            ["packages/a/pyproject.toml", "packages/b/setup.py"],
            [A, B],
            {"packages/a": (A,), "packages/b": (B,)},
            id="two",
        ),
        pytest.param(
            ["pyproject.toml", "packages/a/setup.cfg"],
            [A, B, ROOT],
            {"packages/a": (A,), ".": (B, ROOT)},
            id="one and the root's",
        ),
        pytest.param(["packages/a/pyproject.toml"], [A], {"packages/a": (A,)}, id="one below the root"),
        pytest.param(
            ["pyproject.toml", "packages/a/tests/pyproject.toml", "docs/setup.py", "packages/b/requirements.txt"],
            [A, B, "docs/test_x.py"],
            {},
            id="samples, and other declarations",
        ),
    ],
)
def test_files_are_told_apart_by_the_project_that_they_lie_in(runner, declarations, found, projects):
    suite = discover(runner, dict.fromkeys(declarations, "") | dict.fromkeys(found, FIXTURE), (".",))
    assert suite is not None
    assert suite.projects == projects
    parts = [(part.options.get("project"), part.paths) for part in suite.apart()]
    assert parts == (list(projects.items()) or [(None, suite.paths)])


ASV = '// a comment\n{"version": 1, "project_url": "https://example.org/x", "benchmark_dir": "perf",}\n'


def test_asv_suites_are_found_through_a_configuration_with_comments():
    suite = discover("asv", {"asv.conf.json": ASV, "perf/a.py": "import numpy\n", "perf/results/m/x.json": "{}"})
    assert suite is not None
    assert suite.paths == ("perf",)
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


def test_every_package_of_a_repository_may_have_its_asv_suite():
    files = {
        "a/asv.conf.json": "{}",
        "b/asv.conf.json": "{}",
        "a/benchmarks/x.py": "",
        "b/benchmarks/y.py": "import z\n",
    }
    suite = discover("asv", {**files, "tests/asv.conf.json": "{}", "tests/benchmarks/z.py": ""})
    assert suite is not None
    assert suite.paths == ("a/benchmarks", "b/benchmarks")
    assert (suite.definition, suite.imports) == (("a/benchmarks/x.py", "b/benchmarks/y.py"), ("z",))
    one = discover("asv", files, ("b",))
    assert one is not None
    assert one.paths == ("b/benchmarks",)


RUNNER = "from pyperf import Runner\nif __name__ == '__main__':\n    Runner().bench_func('x', len, [])\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(RUNNER, id="the class imported"),
        pytest.param("import pyperf\nrunner = pyperf.Runner()\n", id="the module imported"),
        pytest.param("def main():\n    import perf\n    perf.Runner().timeit('x', 'pass')\n", id="by its old name"),
    ],
)
def test_pyperf_scripts_are_found_anywhere(text):
    suite = discover("pyperf", {"pkg/speed.py": text, "pkg/other.py": "import pkg\n"})
    assert suite is not None
    assert (suite.paths, suite.definition) == (("pkg/speed.py",), ("pkg/speed.py",))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("from pyperf import perf_counter\n", id="another use of pyperf"),
        pytest.param("class Runner: pass\nRunner()  # not pyperf\n", id="a Runner of its own"),
        pytest.param("import pyperf\nclass Mine(pyperf.Runner): pass\n", id="a class that nothing makes"),
        pytest.param("import pyperf\nRunner(:\n", id="no Python"),
    ],
)
def test_what_is_no_pyperf_script(text):
    assert discover("pyperf", {"benchmarks/a.py": text}) is None


def test_a_pyperf_script_may_be_named_with_its_arguments():
    suite = discover(
        "pyperf", {"a.py": RUNNER, "b.py": RUNNER}, command=("python3 ./a.py --size 'a b'", "a.py --size 2")
    )
    assert suite is not None
    assert suite.paths == ("a.py",)
    assert suite.options == {"runs": '[["a.py", "--size", "a b"], ["a.py", "--size", "2"]]'}


@pytest.mark.parametrize(
    ("command", "said"),
    [("gone.py", "is not in the repository"), ("python", "names no script"), ("a.py 'x", "cannot be split")],
)
def test_a_pyperf_command_that_cannot_be_followed(command, said):
    with pytest.raises(UserError, match=said):
        discover("pyperf", {"a.py": RUNNER}, command=(command,))


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"benchmarks/a.py": "def bench_x(): pass\n"}, id="a function in a directory of benchmarks"),
        pytest.param(
            {"pkg/bench_a.py": "async def bench_x(n=5, *, m=1): pass\n"}, id="a file by its name, and defaults"
        ),
        pytest.param({"perf/a.py": "class A:\n    def bench_x(self): pass\n"}, id="a method"),
    ],
)
def test_functions_named_bench_are_found(files):
    suite = discover("functions", files)
    assert suite is not None
    assert suite.paths == tuple(files)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"pkg/a.py": "def bench_x(): pass\n"}, id="a file of another name"),
        pytest.param({"benchmarks/a.py": "def bench_x(loops): pass\n"}, id="a function that needs an argument"),
        pytest.param({"benchmarks/a.py": "def bench_x(benchmark): pass\n"}, id="a function for pytest-benchmark"),
        pytest.param({"benchmarks/a.py": "import pyperf\ndef bench_x(): pass\n"}, id="what a pyperf script calls"),
        pytest.param({"benchmarks/a.py": "def f():\n    def bench_x(): pass\n"}, id="a function inside another"),
        pytest.param({"benchmarks/a.py": "def bench_x(:\n"}, id="no Python"),
    ],
)
def test_what_is_no_benchmark_function(files):
    assert discover("functions", files) is None


def test_an_entry_finds_functions_anywhere():
    suite = discover("functions", {"pkg/a.py": "import pyperf\ndef bench_x(): pass\n"}, ("pkg",))
    assert suite is not None
    assert suite.paths == ("pkg/a.py",)


def test_commands_are_only_what_the_configuration_lists():
    files = {"data/in.txt": "", "pkg/a.py": ""}
    assert discover("command", files) is None
    suite = discover("command", files, ("data",), command=("make x", "make y"), prepare="make clean")
    assert suite is not None
    assert suite.definition == ("data/in.txt",)
    assert '"command": "make y", "setup": null, "prepare": "make clean"' in suite.options["commands"]
    with pytest.raises(UserError, match="'make' is listed twice"):
        discover("command", files, command=("make", "make"))


def test_tests_are_taken_only_where_they_are_asked_for():
    files = {
        "tests/test_a.py": "import yaml\n",
        "tests/data.json": "{}",
        "conftest.py": "",
        "pkg/a.py": "",
        "setup.py": "",
    }
    assert discover("tests", files) is None
    suite = discover("tests", files, ("tests",))
    assert suite is not None
    assert suite.paths == ("tests/test_a.py",)
    assert suite.definition == ("conftest.py", "tests/data.json", "tests/test_a.py")


def test_what_programs_that_are_only_data_import_is_not_needed():
    files = {"tests/test_a.py": "import attr\n", "tests/data/cases/b.py": "import no_such_thing\n"}
    suite = discover("tests", files, paths=("tests",))
    assert (suite.definition, suite.imports) == (("tests/data/cases/b.py", "tests/test_a.py"), ("attr",))
