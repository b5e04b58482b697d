"""Every own probe against every driver, strict; and what a driver that does not hold is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import sandbox
from bot.errors import UserError
from bot.sandbox import Options, selftest

PROBES = {probe.name: probe for probe in selftest.probes()}


@pytest.fixture
def world():
    with selftest.world() as made:
        yield made


@pytest.fixture
def options(tmp_path) -> Options:
    return Options(state=tmp_path / "state")


@pytest.mark.parametrize("name", PROBES)
def test_a_driver_withstands(driver, world, name):
    assert selftest.attempt(driver, PROBES[name], world) is None


def test_memory_of_a_child_that_the_kernel_ended_for_the_next_is_not_held(driver, world):
    probe = PROBES["memory"]
    fork = "        children.append(os.fork())\n"
    assert fork in probe.text
    one_after_the_other = probe.text.replace(fork, f"        time.sleep(0.15)\n{fork}")
    assert selftest.attempt(driver, replace(probe, text=one_after_the_other), world) is None


@pytest.mark.parametrize("name", ["host_file", "network", "kernel"])
def test_a_probe_notices_that_there_is_no_sandbox(world, name):
    unconfined = sandbox.drivers()["none"]
    if problem := unconfined.problem():
        pytest.skip(problem)
    assert selftest.attempt(unconfined, PROBES[name], world)


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
def test_a_probe_says_what_it_does_and_how_to_mend_it(probe):
    assert probe.does[0].isupper()
    assert "\n" not in probe.does
    assert len(probe.mend) > 10


def test_a_driver_that_does_not_hold_is_refused_in_one_line(driver, options, monkeypatch):
    monkeypatch.setattr(selftest, "attempt", lambda _, probe, __: "a secret" if probe.name == "host_file" else None)
    with pytest.raises(UserError) as error:
        sandbox.driver(driver.NAME, options)
    assert str(error.value).startswith(
        f"the sandbox {driver.NAME} does not hold and is not used: a job reads a file of "
    )
    assert "\n" not in str(error.value)
    assert not selftest.withstood(driver, options)


def test_an_attack_that_could_not_begin_proves_nothing(driver, options, world):
    broken = selftest.Probe("broken", "raise SystemExit('no such thing')\n")
    assert selftest.attempt(driver, broken, world) == "the attack could not be tried: no such thing"


def test_neither_does_one_that_ended_before_it_knew(driver, world):
    broken = selftest.Probe("broken", "def attack(world):\n    raise LookupError('of all things')\n")
    assert "LookupError: of all things" in selftest.attempt(driver, broken, world)


def test_what_has_withstood_is_not_attacked_again(driver, options, monkeypatch):
    attacked: list[str] = []
    monkeypatch.setattr(selftest, "attempt", lambda _, probe, __: attacked.append(probe.name))
    for _ in range(2):
        assert sandbox.driver(driver.NAME, options).NAME == driver.NAME
    assert attacked == list(PROBES)


def test_another_kernel_is_attacked_anew(driver, options, monkeypatch):
    monkeypatch.setattr(selftest, "attempt", lambda *_: None)
    sandbox.driver(driver.NAME, options)
    assert selftest.withstood(driver, options)
    monkeypatch.setattr(selftest.platform, "release", lambda: "another")
    assert not selftest.withstood(driver, options)


def test_where_nothing_can_be_kept_it_is_attacked_every_time(driver, tmp_path, monkeypatch):
    if driver.NAME == "container":
        pytest.skip("engines read their filter from a file, so that it has to be kept")
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(selftest, "attempt", lambda *_: None)
    assert sandbox.driver(driver.NAME, Options(state=tmp_path / "file/state")).NAME == driver.NAME


def test_no_sandbox_is_only_for_who_asks_for_it(options):
    with pytest.raises(UserError, match="confines nothing"):
        sandbox.driver("none", options)
