"""What is asked of podman and docker; that they hold to it is for the suites that run every driver."""

from __future__ import annotations

import itertools

import pytest

from bot.sandbox import Command, Mount, Options, container
from tests.sandbox.conftest import LIMITS


@pytest.fixture
def options(tmp_path) -> Options:
    return Options(state=tmp_path)


def pairs(engine: str, options: Options, command: Command) -> set[tuple[str, str]]:
    return set(itertools.pairwise(container.arguments(engine, options, command)))


COMMAND = Command(("true",), "run", limits=LIMITS, env={"CHOSEN": "a b"})


@pytest.mark.parametrize("engine", ["podman", "docker"])
@pytest.mark.parametrize("phase", ["run", "install"])
def test_confined(engine, options, phase):
    asked = pairs(engine, options, Command(("true",), phase, limits=LIMITS))
    memory = str(LIMITS.memory_bytes)
    assert {
        ("--network", "none"), ("--cap-drop", "ALL"), ("--security-opt", "no-new-privileges"), ("--ipc", "private"),
        ("--memory", memory), ("--memory-swap", memory), ("--pids-limit", str(LIMITS.processes)), ("--pull", "never"),
        ("--hostname", "sandbox"), ("--env", "HOME=/job/home"),
    } <= asked  # fmt: skip
    words = {word for pair in asked for word in pair}
    assert "--read-only" in words
    assert "--rm" in words
    assert not {"--privileged", "--tty", "--volume", "--device"} & words
    assert ("--user", "0:0") not in asked


def test_gvisor_is_a_setting(options):
    assert ("--runtime", "runsc") not in pairs("docker", options, COMMAND)
    chosen = Options(runtime="runsc", state=options.state)
    assert ("--runtime", "runsc") in pairs("docker", chosen, COMMAND)


def test_mounts_are_read_only_unless_they_are_said_to_be_writable(options, tmp_path):
    for name in ("open", "shut"):
        (tmp_path / name).mkdir()
    mounts = (Mount(tmp_path / "open", "/job/open", writable=True), Mount(tmp_path / "shut", "/job/shut"))
    asked = pairs("docker", options, Command(("true",), "run", mounts=mounts))
    assert ("--mount", f"type=bind,source={tmp_path}/open,target=/job/open") in asked
    assert ("--mount", f"type=bind,source={tmp_path}/shut,target=/job/shut,readonly") in asked


def test_variables_of_the_host_are_not_passed_on(options, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    launch = container.Container(options).launch(COMMAND)
    assert not any("GITHUB_TOKEN" in word for word in (*launch.argv, *launch.env))
    assert ("--env", "CHOSEN=a b") in set(itertools.pairwise(launch.argv))


def test_it_can_be_ended_by_its_name_and_ends_by_itself(options):
    launch = container.Container(options).launch(COMMAND)
    name = launch.argv[launch.argv.index("--name") + 1]
    assert launch.end[1:] == ("rm", "--force", name)
    assert ("/usr/bin/timeout", "--signal=KILL") in set(itertools.pairwise(launch.argv))
    assert not launch.limited_outside


def test_where_there_is_no_engine_it_says_so(options, monkeypatch):
    monkeypatch.setattr(container, "_engine", lambda: None)
    assert container.Container(options).problem().startswith("neither podman nor docker is installed")
