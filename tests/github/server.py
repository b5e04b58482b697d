"""The sockets: one thread for each connection, on a port of its own on 127.0.0.1.

Partner: `exchange.py` answers the API, `git_http.py` git, `pages.py` the browser.
"""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import uuid
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.github.call import Answer
from tests.github.faults import HangUp

Respond = Callable[[str, str, Mapping[str, str], bytes], Answer]


class Server:
    """Listens from the start; answers once `start` is given the function that does."""

    def __init__(self, port: int = 0) -> None:
        self._server = _Listening(("127.0.0.1", port), _Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="github", daemon=True)

    def start(self, respond: Respond) -> None:
        """Answer from now on."""
        self._server.respond = respond
        self._thread.start()

    def close(self) -> None:
        """Stop listening and hang up."""
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    respond: Respond

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: set[socket.socket] = set()

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer would ask for the name of the machine
        self.socket.setblocking(False)  # a client may have gone between the look for one and `accept`

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of ours; `respond` has noted its own."""

    def hang_up(self) -> None:
        for request in list(self._open):
            self.shutdown_request(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listening
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the standard library's
        """The stand-in has a log of its own."""

    def _respond(self) -> None:
        body = self._body()
        try:
            answer = self.server.respond(self.command, self.path, self.headers, body)  # type: ignore[arg-type]
        except HangUp:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        raw = isinstance(answer.body, bytes)
        content = answer.body if raw else b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("X-GitHub-Request-Id", uuid.uuid4().hex)
        if content and not raw:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if answer.status not in (204, 304):
            self.wfile.write(content)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _respond
