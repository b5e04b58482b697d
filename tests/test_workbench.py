"""What a command of the run phase is told, and which processes serve a suite."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot import sandbox
from bot.core.model import Suite
from bot.environment import Built, Environment
from bot.harness import Harness, Parted
from bot.interpreters import Interpreter
from bot.workbench import Checkout, Workbench
from tests.fakes import FakeProcess

LISTING = b'{"benchmarks": [], "errors": []}'
TWO = {"a": ("a/t.py",), "b": ("b/t.py",)}


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A workbench whose sandbox lists nothing; it keeps the commands that it starts."""
    with Workbench(None, SimpleNamespace(NAME="fake"), tmp_path / "home", None) as made:
        made.started = []
        monkeypatch.setattr(made.environments, "harness", lambda interpreter: tmp_path)
        monkeypatch.setattr(made, "start", lambda command, _: made.started.append(command) or FakeProcess(LISTING))
        yield made


def checkout(roots=(), **env: str) -> Checkout:
    interpreter = Interpreter(Path("/usr/bin/python3"), "3.13.0", Path("/usr"))
    environment = Environment("key", Path("/nowhere"), interpreter, Built((), (), roots=roots))
    return Checkout("base", SimpleNamespace(digest="d", export=lambda place: None), environment, env)


@pytest.mark.parametrize(
    ("side", "path"),
    [
        pytest.param(checkout(), None, id="an editable install"),
        pytest.param(checkout(("src", "lib")), f"{sandbox.REPOSITORY}/src:{sandbox.REPOSITORY}/lib", id="a copy"),
        pytest.param(checkout(("src",), PYTHONPATH="mine"), "mine", id="the configuration's own word"),
    ],
)
def test_the_tree_is_looked_at_before_a_copy_of_it(bench, side, path):
    assert bench.command(side, ("true",)).env.get("PYTHONPATH") == path


@pytest.mark.parametrize(
    ("projects", "kind", "at_once"),
    [
        pytest.param({}, Harness, 1, id="one project"),
        pytest.param({"a": ("a/t.py",)}, Harness, 1, id="one below the root"),
        pytest.param(TWO, Parted, 0, id="two, each when it is asked"),
    ],
)
def test_each_project_has_a_harness(bench, projects, kind, at_once):
    served = bench.serve(checkout(), Suite("pytest", ("a/t.py", "b/t.py"), projects=projects), "none")
    assert type(served) is kind
    assert len(bench.started) == at_once
    assert served.listing.benchmarks == ()
    asked = [json.loads(command.argv[-1])["options"].get("project") for command in bench.started]
    assert asked == (list(projects) or [None])
