"""GitHub, as the publisher uses it: the only room that knows githubkit.

`App` holds the key and opens short connections to one repository each; `bot/github/api.py` has the operations.
Limits and rules: docs.github.com, "Rate limits for the REST API" and "Best practices for using the REST API".
"""

from __future__ import annotations

import re
import ssl
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
from githubkit import GitHub
from githubkit.auth import AppAuthStrategy, TokenAuthStrategy
from githubkit.exception import GitHubException, RequestFailed
from githubkit.response import Response

from bot.errors import PerfwrightError, TransientError

TIMEOUT_S = 30.0
AGENT = "perfwright"
PERMISSIONS = {"checks": "write", "contents": "write", "issues": "write", "pull_requests": "write"}
"""What a connection asks for; `app.yml` asks for the same and for what reading events needs."""
NO_INSTALLATION = 0
LIMITED_S = 60.0
"""How long to leave GitHub alone where it does not say: at least this, and longer each time."""
_PAUSES_S = (0.5, 2.0)
_NOT_MODIFIED = 304
_MOST_READ = 100
"""Answers that a connection keeps to ask for them again; a step reads far fewer."""
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')


class RateLimitedError(TransientError):
    """GitHub wants us to wait: until `until`, in seconds since the epoch, where it says how long."""

    def __init__(self, until: float | None) -> None:
        super().__init__(
            f"GitHub asks to wait for {max(0, until - time.time()):.0f} s" if until else "GitHub asks to wait"
        )  # fmt: skip
        self.until = until


class GoneError(PerfwrightError):
    """What was asked for is not there, or not for us: deleted, moved, or the app was removed or suspended."""


class RefusedError(PerfwrightError):
    """GitHub understood and said no (403, 409, 422); the message is GitHub's own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"GitHub refused: {message}")
        self.status = status


class Connection:
    """Requests with one kind of authority; `renew` gives a fresh token when GitHub no longer takes the old one."""

    def __init__(
        self, github: GitHub[Any], turn: Callable[[], float], renew: Callable[[], GitHub[Any]] | None = None
    ) -> None:
        self._github, self._turn, self._renew = github, turn, renew
        self._read: dict[tuple[str, str], Response[Any]] = {}
        """What was read with this token, by path and query."""

    def get(self, path: str, **params: str | int) -> Any:
        """The JSON of one page."""
        return _json(self._send("GET", path, params=params))

    def pages(self, path: str, **params: str | int) -> Iterator[Any]:
        """The items of every page, by the links that GitHub gives."""
        following: dict[str, str | int] = {**params, "per_page": 100}
        while True:
            answer = self._send("GET", path, params=following)
            yield from _json(answer)
            link = _NEXT.search(answer.headers.get("link", ""))
            if link is None:
                return
            following = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link[1]).query))

    def post(self, path: str, body: Mapping[str, Any], *, paced: bool = True) -> Any:
        """Create something, in its turn. Not sent twice: whoever calls looks first whether it is there."""
        return _json(self._send("POST", path, body=body, paced=paced))

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Change something, in its turn; doing it twice is harmless, and done where the first answer was lost."""
        return _json(self._send("PATCH", path, body=body))

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Do something, in its turn, that a second time changes nothing more."""
        return _json(self._send("PUT", path, body=body))

    def mutate(self, name: str, fields: Mapping[str, Any]) -> None:
        """What only GraphQL can do; GitHub answers 200 there also when it refuses."""
        query = (
            f"mutation($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ clientMutationId }} }}"
        )
        address = str(self._github.config.base_url).rstrip("/").removesuffix("/v3") + "/graphql"
        answer = _json(self._send("POST", address, body={"query": query, "variables": {"input": dict(fields)}}))
        if errors := answer.get("errors"):
            raise RefusedError(422, str(errors[0].get("message"))[:300])

    def _send(
        self, method: str, path: str, *, params: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None,
        paced: bool = True,
    ) -> Response[Any]:  # fmt: skip
        pauses = iter(_PAUSES_S if method != "POST" else ())
        while True:
            if paced and method != "GET":  # "Pause between mutative requests", each of them
                time.sleep(self._turn())
            try:
                return self._current(path, params) if method == "GET" else self._once(method, path, None, body)
            except TransientError as error:
                pause = next(pauses, None)
                if pause is None or isinstance(error, RateLimitedError):
                    raise
                time.sleep(pause)

    def _current(self, path: str, params: Mapping[str, Any] | None) -> Response[Any]:
        """What GitHub has now; that what was read before is still so is told without a cost."""
        place = path, urllib.parse.urlencode(sorted((params or {}).items()))
        before = self._read.get(place)
        tag = before.headers.get("etag") if before else None
        answer = self._once("GET", path, params, None, {"If-None-Match": tag} if tag else None)
        if answer.status_code == _NOT_MODIFIED and before:
            return before
        if len(self._read) < _MOST_READ:
            self._read[place] = answer
        return answer

    def _once(
        self, method: str, path: str, params: Mapping[str, Any] | None, body: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None = None,
    ) -> Response[Any]:  # fmt: skip
        try:
            return self._github.request(method, path, params=dict(params or {}), json=body, headers=headers)
        except RequestFailed as error:
            if error.response.status_code != 401 or self._renew is None:
                raise _told(error) from None
        except (GitHubException, httpx.HTTPError) as error:
            raise TransientError(f"GitHub cannot be reached ({type(error).__name__}): tried again later") from None
        self._github, self._renew = self._renew(), None
        return self._once(method, path, params, body)  # without condition: GitHub's tags hold for one token


def _json(answer: Response[Any]) -> Any:
    """What the answer holds: half of one, or a page of what stands before GitHub, is no answer."""
    try:
        return answer.json()
    except ValueError:
        raise TransientError("GitHub's answer breaks off, or is no JSON: tried again later") from None


def _told(error: RequestFailed) -> PerfwrightError:
    """Our kind of error for GitHub's answer."""
    response = error.response
    status, headers = response.status_code, response.headers
    message = _message(response)
    none_left = headers.get("x-ratelimit-remaining") == "0"
    if status == 429 or (status == 403 and ("retry-after" in headers or none_left or "rate limit" in message.lower())):
        return RateLimitedError(_wait_until(headers, none_left=none_left))
    if status in (404, 410, 451) or (status == 403 and "suspended" in message) or status == 401:
        return GoneError(f"GitHub does not have it, or not for this app ({status}): {message}")
    if status >= 500 or status == 408:
        return TransientError(f"GitHub answered {status}: tried again later")
    return RefusedError(status, message)


def _wait_until(headers: Mapping[str, str], *, none_left: bool) -> float | None:
    if after := headers.get("retry-after"):
        return time.time() + float(after)
    reset = headers.get("x-ratelimit-reset")
    return float(reset) if none_left and reset else None


def _message(response: Response[Any]) -> str:
    try:
        answer = response.json()
        details = "; ".join(str(one.get("message", one)) for one in answer.get("errors", []) if isinstance(one, dict))
        return f"{answer.get('message', '')} {details}".strip()[:300]
    except ValueError:
        return f"status {response.status_code}"


class App:
    """The app itself, with its private key; lives in the publisher only.

    `turn` takes the next turn of an installation to change something, and says in how many seconds it comes.
    """

    def __init__(self, api_url: str, app_id: str, private_key: str, turn: Callable[[int], float]) -> None:
        self._api_url, self._turn = api_url, turn
        # Read once: each client would read the certificates anew, which takes longer than most requests.
        self._certificates = ssl.create_default_context()
        self._github = self._client(AppAuthStrategy(app_id, private_key))

    def _client(self, auth: AppAuthStrategy | TokenAuthStrategy) -> GitHub[Any]:
        # Retries and caching are ours: githubkit would send a POST again, and its cache has no bound.
        return GitHub(
            auth, base_url=self._api_url, user_agent=AGENT, timeout=TIMEOUT_S, auto_retry=False, http_cache=False,
            trust_env=False, ssl_verify=self._certificates,
        )  # fmt: skip

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """As the app: its installations and deliveries."""
        with self._github:
            yield Connection(self._github, partial(self._turn, NO_INSTALLATION))

    def token(self, installation: int, repository: int | None, permissions: Mapping[str, str] = PERMISSIONS) -> str:
        """A token for one repository with the permissions that the work needs, good for an hour."""
        body: dict[str, Any] = {"permissions": dict(permissions)}
        if repository is not None:
            body["repository_ids"] = [repository]
        with self.connect() as app:
            try:
                return str(app.post(f"/app/installations/{installation}/access_tokens", body, paced=False)["token"])
            except RefusedError as error:  # it says 422 of a repository that was given away, not 404
                raise GoneError(str(error)) from None

    @contextmanager
    def repository(self, installation: int, repository: int) -> Iterator[tuple[Connection, str]]:
        """As the installation, in one repository: a connection and its token, revoked at the end."""
        token = self.token(installation, repository)
        clients = [self._client(TokenAuthStrategy(token))]

        def renew() -> GitHub[Any]:
            clients.append(self._client(TokenAuthStrategy(self.token(installation, repository))))
            return clients[-1]

        connection = Connection(clients[0], partial(self._turn, installation), renew)
        try:
            yield connection, token
        finally:
            for client in clients:
                try:
                    client.request("DELETE", "/installation/token")
                except (GitHubException, httpx.HTTPError):
                    continue  # it expires by itself within the hour
