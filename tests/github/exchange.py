"""What happens to one request: found, judged, let in or not, done, judged again, answered.

Partner: `server.py` has the sockets, `call.py` the registry of routes.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt

from tests.github import graphql, routes
from tests.github.call import ROUTES, Answer, Call, Route
from tests.github.contract import VERSIONS, Contract, Operation, contract
from tests.github.faults import Fault, Faults, HangUp
from tests.github.limits import Limits
from tests.github.rules import NOT_BY_INTEGRATION, Refused, at_least, not_found
from tests.github.state import App, Repository, Token, World
from tests.github.webhooks import Webhooks

Json = Any

assert routes  # importing it registers the routes

API = "/api/v3"
LONGEST_JWT = timedelta(minutes=10)
# Gone in the newer version of the API: the keys are left out for those who ask in it.
_GONE = {
    "merge_commit_sha",
    "assignee",
    "has_downloads",
    "use_squash_pr_title_as_default",
    "rate",
    "authorizations_url",
    "hub_url",
}


@dataclass(slots=True)
class Asked:
    """One line of the log: what was asked and what was answered."""

    method: str
    path: str
    query: dict[str, str]
    body: Json
    operation: str = ""
    token: str = "none"  # jwt, installation, user, none
    status: int = 0
    at: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Exchange:
    """Answers the API."""

    def __init__(self, world: World, webhooks: Webhooks, own_faults: list[str]) -> None:
        self.world = world
        self.webhooks = webhooks
        self.limits = Limits(world)
        self.faults = Faults()
        self.log: list[Asked] = []
        self.violations: list[str] = []
        self.own_faults = own_faults
        self._lock = threading.Lock()

    def answer(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> Answer:
        """The answer to a request; raises HangUp where a fault says so."""
        parts = urlsplit(target)
        asked = Asked(method, parts.path.removeprefix(API) or "/", dict(parse_qsl(parts.query)), None, headers=headers)
        asked.at = self.world.now()
        with self._lock:
            self.log.append(asked)
        try:
            answer = self._answer(asked, headers, raw)
        except Refused as refused:
            answer = _refusal(refused)
        asked.status = answer.status
        return answer

    def _answer(self, asked: Asked, headers: Mapping[str, str], raw: bytes) -> Answer:
        if not headers.get("User-Agent"):
            raise Refused(
                403, "Request forbidden by administrative rules. Please make sure there is a User-Agent header"
            )
        try:
            asked.body = json.loads(raw) if raw else None
        except ValueError as error:
            raise Refused(400, "Problems parsing JSON") from error
        if asked.path == "/api/graphql":
            return self._graphql(asked, headers)
        version = headers.get("X-GitHub-Api-Version", VERSIONS[0])
        if version not in VERSIONS:
            raise Refused(400, f"The version {version} is not supported")
        rules = contract(version)
        found = self._find(rules, asked)
        if isinstance(found, Answer):
            return found
        operation, values = found
        asked.operation = operation.id
        asked.token = _kind(headers)
        fault = self.faults.take(operation.id, asked.method, asked.path)
        if fault and not fault.after_effect:
            return failed(fault)
        token, app = self._who(asked, headers)
        caller = f"installation {token.installation_id}" if token and token.installation_id else asked.token
        answer = self._limited(caller, asked, operation, values, token, app, rules, headers)
        if fault:
            return failed(fault)
        return answer

    def _find(self, rules: Contract, asked: Asked) -> tuple[Operation, dict[str, str]] | Answer:
        path = asked.path
        if path.startswith("/repositories/"):
            number, _, rest = path.removeprefix("/repositories/").partition("/")
            repository = self.world.repositories.get(int(number)) if number.isdigit() else None
            if repository is None:
                raise not_found()
            path = f"/repos/{self.world.full_name(repository)}" + (f"/{rest}" if rest else "")
        found = rules.find(asked.method, path)
        if found is None:
            self._violation(asked, f"GitHub has no {asked.method} {path}")
            raise not_found()
        _, values = found
        if "repo" in values and not self.world.repository(values["owner"], values["repo"]):
            moved = self.world.moved.get((values["owner"].lower(), values["repo"].lower()))
            if moved in self.world.repositories:
                return self._moved(asked, moved or 0)
        return found

    def _moved(self, asked: Asked, number: int) -> Answer:
        rest = "/".join(asked.path.split("/")[4:])
        query = "&".join(f"{key}={value}" for key, value in asked.query.items())
        url = (
            f"{self.world.api_url}/repositories/{number}"
            + (f"/{rest}" if rest else "")
            + (f"?{query}" if query else "")
        )
        status = 301 if asked.method == "GET" else 307
        word = "Moved Permanently" if status == 301 else "Temporary Redirect"
        return Answer(status, {"message": word, "url": url, "documentation_url": "rest"}, {"Location": url})

    def _who(self, asked: Asked, headers: Mapping[str, str]) -> tuple[Token | None, App | None]:
        scheme, _, secret = headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None, None
        if scheme.lower() not in ("bearer", "token"):
            raise Refused(401, "Bad credentials")
        if asked.token == "jwt":
            return None, self._app(secret)
        return self.token(secret), None

    def token(self, secret: str) -> Token:
        """The token with this value, if it still opens anything."""
        token = self.world.tokens.get(secret)
        if token is None or (token.expires_at and self.world.now() >= token.expires_at):
            raise Refused(401, "Bad credentials")
        if token.installation_id and self.world.installations[token.installation_id].suspended_at:
            raise Refused(403, "This installation has been suspended")
        return token

    def _app(self, secret: str) -> App:
        try:
            issuer = str(jwt.decode(secret, options={"verify_signature": False}).get("iss"))
            app = next(one for one in self.world.apps.values() if issuer in (str(one.id), one.client_id))
        except (jwt.PyJWTError, StopIteration) as error:
            raise Refused(401, "Integration not found") from error
        try:
            claims = jwt.decode(
                secret,
                app.public_key,
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            issued, expires = float(claims["iat"]), float(claims["exp"])
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise Refused(401, "A JSON web token could not be decoded") from error
        now = time.time()  # not the world's clock: the bot has only this one to sign with
        if expires <= now:
            raise Refused(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time")
        if expires > now + LONGEST_JWT.total_seconds() + 1:
            raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
        if issued > now + 1:
            raise Refused(401, "'Issued at' claim ('iat') must be an Integer representing the time that was issued")
        return app

    def _limited(
        self,
        caller: str,
        asked: Asked,
        operation: Operation,
        values: dict[str, str],
        token: Token | None,
        app: App | None,
        rules: Contract,
        headers: Mapping[str, str],
    ) -> Answer:
        with self.world.lock:
            try:
                self.limits.check(caller)
                self.limits.secondary(caller, operation.id, asked.method)
                answer = self._done(asked, operation, values, token, app, rules)
            except Refused as refused:
                answer = _refusal(refused)
            answer = self._judged(rules, operation, answer)
            tagged = _tagged(asked, headers, answer)
            if tagged.status != 304 and operation.id != "rate-limit/get":
                self.limits.count(caller)
            more = {"X-GitHub-Api-Version-Selected": rules.version, **self.limits.headers(caller)}
            return Answer(tagged.status, tagged.body, {**more, **tagged.headers})

    def _done(
        self,
        asked: Asked,
        operation: Operation,
        values: dict[str, str],
        token: Token | None,
        app: App | None,
        rules: Contract,
    ) -> Answer:
        route = ROUTES.get(operation.id)
        if route is None:
            self.own_faults.append(f"the stand-in cannot do {operation.id} yet")
            raise Refused(500, f"the stand-in cannot do {operation.id} yet")
        repository = self._repository(values, token, app)
        _admit(route, operation, token, app, repository, self.world)
        self._judge(asked, operation, rules)
        call = Call(
            world=self.world,
            values=values,
            query=asked.query,
            body=asked.body,
            url=f"{self.world.api_url}{asked.path}",
            token=token,
            app=app,
            found=repository,
            redeliver=self.webhooks.redeliver,
            deliveries=lambda: list(self.webhooks.log.values()),
            limits=lambda: self.limits.say(f"installation {token.installation_id}" if token else asked.token),
        )
        done = route.act(call)
        answer = done if isinstance(done, Answer) else Answer(_status(route, operation), done)
        body = _without(answer.body) if rules.version != VERSIONS[0] else answer.body
        return Answer(answer.status, body, {**answer.headers, **({"Link": call.links} if call.links else {})})

    def _repository(self, values: Mapping[str, str], token: Token | None, app: App | None) -> Repository | None:
        if "repo" not in values:
            return None
        found = self.world.repository(values["owner"], values["repo"])
        if found is None:
            raise not_found()
        if found.private and app is None and not self._sees(found, token):
            raise not_found()
        return found

    def _sees(self, repository: Repository, token: Token | None) -> bool:
        if token is None:
            return False
        if token.installation_id:
            return covers(self.world, token, repository)
        return self.world.role(repository, token.user_id) != "none"

    def _judge(self, asked: Asked, operation: Operation, rules: Contract) -> None:
        wrong = rules.wrong_query(operation, asked.query) + rules.wrong_body(operation, asked.body)
        wrong = wrong or rules.unknown_keys(operation, asked.body)
        if wrong:
            self._violation(asked, f"{operation.id}: {'; '.join(wrong)}")
            raise Refused(
                422, f"Invalid request.\n\n{wrong[0]}", [{"code": "invalid", "message": word} for word in wrong]
            )

    def _violation(self, asked: Asked, word: str) -> None:
        self.violations.append(f"{asked.method} {asked.path}: {word}")

    def _judged(self, rules: Contract, operation: Operation, answer: Answer) -> Answer:
        if wrong := rules.wrong_response(operation, answer.status, answer.body):
            self.own_faults.append(f"answer {answer.status} to {operation.id}: {wrong}")
            return _refusal(Refused(500, f"the stand-in's answer to {operation.id} is wrong: {wrong}"))
        return answer

    def _graphql(self, asked: Asked, headers: Mapping[str, str]) -> Answer:
        asked.operation, asked.token = "graphql", _kind(headers)
        fault = self.faults.take("graphql", asked.method, asked.path)
        if fault and not fault.after_effect:
            return failed(fault)
        token, _ = self._who(asked, headers)
        if token is None:
            raise Refused(401, "This endpoint requires you to be authenticated.")
        with self.world.lock:
            body, wrong = graphql.execute(self.world, token, asked.body or {})
        if wrong:
            self._violation(asked, "; ".join(wrong))
        return failed(fault) if fault else Answer(200, body)


def _kind(headers: Mapping[str, str]) -> str:
    """What somebody shows, whether it is good or not."""
    secret = headers.get("Authorization", "").partition(" ")[2]
    return (
        "jwt"
        if secret.startswith("ey")
        else "installation"
        if secret.startswith("ghs_")
        else "user"
        if secret
        else "none"
    )


def covers(world: World, token: Token, repository: Repository) -> bool:
    """Whether an installation token reaches a repository."""
    installation = world.installations[token.installation_id or 0]
    chosen = token.repository_ids is None or repository.id in token.repository_ids
    return chosen and any(one.id == installation.id for one, _ in world.installed(repository))


def _admit(
    route: Route,
    operation: Operation,
    token: Token | None,
    app: App | None,
    repository: Repository | None,
    world: World,
) -> None:
    if route.needs == "jwt":
        if app is None:
            raise Refused(401, "A JSON web token could not be decoded")
        return
    if app is not None and route.needs != "anyone":
        raise Refused(403, NOT_BY_INTEGRATION)
    if route.needs == "anyone":
        return
    if token and token.installation_id and not operation.apps:
        raise Refused(403, NOT_BY_INTEGRATION)
    if route.needs in ("installation", "user"):
        if token is None or token.kind != route.needs:
            raise Refused(403 if token else 401, NOT_BY_INTEGRATION if token else "Requires authentication")
        return
    _admit_to(route, token, repository, world)


def _admit_to(route: Route, token: Token | None, repository: Repository | None, world: World) -> None:
    assert repository
    ways = [way.split(":") for way in route.needs.split("|")]
    writes = ways[0][1] == "write"
    if token is None:
        if writes or repository.private:
            raise Refused(401, "Requires authentication")
    elif token.installation_id:
        public = not writes and not repository.private and not covers(world, token, repository)
        granted = any(at_least(token.permissions.get(name, "none"), level) for name, level in ways)
        if not public and not (granted and covers(world, token, repository)):
            raise Refused(403, NOT_BY_INTEGRATION)
    elif writes and not at_least(world.role(repository, token.user_id), _role_for(ways)):
        raise Refused(403, "Must have push access to the repository")
    if writes and repository.archived:
        raise Refused(403, "Repository was archived so is read-only.")


def _role_for(ways: list[list[str]]) -> str:
    """People may talk where they may read."""
    return "read" if {name for name, _ in ways} & {"issues", "pull_requests"} else "write"


def _status(route: Route, operation: Operation) -> int:
    """The usual status; a newer version of the API may have another."""
    if str(route.status) in operation.responses:
        return route.status
    return int(next(status for status in operation.responses if status.startswith("2")))


def _refusal(refused: Refused) -> Answer:
    body: Json = {"message": refused.message, "documentation_url": "https://docs.invalid/rest"}
    if refused.errors:
        body["errors"] = refused.errors
    else:
        body["status"] = str(refused.status)
    return Answer(refused.status, body, refused.headers)


def failed(fault: Fault) -> Answer:
    """The answer that a fault wants; raises HangUp where it wants none."""
    if fault.drop_connection:
        raise HangUp
    if fault.body is not None:
        return Answer(fault.status, fault.body, {"Content-Type": "text/html; charset=utf-8", **fault.headers})
    return Answer(
        fault.status, {"message": fault.message, "documentation_url": "https://docs.invalid/rest"}, fault.headers
    )


def _tagged(asked: Asked, headers: Mapping[str, str], answer: Answer) -> Answer:
    if asked.method != "GET" or answer.status != 200:
        return answer
    # As GitHub's, it holds for one token: "it's currently expected for ETags to be auth token specific", its support
    # is quoted in https://github.com/eclipse-csi/otterdog/issues/201.
    shown = headers.get("Authorization", "") + json.dumps(answer.body)
    tag = 'W/"' + hashlib.sha256(shown.encode()).hexdigest() + '"'
    if headers.get("If-None-Match") in (tag, tag.removeprefix("W/")):
        return Answer(304, None, {**answer.headers, "ETag": tag})
    return Answer(200, answer.body, {**answer.headers, "ETag": tag})


def _without(body: Json) -> Json:
    if isinstance(body, list):
        return [_without(item) for item in body]
    if isinstance(body, dict):
        return {key: _without(value) for key, value in body.items() if key not in _GONE}
    return body
