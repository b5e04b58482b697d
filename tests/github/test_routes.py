"""Each operation that the stand-in can do answers within its schema, in both versions of the API."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from scripts.github_schemas import NEW_VERSION, OLD_VERSION
from tests.github.call import ROUTES
from tests.github.conftest import Scene

RUN = {"name": "perf", "status": "completed", "conclusion": "neutral"}
OUTPUT = {
    "title": "t",
    "summary": "s",
    "annotations": [
        {"path": "parser.py", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    ],
}  # fmt: skip
NOTE = {"path": "parser.py", "line": 10, "body": "b"}
TEXT = base64.b64encode(b"text\n").decode()


class Walk:
    """Asks for one thing after another, and stops where the answer is an error."""

    def __init__(self, scene: Scene, version: str) -> None:
        self.headers = {"X-GitHub-Api-Version": version}
        now = scene.installation.installation
        allowed = {**now.permissions, "statuses": "write"}
        scene.github.world.installations[now.id] = replace(now, permissions=allowed)
        self.bot, self.app, self.person = scene.client(), scene.as_app(), scene.client(scene.alice.token)
        self.base = scene.path

    def __call__(self, method: str, path: str, body: Any = None, *, who: str = "bot", status: int | None = None) -> Any:
        where = path.removeprefix("/") if path.startswith("/") else f"{self.base}/{path}".rstrip("/")
        client = {"bot": self.bot, "app": self.app, "person": self.person}[who]
        answer = client.request(method, where, json=body, headers=self.headers)
        assert answer.status_code == status if status else answer.is_success, (method, path, answer.text)
        return answer.json() if answer.content else None


@pytest.mark.parametrize("version", [OLD_VERSION, NEW_VERSION])
def test_each_operation_answers_within_its_schema(scene: Scene, version: str) -> None:
    walk = Walk(scene, version)
    apps(walk, scene)
    checks(walk, scene)
    git(walk, scene)
    repositories(walk, scene)
    issues(walk)
    pulls(walk, scene)
    walk("PUT", "pulls/1/merge", {"merge_method": "squash"})
    walk("GET", "pulls/1/merge")
    walk("PUT", f"/app/installations/{scene.installation.id}/suspended", who="app")
    walk("DELETE", f"/app/installations/{scene.installation.id}/suspended", who="app")
    walk("DELETE", "/installation/token")
    walk("DELETE", f"/app/installations/{scene.installation.id}", who="app")
    scene.github.check()
    assert scene.github.violations == []
    assert ROUTES.keys() - {asked.operation for asked in scene.github.requests} == {"apps/create-from-manifest"}


def apps(walk: Walk, scene: Scene) -> None:
    number = scene.installation.id
    walk("GET", "/app", who="app")
    walk("GET", "/apps/perfwright")
    walk("GET", "/app/installations", who="app")
    walk("GET", f"/app/installations/{number}", who="app")
    walk("POST", f"/app/installations/{number}/access_tokens", {"repositories": ["parser"]}, who="app")
    walk("GET", "/installation/repositories")
    walk("GET", "installation", who="app")
    walk("GET", "/users/alice/installation", who="app")
    walk("GET", "/orgs/alice/installation", who="app")
    walk("GET", "/app/hook/config", who="app")
    scene.github.settle()
    first = walk("GET", "/app/hook/deliveries", who="app")[0]
    walk("GET", f"/app/hook/deliveries/{first['id']}", who="app")
    walk("POST", f"/app/hook/deliveries/{first['id']}/attempts", who="app")
    for path in ("/rate_limit", "/", "/meta", "/users/alice"):
        walk("GET", path)
    walk("GET", "/user", who="person")


def checks(walk: Walk, scene: Scene) -> None:
    sha = scene.pull.head_sha
    run = walk("POST", "check-runs", {**RUN, "head_sha": sha, "output": OUTPUT})
    suite = run["check_suite"]["id"]
    walk("GET", f"check-runs/{run['id']}")
    walk("PATCH", f"check-runs/{run['id']}", {"conclusion": "failure"})
    walk("GET", f"check-runs/{run['id']}/annotations")
    walk("GET", f"commits/{sha}/check-runs?app_id={scene.github.app.id}&status=completed")
    walk("GET", f"check-suites/{suite}")
    walk("GET", f"check-suites/{suite}/check-runs")
    walk("GET", f"commits/{sha}/check-suites")
    walk("POST", "check-suites", {"head_sha": sha}, status=200)
    walk("POST", f"check-runs/{run['id']}/rerequest")
    walk("POST", f"check-suites/{suite}/rerequest")
    walk("POST", f"statuses/{sha}", {"state": "success", "context": "perf"})
    walk("GET", f"commits/{sha}/status")


def git(walk: Walk, scene: Scene) -> None:
    head = scene.pull.head_sha
    blob = walk("POST", "git/blobs", {"content": TEXT, "encoding": "base64"})["sha"]
    walk("GET", f"git/blobs/{blob}")
    entries = [
        {"path": "deep/a.txt", "mode": "100644", "type": "blob", "sha": blob},
        {"path": "b.txt", "mode": "100644", "type": "blob", "content": "b\n"},
        {"path": "README", "mode": "100644", "type": "blob", "sha": None},
    ]
    tree = walk("POST", "git/trees", {"base_tree": head, "tree": entries})["sha"]
    walk("GET", f"git/trees/{tree}?recursive=1")
    commit = walk("POST", "git/commits", {"message": "m", "tree": tree, "parents": [head]})["sha"]
    walk("GET", f"git/commits/{commit}")
    walk("POST", "git/refs", {"ref": "refs/heads/fix", "sha": head})
    walk("PATCH", "git/refs/heads/fix", {"sha": commit})
    walk("PATCH", "git/refs/heads/fix", {"sha": head, "force": True})
    walk("GET", "git/ref/heads/fix")
    walk("GET", "git/matching-refs/heads/fi")
    walk("DELETE", "git/refs/heads/fix")


def repositories(walk: Walk, scene: Scene) -> None:
    scene.repo.fork(scene.github.user("carol"))
    sha = scene.pull.head_sha
    for path in (
        "",
        "branches",
        "branches/ten",
        "commits/ten",
        "commits?sha=ten&path=parser.py",
        "compare/main...ten",
        f"commits/{sha}/pulls",
        "contents/",
        "contents/parser.py?ref=ten",
        "collaborators/bob/permission",
        "collaborators/bob",
        "collaborators",
        "forks",
    ):
        walk("GET", path)
    made = walk("PUT", "contents/new.txt", {"message": "m", "content": TEXT}, status=201)
    changes = {"message": "m", "content": TEXT, "sha": made["content"]["sha"]}
    again = walk("PUT", "contents/new.txt", changes, status=200)
    walk("DELETE", "contents/new.txt", {"message": "m", "sha": again["content"]["sha"]})


def issues(walk: Walk) -> None:
    number = walk("POST", "issues", {"title": "t", "body": "b", "labels": ["perf"], "assignees": ["bob"]})["number"]
    walk("GET", f"issues/{number}")
    walk("PATCH", f"issues/{number}", {"title": "u", "labels": ["slow"], "assignees": ["alice"]})
    walk("GET", "issues?state=all&labels=slow&creator=perfwright[bot]&sort=updated&direction=asc")
    said = walk("POST", f"issues/{number}/comments", {"body": "b"})["id"]
    for path in (f"issues/{number}/comments?since=2020-01-01T00:00:00Z", "issues/comments", f"issues/comments/{said}"):
        walk("GET", path)
    walk("PATCH", f"issues/comments/{said}", {"body": "c"})
    for subject in (f"issues/{number}", f"issues/comments/{said}"):
        made = walk("POST", f"{subject}/reactions", {"content": "eyes"}, status=201)
        walk("POST", f"{subject}/reactions", {"content": "eyes"}, status=200)
        walk("GET", f"{subject}/reactions")
        walk("DELETE", f"{subject}/reactions/{made['id']}")
    walk("DELETE", f"issues/comments/{said}")
    labels(walk, number)
    walk("POST", f"issues/{number}/assignees", {"assignees": ["bob"]})
    walk("DELETE", f"issues/{number}/assignees", {"assignees": ["bob"]})
    walk("PUT", f"issues/{number}/lock", {"lock_reason": "spam"})
    walk("DELETE", f"issues/{number}/lock")
    walk("PATCH", f"issues/{number}", {"state": "closed", "state_reason": "not_planned"})
    walk("PATCH", f"issues/{number}", {"state": "open"})


def labels(walk: Walk, number: int) -> None:
    walk("POST", "labels", {"name": "a label", "color": "ff0000", "description": "d"})
    walk("GET", "labels/a%20label")
    walk("POST", f"issues/{number}/labels", {"labels": ["a label", "other"]})
    walk("PATCH", "labels/a%20label", {"new_name": "the label"})
    walk("GET", f"issues/{number}/labels")
    walk("GET", "labels")
    walk("DELETE", f"issues/{number}/labels/other")
    walk("PUT", f"issues/{number}/labels", {"labels": ["other"]})
    walk("DELETE", f"issues/{number}/labels")
    walk("DELETE", "labels/other")


def pulls(walk: Walk, scene: Scene) -> None:
    scene.repo.push("more", {"more.py": "1\n"})
    number = walk("POST", "pulls", {"title": "t", "head": "more", "base": "main", "body": "b", "draft": True})["number"]
    walk("PATCH", f"pulls/{number}", {"title": "u", "body": "c", "base": "ten"})
    walk("PATCH", f"pulls/{number}", {"state": "closed"})
    walk("PATCH", f"pulls/{number}", {"state": "open"})
    for path in (f"pulls/{number}", "pulls?state=all&head=alice:more", "pulls/1/commits", "pulls/1/files"):
        walk("GET", path)
    walk("GET", "pulls/1/merge", status=404)
    walk("PUT", f"pulls/{number}/update-branch", {}, who="person")
    walk("POST", "pulls/1/requested_reviewers", {"reviewers": ["alice"]})
    walk("GET", "pulls/1/requested_reviewers")
    walk("DELETE", "pulls/1/requested_reviewers", {"reviewers": ["alice"]})
    reviews(walk)
    notes(walk)


def reviews(walk: Walk) -> None:
    pending = walk("POST", "pulls/1/reviews", {"body": "b", "comments": [NOTE]})["id"]
    walk("GET", f"pulls/1/reviews/{pending}")
    walk("POST", f"pulls/1/reviews/{pending}/events", {"event": "APPROVE", "body": "fine"})
    walk("GET", f"pulls/1/reviews/{pending}/comments")
    walk("PUT", f"pulls/1/reviews/{pending}", {"body": "very fine"})
    walk("PUT", f"pulls/1/reviews/{pending}/dismissals", {"message": "m"})
    other = walk("POST", "pulls/1/reviews", {"body": "b"})["id"]
    walk("DELETE", f"pulls/1/reviews/{other}")
    walk("GET", "pulls/1/reviews")


def notes(walk: Walk) -> None:
    head = walk("GET", "pulls/1")["head"]["sha"]
    note = walk("POST", "pulls/1/comments", {**NOTE, "commit_id": head, "start_line": 8, "side": "RIGHT"})["id"]
    walk("POST", "pulls/1/comments", {"path": "parser.py", "subject_type": "file", "body": "b", "commit_id": head})
    walk("POST", f"pulls/1/comments/{note}/replies", {"body": "b"}, who="person")
    walk("PATCH", f"pulls/comments/{note}", {"body": "c"})
    for path in (f"pulls/comments/{note}", "pulls/1/comments", "pulls/comments"):
        walk("GET", path)
    made = walk("POST", f"pulls/comments/{note}/reactions", {"content": "+1"})
    walk("GET", f"pulls/comments/{note}/reactions")
    walk("DELETE", f"pulls/comments/{note}/reactions/{made['id']}")
    walk("DELETE", f"pulls/comments/{note}")
