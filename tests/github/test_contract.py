"""The published schemas: they load, they find what is wrong, and the stand-in stays within them."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.github_schemas import NEW_VERSION, OLD_VERSION
from tests.github.call import ROUTES
from tests.github.contract import contract, examples
from tests.github.fake import EVENTS

RUN = {"name": "perf", "head_sha": "a" * 40}
ANNOTATION = {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "warning", "message": "slow"}


def run(**changes: Any) -> dict[str, Any]:
    return {**RUN, **changes}


def output(**changes: Any) -> dict[str, Any]:
    return run(output={"title": "t", "summary": "s", **changes})


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        pytest.param(run(), False, id="the smallest check run"),
        pytest.param(output(annotations=[ANNOTATION] * 50), False, id="fifty annotations"),
        pytest.param(output(annotations=[ANNOTATION] * 51), True, id="fifty-one annotations"),
        pytest.param(output(summary="x" * 65_535), False, id="the longest summary"),
        pytest.param(output(summary="x" * 65_536), True, id="a longer summary"),
        pytest.param(
            run(actions=[{"label": "Fix it", "description": "d", "identifier": "fix"}] * 3), False, id="three buttons"
        ),
        pytest.param(
            run(actions=[{"label": "Fix it", "description": "d", "identifier": "fix"}] * 4), True, id="four buttons"
        ),
        pytest.param(
            run(actions=[{"label": "x" * 21, "description": "d", "identifier": "fix"}]), True, id="a label of 21"
        ),
        pytest.param(run(status="done"), True, id="an unknown status"),
        pytest.param({"head_sha": "a"}, True, id="no name"),
        pytest.param(run(status="completed", conclusion="success", colour="red"), True, id="an unknown key"),
        pytest.param(output(annotations=[{**ANNOTATION, "colour": "red"}]), True, id="an unknown key deep inside"),
    ],
)
@pytest.mark.parametrize("version", [OLD_VERSION, NEW_VERSION])
def test_body_of_a_check_run(version: str, body: dict[str, Any], wrong: bool) -> None:
    rules = contract(version)
    operation = rules.operations["checks/create"]
    assert bool(rules.wrong_body(operation, body) or rules.unknown_keys(operation, body)) is wrong


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/repos/a/b/compare/main...x:feature/y", "repos/compare-commits-with-basehead"),
        ("GET", "/repos/a/b/contents/deep/in/it.py", "repos/get-content"),
        ("GET", "/repos/a/b/git/ref/heads/feature/y", "git/get-ref"),
        ("GET", "/repos/a/b/commits/feature/check-runs", "checks/list-for-ref"),
        ("GET", "/repos/a/b/pulls/comments/7", "pulls/get-review-comment"),
        ("GET", "/repos/a/b/pulls/7", "pulls/get"),
    ],
)
def test_the_operation_that_a_path_means(method: str, path: str, operation: str) -> None:
    found = contract().find(method, path)
    assert found
    assert found[0].id == operation


def test_no_operation_for_an_unknown_path() -> None:
    assert contract().find("GET", "/repos/a/b/speed") is None


def test_each_route_is_an_operation_of_both_versions() -> None:
    for version in (OLD_VERSION, NEW_VERSION):
        assert ROUTES.keys() <= contract(version).operations.keys()


def test_the_newer_version_has_lost_what_it_gave_up() -> None:
    assert "merge_commit_sha" in contract(OLD_VERSION).properties("pull-request")
    assert "merge_commit_sha" not in contract(NEW_VERSION).properties("pull-request")


def test_a_query_that_github_would_ignore() -> None:
    rules = contract()
    operation = rules.operations["pulls/list"]
    assert rules.wrong_query(operation, {"state": "all", "per_page": "100"}) == []
    assert rules.wrong_query(operation, {"stat": "all"})
    assert rules.wrong_query(operation, {"state": "everything"})


def test_published_examples_load_and_name_our_events() -> None:
    names = {event for event, payload in examples() if isinstance(payload, dict)}
    assert len(examples()) == 329
    assert set(EVENTS) | {"check_run", "check_suite", "installation", "ping"} <= names
    assert set(EVENTS) <= contract().events().keys()


def test_an_example_that_is_as_new_as_the_schema_is_valid() -> None:
    pings = [payload for event, payload in examples() if event == "ping"]
    assert pings
    assert not [wrong for payload in pings for wrong in contract().wrong_webhook("ping", payload)]


def test_an_unknown_action_is_wrong() -> None:
    assert contract().wrong_webhook("pull_request", {"action": "praised"})
