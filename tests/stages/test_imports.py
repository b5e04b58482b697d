"""What importing the repository's packages costs, through the real path; only where the configuration asks for it."""

from __future__ import annotations

import pytest

from bot import machine, pipeline
from bot.core import verdict as deciding
from bot.git import Repository
from bot.progress import SilentProgress
from bot.sandbox import driver
from bot.stages import measure
from bot.stages.imports import Imported
from bot.stages.measure import Measurement
from bot.workbench import Workbench

needs_valgrind = pytest.mark.skipif(machine.valgrind() is None, reason="instructions are counted by valgrind")
BASE = {
    "bench_quick.py": "def bench_quick():\n    sum(range(1000))\n",
    "steady/__init__.py": "TABLE = [n * n for n in range(100_000)]\n",
    "heavy/__init__.py": "from heavy import tables\n",
    "heavy/tables.py": "TABLE = [n * n for n in range(100_000)]\n",
    "broken/__init__.py": "import no_such_module\n",
    "tests/__init__.py": "raise SystemExit\n",
}
HEAD = {
    "heavy/tables.py": "TABLE = [n * n for n in range(300_000)]\n",
    "fresh/__init__.py": "",
}
ASKED = ".github/perfwright.yml", "install: 'true'\nmetrics: {import-time: 5%}\n"
NOT_ASKED = ".github/perfwright.yml", "install: 'true'\n"


@pytest.fixture
def imports(make_repository, tmp_path, monkeypatch):
    # Whether time agrees is not asked: how long that takes depends on what else the machine does.
    monkeypatch.setattr(measure, "_time_arm", lambda *_: Measurement(()))
    monkeypatch.setattr(deciding, "RECOUNT_SEEDS", ())

    def run(config):
        repository = Repository(make_repository({**BASE, config[0]: config[1]}, HEAD))
        with Workbench(repository, driver("bubblewrap"), tmp_path / "home", SilentProgress()) as bench:
            return pipeline.imports(pipeline.plan(bench, pipeline.Request("HEAD~1", "HEAD")))

    return run


@needs_valgrind
def test_an_import_that_became_slower_is_a_regression_and_an_unchanged_one_is_not(imports):
    imported = imports(ASKED)
    said = {one.id: one for one in imported.verdicts}
    assert {name: one.verdict for name, one in said.items()} == {
        "import heavy": "regression",
        "import steady": "no change",
    }
    heavy = said["import heavy"]
    assert (heavy.metric, heavy.unit) == ("import time", "instructions")
    assert heavy.interval[0] > 2.5  # the interpreter's own start is not in it
    same, broken = imported.notes
    assert same == "import time did not change: `import steady`"
    assert broken.startswith("`import broken` was not measured: it fails on both sides")


@needs_valgrind
def test_where_nobody_asked_nothing_is_imported(imports):
    assert imports(NOT_ASKED) == Imported()
