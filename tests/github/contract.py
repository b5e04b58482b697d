"""Judges requests, responses and webhooks by GitHub's published schemas.

Partner: `scripts/github_schemas.py`, which takes the schemas from the registry. The rules that the schemas do not hold
are in `rules.py`.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

from scripts.github_schemas import NEW_VERSION, OLD_VERSION, ensure

Json = Any
VERSIONS = (OLD_VERSION, NEW_VERSION)

# The path of a file may be empty: the root.
_MANY_SEGMENTS = {"path": ".*", "ref": ".+", "basehead": ".+", "branch": ".+"}
_COMMON = {"page", "per_page"}
_ERRORS = {401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 502, 503, 504}
# GitHub sends null here for a deleted fork, an empty output, …, whatever the schema says (octokit, githubkit trackers).
_NULL_IN_TRUTH = (
    ("pull-request", "properties", "head", "properties", "repo"),
    ("pull-request-simple", "properties", "head", "properties", "repo"),
    ("pull-request-simple", "properties", "labels", "items", "properties", "description"),
    ("issue", "properties", "pull_request", "properties", "merged_at"),
    *(
        (name, "properties", key)
        for name in ("pull-request-review-comment", "review-comment")
        for key in ("line", "position", "original_line")
    ),
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked of GitHub."""

    id: str
    method: str
    path: str
    pattern: re.Pattern[str]
    apps: bool
    parameters: tuple[Json, ...]
    body: Json | None
    body_required: bool
    responses: Mapping[str, Json]


class Contract:
    """The published schemas of one version of the API, and of the webhooks."""

    def __init__(self, folder: Path, version: str) -> None:
        self.version = version
        self._rest = _load(folder / f"rest-{version}.json.gz")
        self._hooks = _load(folder / "webhooks.json.gz")
        for name, *way in _NULL_IN_TRUTH:
            _allow_null(self._rest["schemas"][name], way)
        _allow_any_event(self._hooks)
        self._registry = jsonschema_rs.Registry(
            [("urn:rest", {"schemas": self._rest["schemas"]}), ("urn:hooks", {"schemas": self._hooks["schemas"]})]
        )
        self._validators: dict[tuple[str, ...], Any] = {}

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """By id; the more literal paths first, as the router wants them."""
        made = [_operation(name, raw) for name, raw in self._rest["operations"].items()]
        for one in made:
            if one.id == "apps/list-installations":  # the document wants an account to be a user and an enterprise
                one.responses["200"]["items"] = {"$ref": "#/schemas/installation"}
        return {one.id: one for one in sorted(made, key=lambda one: (one.path.count("{"), -len(one.path)))}

    @cached_property
    def _by_method(self) -> dict[str, list[Operation]]:
        by_method: dict[str, list[Operation]] = {}
        for operation in self.operations.values():
            by_method.setdefault(operation.method, []).append(operation)
        return by_method

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation that this method and path mean, and the values in the path."""
        for operation in self._by_method.get(method, ()):
            if matched := operation.pattern.fullmatch(path):
                return operation, {name: unquote(value or "") for name, value in matched.groupdict().items()}
        return None

    def properties(self, name: str) -> list[str]:
        """The names of the properties of a schema."""
        return list(self._rest["schemas"][name]["properties"])

    def events(self) -> dict[str, list[str]]:
        """Each event that is known, with its actions."""
        return {event: list(actions) for event, actions in self._hooks["events"].items()}

    def wrong_query(self, operation: Operation, query: Mapping[str, str]) -> list[str]:
        """What GitHub would ignore or refuse in the query."""
        known = {one["name"]: one for one in operation.parameters if one["in"] == "query"}
        wrong = [f"query: {name!r} is no parameter of {operation.id}" for name in query.keys() - known.keys() - _COMMON]
        for name in query.keys() & known.keys():
            schema = known[name]["schema"]
            value = _typed(schema, query[name])
            wrong += [f"query.{name}: {word}" for word in self._wrong(("query", operation.id, name), schema, value)]
        missing = [name for name, one in known.items() if one["required"] and name not in query]
        return wrong + [f"query: {name!r} is required" for name in missing]

    def wrong_body(self, operation: Operation, body: Json) -> list[str]:
        """What the schema refuses in the body."""
        if operation.body is None or (body is None and not operation.body_required):
            return []
        return self._wrong(("body", operation.id), operation.body, body)

    def unknown_keys(self, operation: Operation, body: Json) -> list[str]:
        """Keys in the body that GitHub would ignore without a word."""
        if body in (None, {}):
            return []
        if operation.body is None:
            return [f"{operation.id} takes no body"]
        strict = self._strict(operation.body)
        return self._wrong(("strict", operation.id), strict, body) if strict else []

    def wrong_response(self, operation: Operation, status: int, body: Json) -> list[str]:
        """What is wrong in an answer."""
        if status == 304 or (status == 301 and str(status) not in operation.responses):
            return []
        if body is None and operation.responses.get(str(status), ...) is None:
            return []
        if status in _ERRORS:
            name = "validation-error" if _has_objects(body) else "basic-error"
            return self._wrong(("error", name), {"$ref": f"#/schemas/{name}"}, body)
        if str(status) not in operation.responses:
            return [f"{operation.id} does not answer {status}, but {', '.join(operation.responses)}"]
        schema = operation.responses[str(status)]
        if schema is None:
            return [] if body is None else [f"{operation.id} answers {status} without a body"]
        return self._wrong(("response", operation.id, str(status)), schema, body)

    def wrong_webhook(self, event: str, payload: Mapping[str, Json]) -> list[str]:
        """What is wrong in the payload of an event."""
        schema = self._hooks["events"].get(event, {}).get(payload.get("action") or "")
        schema = schema or self._hooks["events"].get(event, {}).get("")
        if schema is None:
            return [f"{event}/{payload.get('action')} is not a known event"]
        return self._wrong(("hook", event, str(payload.get("action"))), schema, payload, room="urn:hooks")

    def _wrong(self, key: tuple[str, ...], schema: Json, value: Json, *, room: str = "urn:rest") -> list[str]:
        if (validator := self._validators.get(key)) is None:
            rooted = json.loads(json.dumps(schema).replace('"#/schemas/', f'"{room}#/schemas/'))
            validator = jsonschema_rs.Draft202012Validator(
                rooted, registry=self._registry, validate_formats=True, mask="it"
            )
            self._validators[key] = validator
        if validator.is_valid(value):
            return []
        return [_said(error) for error in validator.iter_errors(value)]

    def _strict(self, schema: Json, *, whole: bool = True) -> Json:
        """The schema with every object closed; an object that says it is open stays open."""
        if "$ref" in schema:
            return self._strict(self._rest["schemas"][schema["$ref"].removeprefix("#/schemas/")], whole=whole)
        closed = dict(schema)
        parts = [key for key in ("allOf", "anyOf", "oneOf") if key in schema]
        for key in parts:
            closed[key] = [self._strict(part, whole=False) for part in schema[key]]
        if "properties" in schema:
            closed["properties"] = {name: self._strict(part) for name, part in schema["properties"].items()}
            if not whole and closed.get("additionalProperties") is True:
                del closed["additionalProperties"]
        if isinstance(schema.get("items"), dict):
            closed["items"] = self._strict(schema["items"])
        if whole and ("properties" in schema or parts) and "additionalProperties" not in schema:
            closed["unevaluatedProperties"] = False
        return closed


def contract(version: str = OLD_VERSION) -> Contract:
    """The contract of a version, read once per process."""
    return _contract(version)


@lru_cache
def _contract(version: str) -> Contract:
    return Contract(ensure(), version)


def examples() -> list[tuple[str, Json]]:
    """The published example payloads as (event, payload), for tests of tolerance: most are older than the schemas."""
    return [(entry["name"], payload) for entry in _load(ensure() / "examples.json.gz") for payload in entry["examples"]]


def _load(path: Path) -> Json:
    return json.loads(gzip.decompress(path.read_bytes()))


def _operation(name: str, raw: Json) -> Operation:
    pattern = re.sub(
        r"\\{(\w+)\\}",
        lambda match: f"(?P<{match[1]}>{_MANY_SEGMENTS.get(match[1], '[^/]+')})",
        re.escape(raw["path"]),
    ).replace("/(?P<path>.*)", "(?:/(?P<path>.*))?")
    return Operation(
        id=name,
        method=raw["method"],
        path=raw["path"],
        pattern=re.compile(pattern),
        apps=raw["apps"],
        parameters=tuple(raw["parameters"]),
        body=raw["body"],
        body_required=raw["body_required"],
        responses=raw["responses"],
    )


def _allow_null(schema: Json, way: list[str]) -> None:
    for step in way[:-1]:
        schema = schema[step]
    schema[way[-1]] = {"anyOf": [schema[way[-1]], {"type": "null"}]}


def _allow_any_event(node: Json) -> None:
    """The lists of events that apps subscribe to miss newer ones (merge_group); GitHub sends what there is."""
    if isinstance(node, list):
        for item in node:
            _allow_any_event(item)
    elif isinstance(node, dict):
        listed = node.get("events")
        if isinstance(listed, dict) and isinstance(listed.get("items"), dict):
            listed["items"].pop("enum", None)
        for value in node.values():
            _allow_any_event(value)


def _typed(schema: Json, value: str) -> Json:
    kinds = {schema.get("type")} | {part.get("type") for part in schema.get("oneOf", []) + schema.get("anyOf", [])}
    if kinds & {"integer", "number"} and re.fullmatch(r"-?\d+", value):
        return int(value)
    if "boolean" in kinds and value in ("true", "false"):
        return value == "true"
    return value


def _has_objects(body: Json) -> bool:
    return isinstance(body, dict) and any(isinstance(error, dict) for error in body.get("errors", ()))


def _said(error: Any) -> str:
    where = ".".join(str(step) for step in error.instance_path) or "body"
    return f"{where}: {error.message}"[:500]
