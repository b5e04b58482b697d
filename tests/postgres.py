"""A PostgreSQL of the machine's own packages, on a socket in a directory of its own; a clean database for each test.

Debian: apt-get install postgresql. Its programs refuse to run as root, who takes the account `postgres` for them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest


def _program(name: str) -> str:
    """Debian keeps them out of the path."""
    known = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(known[-1]) if known else None)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: apt-get install postgresql)")
    return found


def _account() -> str | None:
    """Whom the server runs as, where that is not whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("root needs an account `postgres` to run PostgreSQL")


@contextmanager
def server() -> Iterator[str]:
    """The address of a server that lives as long as the block."""
    initdb, postgres, account = _program("initdb"), _program("postgres"), _account()
    place = Path(tempfile.mkdtemp(prefix="postgres-"))
    if account:
        shutil.chown(place, account)
    place.chmod(0o755)  # the app asks for it under several accounts
    data = str(place / "data")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": account, "cwd": place}
    subprocess.run([initdb, "-D", data, "-U", "perfwright", "-A", "trust", "-N"], check=True, **quiet)
    process = subprocess.Popen([postgres, "-D", data, "-k", str(place), "-c", "listen_addresses="], **quiet)
    try:
        _wait(place)
        yield f"postgresql://perfwright@/postgres?host={place}"
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(place)


def _wait(place: Path) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            _connect(str(place)).close()
        except psycopg.OperationalError:
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            return


def _connect(host: str) -> psycopg.Connection:
    return psycopg.connect(host=host, user="perfwright", dbname="postgres", autocommit=True)


def empty(url: str) -> None:
    """Drop what the test before has left."""
    with _connect(url.partition("host=")[2]) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
