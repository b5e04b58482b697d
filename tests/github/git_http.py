"""Git over smart HTTP through `git http-backend`, with tokens as passwords.

Partner: `git.py` makes the repositories with the hook that refuses what GitHub refuses in a push.
"""

from __future__ import annotations

import base64
import binascii
import re
import subprocess
from collections.abc import Mapping
from urllib.parse import urlsplit

from tests.github.acts.repositories import moved
from tests.github.call import Answer
from tests.github.exchange import Asked, Exchange, covers, failed
from tests.github.faults import Fault
from tests.github.git import ENVIRONMENT
from tests.github.rules import Refused, at_least
from tests.github.state import Repository, Token

PATH = re.compile(r"/([^/]+)/([^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")


def answer(exchange: Exchange, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """The answer to git; its body is bytes."""
    parts = urlsplit(target)
    matched = PATH.fullmatch(parts.path)
    assert matched
    service = parts.query.removeprefix("service=") if matched[3] == "info/refs" else matched[3]
    asked = Asked(
        method, parts.path, {}, None, operation=f"git {service.removeprefix('git-')}", at=exchange.world.now()
    )
    exchange.log.append(asked)
    fault = exchange.faults.take(asked.operation, method, parts.path)
    if fault and not fault.after_effect:
        return _failed(fault)
    try:
        done = _served(exchange, asked, matched, service, method, parts.query, headers, body)
    except Refused as refused:
        challenge = {"WWW-Authenticate": 'Basic realm="GitHub"'} if refused.status == 401 else {}
        done = _plain(refused.status, refused.message, challenge)
    asked.status = done.status
    return _failed(fault) if fault else done


def _failed(fault: Fault) -> Answer:
    answer = failed(fault)
    return _plain(answer.status, answer.body["message"], answer.headers)


def _served(
    exchange: Exchange,
    asked: Asked,
    matched: re.Match[str],
    service: str,
    method: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Answer:
    world = exchange.world
    token = _token(exchange, headers)
    asked.token = token.kind if token else "none"
    repository = world.repository(matched[1], matched[2])
    if repository is None and (number := world.moved.get((matched[1].lower(), matched[2].lower()))):
        repository = world.repositories.get(number)
        if repository:
            where = f"{world.url}/{world.full_name(repository)}.git/{matched[3]}" + (f"?{query}" if query else "")
            return Answer(301 if method == "GET" else 307, b"", {"Location": where})
    writes = service == "git-receive-pack"
    repository = _admitted(exchange, repository, token, writes=writes)
    git = world.git(repository)
    more = _limits(repository, token)
    root = world.directory.as_posix()
    if not (writes and method == "POST" and token):
        return _run(git.path.name, root, matched[3], method, query, headers, body, more)
    with world.lock:  # what moves meanwhile by the API is not taken for a part of this push
        before = git.refs()
        done = _run(git.path.name, root, matched[3], method, query, headers, body, more)
        after = git.refs()
        for ref in sorted(before.keys() | after.keys()):
            moved(world, world.repositories[repository.id], ref, before.get(ref), after.get(ref), token.user_id)
    return done


def _token(exchange: Exchange, headers: Mapping[str, str]) -> Token | None:
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    if not scheme:
        return None
    try:
        secret = base64.b64decode(value).decode().partition(":")[2] if scheme.lower() == "basic" else value
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refused(401, "Bad credentials") from error
    return exchange.token(secret)


def _admitted(exchange: Exchange, repository: Repository | None, token: Token | None, *, writes: bool) -> Repository:
    world = exchange.world
    if repository is None:
        raise Refused(404 if token else 401, "Repository not found.")
    name = world.full_name(repository)
    if token is None:
        if writes or repository.private:
            raise Refused(401, "Authentication required")
        return repository
    if token.installation_id:
        own = covers(world, token, repository)
        level = token.permissions.get("contents", "none") if own else "none"
    else:
        level = world.role(repository, token.user_id)
    if not at_least(level, "read") and repository.private:
        raise Refused(404, "Repository not found.")
    if writes and not at_least(level, "write"):
        raise Refused(403, f"Permission to {name}.git denied to {world.users[token.user_id].login}.")
    if writes and repository.archived:
        raise Refused(403, "This repository was archived so it is read-only.")
    return repository


def _limits(repository: Repository, token: Token | None) -> dict[str, str]:
    """What the hook of the repository has to refuse."""
    more = {"STAND_IN_PROTECTED": " ".join(sorted(repository.protected))}
    if token and token.installation_id and token.permissions.get("workflows") != "write":
        more["STAND_IN_NO_WORKFLOWS"] = "1"
    return more


def _run(
    folder: str,
    root: str,
    rest: str,
    method: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
    more: Mapping[str, str],
) -> Answer:
    environment = {
        **ENVIRONMENT,
        **more,
        "GIT_PROJECT_ROOT": root,
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{folder}/{rest}",
        "REQUEST_METHOD": method,
        "QUERY_STRING": query,
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
        "REMOTE_USER": "stand-in",
        "REMOTE_ADDR": "127.0.0.1",
    }
    done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    if done.returncode or not head:
        return _plain(500, done.stderr.decode(errors="replace"))
    pairs = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    status = int(pairs.pop("Status", "200").split()[0])
    return Answer(status, content, pairs)


def _plain(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, message.encode(), {"Content-Type": "text/plain", **(headers or {})})
