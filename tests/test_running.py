"""A runner is reached as a child or by a socket: the same answers, and its end when nobody wants them any more."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import socket
import threading
import time
from pathlib import Path

import msgspec
import pytest

from bot import runner, running
from bot.core.job import Job, Line
from bot.errors import MeasureError, TransientError, UserError
from bot.runner import sandbox_for
from bot.running import UnwantedError, Where
from bot.settings import read

CONFIG = {".github/perfwright.yml": "nonsense: 1\n"}


@contextlib.contextmanager
def serving(place: Path, home: Path):
    ended = threading.Event()
    thread = threading.Thread(target=running.serve, args=(place, Where(home, os.environ), ended))
    thread.start()
    until = time.monotonic() + 20
    while not place.exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    yield
    ended.set()
    thread.join()


@pytest.fixture(params=["a child", "a socket"])
def where(request, tmp_path):
    home, data = tmp_path / "home", tmp_path / "data"
    data.mkdir()
    home.mkdir()
    if request.param == "a child":
        yield Where(home, os.environ, data)
        return
    with serving(home / "runner.sock", home):
        yield Where(home, os.environ, data, home / "runner.sock")


@pytest.fixture
def store(make_repository) -> Path:
    return make_repository({"README.md": "x"}, {"README.md": "y"})


def test_what_it_says_comes_back_as_what_was_raised(where, store):
    told: list[str] = []
    with pytest.raises((UserError, MeasureError), match="no benchmarks found"):
        running.run(Job(str(store), "c0", "c1"), told.append, lambda: True, where=where)
    assert told[0] == "plan"


def test_a_job_that_nobody_wants_ends(where, store, monkeypatch):
    monkeypatch.setattr(running, "_LOOK_EVERY_S", 0.05)
    with pytest.raises(UnwantedError):
        running.run(Job(str(store), "c0", "c1"), lambda _: None, lambda: False, where=where)


def test_a_socket_that_nobody_serves_is_tried_again_later(tmp_path):
    with pytest.raises(TransientError, match="does not answer"):
        running.run(Job("x", "a", "b"), print, lambda: True, where=Where(tmp_path, {}, socket=tmp_path / "none"))


@pytest.mark.parametrize("line", [b"", b"garbage\n", b'{"report": 1}\n', b"[" * 100_000 + b"\n"])
def test_a_runner_that_answers_with_garbage_is_one_error(tmp_path, line):
    place = tmp_path / "runner.sock"

    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(line)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen()
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        with pytest.raises((MeasureError, TransientError)):
            running.run(Job("x", "a", "b"), print, lambda: True, where=Where(tmp_path, {}, socket=place))


def test_a_full_disk_of_the_runner_passes_when_somebody_makes_room(capfdbinary, monkeypatch):
    def full(_level):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(runner.settings, "read", full)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(msgspec.json.encode(Job("x", "a", "b")))))
    runner.main()
    told = msgspec.json.decode(capfdbinary.readouterr().out, type=Line).error
    assert (told.kind, told.message) == ("TransientError", "No space left on device: tried again later")


def test_only_its_group_may_open_the_socket(tmp_path):
    with serving(tmp_path / "runner.sock", tmp_path):
        assert (tmp_path / "runner.sock").stat().st_mode & 0o777 == 0o660


def test_nothing_of_ours_is_in_its_environment():
    ours = {"PRIVATE_KEY": "k", "DATABASE_URL": "d", "REDIS_URL": "r", "GITHUB_TOKEN": "t", "WEBHOOK_SECRET": "s"}
    made = running._environment(Path("/home"), {**ours, "PATH": "p", "PERFWRIGHT_SANDBOX": "container"})
    assert made.keys() == {"PATH", "PERFWRIGHT_SANDBOX", "PERFWRIGHT_HOME", "PYTHONPATH"}


def children() -> set[str]:
    found: set[str] = set()
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # the thread may end between the listing and the look
            found.update((thread / "children").read_text().split())
    return found


def test_a_publisher_that_is_killed_takes_its_job_along(tmp_path):
    """Its socket closes, however it ends; the runner that waits for the rest of the job is ended."""
    before = children()
    with serving(tmp_path / "runner.sock", tmp_path):
        with socket.socket(socket.AF_UNIX) as publisher:
            publisher.connect(str(tmp_path / "runner.sock"))
            publisher.sendall(b'{"store"')
            until = time.monotonic() + 30
            while not children() - before:
                assert time.monotonic() < until
                time.sleep(0.01)
        until = time.monotonic() + 30
        while children() - before:
            assert time.monotonic() < until
            time.sleep(0.05)


# ---- Which sandbox


LISTED = {"PERFWRIGHT_UNSANDBOXED": "Owner/Name other/one"}


@pytest.mark.parametrize(
    ("repository", "fork", "name"),
    [
        pytest.param("owner/name", False, "none", id="a repository on the server's list"),
        pytest.param("owner/name", True, "bubblewrap", id="a fork of one on the list"),
        pytest.param("stranger/name", False, "bubblewrap", id="another repository"),
        pytest.param("", False, "bubblewrap", id="a job that does not say whose it is"),
    ],
)
def test_only_what_the_list_names_runs_without_a_sandbox_and_never_a_fork(tmp_path, repository, fork, name):
    known = read("runner", {**LISTED, "PERFWRIGHT_HOME": str(tmp_path)})
    assert name == sandbox_for(Job("s", "a", "b", repository=repository, fork=fork), known).NAME


def test_a_job_may_come_from_a_fork_unless_it_says_otherwise():
    assert Job("s", "a", "b").fork


@pytest.mark.parametrize("value", ["*", "owner/*", "owner", "a/b/c", "https://github.com/a/b"])
def test_the_list_holds_names_and_no_patterns(value):
    with pytest.raises(UserError, match="OWNER/NAME"):
        read("runner", {"PERFWRIGHT_UNSANDBOXED": value})


def test_a_driver_that_does_not_exist_is_refused(tmp_path):
    known = read("runner", {"PERFWRIGHT_SANDBOX": "chroot", "PERFWRIGHT_HOME": str(tmp_path)})
    with pytest.raises(UserError, match="no sandbox driver 'chroot'"):
        sandbox_for(Job("s", "a", "b"), known)
