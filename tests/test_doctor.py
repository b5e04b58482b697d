"""What `perfwright doctor` says, on machines that have more or less."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from bot import counter, doctor, machine
from bot.errors import UserError
from bot.sandbox import Options, cgroup


@pytest.fixture
def options(tmp_path) -> Options:
    return Options(state=tmp_path)


def holds(monkeypatch, *names: str) -> None:
    """Let these drivers hold, and the others not."""

    def driver(name: str, _: Options) -> None:
        if name not in names:
            raise UserError(f"{name} is not installed: install it")

    monkeypatch.setattr(doctor, "driver", driver)


def test_one_sandbox_is_enough(monkeypatch, options):
    holds(monkeypatch, "bubblewrap")
    first, second = doctor._sandboxes(options)
    assert (first.what, first.ok) == ("sandbox bubblewrap", True)
    assert (second.what, second.ok, second.required) == ("sandbox container", False, False)
    assert second.says == "container is not installed: install it"


def test_none_is_not_enough(monkeypatch, options):
    holds(monkeypatch)
    assert [(one.ok, one.required) for one in doctor._sandboxes(options)] == [(False, True)] * 2


def test_no_sandbox_is_not_a_sandbox(monkeypatch, options):
    holds(monkeypatch, "bubblewrap", "container")
    assert {one.what for one in doctor._sandboxes(options)} == {"sandbox bubblewrap", "sandbox container"}


@pytest.mark.parametrize(
    ("lacking", "ok", "says", "valgrind"),
    [
        pytest.param(None, True, "used: ", "the processor counts instead", id="there"),
        pytest.param(
            "not offered by this machine (…)", True, "; CPU time stands in", "CPU time is", id="no such thing"
        ),
        pytest.param(f"{counter.FORBIDDEN}: …", False, "; CPU time stands in", "CPU time is", id="one may be mended"),
    ],
)
def test_the_processors_counter_is_told(monkeypatch, options, tmp_path, lacking, ok, says, valgrind):
    monkeypatch.setattr(counter, "lacking", lambda: lacking)
    monkeypatch.setattr(machine, "valgrind", lambda: None)
    holds(monkeypatch)
    found = {one.what: one for one in doctor.examine(options, tmp_path)}
    assert found["hardware counter"].ok is ok
    assert says in found["hardware counter"].says
    assert valgrind in found["valgrind"].says


def test_each_level_has_an_account_or_it_says_that_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", {}.__getitem__)  # as where nobody has made the accounts of the guide
    (levels,) = doctor._levels(tmp_path)
    assert levels.says.endswith("web 59914, worker 59915, runner 59916")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (levels,) = doctor._levels(tmp_path)
    assert levels.says.startswith("one account for all")


def test_secrets_that_others_may_read_are_named(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "credentials.env").write_text("x")
    (tmp_path / "credentials.env").chmod(0o604)
    *_, data = doctor._levels(tmp_path)
    assert not data.ok
    assert "chmod o-rwx" in data.says
    (tmp_path / "credentials.env").chmod(0o600)
    assert all(one.ok for one in doctor._levels(tmp_path))


@pytest.mark.parametrize("version", [1, 2])
def test_a_memory_limit_of_the_kernel(version):
    memory, *_ = doctor._limits(cgroup.Groups(version, Path("/a"), Path("/a")))
    assert memory.ok
    assert memory.says == f"held by the kernel (control groups, version {version})"


def test_a_memory_limit_that_is_late():
    memory, *_ = doctor._limits(cgroup.Groups(1, None, None))
    assert not memory.ok
    assert "systemd-run" in memory.says


def test_whom_sandboxes_belong_to(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert doctor._user(Options(uid=59_917)).ok
    assert not doctor._user(Options(uid=0)).ok
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "no token" in doctor._user(Options()).says


def test_everything_is_looked_at(monkeypatch, options):
    holds(monkeypatch, "bubblewrap")
    found = doctor.examine(options)
    assert {one.what for one in found} >= {"git", "CPython", "valgrind", "limit on memory", "user"}
    assert all(one.says and "\n" not in one.says for one in found)
