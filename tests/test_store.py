from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.errors import TransientError
from bot.harness import Count, LoadError
from bot.store import Store, key

HERE = str(Path(__file__).parents[1])


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "deep/er/perfwright.db")
    yield made
    made.close()


def refused(attempt) -> str:
    with pytest.raises(TransientError) as error:
        attempt()
    assert "\n" not in str(error.value)
    return str(error.value)


def other(code: str, *arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Another process with the store open as `store`."""
    script = (
        "import sys, os\n"
        f"sys.path.insert(0, {HERE!r})\n"
        "from pathlib import Path\nfrom bot.store import Store\nfrom bot.harness import Count\n"
        f"{code}"
    )
    return subprocess.Popen([*prefix, sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True)


def test_what_was_put_is_got(store):
    store.put("a", Count(5.5))
    store.put("b", LoadError("p", "m"))
    assert store.get("a", Count) == Count(5.5)
    assert store.get("b", LoadError) == LoadError("p", "m")


def test_what_was_never_put_is_none(store):
    assert store.get("nowhere", Count) is None
    assert store.stage("nowhere") is None


def test_putting_twice_keeps_the_last(store):
    store.put("a", Count(1))
    store.put("a", Count(2))
    assert store.get("a", Count) == Count(2)


def test_a_key_is_a_value_like_any_other(store):
    store.put("'; DROP TABLE results; --", Count(1))
    assert store.get("'; DROP TABLE results; --", Count) == Count(1)
    assert store.get("", Count) is None


def test_what_was_kept_in_another_shape_is_as_good_as_not_kept(store):
    @dataclass(frozen=True)
    class Old:
        single: str

    store.put("a", Old("five"))
    assert store.get("a", Count) is None


def test_stages_follow_each_other_and_runs_are_apart(store):
    store.reached("one", "plan")
    store.reached("one", "measure")
    store.reached("one", "measure")
    assert store.stage("one") == "measure"
    assert store.stage("two") is None


def test_it_is_there_after_opening_again(tmp_path):
    for attempt in range(3):
        store = Store(tmp_path / "a.db")
        assert (store.get("a", Count) is None) == (attempt == 0)
        store.put("a", Count(1))
        store.close()


def test_keys_tell_everything_apart():
    everything = [
        ("a",),
        ("a", ""),
        ("", "a"),
        ("a", None),
        ("ab",),
        ("a", "b"),
        (("a", "b"),),
        ({"a": 1},),
        (1,),
        ("1",),
    ]
    assert len({key(*parts) for parts in everything}) == len(everything)
    assert key("a", 1, ("b",)) == key("a", 1, ("b",))


def test_many_threads_share_it(store):
    def work(number: int) -> None:
        for turn in range(20):
            store.put(f"{number}-{turn}", Count(turn))
            store.get(f"{number}-{turn}", Count)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(store.get(f"{number}-19", Count) == Count(19) for number in range(4))


def test_processes_that_open_it_at_once_all_write(tmp_path):
    path = str(tmp_path / "a.db")
    code = (
        "for turn in range(10):\n"
        "    store = Store(Path(sys.argv[1]))\n"
        "    store.put(f'{sys.argv[2]}-{turn}', Count(turn))\n"
        "    store.close()"
    )
    running = [other(code, path, str(number)) for number in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    for process in running:
        process.stdout.close()
    store = Store(Path(path))
    assert all(store.get(f"{number}-{turn}", Count) for number in range(3) for turn in range(10))
    store.close()


def test_a_writer_that_is_killed_leaves_what_it_had_put(tmp_path):
    path = tmp_path / "a.db"
    code = (
        "store = Store(Path(sys.argv[1]))\n"
        "store.put('whole', Count(1))\n"
        "store._database.execute('BEGIN IMMEDIATE')\n"
        "store.put('half', Count(2))\n"
        "print('began', flush=True)\n"
        "sys.stdin.read()"
    )
    with other(code, str(path)) as process:
        assert process.stdout.readline() == "began\n"
        process.send_signal(signal.SIGKILL)
    store = Store(path)
    assert store.get("whole", Count) == Count(1)
    assert store.get("half", Count) is None
    store.put("half", Count(3))
    assert store.get("half", Count) == Count(3)
    store.close()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: path.mkdir(), id="a directory in its place"),
        pytest.param(lambda path: path.write_bytes(b"no database" * 1000), id="another file in its place"),
        pytest.param(lambda path: path.parent.rmdir() or path.parent.write_text(""), id="a file above it"),
    ],
)
def test_a_place_that_cannot_be_used_is_one_line(tmp_path, make):
    path = tmp_path / "home/a.db"
    path.parent.mkdir()
    make(path)
    assert "cannot be used" in refused(lambda: Store(path))


def test_a_closed_store_is_one_line(store):
    store.close()
    assert refused(lambda: store.put("a", Count(1)))


DISK = pytest.mark.skipif(shutil.which("bwrap") is None, reason="making a disk needs bubblewrap")
WRITE = """
import os
from bot.errors import TransientError
try:
    store = Store(Path(os.environ["DISK"]) / "a.db")
    for number in range(1000):
        store.put(str(number), Count(error="x" * 10000))
except TransientError as error:
    print(error, end="")
"""


@DISK
@pytest.mark.parametrize(
    ("disk", "words"),
    [
        pytest.param(["--size", "500000", "--tmpfs", "DISK"], "full", id="a full disk"),
        pytest.param(["--tmpfs", "DISK", "--remount-ro", "DISK"], "unable to open", id="a read-only disk"),
    ],
)
def test_a_disk_that_cannot_be_written_is_one_line(tmp_path, disk, words):
    place = [str(tmp_path) if word == "DISK" else word for word in disk]
    prefix = (
        "bwrap",
        "--unshare-user",
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        *place,
        "--setenv",
        "DISK",
        str(tmp_path),
    )
    with other(WRITE, prefix=prefix) as process:
        said = process.stdout.read()
    assert words in said
    assert "\n" not in said
