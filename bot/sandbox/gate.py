"""The only way out of an install: a gate that answers GET and HEAD for the configured package indexes, nothing else.

It listens on a unix socket that is shown inside, and fetches what is asked for itself: names are resolved, certificates
checked and credentials added on this side. Links in the pages of an index come back through the gate, signed, so that
no other file can be asked for. Partner: `bot/sandbox/forward.py` is its other end, inside.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import html
import ipaddress
import json
import re
import secrets
import shutil
import socket
import socketserver
import ssl
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from http.client import HTTPException, HTTPMessage
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit, urlunsplit

from bot.sandbox import MEBIBYTE, Command, Driver, Mount
from bot.sandbox.indexes import Indexes, credentials, host
from bot.sandbox.process import Finished, run

PORT = 8417
"""Inside; always the same, because installers keep what they know of an index by its address."""
_SOCKET, _FORWARD = "/job/gate/socket", "/job/gate/forward.py"
_LINKS = re.compile(r"/links/(\d+)/?$")
_PROJECT = re.compile(r"/index/(\d+)/([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)/?$")
_FILE = re.compile(r"/file/([0-9a-f]{32})/(https?)/([A-Za-z0-9.:\[\]-]+)(/[^\s#]*)$")
_PAGE_BYTES = 64 * MEBIBYTE
_PAGES = 4
"""As many are in memory at once, from their first byte until whoever asked has read them: others wait."""
_ASKED = ("Accept", "Range", "If-Range", "If-None-Match", "If-Modified-Since")
_ANSWERED = (
    "Content-Type", "Content-Range", "Accept-Ranges", "ETag", "Last-Modified", "Cache-Control", "Content-Encoding",
)  # fmt: skip
_TIMEOUT_S = 60
_REFUSED_LINES = 5


@dataclass(frozen=True, slots=True)
class Budget:
    """What one install may ask for."""

    requests: int = 5_000
    total_bytes: int = 4096 * MEBIBYTE
    file_bytes: int = 2048 * MEBIBYTE


@dataclass(slots=True)
class _Spent:
    budget: Budget
    requests: int = 0
    transferred: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    pages: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_PAGES))

    def ask(self) -> bool:
        with self.lock:
            self.requests += 1
            return self.requests <= self.budget.requests and self.transferred <= self.budget.total_bytes

    def send(self, size: int) -> bool:
        with self.lock:
            self.transferred += size
            return self.transferred <= self.budget.total_bytes


class Refused(Exception):  # noqa: N818
    """What the gate does not answer, and why."""


class Gate:
    """A gate for one install; use it as a context. `refused` lists what was asked for in vain."""

    def __init__(self, indexes: Indexes, key: bytes, budget: Budget | None = None) -> None:
        self.refused: list[str] = []
        self._roots = (indexes.default, *indexes.extra)
        self._pages = tuple(place for place in indexes.find_links if "://" in place)
        self._directories = tuple(Path(place) for place in indexes.find_links if "://" not in place)
        self._key, self._spent = key, _Spent(budget or Budget())
        self._own_hosts = {host(page) for page in (*self._roots, *self._pages)}
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=ssl.create_default_context()), _Redirects(self)
        )

    # ---- What the install is given

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """What has to be shown inside."""
        found = tuple(Mount(place, f"/job/links/{number}") for number, place in enumerate(self._directories))
        return (Mount(self._place / "socket", _SOCKET), Mount(self._place / "forward.py", _FORWARD), *found)

    @property
    def env(self) -> Mapping[str, str]:
        """Where uv and pip find the indexes inside."""
        first, *extra = [f"http://127.0.0.1:{PORT}/index/{number}" for number in range(len(self._roots))]
        links = [f"http://127.0.0.1:{PORT}/links/{number}" for number in range(len(self._pages))]
        links += [f"/job/links/{number}" for number in range(len(self._directories))]
        chosen = {
            "UV_DEFAULT_INDEX": first, "UV_INDEX": " ".join(extra), "UV_FIND_LINKS": ",".join(links),
            "PIP_INDEX_URL": first, "PIP_EXTRA_INDEX_URL": " ".join(extra), "PIP_FIND_LINKS": " ".join(links),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }  # fmt: skip
        return {name: value for name, value in chosen.items() if value}

    def wrap(self, python: str, argv: tuple[str, ...]) -> tuple[str, ...]:
        """The command with the other end of the gate in front; `python` is an interpreter that is shown inside."""
        return (python, "-I", "-S", _FORWARD, _SOCKET, str(PORT), *argv)

    # ---- What it answers

    def page(self, path: str) -> str | None:
        """The address of the page of an index that a path of the gate stands for."""
        if (found := _PROJECT.match(path)) and int(found[1]) < len(self._roots):
            return f"{self._roots[int(found[1])].rstrip('/')}/{found[2]}/"
        if (found := _LINKS.match(path)) and int(found[1]) < len(self._pages):
            return self._pages[int(found[1])]
        return None

    def signed(self, url: str) -> str:
        """The path of the gate for a link of a page; what is asked for later has to bear the same signature."""
        parts = urlsplit(url)
        path = urlunsplit(("", "", quote(parts.path, safe="/%+~!@$&'()*,;=:"), parts.query, ""))
        return f"/file/{self._signature(url)}/{parts.scheme}/{host(url)}{path}"

    def _signature(self, url: str) -> str:
        parts = urlsplit(url)
        named = f"{parts.scheme}://{host(url)}{unquote(parts.path)}?{parts.query}"
        return hmac.new(self._key, named.encode(), hashlib.sha256).hexdigest()[:32]

    def file(self, path: str) -> str | None:
        """The address of a file that a page has linked to, or of the metadata beside it."""
        found = _FILE.match(path)
        if found is None:
            return None
        url = f"{found[2]}://{found[3]}{found[4]}"
        parts = urlsplit(url)
        beside = urlunsplit(parts._replace(path=parts.path.removesuffix(".metadata")))
        if not any(hmac.compare_digest(found[1], self._signature(one)) for one in (url, beside)):
            raise Refused("no page of an index links to it")
        return url

    def fetch(self, method: str, url: str, headers: Mapping[str, str]) -> Any:
        """Ask for it; an answer that is an error is an answer."""
        self.check(url)
        # Credentials are added where a page's own host is asked, and a redirection elsewhere leaves them behind.
        request = urllib.request.Request(url, method=method, headers={**headers, "Accept-Encoding": "identity"})  # noqa: S310
        if secret := self._authorization(host(url)):
            request.add_unredirected_header("Authorization", secret)
        try:
            return self._opener.open(request, timeout=_TIMEOUT_S)
        except urllib.error.HTTPError as error:
            return error

    def check(self, url: str) -> None:
        """Refuse what no index can mean: other schemes, and what only this machine or its network can reach."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            raise Refused("it is not on the web")
        if parts.netloc in self._own_hosts:
            return
        if parts.scheme != "https":
            raise Refused("only the indexes themselves may be asked without encryption")
        if not _reachable_by_anyone(parts.hostname or ""):
            raise Refused("it leads to this machine or to the metadata of its host")

    def _authorization(self, asked: str) -> str | None:
        for page in (*self._roots, *self._pages):
            pair = credentials(page)
            if pair is not None and host(page) == asked:
                return f"Basic {base64.b64encode(':'.join(pair).encode()).decode()}"
        return None

    def rewrite(self, data: bytes, kind: str, base: str) -> bytes:
        """A page of an index with its links led through the gate."""
        if "json" in kind:
            page = json.loads(data)
            for file in page.get("files", ()):
                file["url"] = self._link(urljoin(base, file["url"]))
            return json.dumps(page).encode()
        links = _Links(convert_charrefs=True)
        links.feed(data.decode(errors="replace"))
        made = "".join(links.page(lambda href: self._link(urljoin(links.base or base, href))))
        return made.encode()

    def _link(self, url: str) -> str:
        bare, fragment = urldefrag(url)
        return f"http://127.0.0.1:{PORT}{self.signed(bare)}" + (f"#{fragment}" if fragment else "")

    # ---- Its life

    def __enter__(self) -> Self:
        self._place = Path(tempfile.mkdtemp(prefix="perfwright-gate-"))
        shutil.copyfile(Path(__file__).with_name("forward.py"), self._place / "forward.py")
        self._server = _Server(str(self._place / "socket"), _handler(self, self._spent))
        # Whoever runs inside may connect: the directory above is the bot's alone.
        (self._place / "socket").chmod(0o666)
        (self._place / "forward.py").chmod(0o644)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self._place, ignore_errors=True)


def install(driver: Driver, command: Command, *, python: str, packages: Indexes, key: bytes) -> Finished:
    """Run a command of the install phase with a way to the indexes; what it was refused follows its errors."""
    with Gate(packages, key) as gate:
        led = replace(
            command,
            argv=gate.wrap(python, command.argv),
            mounts=(*command.mounts, *gate.mounts),
            env={**command.env, **gate.env},
        )
        answer = run(driver, led)
    refused = "".join(f"refused: {line}\n" for line in gate.refused[-_REFUSED_LINES:])
    return replace(answer, errors=answer.errors + refused)


def key(place: Path) -> bytes:
    """What links are signed with; kept, because installers keep pages longer than a gate lives."""
    try:
        return place.read_bytes()
    except FileNotFoundError:
        place.parent.mkdir(parents=True, exist_ok=True)
        made = place.with_suffix(f".{secrets.token_hex(4)}")
        made.touch(mode=0o600)
        made.write_bytes(secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):
            place.hardlink_to(made)
        made.unlink()
        return place.read_bytes()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 128
    block_on_close = False
    connections = 256

    def __init__(self, address: str, handler: type[BaseHTTPRequestHandler]) -> None:
        self._room = threading.Semaphore(self.connections)
        super().__init__(address, handler)
        self.socket.setblocking(False)  # a job may hang up between the look for a connection and `accept`

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = 5

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        self._gate.check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _reachable_by_anyone(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return False
    try:
        found = {str(row[4][0]) for row in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)}
    except OSError:
        return True  # behind a proxy that resolves names itself; where there is none, connecting fails as well
    addresses = [_unmapped(one.partition("%")[0]) for one in found]
    return not any(one.is_loopback or one.is_link_local or one.is_unspecified for one in addresses)


def _unmapped(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address of IPv4 in IPv6's clothes is what it leads to."""
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


class _Links(HTMLParser):
    """The links of an index's page, and what is said about each."""

    def __init__(self, **options: bool) -> None:
        super().__init__(**options)
        self.base: str | None = None
        self._found: list[tuple[dict[str, str | None], list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "base" and given.get("href"):
            self.base = given["href"]
        elif tag == "a" and given.get("href"):
            self._found.append((given, []))

    def handle_data(self, data: str) -> None:
        if self._found:
            self._found[-1][1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._found:
            self._found[-1][1].append("\0")

    def page(self, link: Any) -> Iterator[str]:
        yield "<!DOCTYPE html><html><body>\n"
        for given, texts in self._found:
            name = "".join(texts).partition("\0")[0].strip()
            kept = {k: v for k, v in given.items() if k.startswith("data-")} | {"href": link(given["href"])}
            said = " ".join(k if v is None else f'{k}="{html.escape(v)}"' for k, v in kept.items())
            yield f"<a {said}>{html.escape(name)}</a><br>\n"
        yield "</body></html>\n"


def _handler(gate: Gate, spent: _Spent) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 2 * _TIMEOUT_S

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: what is refused is kept in the gate."""

        def address_string(self) -> str:
            return "inside"

        def do_GET(self) -> None:
            """Answer, or refuse."""
            try:
                if not spent.ask():
                    raise Refused("too much was asked for")
                self._answer()
            except Refused as refusal:
                self._refuse(403, str(refusal))
            except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self._refuse(502, f"{type(error).__name__}: {error}")

        do_HEAD = do_GET  # noqa: N815

        def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
            """For every other method, and for what is no HTTP."""
            self._refuse(405 if code == 501 else code, message or explain or "")

        def _refuse(self, status: int, why: str) -> None:
            asked = f"{getattr(self, 'command', None) or '?'} {getattr(self, 'path', '')}"
            if len(gate.refused) < 100:
                gate.refused.append(f"{asked[:200]}: {why[:200]}")
            self.close_connection = True
            self._send(status, {"Content-Type": "text/plain"}, why.encode())

        def _answer(self) -> None:
            headers = {name: self.headers[name] for name in _ASKED if name in self.headers}
            if page := gate.page(self.path):
                self._page(page, headers)
            elif file := gate.file(self.path):
                self._file(file, headers)
            else:
                raise Refused("it is no page of an index")

        def _page(self, url: str, headers: Mapping[str, str]) -> None:
            with gate.fetch("GET", _without_credentials(url), headers) as answer, spent.pages:
                data = answer.read(_PAGE_BYTES + 1)
                if len(data) > _PAGE_BYTES or not spent.send(len(data)):
                    raise Refused("the page is too large")
                if answer.status == 200:
                    data = gate.rewrite(data, answer.headers.get("Content-Type", ""), answer.url)
                self._send(answer.status, _kept(answer.headers), data if answer.status == 200 else b"")

        def _file(self, url: str, headers: Mapping[str, str]) -> None:
            with gate.fetch(self.command, url, headers) as answer:
                size = int(answer.headers.get("Content-Length") or 0)
                if size > spent.budget.file_bytes:
                    raise Refused("the file is too large")
                known = "Content-Length" in answer.headers
                self._head(answer.status, {**_kept(answer.headers), **({"Content-Length": str(size)} if known else {})})
                self.close_connection = self.close_connection or not known
                while self.command == "GET" and (piece := answer.read(65536)):
                    if not spent.send(len(piece)):
                        self.close_connection = True
                        return
                    self.wfile.write(piece)

        def _head(self, status: int, headers: Mapping[str, str]) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()

        def _send(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
            self._head(status, {**headers, "Content-Length": str(len(data))})
            if self.command != "HEAD":
                self.wfile.write(data)

    return Handler


def _kept(headers: HTTPMessage) -> dict[str, str]:
    return {name: headers[name] for name in _ANSWERED if name in headers}


def _without_credentials(url: str) -> str:
    return urlsplit(url)._replace(netloc=host(url)).geturl()
