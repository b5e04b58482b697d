"""The web process as it really runs: gunicorn, a socket, and whatever is sent over it."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.database import Database
from bot.inbox import Inbox
from bot.webhook import LARGEST_BYTES

SECRET = "s3cret"


class Web:
    """gunicorn with our configuration, on a port of its own."""

    def __init__(self, place: Path, *application: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.place = place
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "python:bot.gunicorn", *application],
            env={
                **os.environ, "PERFWRIGHT_DATA": str(place), "WEBHOOK_SECRET": SECRET, "PORT": str(self.port),
                "REDIS_URL": "redis://127.0.0.1:1",
            },
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 60
        while not self.answers():
            assert time.monotonic() < until
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path: str) -> tuple[int, str]:
        connection = self.connect()
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def worker(self) -> int:
        """The process that serves; its parent only watches."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def known(self, *ids: str) -> set[str]:
        return Inbox(Database(f"sqlite:///{self.place}/perfwright.db")).known(ids)

    def close(self) -> float:
        """How long it took to end, in seconds."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        return time.monotonic() - began


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    web = Web(tmp_path_factory.mktemp("web"))
    yield web
    web.close()


def headers(body: bytes, identity: str) -> dict[str, str]:
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {
        "X-GitHub-Event": "push", "X-GitHub-Delivery": identity, "X-Hub-Signature-256": f"sha256={signature}",
    }  # fmt: skip


def test_it_is_small_and_loads_neither_githubs_client_nor_numpy(web):
    """Before anything large has come; what a body of 25 MB took is not all given back to the machine."""
    connection = web.connect()
    for number in range(200):
        connection.request("POST", "/api/github/webhooks", b"{}" * 10_000, headers(b"{}" * 10_000, f"small{number}"))
        connection.getresponse().read()
    web.get("/ledger")
    status = Path(f"/proc/{web.worker()}/status").read_text()
    kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    assert kib < 80 * 1000
    script = "import sys, bot.web; bot.web.make; import bot.queue; print({'githubkit', 'numpy'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "set()\n"


def test_deliveries_and_pages_over_one_connection(web):
    connection = web.connect()
    for number in range(3):
        connection.request("POST", "/api/github/webhooks", b"{}", headers(b"{}", f"kept{number}"))
        assert connection.getresponse().read() == b'{"stored": true}'
        connection.request("GET", "/readyz")
        assert b"deliveries waiting" in connection.getresponse().read()
    assert web.known("kept0", "kept1", "kept2", "kept3") == {"kept0", "kept1", "kept2"}


def test_a_body_in_chunks(web):
    connection = web.connect()
    signed = headers(b'{"a": 1}', "chunked")
    connection.request("POST", "/api/github/webhooks", iter([b'{"a"', b": 1}"]), signed, encode_chunked=True)
    assert connection.getresponse().status == 202


@pytest.mark.parametrize("declared", [LARGEST_BYTES + 1, 10**15])
def test_over_25_mb_is_refused_before_it_is_sent(web, declared):
    connection = web.connect()
    connection.putrequest("POST", "/api/github/webhooks")
    connection.putheader("Content-Length", str(declared))
    connection.endheaders()
    assert connection.getresponse().status == 413


def test_the_largest_body_that_github_sends(web):
    body = b"x" * LARGEST_BYTES
    connection = web.connect()
    connection.request("POST", "/api/github/webhooks", body, headers(body, "largest"))
    assert connection.getresponse().status == 202
    assert web.known("largest") == {"largest"}


def test_a_body_that_breaks_off_is_not_kept(web):
    connection = web.connect()
    connection.putrequest("POST", "/api/github/webhooks")
    for name, value in headers(b"{}", "cut").items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", "2")
    connection.endheaders(b"{")
    connection.close()
    assert web.get("/healthz")[0] == 200
    assert web.known("cut") == set()


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", id="two lengths"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="a length and chunks",
        ),
        pytest.param(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", id="a negative length"),
        pytest.param(b"\x00" * 100 + b"\r\n\r\n", id="no request"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"A: " + b"x" * 100_000 + b"\r\n\r\n", id="an endless header"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(web, request_):
    with socket.create_connection(("127.0.0.1", web.port), 30) as connection:
        connection.sendall(request_)
        assert connection.recv(100).split(b" ")[1] in (b"400", b"431")
    assert web.get("/healthz")[0] == 200


def test_no_garbage_collection_looks_at_what_was_loaded(tmp_path):
    web = Web(tmp_path, "tests.frozen:app")
    assert web.get("/") == (200, "False")
    web.close()


def test_it_ends_soon_although_a_connection_is_kept(tmp_path):
    web = Web(tmp_path)
    idle = web.connect()
    idle.request("GET", "/healthz")
    idle.getresponse().read()
    assert web.close() < 15
