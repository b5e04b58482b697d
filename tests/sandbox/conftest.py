"""Every driver of `bot/sandbox` runs the same suite: a new one is covered by being there."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from bot import sandbox
from bot.sandbox import MEBIBYTE, Command, Driver, Limits, Mount
from bot.sandbox.process import Finished, Process, run

LIMITS = Limits(
    wall_s=20,
    memory_bytes=512 * MEBIBYTE,
    address_bytes=2048 * MEBIBYTE,
    disk_bytes=32 * MEBIBYTE,
    file_bytes=8 * MEBIBYTE,
    processes=64,
    open_files=256,
    output_bytes=MEBIBYTE,
)
PYTHON = os.path.realpath(sys.executable)
"""The interpreter of these tests, shown inside at its own place."""


_problem = cache(lambda name: sandbox.drivers()[name].problem())


@pytest.fixture(params=sorted(name for name, one in sandbox.drivers().items() if one.CONFINES))
def driver(request: pytest.FixtureRequest) -> Driver:
    found = sandbox.drivers()[request.param]
    if problem := _problem(request.param):
        pytest.skip(problem)
    return found


def python(code: str, *arguments: str, phase: str = "run", limits: Limits = LIMITS, **more: object) -> Command:
    """A command that runs some Python."""
    prefix = Path(PYTHON).parent.parent
    mounts = () if prefix.is_relative_to("/usr") else (Mount(prefix, str(prefix)),)
    mounts += tuple(more.pop("mounts", ()))
    return Command((PYTHON, "-I", "-c", code, *arguments), phase, mounts=mounts, limits=limits, **more)


@pytest.fixture
def inside(driver: Driver) -> Callable[..., Finished]:
    """Run Python inside, to its end."""

    def inside(code: str, *arguments: str, **more: object) -> Finished:
        return run(driver, python(code, *arguments, **more))

    return inside


@pytest.fixture
def ask(inside) -> Callable[..., object]:
    """What an expression is inside; the text of the exception where it raises."""

    def ask(expression: str, *arguments: str, **more: object) -> object:
        code = (
            "import json, os, socket, sys\nfrom pathlib import Path\n"
            f"try:\n    answer = {expression}\n"
            "except Exception as error:\n    answer = type(error).__name__ + ': ' + str(error)\n"
            "print(json.dumps(answer))"
        )
        finished = inside(code, *arguments, **more)
        assert finished.status == 0, finished
        return json.loads(finished.output)

    return ask


@pytest.fixture
def start(driver: Driver):
    """Start Python inside and speak with it."""
    running: list[Process] = []

    def start(code: str, *arguments: str, **more: object) -> Process:
        running.append(Process(driver, python(code, *arguments, **more)))
        return running[-1]

    yield start
    for process in running:
        process.close()
