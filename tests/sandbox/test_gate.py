"""The gate answers for an index and for what its pages link to; asked here from outside, and once from inside."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.sandbox import Command, gate
from bot.sandbox.gate import Budget, Gate
from bot.sandbox.indexes import Indexes, indexes
from bot.sandbox.process import run
from tests.sandbox.conftest import LIMITS, PYTHON, python

KEY = b"k" * 32
WHEEL = b"wheel " * 1000
ORIGIN = re.compile(r"http://127\.0\.0\.1:\d+")


class Index(BaseHTTPRequestHandler):
    """An index with one project, whose pages link to this place, to others, and to where nobody should go."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, self.headers.get("Authorization")))
        status, kind, body, more = self.server.answers.get(self.path, (404, "text/plain", b"", {}))
        if "Range" in self.headers and status == 200:
            first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
            more = {"Content-Range": f"bytes {first}-{last}/{len(body)}"}
            status, body = 206, body[first : last + 1]
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), "ETag": '"e"', **more}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


LINKS = [
    "../../files/pkg-1-py3-none-any.whl#sha256=00",
    "https://files.example/pkg-1.tar.gz",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
]


@pytest.fixture
def index():
    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        server.asked = []
        page = "".join(f'<a href="{href}" data-requires-python="&gt;=3.8">x</a>' for href in LINKS)
        files = [{"filename": "x", "url": href, "hashes": {"sha256": "00"}} for href in LINKS]
        server.answers = {
            "/simple/pkg/": (200, "text/html", f"<html><script>x</script>{page}</html>".encode(), {}),
            "/simple/data/": (
                200, "application/vnd.pypi.simple.v1+json", json.dumps({"name": "data", "files": files}).encode(), {}
            ),
            "/simple/old/": (301, "text/plain", b"", {"Location": "/simple/pkg/"}),
            "/simple/astray/": (302, "text/plain", b"", {"Location": "http://localhost:1/x"}),
            "/simple/broken/": (200, "application/json", b"{not json", {}),
            "/files/pkg-1-py3-none-any.whl": (200, "application/zip", WHEEL, {}),
            "/files/pkg-1-py3-none-any.whl.metadata": (200, "text/plain", b"Name: pkg", {}),
            "/files/secret": (200, "text/plain", b"secret", {}),
        }  # fmt: skip
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def made(index):
    """Open a gate to the index, and close it at the end."""
    gates: list[Gate] = []

    def made(user: str = "", **budget: int) -> Gate:
        root = f"http://{user}127.0.0.1:{index.server_address[1]}/simple"
        gates.append(Gate(Indexes(root), KEY, Budget(**budget)).__enter__())
        return gates[-1]

    yield made
    for one in gates:
        one.__exit__(None, None, None)


def ask(way_out: Gate, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("gate", timeout=20)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(way_out.mounts[0].source))
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, dict(answer.headers)


def links(page: bytes) -> list[str]:
    assert all(
        link.startswith(f"http://127.0.0.1:{gate.PORT}/file/") for link in re.findall('href="([^"]*)"', page.decode())
    )
    return [link.split(str(gate.PORT), 1)[1] for link in re.findall('href="([^"]*)"', page.decode())]


def test_a_page_comes_back_with_its_links_led_through_the_gate(made):
    status, page, headers = ask(made(), "/index/0/pkg/")
    assert (status, headers["Content-Type"], headers["ETag"]) == (200, "text/html", '"e"')
    found = links(page)
    assert len(found) == len(LINKS)
    assert found[0].endswith("/files/pkg-1-py3-none-any.whl#sha256=00")
    assert b'data-requires-python="&gt;=3.8"' in page
    assert b"script" not in page


def test_so_does_a_page_of_json(made):
    status, page, _ = ask(made(), "/index/0/data/")
    files = json.loads(page)["files"]
    assert status == 200
    assert [file["url"].split("/file/")[0] for file in files] == [f"http://127.0.0.1:{gate.PORT}"] * len(LINKS)
    assert files[0]["hashes"] == {"sha256": "00"}


def test_a_file_that_a_page_links_to(made):
    way_out = made()
    path = links(ask(way_out, "/index/0/pkg/")[1])[0].partition("#")[0]
    assert ask(way_out, path)[:2] == (200, WHEEL)
    assert ask(way_out, f"{path}.metadata")[:2] == (200, b"Name: pkg")
    assert ask(way_out, path, Range="bytes=2-5")[:2] == (206, WHEEL[2:6])
    status, body, headers = ask(way_out, path, "HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", str(len(WHEEL)))
    assert way_out.refused == []


def test_links_hold_longer_than_a_gate(made):
    path = links(ask(made(), "/index/0/pkg/")[1])[0].partition("#")[0]
    assert ask(made(), path)[0] == 200


def test_a_redirection_within_the_index_is_followed(made):
    assert len(links(ask(made(), "/index/0/old/")[1])) == len(LINKS)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/", id="the gate itself"),
        pytest.param("/index/0/", id="all of an index"),
        pytest.param("/index/1/pkg/", id="an index that there is not"),
        pytest.param("/index/0/../files/secret", id="another place of the index's host"),
        pytest.param("/index/0/%2e%2e/files/secret", id="another place, in other letters"),
        pytest.param("/index/0/pkg/?x=1", id="a page with a query"),
        pytest.param("/links/0", id="a page of links that there is not"),
        pytest.param("http://example.com/", id="a proxy's request"),
        pytest.param(f"/file/{'0' * 32}/https/example.com/x", id="a file that no page links to"),
        pytest.param("/index/0/astray/", id="a redirection to this machine"),
    ],
)
def test_everything_else_is_refused_and_told(made, index, path):
    way_out = made()
    status, body, _ = ask(way_out, path)
    assert status == 403
    assert b"secret" not in body
    assert way_out.refused[0].startswith(f"GET {path[:20]}")
    assert "/files/secret" not in [asked for _, asked, _ in index.asked]


@pytest.mark.parametrize("which", [2, 3], ids=["the metadata of the host", "a file of this machine"])
def test_a_link_to_what_is_not_on_the_web_is_refused(made, which):
    way_out = made()
    assert ask(way_out, links(ask(way_out, "/index/0/pkg/")[1])[which])[0] == 403


def test_a_signature_is_for_one_file(made):
    way_out = made()
    path = links(ask(way_out, "/index/0/pkg/")[1])[0].partition("#")[0]
    assert ask(way_out, path.replace("pkg-1-py3-none-any.whl", "secret"))[0] == 403
    assert ask(way_out, path.replace("/http/", "/https/"))[0] == 403
    assert ask(way_out, f"{path}?x")[0] == 403
    assert ask(way_out, f"{path}/../secret")[0] == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "CONNECT", "OPTIONS"])
def test_nothing_can_be_sent(made, index, method):
    way_out = made()
    assert ask(way_out, "/index/0/pkg/", method)[0] == 405
    assert index.asked == []
    assert way_out.refused


def test_what_is_no_page_is_an_error(made):
    assert ask(made(), "/index/0/broken/")[0] == 502
    assert ask(made(), "/index/0/absent/")[0] == 404


def test_credentials_stay_outside(made, index):
    way_out = made("me:s%40cret@")
    _, page, headers = ask(way_out, "/index/0/pkg/")
    path = links(page)[0].partition("#")[0]
    assert ask(way_out, path, Authorization="Basic stolen")[0] == 200
    assert {secret for _, _, secret in index.asked} == {"Basic bWU6c0BjcmV0"}
    assert b"cret" not in page
    assert not any("cret" in text for text in (*headers.values(), *way_out.env.values()))


def test_there_is_an_end_to_requests_and_to_bytes(made):
    few = made(requests=2)
    assert [ask(few, "/index/0/pkg/")[0] for _ in range(3)] == [200, 200, 403]
    small = made(file_bytes=100)
    path = links(ask(small, "/index/0/pkg/")[1])[0].partition("#")[0]
    assert ask(small, path)[0] == 403
    short = made(total_bytes=2000)
    with pytest.raises(http.client.IncompleteRead):
        ask(short, path)


def test_there_is_an_end_to_connections(made):
    way_out = made()
    way_out._server._room = threading.Semaphore(1)
    with socket.socket(socket.AF_UNIX) as idle:
        idle.connect(str(way_out.mounts[0].source))
        idle.sendall(b"GET /index/0/pkg/ HTTP/1.1\r\n\r\n")
        assert idle.recv(100).startswith(b"HTTP/1.1 200")
        with pytest.raises(ConnectionError):
            ask(way_out, "/index/0/pkg/")


def test_pages_that_nobody_reads_do_not_fill_the_memory(made, index, monkeypatch):
    """A page is whole in memory, several times over, until it has been read."""
    way_out, held, most, lock = made(), 0, 0, threading.Lock()
    rewrite = way_out.rewrite

    def counted(*arguments):
        nonlocal held, most
        with lock:
            held += 1
            most = max(most, held)
        time.sleep(0.05)
        with lock:
            held -= 1
        return rewrite(*arguments)

    monkeypatch.setattr(way_out, "rewrite", counted)
    with ThreadPoolExecutor(24) as many:
        answers = list(many.map(lambda _: ask(way_out, "/index/0/pkg/")[0], range(24)))
    assert answers == [200] * 24
    assert most <= gate._PAGES


@pytest.mark.parametrize(
    ("address", "open_to_all"),
    [
        ("93.184.216.34", True),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
    ],
)
def test_names_that_lead_to_this_machine_or_its_cloud_are_not_asked(monkeypatch, address, open_to_all):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (address, 443))])
    assert gate._reachable_by_anyone("files.example") is open_to_all


def test_noise_is_no_request(made):
    way_out = made()
    for noise in (b"\0" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"x" * 100_000, b""):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(way_out.mounts[0].source))
            client.settimeout(20)
            try:
                client.sendall(noise + b"\r\n\r\n")
                client.shutdown(socket.SHUT_WR)
                assert not client.recv(100).startswith(b"HTTP/1.1 2")
            except (BrokenPipeError, ConnectionResetError):
                pass
    assert ask(way_out, "/index/0/pkg/")[0] == 200


def test_from_inside(driver, made):
    way_out = made()
    code = (
        "import os, urllib.request\n"
        "print(urllib.request.urlopen(os.environ['UV_DEFAULT_INDEX'] + '/pkg/').read().count(b'<a '))"
    )
    inner = python(code, phase="install")
    command = Command(
        way_out.wrap(PYTHON, inner.argv), "install", (), (*inner.mounts, *way_out.mounts), way_out.env, LIMITS
    )
    finished = run(driver, command)
    assert (finished.status, finished.output) == (0, f"{len(LINKS)}\n"), finished


def test_the_key_is_made_once_and_for_nobody_else(tmp_path):
    first = gate.key(tmp_path / "a/gate.key")
    assert len(first) == 32
    assert gate.key(tmp_path / "a/gate.key") == first
    assert (tmp_path / "a/gate.key").stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["gate.key"]


# ---- Which indexes


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param({}, Indexes(), id="nothing said"),
        pytest.param({"UV_DEFAULT_INDEX": "https://a/s"}, Indexes("https://a/s"), id="uv's"),
        pytest.param({"UV_INDEX_URL": "https://a/s"}, Indexes("https://a/s"), id="uv's older name"),
        pytest.param({"PIP_INDEX_URL": "https://a/s"}, Indexes("https://a/s"), id="pip's"),
        pytest.param(
            {"UV_INDEX": "one=https://b/s https://c/s", "UV_INDEX_ONE_USERNAME": "u", "UV_INDEX_ONE_PASSWORD": "p@"},
            Indexes(extra=("https://u:p%40@b/s", "https://c/s")), id="with names and credentials",
        ),
        pytest.param(
            {"UV_FIND_LINKS": "/wheels,https://d/x", "PIP_INDEX_URL": "https://a/s"},
            Indexes(find_links=("/wheels", "https://d/x")), id="links, and not pip's",
        ),
    ],
)  # fmt: skip
def test_indexes_of_the_variables(tmp_path, environ, expected):
    assert indexes(environ, tmp_path) == expected


def test_indexes_of_the_configuration_file(tmp_path):
    file = tmp_path / ".config/uv/uv.toml"
    file.parent.mkdir(parents=True)
    file.write_text('[[index]]\nname = "x"\nurl = "https://b/s"\n[[index]]\nurl = "https://a/s"\ndefault = true\n')
    assert indexes({}, tmp_path) == Indexes("https://a/s", ("https://b/s",))
    assert indexes({"UV_DEFAULT_INDEX": "https://c/s"}, tmp_path) == Indexes("https://c/s")
    file.write_text('index-url = "https://d/s"\n')
    assert indexes({"PIP_INDEX_URL": "https://c/s"}, tmp_path) == Indexes("https://d/s")


def test_a_directory_of_wheels_is_shown_inside(tmp_path):
    way_out = Gate(Indexes(find_links=(str(tmp_path), "https://d/x")), KEY)
    with way_out:
        assert way_out.env["UV_FIND_LINKS"] == f"http://127.0.0.1:{gate.PORT}/links/0,/job/links/0"
        assert [(mount.source, mount.target) for mount in way_out.mounts[2:]] == [(Path(tmp_path), "/job/links/0")]
        assert not any(mount.writable for mount in way_out.mounts)
