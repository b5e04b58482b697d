"""Which control groups can be used, worked out on trees of files as the kernel shows them; and what is done without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.sandbox import MEBIBYTE, cgroup
from tests.sandbox.conftest import LIMITS
from tests.sandbox.test_drivers import gone, tag

__all__ = ["tag"]


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_version_2_with_a_place_of_its_own(tmp_path):
    root = tree(tmp_path, {
        "cgroup.controllers": "cpu memory pids\n",
        "bot.service/cgroup.subtree_control": "memory pids\n",
        "bot.service/cgroup.procs": "",
        "bot.service/runner/cgroup.procs": "1\n",
    })  # fmt: skip
    found = cgroup.find("0::/bot.service/runner\n", root)
    assert found == cgroup.Groups(2, root / "bot.service", root / "bot.service", root / "bot.service")


def test_version_2_where_the_controllers_have_to_be_turned_on(tmp_path):
    root = tree(tmp_path, {
        "cgroup.controllers": "memory pids\n", "bot/cgroup.subtree_control": "", "bot/cgroup.procs": "",
        "bot/runner/cgroup.procs": "1\n",
    })  # fmt: skip
    assert cgroup.find("0::/bot/runner\n", root).memory is None
    assert (root / "bot/cgroup.subtree_control").read_text() == "+memory +pids"


@pytest.mark.parametrize("own", ["0::/\n", "", "4:cpu:/a\n"])
def test_no_groups(tmp_path, own):
    assert cgroup.find(own, tree(tmp_path, {"cgroup.controllers": "memory pids\n"})) == cgroup.Groups(1, None, None)


def test_version_1_has_a_tree_for_each(tmp_path):
    root = tree(tmp_path, {"memory/a/b/cgroup.procs": "", "pids/cgroup.procs": ""})
    found = cgroup.find("9:pids:/\n4:memory:/a/b\n0::/\n", root)
    assert found == cgroup.Groups(1, root / "memory/a/b", root / "pids")


def test_what_a_killed_bot_left_is_removed_and_what_a_living_one_uses_is_not(tmp_path):
    root = tree(tmp_path, {"memory/cgroup.procs": "", "memory/other/x": ""})
    dead, alive = root / "memory/perfwright-999999999-0", root / "memory/perfwright-1-0"
    dead.mkdir()
    alive.mkdir()
    cgroup.find("4:memory:/\n", root)
    assert not dead.exists()
    assert alive.exists()


@pytest.mark.parametrize(
    ("version", "files"),
    [
        (1, {"memory.limit_in_bytes": str(512 * MEBIBYTE), "pids.max": "76"}),
        (2, {"memory.max": str(512 * MEBIBYTE), "pids.max": "76"}),
    ],
)
def test_a_group_holds_to_the_limits(tmp_path, monkeypatch, version, files):
    made = cgroup.Groups(version, tmp_path, tmp_path).make(LIMITS)
    (place,) = set(made.places.values())
    assert {path.name: path.read_text() for path in place.iterdir()} == files
    assert made.joined_by == (f"{place}/cgroup.procs",)
    for path in place.iterdir():
        path.unlink()
    made.close()
    assert not place.exists()


@pytest.mark.parametrize(
    ("version", "file", "text", "answer"),
    [
        (1, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", True),
        (1, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n", False),
        (2, "memory.events", "low 0\noom 1\noom_kill 1\noom_group_kill 1\n", True),
        (2, "memory.events", "low 0\noom 0\noom_kill 0\noom_group_kill 0\n", False),
    ],
)
def test_the_kernel_says_why_a_process_ended(tmp_path, version, file, text, answer):
    (tmp_path / file).write_text(text)
    assert cgroup.Group(version, {"memory": tmp_path}).ran_out_of_memory() is answer


# ---- Without a memory group, somebody looks from outside

HOG = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        held = bytearray(220 << 20)
        held[::4096] = b"x" * len(range(0, len(held), 4096))
        time.sleep(600)
print("began", flush=True)
time.sleep(600)
"""
SHARING = """
import os, time
held = bytearray(200 << 20)
held[::4096] = b"x" * len(range(0, len(held), 4096))
children = [os.fork() for _ in range(1)]
time.sleep(1)
print("done")
"""


@pytest.fixture
def ungrouped(monkeypatch):
    cgroup.groups.cache_clear()
    monkeypatch.setattr(cgroup, "find", lambda *_: cgroup.Groups(1, None, None))
    yield
    cgroup.groups.cache_clear()


@pytest.fixture
def bubblewrapped(driver):
    if driver.NAME != "bubblewrap":
        pytest.skip("its engine sets the limits")


def test_processes_that_together_take_too_much_are_ended(ungrouped, bubblewrapped, inside, tag):
    finished = inside(HOG, tag)
    assert finished.stopped == "used more than 512 MiB of memory"
    assert gone(tag)


def test_pages_that_processes_share_count_once(ungrouped, bubblewrapped, inside):
    assert inside(SHARING, limits=replace(LIMITS, memory_bytes=300 * MEBIBYTE)).stopped is None


def test_files_without_number_are_ended(ungrouped, bubblewrapped, inside, tag):
    code = "import time\nfor n in range(100_000): open(f'/tmp/{n}', 'w').close()\ntime.sleep(600)"
    finished = inside(code, tag, limits=replace(LIMITS, disk_files=20_000))
    assert finished.stopped == "made more than 20000 files"
    assert gone(tag)


@pytest.mark.skipif(cgroup.groups().memory is None, reason="this machine lets us make no memory cgroup")
def test_nor_do_they_go_on_where_the_kernel_bounds_their_memory(bubblewrapped, inside, tag):
    code = "import time\nfor n in range(30_000): open(f'/tmp/{n}', 'w').close()\ntime.sleep(600)"
    assert inside(code, tag, limits=replace(LIMITS, disk_files=20_000)).stopped == "made more than 20000 files"
    assert gone(tag)


def test_memory_that_nobody_counts_cannot_be_had(ungrouped, bubblewrapped, ask):
    assert "not implemented" in ask("os.memfd_create('x')")


@pytest.mark.skipif(cgroup.groups().memory is None, reason="this machine lets us make no memory cgroup")
def test_the_kernel_ends_what_takes_too_much(bubblewrapped, inside, tag):
    # Ended by the kernel is one process; the job ends because its first process was the one that took the memory.
    finished = inside("held = bytearray(600 << 20)\nheld[::4096] = b'x' * len(range(0, len(held), 4096))", tag)
    assert finished.stopped == "used more than 512 MiB of memory"
    assert gone(tag)
