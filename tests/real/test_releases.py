"""The whole path on released packages that ship their benchmarks: input that nobody here wrote.

Needs the package index, and minutes: `make test-real` runs them.
"""

from __future__ import annotations

import pytest

from benchmarks import releases
from bot import machine, pipeline
from bot.core.config import parse_config
from bot.core.model import Report
from bot.git import Repository
from bot.progress import SilentProgress
from bot.sandbox import driver
from bot.settings import read
from bot.workbench import Workbench

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(machine.valgrind() is None, reason="instructions are counted by valgrind"),
]


def check(name: str, base: str, head: str, *, config: str = "", select: str | None = None) -> Report:
    # Kept from one run of the tests to the next: released files never change.
    home = read().home / "real"
    bubblewrap = driver("bubblewrap")
    place = releases.repository(name, (base, head), home / "releases", bubblewrap)
    with Workbench(Repository(place), bubblewrap, home, SilentProgress()) as bench:
        return pipeline.check(bench, pipeline.Request(base, head, parse_config(config), None, select))


def words(report: Report) -> dict[str, str]:
    return {one.id.split("::")[-1]: one.verdict for one in report.verdicts}


PURE = "env: {YARL_NO_EXTENSIONS: '1'}\n"


def test_a_release_that_made_query_parsing_slower_is_caught_with_its_cause():
    report = check("yarl", "1.18.3", "1.19.0", config=PURE, select="test_update_query_(string|empty)$")
    assert words(report)["test_update_query_string"] == "regression"
    assert ("yarl/_parse.py", "query_to_pairs") in {(one.path, one.function) for one in report.suspects} or (
        "yarl/_quoting_py.py",
        "_Unquoter.__call__",
    ) in {(one.path, one.function) for one in report.suspects}


def test_the_same_release_twice_changes_nothing():
    report = check("yarl", "1.19.0", "1.19.0", config=PURE, select="quote|make_with")
    assert set(words(report).values()) == {"no change"}
    assert len(report.verdicts) > 10


def test_benchmarks_that_only_the_newer_release_has_are_added():
    said = words(check("yarl", "1.18.3", "1.19.0", config=PURE, select="parse_query"))
    assert set(said.values()) == {"added"}


@pytest.mark.parametrize(
    ("name", "base", "head", "select", "least"),
    [
        pytest.param("attrs", "25.4.0", "25.4.0", "hash|eq_equal|asdict_atomic", 3, id="pytest-codspeed markers"),
        pytest.param("simpy", "4.1.1", "4.1.1", "init|step", 4, id="pytest-benchmark fixtures"),
        pytest.param("fastjsonschema", "2.21.2", "2.21.2", "ok_values.*[01]", 2, id="a project without groups"),
        pytest.param("cbor2", "5.7.1", "5.7.1", "dumps.*(ASCII|Trues)", 2, id="a compiled extension"),
        pytest.param("jsonschema", "4.25.1", "4.25.1", r"contains\.py|const_vs_enum\.py", 5, id="pyperf scripts"),
        pytest.param("cachetools", "6.1.0", "6.2.0", "ttl|func", 1, id="tests, where there are no benchmarks"),
    ],
)
def test_suites_of_other_projects_are_found_built_and_measured(name, base, head, select, least):
    report = check(name, base, head, config="fixes: off\n", select=select)
    compared = [one for one in report.verdicts if one.ratio is not None]
    assert len(compared) >= least, (report.verdicts, report.notes)
    assert [one for one in report.verdicts if one.verdict == "failed"] == []
    if base == head:
        assert {one.verdict for one in compared} == {"no change"}
