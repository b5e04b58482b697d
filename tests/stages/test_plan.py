"""What a plan makes of a repository and its configuration, from git objects alone."""

from __future__ import annotations

import pytest

from bot.core.config import parse_config
from bot.errors import MeasureError, UserError
from bot.git import Repository
from bot.stages.plan import CONFIG_PATH, plan
from tests.conftest import git, write

TESTS = {"tests/test_a.py": "def test_a(): pass\n", "pkg.py": "x = 1\n"}
BENCH = {"benchmarks/test_b.py": "def test_b(benchmark): benchmark(len, [])\n"}


@pytest.fixture
def planned(make_repository):
    def planned(*commits, config="", base="c0"):
        place = make_repository(*commits)
        return plan(Repository(place), base, f"c{len(commits) - 1}", parse_config(config))[0]

    return planned


def test_where_there_is_no_benchmark_tests_stand_in_and_it_is_said(planned):
    made = planned(TESTS)
    assert [suite.runner for suite in made.suites] == ["tests"]
    assert any("no benchmarks" in note for note in made.notes)


def test_a_script_that_no_runner_understands_is_named_with_what_measures_it(planned):
    script = 'def run(): pass\n\nif __name__ == "__main__":\n    run()\n'
    notes = planned({**TESTS, "benchmark/bench.py": script, "benchmark/cases.py": "", "pkg.py": script}).notes
    assert [note for note in notes if "script" in note] == [
        "benchmark/bench.py may be a script of benchmarks: `benchmarks: [{runner: command, command: [python"
        " benchmark/bench.py]}]` in .github/perfwright.yml measures it"
    ]


@pytest.mark.parametrize(
    "commits",
    [
        pytest.param([{**TESTS, **BENCH}], id="at base"),
        pytest.param([TESTS, BENCH], id="at head"),
    ],
)
def test_where_there_is_one_they_do_not(planned, commits):
    made = planned(*commits)
    assert {suite.runner for suite in (*made.suites, *made.head_suites)} == {"pytest"}


def test_they_do_where_the_configuration_says_so(planned):
    made = planned({**TESTS, **BENCH}, config="benchmarks: [{runner: tests}, {runner: pytest}]")
    assert [suite.runner for suite in made.suites] == ["tests", "pytest"]


def test_entries_for_one_runner_are_one_suite(planned):
    files = {"a/test_a.py": BENCH["benchmarks/test_b.py"], "b/test_b.py": BENCH["benchmarks/test_b.py"]}
    made = planned(files, config="benchmarks: [{runner: pytest, paths: [a]}, {runner: pytest, paths: [b]}]")
    assert [suite.paths for suite in made.suites] == [("a/test_a.py", "b/test_b.py")]


@pytest.mark.parametrize(
    ("files", "config", "said"),
    [
        pytest.param({"pkg.py": ""}, "", "no benchmarks found, and no tests", id="neither benchmarks nor tests"),
        pytest.param(TESTS, "benchmarks: [{runner: asv}]", "where `benchmarks:`", id="none where they should be"),
        pytest.param(TESTS, "benchmarks: [{runner: pytets}]", "did you mean pytest?", id="a runner with a typo"),
        pytest.param(TESTS, "benchmarks: [{runner: cargo-x}]", "use one of asv, command", id="another runner"),
    ],
)
def test_refused_in_one_line(planned, files, config, said):
    with pytest.raises((MeasureError, UserError)) as caught:
        planned(files, config=config)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def with_submodule(make_repository, tmp_path):
    """A repository with a submodule at a path."""

    def made(path):
        inner = make_repository({"x.c": ""}, name="inner")
        place = make_repository({**TESTS, **BENCH}, name="outer")
        sha = git(inner, "rev-parse", "c0")
        git(place, "update-index", "--add", "--cacheinfo", f"160000,{sha},{path}")
        git(place, "commit", "-q", "-m", "with a submodule")
        git(place, "tag", "head")
        return place

    return made


@pytest.mark.parametrize("path", ["vendor/zlib", "src/pkg/core"])
def test_a_submodule_that_a_build_may_need_is_refused(with_submodule, path):
    with pytest.raises(UserError, match="never fetched: if it builds without them, say how with `install:` or `env:`"):
        plan(Repository(with_submodule(path)), "c0", "head", None)


@pytest.mark.parametrize(
    ("path", "config"),
    [
        pytest.param("tests/data", "", id="of test data"),
        pytest.param("docs/theme", "", id="of documentation"),
        pytest.param("vendor/zlib", "install: 'true'", id="that the configuration installs without"),
        pytest.param("vendor/zlib", "env: {NO_EXTENSIONS: '1'}", id="that a variable builds without"),
    ],
)
def test_a_submodule_that_is_done_without_is_noted(with_submodule, path, config):
    made, _ = plan(Repository(with_submodule(path)), "c0", "head", parse_config(config))
    assert any(path in note for note in made.notes)


@pytest.fixture
def without(make_repository):
    """A repository whose clone lacks one file, as a partial one may."""

    def made(path):
        changes = {"more.md": "more", path: "x = 'larger'\n"}
        place = make_repository({**TESTS, **BENCH, path: "x = 'large'\n"}, changes)
        sha = git(place, "rev-parse", f"c0:{path}")
        (place / ".git/objects" / sha[:2] / sha[2:]).unlink()
        return Repository(place)

    return made


def test_data_that_a_partial_clone_lacks_is_noted(without):
    made, _ = plan(without("examples/large.csv"), "c0", "c1", None)
    assert made.notes == ("the clone is a partial one, and was measured without 1 file: examples/large.csv",)
    assert [change.path for change in made.changes] == ["more.md"], "what changed in it cannot be read"


@pytest.mark.parametrize("path", ["large.py", "setup.cfg"])
def test_code_that_a_partial_clone_lacks_is_asked_for(without, path):
    with pytest.raises(UserError, match=f"^the clone lacks {path}: clone it again without `--filter`$"):
        plan(without(path), "c0", "c1", None)


def test_the_configuration_is_that_of_base_now_wherever_a_branch_begins(make_repository):
    """Else its author would choose among all that has ever been in force."""
    place = make_repository({**BENCH, CONFIG_PATH: "budget: 1m\n"}, {CONFIG_PATH: "budget: 2m\n"})
    git(place, "checkout", "-q", "-b", "topic", "c0")
    write(place, {"pkg.py": "x = 1\n", CONFIG_PATH: "budget: 9m\n"})
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "a branch that begins early")
    made, config = plan(Repository(place), "main", "topic", None)
    assert made.revisions.merge_base_sha == git(place, "rev-parse", "c0")
    assert config.budget_s == 120
