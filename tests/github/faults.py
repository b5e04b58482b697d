"""Faults on demand: GitHub answers 500, is slow, hangs up, sends a page or half of its JSON, or does what it
was asked and then says that it failed.

Partner: `exchange.py` asks before and after it acts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

Match = str | Callable[[str, str, str], bool]


class HangUp(Exception):
    """The connection ends without an answer."""


@dataclass(slots=True)
class Fault:
    """What goes wrong, and how often; `hit` counts how often it has."""

    match: Match
    status: int = 500
    times: int | None = 1
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "Server Error"
    body: bytes | None = None
    """In place of JSON: what stands before GitHub answers with a page, or the answer breaks off."""
    delay_s: float = 0.0
    drop_connection: bool = False
    after_effect: bool = False
    hit: int = 0
    happened: threading.Event = field(default_factory=threading.Event)

    def fits(self, operation: str, method: str, path: str) -> bool:
        """`issues/*` matches ids of operations, `POST /repos/*` method and path, `git *` the transport."""
        if self.times is not None and self.hit >= self.times:
            return False
        if callable(self.match):
            return self.match(operation, method, path)
        return fnmatchcase(operation, self.match) or fnmatchcase(f"{method} {path}", self.match)


class Faults:
    """The faults that are waiting."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()
        self.ended = threading.Event()

    def add(self, fault: Fault) -> Fault:
        """One more."""
        with self._lock:
            self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        """None any more."""
        with self._lock:
            self._waiting.clear()

    def take(self, operation: str, method: str, path: str) -> Fault | None:
        """The fault for this request, which is then used once more; waits as long as the fault says."""
        with self._lock:
            found = next((fault for fault in self._waiting if fault.fits(operation, method, path)), None)
            if found is None:
                return None
            found.hit += 1
        found.happened.set()
        if found.delay_s:
            self.ended.wait(found.delay_s)
        return found
