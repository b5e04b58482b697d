"""The web process: webhooks in front, and the few pages that people see. It holds the webhook secret and no other.

Partners: `bot/webhook.py` receives; `bot/pages.py` has what people read; gunicorn serves it (`bot/gunicorn.py`).
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from a2wsgi import WSGIMiddleware
from flask import Flask, Response, redirect, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot import guide, handlers, settings
from bot.core.ledger import Saving
from bot.database import Database
from bot.errors import PerfwrightError, TransientError
from bot.inbox import Inbox, Together
from bot.pages import ReportPage, front, guide_page, ledger_page, message, report_page, setup_page
from bot.registration import Registration
from bot.settings import Settings
from bot.tasks import Tasks
from bot.webhook import PATHS, Message, Receive, Send, Webhooks

log = logging.getLogger("perfwright.web")
Wake = Callable[[Sequence[str]], None]
_TOGETHER_S = 0.02
"""Deliveries that come within this time wake somebody once."""
_PATIENCE_S = 1.0
_READERS = 4
_POLICY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


class Application:
    """An ASGI application: webhooks by the short way, everything else by Flask in a few threads."""

    def __init__(self, known: Settings, inbox: Inbox, wake: Wake, tasks: Tasks | None = None) -> None:
        self._known, self._inbox, self._tasks = known, inbox, tasks
        self._secret = known.webhook_secret
        self._registry = CollectorRegistry()
        self._deliveries = Counter(
            "perfwright_deliveries", "Deliveries received", ["event", "outcome"], registry=self._registry
        )
        self._took = Histogram(
            "perfwright_acknowledge_seconds", "Time from request to answer", registry=self._registry
        )  # fmt: skip
        self._open = Gauge("perfwright_inbox_waiting", "Deliveries not done yet", registry=self._registry)
        self._todo = Gauge("perfwright_tasks", "Tasks by queue and state", ["queue", "state"], registry=self._registry)
        self._waker = _Waker(wake)
        self._registration = Registration(known, self._registered)
        self._hooks = Webhooks(
            lambda: self._secret, frozenset({*handlers.events(), "ping"}), Together(inbox.keep).put, self._waker.add,
            self._count,
        )  # fmt: skip
        self.flask = self._flask()
        self._pages: Any = WSGIMiddleware(self.flask, workers=_READERS)  # type: ignore[arg-type]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        short = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in PATHS
        await (self._hooks if short else self._pages)(scope, receive, send)

    def _count(self, event: str, outcome: str, seconds: float) -> None:
        self._deliveries.labels(event, outcome).inc()
        self._took.observe(seconds)

    def _registered(self, secret: str) -> None:
        self._secret = secret

    # ---- pages

    def _flask(self) -> Flask:
        app = Flask(__name__, static_folder=None)
        app.add_url_rule("/", view_func=self._front)
        app.add_url_rule("/healthz", view_func=lambda: "ok\n", endpoint="healthz")
        app.add_url_rule("/readyz", view_func=self._readyz)
        app.add_url_rule("/metrics", view_func=self._metrics)
        app.add_url_rule("/ledger", view_func=self._ledger)
        app.add_url_rule("/setup", view_func=self._setup)
        app.add_url_rule("/setup/callback", view_func=self._callback)
        app.add_url_rule("/reports/<path:name>", view_func=self._report)
        app.add_url_rule("/docs/<name>", view_func=_guide)
        app.after_request(_guarded)
        app.register_error_handler(PerfwrightError, lambda error: (message("That did not work", str(error)), 400))
        return app

    def _front(self) -> str:
        return front(self._known, configured=self._secret is not None)

    def _readyz(self) -> tuple[str, int]:
        try:
            waiting = self._inbox.waiting()
        except TransientError as error:
            return f"{error}\n", 503
        return f"ready: {waiting} deliveries waiting, queue {self._waker.state}\n", 200

    def _metrics(self) -> Response:
        self._open.set(self._inbox.waiting())
        for (place, state), number in (self._tasks.tally() if self._tasks else {}).items():
            self._todo.labels(place, state).set(number)
        return Response(generate_latest(self._registry), content_type=CONTENT_TYPE_LATEST)

    def _ledger(self) -> str:
        kept = self._tasks.facts("ledger") if self._tasks else []
        return ledger_page([one for _, _, value in kept for one in msgspec.json.decode(value, type=list[Saving])])

    def _setup(self) -> Any:
        manifest, action = self._registration.offer(
            request.args.get("token", ""), request.args.get("organization", "")
        )  # fmt: skip
        return setup_page(manifest, action)

    def _callback(self) -> Any:
        link = self._registration.take(request.args.get("code", ""), request.args.get("state", ""))
        log.warning("the app is registered; its credentials are in %s", self._known.credentials)
        return redirect(link, 303) if link else message("Registered", "Install the app on your repositories.")

    def _report(self, name: str) -> tuple[str, int]:
        found = self._tasks.page(name) if self._tasks else None
        if found is None:
            return message("Not found", "There is no report of that name."), 404
        return report_page(ReportPage(name, *found)), 200


def _guide(name: str) -> tuple[str, int]:
    if name not in guide.PAGES:
        return message("Not found", "There is no page of that name."), 404
    return guide_page(guide.linked(guide.load(name), "/docs")), 200


def _guarded(response: Response) -> Response:
    for name, value in _POLICY.items():
        response.headers.setdefault(name, value)
    return response


class _Waker:
    """Wakes workers after the commit, many at once: a dead queue costs no delivery and no time."""

    def __init__(self, wake: Wake) -> None:
        self._wake, self._ids = wake, queue.SimpleQueue[str]()
        self._thread: threading.Thread | None = None
        self.state = "not used yet"

    def add(self, identity: str) -> None:
        self._ids.put(identity)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="waker", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            first = self._ids.get()
            while not self._ids.empty():
                self._ids.get()
            try:
                # One message for all that came meanwhile: whoever is woken goes on until the inbox is empty.
                self._wake([first])
                self.state = "reachable"
            except TransientError as error:
                self.state = "not reachable"
                log.warning("nobody was woken (%s): the scheduler does it", error)
                time.sleep(_PATIENCE_S)
            time.sleep(_TOGETHER_S)


def create_app(known: Settings, inbox: Inbox, wake: Wake, tasks: Tasks | None = None) -> Application:
    """The application with its edges."""
    return Application(known, inbox, wake, tasks)


def make() -> Application:
    """What gunicorn serves."""
    from bot.queue import Queue  # RQ is large: loaded by the thread that wakes would be later still

    known = settings.read("web")
    database = Database(known.database_url, hurried=True)
    wakes = Queue(known.queue_url)
    return create_app(known, Inbox(database), wakes.wake_deliveries, Tasks(database))
