"""Rate limits: the hourly one, the one on points a minute, and the one on new content a minute.

Partner: `exchange.py` asks it for every request; the clock is the world's, so that tests need not wait.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.github.rules import Refused
from tests.github.state import World

Json = Any

HOURLY = 5000
HOURLY_UNKNOWN = 60
UNKNOWN = "none"
"""The caller who shows no token."""
POINTS_A_MINUTE = 900
CONTENT_A_MINUTE = 80
WRITE_POINTS = 5
# What GitHub counts as content: it sends mail to people.
CONTENT = {
    "issues/create", "issues/create-comment", "pulls/create", "pulls/create-review", "pulls/create-review-comment",
    "pulls/create-reply-for-review-comment", "pulls/submit-review",
}  # fmt: skip


@dataclass(slots=True)
class _Budget:
    limit: int
    reset: datetime
    used: int = 0
    points: deque[tuple[datetime, int]] = field(default_factory=deque)
    content: deque[datetime] = field(default_factory=deque)


class Limits:
    """What each caller has used."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._budgets: dict[str, _Budget] = {}

    def budget(self, caller: str) -> _Budget:
        """The budget of a caller in this hour."""
        now = self._world.now()
        found = self._budgets.get(caller)
        if found is None or now >= found.reset:
            limit = HOURLY_UNKNOWN if caller == UNKNOWN else HOURLY
            found = self._budgets[caller] = _Budget(limit, now + timedelta(hours=1))
        return found

    def leave(self, caller: str, remaining: int) -> None:
        """Let a caller have only this many requests left."""
        budget = self.budget(caller)
        budget.used = budget.limit - remaining

    def check(self, caller: str) -> None:
        """Refuse when the hour's requests are used up."""
        budget = self.budget(caller)
        if budget.used >= budget.limit:
            raise Refused(403, f"API rate limit exceeded for {caller}.")

    def count(self, caller: str) -> None:
        """One more request that counts."""
        self.budget(caller).used += 1

    def secondary(self, caller: str, operation: str, method: str) -> None:
        """Refuse when it goes too fast."""
        now, budget = self._world.now(), self.budget(caller)
        start = now - timedelta(minutes=1)
        while budget.points and budget.points[0][0] <= start:
            budget.points.popleft()
        while budget.content and budget.content[0] <= start:
            budget.content.popleft()
        cost = 1 if method in ("GET", "HEAD") else WRITE_POINTS
        too_fast = sum(points for _, points in budget.points) + cost > POINTS_A_MINUTE
        if too_fast or (operation in CONTENT and len(budget.content) >= CONTENT_A_MINUTE):
            raise Refused(403, SECONDARY, headers={"Retry-After": "60"})
        budget.points.append((now, cost))
        if operation in CONTENT:
            budget.content.append(now)

    def headers(self, caller: str) -> dict[str, str]:
        """How much is left."""
        said = self.say(caller)
        names = ("limit", "remaining", "reset", "used")
        return {f"X-RateLimit-{name.capitalize()}": str(said[name]) for name in names} | {
            "X-RateLimit-Resource": "core"
        }

    def say(self, caller: str) -> Json:
        """As `/rate_limit` says it."""
        budget = self.budget(caller)
        return {
            "limit": budget.limit,
            "used": budget.used,
            "remaining": max(0, budget.limit - budget.used),
            "reset": int(budget.reset.timestamp()),
        }


SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID."
)
