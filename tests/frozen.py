"""An application that says whether a garbage collection would look at it; `tests/test_gunicorn.py` asks."""

from __future__ import annotations

import gc
from typing import Any

LOADED: list[Any] = [[]]


async def app(_scope: Any, _receive: Any, send: Any) -> None:
    looked_at = any(one is LOADED for one in gc.get_objects())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": str(looked_at).ljust(5).encode()})
