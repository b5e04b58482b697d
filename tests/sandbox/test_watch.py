"""Looking at processes from outside: they end at any moment, and the looking goes on."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bot.sandbox import watch
from tests.sandbox.test_drivers import LIMITS


@pytest.fixture
def ended() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen(["true"])
    process.wait()
    assert not Path(f"/proc/{process.pid}").exists()
    return process.pid


def test_a_process_that_has_ended_uses_nothing(ended):
    assert watch.too_many_files(ended, LIMITS) is None
    assert watch.excess(ended, LIMITS) is None
    assert watch.cpu_ns(ended) == 0


def test_our_own_time_and_that_of_our_children_counts():
    assert watch.cpu_ns(os.getpid()) > 0


def test_what_cannot_be_counted_in_time_is_too_much(tmp_path, monkeypatch):
    disk = watch.Disk.of([tmp_path])
    limits = replace(LIMITS, disk_bytes=10**15)
    assert disk.excess(os.getpid(), limits) is None

    def late(command, **_options):
        raise subprocess.TimeoutExpired(command, 60)

    monkeypatch.setattr(watch.subprocess, "run", late)
    assert "wrote more than" in disk.excess(os.getpid(), limits)


@pytest.mark.parametrize(
    ("looks", "too_much"),
    [
        pytest.param([100, 200, 200], False, id="one of two that share ended between the looks at them"),
        pytest.param([200, 200] * watch._LOOKS, True, id="both are there, and share nothing"),
    ],
)
def test_memory_that_one_process_leaves_to_another_counts_once(monkeypatch, looks, too_much):
    """Two processes, of which each look sees in mebibytes what they answer for; in the first case only one is left."""
    seen = iter(looks)
    there = iter([[1, 2], [1, 2], [2]] if not too_much else [[1, 2]] * 4)
    monkeypatch.setattr(watch, "_descendants", lambda _: next(there))
    monkeypatch.setattr(watch, "_files", lambda _: (0, 0))
    monkeypatch.setattr(watch, "_resident", lambda _: 200 << 20)
    monkeypatch.setattr(watch, "_proportional", lambda _: next(seen) << 20)
    assert (watch.excess(1, replace(LIMITS, memory_bytes=250 << 20)) is not None) is too_much
