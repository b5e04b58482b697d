"""Keeps what was measured, in SQLite: results by content, so that a killed run goes on where it stopped.

A key names everything that determines a value (revisions' files, environment, recipe): a value never goes stale.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from pathlib import Path
from typing import TypeVar

import msgspec

from bot.errors import TransientError

Kept = TypeVar("Kept")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS results (
    key TEXT PRIMARY KEY, kind TEXT NOT NULL, value BLOB NOT NULL, made TEXT DEFAULT CURRENT_TIMESTAMP
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
    key TEXT PRIMARY KEY, stage TEXT NOT NULL, made TEXT DEFAULT CURRENT_TIMESTAMP
) WITHOUT ROWID;
"""


def key(*parts: object) -> str:
    """A digest of everything that determines a value."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


class Store:
    """One database file; safe for threads and for several processes."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise TransientError(f"the store {path} cannot be used: {error}") from None

    def get(self, key: str, kind: type[Kept]) -> Kept | None:
        """The value kept under `key`, or None; one that an older version kept in another shape is none."""
        with self._lock:
            row = self._execute("SELECT value FROM results WHERE key = ?", key).fetchone()
        try:
            return None if row is None else msgspec.json.decode(row[0], type=kind)
        except msgspec.DecodeError:
            return None

    def put(self, key: str, value: object) -> None:
        """Keep a value; durable when this returns. Doing it twice is harmless."""
        with self._lock:
            self._execute(
                "INSERT OR REPLACE INTO results (key, kind, value) VALUES (?, ?, ?)",
                key, type(value).__name__, msgspec.json.encode(value),
            )  # fmt: skip

    def stage(self, run: str) -> str | None:
        """The last stage that `run` ended, or None."""
        with self._lock:
            row = self._execute("SELECT stage FROM runs WHERE key = ?", run).fetchone()
        return None if row is None else str(row[0])

    def reached(self, run: str, stage: str) -> None:
        """Say that `run` has ended `stage`."""
        with self._lock:
            self._execute("INSERT OR REPLACE INTO runs (key, stage) VALUES (?, ?)", run, stage)

    def _execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, values)
        except sqlite3.Error as error:
            raise TransientError(
                f"the store cannot be written or read ({error}): free disk space and run again"
            ) from None

    def close(self) -> None:
        """Close the file."""
        self._database.close()
