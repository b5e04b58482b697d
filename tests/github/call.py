"""One request to the API as a route sees it, and how a file in `routes/` says which operation it answers.

Partner: `exchange.py` makes a call from bytes, after it has checked who asks and whether they may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from tests.github.render import accounts
from tests.github.rules import NOT_BY_INTEGRATION, Refused, at_least, not_found
from tests.github.state import App, Issue, Pull, Repository, Token, User, World

Json = Any
Item = TypeVar("Item")
Limits = Callable[[], Json]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back, where it is more than JSON with the usual status."""

    status: int
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """Who asks what."""

    world: World
    values: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    url: str
    token: Token | None = None
    app: App | None = None
    found: Repository | None = None
    redeliver: Callable[[int], Any] | None = None
    deliveries: Callable[[], Sequence[Any]] | None = None
    limits: Limits | None = None
    links: str | None = None

    @property
    def repository(self) -> Repository:
        """The repository in the path."""
        assert self.found
        return self.found

    @property
    def actor(self) -> User:
        """Who does it: the bot of an app, or a person."""
        if self.token is None:
            raise Refused(401, "Requires authentication")
        return self.world.users[self.token.user_id]

    @property
    def acting_app(self) -> App | None:
        """The app that acts through its installation."""
        return self.world.app_of(self.token.user_id) if self.token and self.token.installation_id else None

    @property
    def app_id(self) -> int | None:
        """The id of that app, as `performed_via_github_app` wants it."""
        return self.acting_app.id if self.acting_app else None

    def number(self, name: str) -> int:
        """A number in the path."""
        if not self.values[name].isdigit():
            raise not_found()
        return int(self.values[name])

    def issue(self, name: str = "issue_number") -> Issue:
        """The issue in the path."""
        found = self.world.issues.get((self.repository.id, self.number(name)))
        if found is None:
            raise not_found()
        return found

    def pull(self) -> Pull:
        """The pull request in the path."""
        found = self.world.pulls.get((self.repository.id, self.number("pull_number")))
        if found is None:
            raise not_found()
        return found

    def one_of(self, table: Mapping[int, Item], name: str) -> Item:
        """Something of this repository by the number in the path."""
        found = table.get(self.number(name))
        if found is None or found.repository_id != self.repository.id:  # type: ignore[attr-defined]
            raise not_found()
        return found

    def commit(self, revision: str) -> str:
        """The sha of the commit that a branch, tag or sha means."""
        sha = self.world.git(self.repository).resolve(revision)
        if sha is None:
            raise Refused(422, f"No commit found for SHA: {revision}")
        return sha

    def page(self, items: Sequence[Item]) -> Sequence[Item]:
        """The part of a list that was asked for; the header Link says where the rest is."""
        size = max(1, min(int(self.query.get("per_page", 30)), 100))
        page = max(1, int(self.query.get("page", 1)))
        last = max(1, -(-len(items) // size))
        ways = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        wanted = {
            name: number
            for name, number in ways.items()
            if (name in ("prev", "first") and page > 1) or (name in ("next", "last") and page < last)
        }
        asked = {key: value for key, value in self.query.items() if key != "page"}
        links = [
            f'<{self.url}?{urlencode({**asked, "page": number})}>; rel="{name}"' for name, number in wanted.items()
        ]
        self.links = ", ".join(links) or None
        return items[(page - 1) * size : page * size]

    def since(self, items: Sequence[Item], key: str = "updated_at") -> list[Item]:
        """Only what changed since the moment in the query."""
        if "since" not in self.query:
            return list(items)
        start = datetime.fromisoformat(self.query["since"])
        return [item for item in items if getattr(item, key) >= start]

    def require(self, permission: str, level: str) -> None:
        """Refuse an installation without this permission, or a person without this role."""
        if self.token is None:
            raise Refused(401, "Requires authentication")
        if self.token.installation_id:
            if not at_least(self.token.permissions.get(permission, "none"), level):
                raise Refused(403, NOT_BY_INTEGRATION)
        elif level != "read" and not at_least(self.world.role(self.repository, self.token.user_id), level):
            raise Refused(403, "Must have admin rights to Repository.")

    def only_own(self, user_id: int) -> None:
        """Refuse to change what somebody else wrote, unless one may push."""
        if self.token and self.token.user_id != user_id and self.token.installation_id is None:
            self.require("issues", "write")

    def render_repository(self, one: Repository) -> Json:
        """A repository, with what the caller may do."""
        return accounts.repository(self.world, one, None if self.token is None else self.token.user_id)


@dataclass(frozen=True, slots=True)
class Route:
    """How an operation is answered, and what it needs: `PERMISSION:LEVEL|…`, `jwt`, `installation`, `anyone`."""

    operation: str
    needs: str
    status: int
    act: Callable[[Call], Json]


ROUTES: dict[str, Route] = {}


def operation(name: str, needs: str, status: int = 200) -> Callable[[Callable[[Call], Json]], Callable[[Call], Json]]:
    """Registers the function below as the answer to an operation of GitHub's document."""

    def register(act: Callable[[Call], Json]) -> Callable[[Call], Json]:
        assert name not in ROUTES, name
        ROUTES[name] = Route(name, needs, status, act)
        return act

    return register
