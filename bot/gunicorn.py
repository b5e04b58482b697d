"""How gunicorn serves the web process: one event loop, so that one writer commits for all. Partner: `bot/web.py`."""

from __future__ import annotations

from typing import Any

from bot import accounts, settings

wsgi_app = "bot.web:make()"
_known = settings.read("web")
bind = f"{_known.host}:{_known.port}"
workers = 1
worker_class = "asgi"
asgi_lifespan = "off"
timeout = 60
graceful_timeout = 5  # a kept connection that is idle would be waited for as well
keepalive = 30
limit_request_fields = 60
worker_tmp_dir = "/dev/shm"  # noqa: S108  # gunicorn's heartbeat; a disk would make it wait
control_socket_disable = True


def on_starting(_server: Any) -> None:
    """What it holds is for itself; those that it forks are as shut."""
    accounts.shield()


def post_worker_init(_worker: Any) -> None:
    """A garbage collection in the middle of a request takes 20 ms where it looks at all that was loaded."""
    import gc

    gc.collect()
    gc.freeze()
