"""Which interpreter a repository gets; none is downloaded."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot import doctor, interpreters
from bot.errors import UserError
from bot.interpreters import Interpreter

look = interpreters.installed.__wrapped__


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """A machine with some interpreters, where uv gets 3.10 and nothing else."""
    there = ["3.13.0", "3.12.1", "3.9.18"]
    asked: list[str] = []

    def installed() -> tuple[Interpreter, ...]:
        return tuple(Interpreter(Path(f"/opt/{one}/bin/python"), one, Path(f"/opt/{one}")) for one in there)

    def run(command, **_options):
        asked.append(command[-1])
        if command[-1] == "3.10":
            there.append("3.10.14")
        return subprocess.CompletedProcess(command, 0)

    installed.cache_clear = lambda: None
    monkeypatch.setattr(interpreters, "installed", installed)
    monkeypatch.setattr(interpreters.subprocess, "run", run)
    return asked


CLASSIFIERS = "Programming Language :: Python :: 3.9\nProgramming Language :: Python :: 3.12\n"


@pytest.mark.parametrize(
    ("wanted", "requires", "metadata", "version"),
    [
        pytest.param(None, None, "", "3.13.0", id="the newest"),
        pytest.param(None, None, CLASSIFIERS, "3.12.1", id="the newest that the classifiers name"),
        pytest.param(None, "<3.12", "", "3.9.18", id="the newest that is allowed"),
        pytest.param(None, "nonsense", "", "3.13.0", id="a specifier that cannot be read"),
        pytest.param("3.9", ">=3.10", "", "3.9.18", id="what the configuration says, whatever is declared"),
        pytest.param("3.12.1", None, "", "3.12.1", id="one release"),
        pytest.param("3.10", None, "", "3.10.14", id="one that uv gets"),
        pytest.param(None, "==3.10.*", "", "3.10.14", id="the only allowed one, which uv gets"),
    ],
)
def test_chosen(wanted, requires, metadata, version):
    assert interpreters.choose(wanted, requires, metadata).version == version


@pytest.mark.parametrize(
    ("date", "requires", "version"),
    [
        pytest.param("2023-12-01T00:00:00+00:00", None, "3.12.1", id="the newest of that day"),
        pytest.param("2022-03-30T11:13:16-04:00", None, "3.9.18", id="an older one that is there before one to get"),
        pytest.param("2022-03-30T11:13:16-04:00", ">=3.10", "3.10.14", id="one that uv gets"),
        pytest.param("2015-01-01T00:00:00+00:00", None, "3.13.0", id="before the oldest, which uv does not get"),
    ],
)
def test_packages_of_a_day_run_on_an_interpreter_of_that_day(date, requires, version):
    assert interpreters.choose(None, requires, "", date=date).version == version


@pytest.mark.parametrize(
    ("wanted", "requires", "said"),
    [
        pytest.param(
            "3.11", None, "3.11 is not installed here (found: 3.13, 3.12, 3.9), and uv could not", id="missing"
        ),
        pytest.param("3.12.99", None, "3.12.99 is not installed here", id="a release that there is not"),
        pytest.param("3.7", None, "3.7 is not supported: write one of 3.8 to 3.14", id="too old"),
        pytest.param("3.15", None, "3.15 is not supported", id="too new"),
        pytest.param("3.13t", None, "free-threaded CPython 3.13t is not supported: write 3.13", id="free-threaded"),
        pytest.param(None, "==3.11.*", "3.11 is not installed here", id="the only allowed one"),
        pytest.param(None, "<3", "allows none of CPython 3.8 to 3.14", id="none is allowed"),
    ],
)
def test_refused_in_one_line(wanted, requires, said):
    with pytest.raises(UserError) as caught:
        interpreters.choose(wanted, requires, "")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_there_is_not_asked_for(machine):
    interpreters.choose("3.12", None, "")
    assert machine == []


def test_uv_that_cannot_look_is_no_machine_without_interpreters(monkeypatch):
    failed = subprocess.CompletedProcess([], 2, "", "error: Failed to initialize cache at `/x`\n  cause: denied\n")
    monkeypatch.setattr(interpreters.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(UserError, match=r"let this account write to its home.*initialize cache at `/x`; cause: denied"):
        look()
    monkeypatch.setattr(interpreters, "installed", look)
    assert "write to its home" in doctor._interpreters().says


def test_builds_of_one_version_are_told_apart_by_their_files(tmp_path):
    def made(place: str, binary: bytes = b"1", library: bytes | None = None) -> str:
        path, shared = tmp_path / place / "bin/python3.13", tmp_path / place / "lib/libpython3.13.so.1.0"
        for file, data in ((path, binary), (shared, library)):
            file.parent.mkdir(parents=True, exist_ok=True)
            if data is not None:
                file.write_bytes(data)
        interpreters._build.cache_clear()
        return Interpreter(path, "3.13.0", tmp_path / place).build

    first = made("a")
    assert made("a") == first
    assert len({first, made("b"), made("a", b"2"), made("a", library=b"3")}) == 4
