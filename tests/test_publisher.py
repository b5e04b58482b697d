"""The log: what strangers write moves no cursor in it and passes for no line of ours. The lock: one at a time."""

from __future__ import annotations

import fcntl
import logging
import subprocess
import sys

import pytest

from bot.core.text import HIDDEN
from bot.publisher import _Visible, machine_lock
from tests.reports.hostile import HOSTILE


def line(level: int, message: str, *arguments: object) -> str:
    record = logging.LogRecord("perfwright.worker", level, "x", 1, message, arguments, None)
    return _Visible("%(levelname)s %(message)s").format(record)


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_hostile_text_is_one_visible_line(text):
    shown = line(logging.WARNING, "task=%s %s", "check:1", text)
    assert "\n" not in shown
    assert not HIDDEN.search(shown)
    assert shown.startswith("WARNING task=check:1")


def test_a_traceback_keeps_its_lines_and_hides_nothing():
    shown = line(logging.ERROR, "task=%s\n%s", "check:1", "Traceback\n  \x1b[2Jfile\u202e")
    assert shown.count("\n") == 2
    assert not HIDDEN.search(shown)


HOLDER = """
import sys, time
from pathlib import Path
from bot.publisher import machine_lock
with machine_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_machine_does_one_at_a_time_and_goes_on_when_the_holder_is_killed(tmp_path):
    place = tmp_path / "home" / "machine.lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(place)], stdout=subprocess.PIPE)
    assert holder.stdout.read(5) == b"held\n"
    with place.open("w") as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    holder.kill()
    holder.communicate()
    with machine_lock(place):
        pass
