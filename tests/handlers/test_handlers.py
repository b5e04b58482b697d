"""What each event leads to: a payload as GitHub sends it, cut to what is read, and the tasks expected."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.task import Where
from bot.errors import UserError
from bot.handlers import events, handle

REPOSITORY = {"id": 7, "full_name": "ada/parser", "default_branch": "main"}
BASE = {"repository": REPOSITORY, "installation": {"id": 3}, "sender": {"login": "ada", "type": "User"}}
WHERE = Where(3, 7, "ada/parser")


def pull(**more):
    sides = {
        "head": {"sha": "h" * 40, "ref": "topic", "repo": {"id": 7}},
        "base": {"sha": "b" * 40, "ref": "main", "repo": {"id": 7}},
    }
    return {"number": 5, "state": "open", **sides, **more}


def tasks(event, **payload):
    return handle(event, json.dumps({**BASE, **payload}).encode(), "guid")


def names(event, **payload):
    return [(task.kind, task.name, task.group) for task in tasks(event, **payload)]


CHECK = f"check:7:5:{'h' * 40}"
BOT = {"login": "perfwright[bot]", "type": "Bot"}
OURS = {"sha": "h" * 40, "ref": "perfwright/fix", "repo": {"id": 7}}


@pytest.mark.parametrize(
    ("event", "payload", "expected"),
    [
        pytest.param(
            "pull_request", {"action": "opened", "pull_request": pull()}, [("check", CHECK, "pull:7:5")], id="opened"
        ),
        pytest.param(
            "pull_request",
            {"action": "synchronize", "pull_request": pull()},
            [("check", f"{CHECK}:guid", "pull:7:5")],
            id="pushed to, maybe back to a head that was checked",
        ),
        pytest.param(
            "pull_request",
            {"action": "reopened", "pull_request": pull()},
            [("check", f"{CHECK}:guid", "pull:7:5")],
            id="reopened: checked again at the same head",
        ),
        pytest.param("pull_request", {"action": "opened", "pull_request": pull(draft=True)}, [], id="a draft waits"),
        pytest.param(
            "pull_request",
            {"action": "ready_for_review", "pull_request": pull()},
            [("check", f"{CHECK}:guid", "pull:7:5")],
            id="a draft that is ready",
        ),
        pytest.param(
            "pull_request",
            {"action": "closed", "pull_request": pull(state="closed")},
            [("closed", "closed:7:5:guid", "pull:7:5")],
            id="closed: cancels its checks",
        ),
        pytest.param(
            "pull_request",
            {"action": "synchronize", "pull_request": pull(head=OURS), "sender": BOT},
            [],
            id="our own fix was measured before it was proposed",
        ),
        pytest.param(
            "pull_request",
            {"action": "synchronize", "pull_request": pull(head=OURS)},
            [("check", f"{CHECK}:guid", "pull:7:5")],
            id="a person's commit on our branch",
        ),
        pytest.param(
            "pull_request",
            {"action": "closed", "pull_request": pull(head=OURS, merged=True), "sender": BOT},
            [("closed", "closed:7:5:guid", None)],
            id="our own fix, merged by ourselves",
        ),
        pytest.param(
            "pull_request",
            {"action": "edited", "pull_request": pull(), "changes": {"base": {"ref": {"from": "v1"}, "sha": {}}}},
            [("check", f"{CHECK}:guid", "pull:7:5")],
            id="another base",
        ),
        pytest.param(
            "pull_request",
            {"action": "edited", "pull_request": pull(), "changes": {"title": {"from": "Fix"}}},
            [],
            id="another title",
        ),
        pytest.param("pull_request", {"action": "labeled", "pull_request": pull()}, [], id="a label"),
        pytest.param(
            "pull_request",
            {"action": "opened", "pull_request": pull(), "installation": None},
            [],
            id="not sent to an app",
        ),
        pytest.param(
            "pull_request",
            {"action": "opened", "pull_request": pull(head={"sha": "h" * 40, "ref": "x", "repo": None})},
            [("check", CHECK, "pull:7:5")],
            id="head's fork was deleted",
        ),
        pytest.param(
            "push",
            {"ref": "refs/heads/main", "after": "a" * 40},
            [("baseline", f"baseline:7:{'a' * 40}", "baseline:7")],
            id="the default branch",
        ),
        pytest.param("push", {"ref": "refs/heads/topic", "after": "a" * 40}, [], id="another branch"),
        pytest.param("push", {"ref": "refs/tags/main", "after": "a" * 40}, [], id="a tag"),
        pytest.param("push", {"ref": "refs/heads/main", "after": "0" * 40, "deleted": True}, [], id="a branch deleted"),
        pytest.param(
            "check_run",
            {"action": "rerequested", "check_run": {"id": 1, "head_sha": "h", "external_id": "check:7:5:h"}},
            [("button", "button:7:guid", None)],
            id="run again",
        ),
        pytest.param(
            "check_run",
            {
                "action": "requested_action",
                "requested_action": {"identifier": "fix"},
                "check_run": {"id": 1, "head_sha": "h", "external_id": "check:7:5:h"},
            },
            [("button", "button:7:guid", None)],
            id="a button",
        ),
        pytest.param(
            "check_run",
            {"action": "created", "check_run": {"id": 1, "head_sha": "h", "external_id": "x"}},
            [],
            id="our own check run was made",
        ),
        pytest.param(
            "check_suite", {"action": "requested", "check_suite": {"head_sha": "h"}}, [], id="a suite for a push"
        ),
        pytest.param(
            "check_suite",
            {"action": "rerequested", "check_suite": {"head_sha": "h"}},
            [("button", "button:7:guid", None)],
            id="all checks again",
        ),
        pytest.param(
            "issue_comment",
            {
                "action": "created",
                "issue": {"number": 5, "pull_request": {}},
                "comment": {"id": 9, "body": "/perf help"},
            },
            [("command", "command:7:issue:9", None)],
            id="a command",
        ),
        pytest.param(
            "issue_comment",
            {
                "action": "edited",
                "issue": {"number": 5, "pull_request": {}},
                "comment": {"id": 9, "body": "/perf help"},
            },
            [],
            id="an edited comment",
        ),
        pytest.param(
            "issue_comment",
            {"action": "created", "issue": {"number": 5}, "comment": {"id": 9, "body": "/perf help"}},
            [],
            id="an issue that is no pull request",
        ),
        pytest.param(
            "issue_comment",
            {
                "action": "created",
                "issue": {"number": 5, "pull_request": {}},
                "comment": {"id": 9, "body": "/perf help"},
                "sender": BOT,
            },
            [],
            id="a bot's comment",
        ),
        pytest.param(
            "issue_comment",
            {"action": "created", "issue": {"number": 5, "pull_request": {}}, "comment": {"id": 9, "body": "nice"}},
            [],
            id="a comment about something else",
        ),
        pytest.param(
            "pull_request_review",
            {"action": "submitted", "pull_request": pull(), "review": {"id": 4, "body": "/perf bench"}},
            [("command", "command:7:review:4", None)],
            id="a command in a review",
        ),
        pytest.param(
            "pull_request_review",
            {"action": "submitted", "pull_request": pull(), "review": {"id": 4, "body": None}},
            [],
            id="a review without a text",
        ),
        pytest.param(
            "pull_request_review_comment",
            {"action": "created", "pull_request": pull(), "comment": {"id": 4, "body": "/perf bench"}},
            [("command", "command:7:review comment:4", None)],
            id="a command on a line",
        ),
        pytest.param(
            "merge_group",
            {
                "action": "checks_requested",
                "merge_group": {"head_sha": "m", "base_sha": "b", "base_ref": "refs/heads/main"},
            },
            [("check", "check:7:merge:m", "merge:7:m")],
            id="a merge queue",
        ),
        pytest.param(
            "merge_group",
            {"action": "destroyed", "merge_group": {"head_sha": "m", "base_sha": "b"}},
            [("closed", "closed:7:merge:m", "merge:7:m")],
            id="a merge group that is gone",
        ),
        pytest.param(
            "installation",
            {"action": "created", "repositories": [{"id": 1, "full_name": "a/b"}], "repository": None},
            [("place", "place:1:guid", "place:1:3")],
            id="installed",
        ),
        pytest.param("installation", {"action": "new_permissions_accepted", "repositories": []}, [], id="permissions"),
        pytest.param(
            "installation_repositories",
            {
                "action": "added",
                "repositories_added": [{"id": 1, "full_name": "a/b"}],
                "repositories_removed": [{"id": 2, "full_name": "a/c"}],
            },
            [("place", "place:1:guid", "place:1:3"), ("place", "place:2:guid", "place:2:3")],
            id="repositories chosen",
        ),
        pytest.param("repository", {"action": "renamed"}, [("place", "place:7:guid", "place:7:3")], id="renamed"),
        pytest.param("repository", {"action": "publicized"}, [], id="made public"),
        pytest.param("star", {"action": "created"}, [], id="an event that means nothing to us"),
    ],
)
def test_what_an_event_leads_to(event, payload, expected):
    assert names(event, **payload) == expected


@pytest.mark.parametrize("action", ["deleted", "suspend"])
def test_where_the_app_is_removed_work_ends(action):
    made = tasks("installation", action=action, repositories=[{"id": 1, "full_name": "a/b"}])
    assert [(task.where.repository, task.details["active"]) for task in made] == [(1, False)]


def test_an_archived_repository_is_left_alone():
    assert [task.details["active"] for task in tasks("repository", action="archived")] == [False]


def test_the_task_names_the_repository_and_its_installation():
    assert tasks("pull_request", action="opened", pull_request=pull())[0].where == WHERE


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"action": 5}', b"\xff", b"[" * 100_000])
@pytest.mark.parametrize("event", events())
def test_a_body_that_is_no_payload_is_refused_in_one_line(event, body):
    with pytest.raises(UserError) as refused:
        handle(event, body, "guid")
    assert "\n" not in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
FIELDS = (
    "action",
    "repository",
    "installation",
    "sender",
    "pull_request",
    "check_run",
    "issue",
    "comment",
    "merge_group",
)


@pytest.mark.parametrize(
    ("ref", "queued"),
    [
        pytest.param(f"refs/heads/gh-readonly-queue/main/pr-12-{'b' * 40}", {"queued": 12}, id="as GitHub names it"),
        pytest.param(f"refs/heads/gh-readonly-queue/v1/pr-3-fix/pr-12-{'b' * 40}", {"queued": 12}, id="odd base"),
        pytest.param("refs/heads/topic", {}, id="another branch"),
    ],
)
def test_a_merge_group_names_its_pull_request(ref, queued):
    (task,) = tasks(
        "merge_group", action="checks_requested", merge_group={"head_sha": "m", "base_sha": "b", "head_ref": ref}
    )
    assert task.details == {"head_sha": "m", "base_sha": "b", **queued}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(events()), st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_object_leads_to_tasks_or_to_one_line(event, payload):
    with suppress(UserError):
        handle(event, json.dumps(payload).encode("utf-8", "surrogatepass"), "guid")
