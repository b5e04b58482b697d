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
    assert disk.excess(limits) is None

    def late(command, **_options):
        raise subprocess.TimeoutExpired(command, 60)

    monkeypatch.setattr(watch.subprocess, "run", late)
    assert "wrote more than" in disk.excess(limits)
