"""What `make demo` shows: the story as a person at a terminal reads it, and that Ctrl-C ends all of it."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

from rich.console import Console

from demo.__main__ import farewell, watch
from tests.reports import golden
from tests.stories.bot import SLOW

ROOT = Path(__file__).parents[2]
GOLDENS = Path(__file__).parent / "goldens"


def test_what_a_person_at_the_terminal_reads(bot, repo, alice):
    repo.push("topic", {"parser.py": SLOW}, by=alice)
    pull = repo.open_pull(head="topic", by=alice, title="Keep the order")
    bot.work()
    console = Console(file=io.StringIO(), width=100, highlight=False)
    watch(pull, console)
    farewell(console, "https://perf.example.org", pull, threading.Event())
    shown = re.sub(r"^ *\d+\.\d s", "  0.0 s", console.file.getvalue(), flags=re.MULTILINE)
    shown = re.sub(r"\b[0-9a-f]{10}(?:[0-9a-f]{30})?\b", lambda sha: "0" * len(sha[0]), shown)
    shown = re.sub(r"check:\d+:", "check:REPOSITORY:", shown).replace(str(Path.cwd()), "")
    golden.check("demo.txt", "\n".join(line.rstrip() for line in shown.splitlines()) + "\n", GOLDENS)


def test_ctrl_c_ends_all_of_it(tmp_path):
    """With all its real processes, as the check begins."""
    demo = subprocess.Popen(
        [sys.executable, "-u", "-m", "demo"], cwd=tmp_path, stdout=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PERFWRIGHT_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert demo.stdout is not None
    try:
        assert any("has installed the app" in line for line in demo.stdout)
    finally:
        demo.send_signal(signal.SIGINT)
    said = demo.stdout.read()
    assert demo.wait(60) == 0
    assert "nothing is left running" in said
    assert [one for one in commands() if str(tmp_path) in one] == []


def commands():
    """What runs on this machine, with its environment."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            yield (place / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
