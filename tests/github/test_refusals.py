"""What GitHub refuses, the stand-in refuses; what GitHub would swallow without a word is a violation."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.github.conftest import Scene
from tests.github.fake import FakeGitHub
from tests.github.limits import CONTENT_A_MINUTE

NOTE = {"path": "parser.py", "body": "hm"}


def review(**comment: Any) -> dict[str, Any]:
    return {"event": "COMMENT", "body": "b", "comments": [{**NOTE, **comment}]}


@pytest.fixture(scope="module")
def forked_scene(still_scene: Scene) -> Scene:
    carol = still_scene.github.user("carol")
    still_scene.repo.fork(carol).push("mine", {"new.py": "1\n"}, by=carol)
    return still_scene


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "word"),
    [
        pytest.param("POST", "issues/1/comments", {"body": "x" * 65_537}, 422, "too long", id="a long comment"),
        pytest.param("POST", "issues/1/comments", {"body": " "}, 422, "missing", id="an empty comment"),
        pytest.param("POST", "issues/9/comments", {"body": "x"}, 404, "Not Found", id="no such issue"),
        pytest.param("PATCH", "pulls/1", {"body": "x" * 65_537}, 422, "too long", id="a long description"),
        pytest.param("POST", "pulls/1/reviews", review(line=25), 422, "must be part of the diff", id="far away"),
        pytest.param("POST", "pulls/1/reviews", review(line=30, side="RIGHT", path="README"), 422, "path", id="a file"),
        pytest.param(
            "POST", "pulls/1/reviews", review(start_line=10, line=31), 422, "same hunk", id="a range over two hunks"
        ),
        pytest.param("POST", "pulls/1/reviews", review(start_line=11, line=10), 422, "precede", id="a range backwards"),
        pytest.param("POST", "pulls/1/reviews", {"event": "COMMENT"}, 422, "missing", id="a review that says nothing"),
        pytest.param("POST", "check-runs", {"name": "n", "head_sha": "f" * 40}, 422, "No commit", id="unknown commit"),
        pytest.param(
            "POST", "git/refs", {"ref": "refs/heads/ten", "sha": "HEAD"}, 422, "already exists", id="a branch"
        ),
        pytest.param("POST", "git/refs", {"ref": "refs/heads/new", "sha": "f" * 40}, 422, "not exist", id="no commit"),
        pytest.param("POST", "git/refs", {"ref": "refs/pull/9/head", "sha": "HEAD"}, 422, "Reference", id="a pull ref"),
        pytest.param("PATCH", "git/refs/heads/gone", {"sha": "HEAD"}, 422, "does not exist", id="no branch"),
        pytest.param("PATCH", "git/refs/heads/ten", {"sha": "MAIN"}, 422, "fast forward", id="no fast forward"),
        pytest.param(
            "POST", "pulls", {"title": "t", "head": "ten", "base": "main"}, 422, "already exists", id="a second pull"
        ),
        pytest.param(
            "POST", "pulls", {"title": "t", "head": "main", "base": "main"}, 422, "No commits", id="nothing to merge"
        ),
        pytest.param("POST", "pulls", {"title": "t", "head": "gone", "base": "main"}, 422, "head", id="no head"),
        pytest.param(
            "POST", "pulls", {"title": "t", "head": "carol:mine", "base": "main"}, 422, "Fork collab", id="fork collab"
        ),
        pytest.param("POST", "pulls/1/comments/7/replies", {"body": "x"}, 403, "integration", id="not for apps"),
        pytest.param("PUT", "pulls/1/update-branch", {}, 403, "integration", id="not for apps either"),
        pytest.param("POST", "statuses/HEAD", {"state": "success"}, 403, "integration", id="a permission it has not"),
        pytest.param(
            "PUT",
            "contents/.github/workflows/ci.yml",
            {"message": "m", "content": "YQ=="},
            403,
            "workflow",
            id="workflow",
        ),
        pytest.param("PUT", "contents/README", {"message": "m", "content": "YQ=="}, 422, "sha", id="blind overwrite"),
    ],
)
def test_refused(forked_scene: Scene, method: str, path: str, body: Any, status: int, word: str) -> None:
    scene = forked_scene
    shas = {"HEAD": scene.pull.head_sha, "MAIN": scene.repo.sha("main")}
    body = {key: shas.get(value, value) if isinstance(value, str) else value for key, value in body.items()}
    with scene.client() as client:
        answer = client.request(method, f"{scene.path}/{path.replace('HEAD', scene.pull.head_sha)}", json=body)
    assert (answer.status_code, word.lower() in answer.text.lower()) == (status, True), answer.text
    assert scene.github.violations == []
    assert (len(scene.pull.comments()), len(scene.pull.notes()), len(scene.repo.pulls())) == (0, 0, 1)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("issues/1/comments", {"body": "x", "colour": "red"}, id="an unknown key"),
        pytest.param("check-runs", {"name": "n", "head_sha": "HEAD", "details": "d"}, id="a misspelt key"),
        pytest.param("check-runs", {"name": "n"}, id="a missing key"),
        pytest.param("issues/1/comments", {"body": 7}, id="a number for a text"),
        pytest.param("speed", {}, id="no such operation"),
    ],
)
def test_violations_of_the_schema(still_scene: Scene, path: str, body: Any) -> None:
    scene = still_scene
    with scene.client() as client:
        answer = client.post(f"{scene.path}/{path}", json=body)
    assert answer.status_code in (404, 422)
    assert len(scene.github.violations) == 1
    scene.github.violations.clear()


HIDE = "mutation($input: MinimizeCommentInput!) { minimizeComment(input: $input) { minimizedComment { %s } } }"
OUTDATED = {"subjectId": "IC_1", "classifier": "OUTDATED"}


@pytest.mark.parametrize(
    ("query", "given", "word"),
    [
        pytest.param("mutation {", OUTDATED, "Syntax Error", id="half a query"),
        pytest.param("{nonsense{deep}}", OUTDATED, "Cannot query field 'nonsense'", id="no such field"),
        pytest.param(HIDE % "isMinimised", OUTDATED, "isMinimised", id="a misspelt field of the answer"),
        pytest.param(HIDE.replace("MinimizeComment", "CloseIssue") % "isMinimized", OUTDATED, "CloseIssueInput",
                     id="another type of input"),
        pytest.param(HIDE % "isMinimized", {**OUTDATED, "reason": "old"}, "reason", id="an unknown key"),
        pytest.param(HIDE % "isMinimized", {"subjectId": "IC_1"}, "classifier", id="a missing key"),
        pytest.param(HIDE % "isMinimized", {**OUTDATED, "classifier": "OLD"}, "OLD", id="no such value"),
        pytest.param(HIDE % "isMinimized", None, "$input", id="no input"),
    ],
)  # fmt: skip
def test_violations_of_the_schema_of_graphql(still_scene: Scene, query: str, given: Any, word: str) -> None:
    scene = still_scene
    variables = {} if given is None else {"input": given}
    with scene.client() as client:
        answer = client.post(f"{scene.github.url}/api/graphql", json={"query": query, "variables": variables})
    assert (answer.status_code, "data" in answer.json()) == (200, False)
    (violation,) = scene.github.violations
    assert word in violation
    scene.github.violations.clear()


def test_graphql_answers_what_was_asked_and_refuses_by_name(still_scene: Scene) -> None:
    scene = still_scene
    with scene.client() as client:
        asked = {"query": HIDE % "isMinimized", "variables": {"input": OUTDATED}}
        refused = client.post(f"{scene.github.url}/api/graphql", json=asked).json()
    assert refused["data"] == {"minimizeComment": None}
    assert [one["type"] for one in refused["errors"]] == ["NOT_FOUND"]
    assert scene.github.violations == []


def test_completed_needs_a_conclusion(scene: Scene) -> None:
    with scene.client() as client:
        run = client.post(f"{scene.path}/check-runs", json={"name": "n", "head_sha": scene.pull.head_sha}).json()
        answer = client.patch(f"{scene.path}/check-runs/{run['id']}", json={"status": "completed"})
        assert answer.status_code == 422
        other = client.patch(f"{scene.path}/check-runs/{run['id']}", json={"conclusion": "success"}).json()
    assert other["status"] == "completed"


def test_tokens_that_open_nothing(scene: Scene) -> None:
    token = scene.installation.token()
    with scene.client("ghs_wrong") as client:
        assert client.get(scene.path).status_code == 401
    with scene.client(token) as client:
        assert client.get(scene.path).status_code == 200
        scene.github.advance(3601)
        assert client.get(scene.path).json()["message"] == "Bad credentials"
    with scene.client() as client:
        assert client.delete("installation/token").status_code == 204
        assert client.get(scene.path).status_code == 401


def test_a_smaller_token(scene: Scene) -> None:
    other = scene.github.repository("alice/other", {"a.py": "1\n"})
    scene.installation.add(other, by=scene.alice)
    with scene.as_app() as app:
        path = f"app/installations/{scene.installation.id}/access_tokens"
        body = {"repository_ids": [scene.repo.id], "permissions": {"issues": "write"}}
        token = app.post(path, json=body).json()
        assert [one["full_name"] for one in token["repositories"]] == ["alice/parser"]
        assert app.post(path, json={"permissions": {"workflows": "write"}}).status_code == 422
        assert app.post(path, json={"repositories": ["nowhere"]}).status_code == 422
    with scene.client(token["token"]) as client:
        assert client.post(f"{scene.path}/issues", json={"title": "t"}).status_code == 201
        assert client.post("repos/alice/other/issues", json={"title": "t"}).status_code == 403
        assert client.get(f"{scene.path}/contents/README").status_code == 403


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"exp": 1}, id="expired"),
        pytest.param({"exp": 4_000_000_000}, id="for longer than ten minutes"),
        pytest.param({"iat": 4_000_000_000}, id="from the future"),
        pytest.param({"iss": "7"}, id="of nobody"),
    ],
)
def test_a_jwt_that_is_refused(still_scene: Scene, claims: dict[str, Any]) -> None:
    with still_scene.as_app(**claims) as client:
        assert client.get("app").status_code == 401


def test_a_jwt_by_client_id_is_taken_and_opens_no_repository(still_scene: Scene) -> None:
    scene = still_scene
    with scene.as_app(iss=scene.github.app.client_id) as client:
        assert client.get("app").json()["slug"] == "perfwright"
        assert client.get(scene.path).status_code == 403


def test_what_is_not_there_any_more(scene: Scene) -> None:
    with scene.client() as client, scene.as_app() as app:
        scene.repo.archive()
        answer = client.post(f"{scene.path}/issues/1/comments", json={"body": "x"})
        assert (answer.status_code, "archived" in answer.text) == (403, True)
        scene.repo.unarchive()
        scene.installation.delete(scene.alice)
        assert client.get(scene.path).status_code == 401
        assert app.get(f"app/installations/{scene.installation.id}").status_code == 404


def test_private_repositories_of_others_are_not_there(scene: Scene) -> None:
    scene.github.repository("carol/secret", {"a.py": "1\n"}, private=True)
    scene.github.repository("carol/open", {"a.py": "1\n"})
    with scene.client() as client:
        assert client.get("repos/carol/secret").status_code == 404
        assert client.get("repos/carol/open").status_code == 200
        assert client.post("repos/carol/open/issues", json={"title": "t"}).status_code == 403


def test_pages_of_a_list(scene: Scene) -> None:
    for number in range(5):
        scene.pull.comment(f"{number}", by=scene.bob)
    with scene.client() as client:
        first = client.get(f"{scene.path}/issues/1/comments", params={"per_page": 2})
        assert [one["body"] for one in first.json()] == ["0", "1"]
        assert set(first.links) == {"next", "last"}
        last = client.get(first.links["last"]["url"])
        assert ([one["body"] for one in last.json()], set(last.links)) == (["4"], {"prev", "first"})


def test_a_conditional_request_is_free(scene: Scene) -> None:
    with scene.client() as client:
        first = client.get(scene.path)
        again = client.get(scene.path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"] == "4999"
        scene.repo.push("main", {"a.py": "1\n"})
        scene.repo.open_issue("another")
        changed = client.get(scene.path, headers={"If-None-Match": first.headers["ETag"]})
        assert changed.status_code == 200


def test_the_hour_is_used_up(scene: Scene) -> None:
    scene.github.leave_requests(1)
    with scene.client() as client:
        assert client.get(scene.path).headers["X-RateLimit-Remaining"] == "0"
        refused = client.get(scene.path)
        assert (refused.status_code, refused.headers["X-RateLimit-Remaining"]) == (403, "0")
        scene.github.advance(3600 - 5)
        scene.github.advance(10)
    with scene.client() as client:
        assert client.get(scene.path).status_code == 200


def test_too_much_content_in_a_minute(scene: Scene) -> None:
    with scene.client() as client:
        path = f"{scene.path}/issues/1/comments"
        statuses = [client.post(path, json={"body": "x"}).status_code for _ in range(CONTENT_A_MINUTE)]
        assert set(statuses) == {201}
        refused = client.post(path, json={"body": "x"})
        assert (refused.status_code, refused.headers["Retry-After"]) == (403, "60")
        scene.github.advance(61)
        assert client.post(path, json={"body": "x"}).status_code == 201


def test_faults_on_demand(scene: Scene) -> None:
    github, path = scene.github, f"{scene.path}/issues/1/comments"
    github.fault("issues/create-comment", status=502, after_effect=True)
    github.fault("GET /repos/*/pulls/1", status=429, headers={"Retry-After": "7"}, times=2)
    github.fault("repos/get", drop_connection=True)
    with scene.client() as client:
        assert client.post(path, json={"body": "once"}).status_code == 502
        assert client.post(path, json={"body": "twice"}).status_code == 201
        answers = [client.get(f"{scene.path}/pulls/1") for _ in range(3)]
        assert [one.status_code for one in answers] == [429, 429, 200]
        assert answers[0].headers["Retry-After"] == "7"
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(scene.path)
        assert client.get(scene.path).status_code == 200
    assert [one.body for one in scene.pull.comments()] == ["once", "twice"]
    assert github.count("issues/create-comment") == 2
    assert github.count("GET *", token="installation") == 5


def test_a_page_and_half_of_an_answer(scene: Scene) -> None:
    scene.github.fault("repos/get", status=502, body=b"<html><h1>Bad Gateway</h1></html>")
    scene.github.fault("repos/get", status=200, body=b'{"id": 1, "full_na')
    with scene.client() as client:
        page, half = client.get(scene.path), client.get(scene.path)
    assert (page.status_code, page.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert half.status_code == 200
    with pytest.raises(ValueError, match="Unterminated"):
        half.json()


def test_who_shows_no_token_has_sixty_requests_an_hour(scene: Scene) -> None:
    with httpx.Client(base_url=scene.github.api_url, verify=False) as client:
        left = [client.get(f"/{scene.path}").headers["X-RateLimit-Remaining"] for _ in range(2)]
        scene.github.advance(3601)
        left.append(client.get(f"/{scene.path}").headers["X-RateLimit-Remaining"])
    assert left == ["59", "58", "59"]


def test_only_who_may_push_applies_a_suggestion(scene: Scene) -> None:
    note = scene.pull.note("parser.py", 10, "```suggestion\nsum\n```", by=scene.alice)
    with pytest.raises(AssertionError, match="carol may not push"):
        note.apply(by=scene.github.user("carol"))
    assert note.apply(by=scene.bob) == scene.pull.head_sha


AUTO = "mutation($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { %s } }"


def wait_to_merge(scene: Scene, **more: str) -> list[str]:
    """What GitHub says to auto-merge."""
    with scene.client() as client:
        node = client.get(f"{scene.path}/pulls/1").json()["node_id"]
        asked = {"query": AUTO % "pullRequest { number }", "variables": {"input": {"pullRequestId": node, **more}}}
        answer = client.post(f"{scene.github.url}/api/graphql", json=asked).json()
    return [one["message"] for one in answer.get("errors", [])]


def test_auto_merge_waits_for_what_is_required_and_for_nothing_else(scene: Scene) -> None:
    assert wait_to_merge(scene) == ["Pull request Pull request is in clean status"]
    scene.repo.require("main", "CI")
    scene.repo.forbid_auto_merge()
    assert "not allowed" in wait_to_merge(scene)[0]


@pytest.mark.parametrize(("conclusion", "merged"), [("failure", False), ("success", True), ("neutral", True)])
def test_what_waits_is_merged_when_the_check_passes(scene: Scene, conclusion: str, merged: bool) -> None:
    scene.repo.require("main", "CI")
    assert wait_to_merge(scene, mergeMethod="SQUASH") == []
    with scene.client() as client:
        refused = client.put(f"{scene.path}/pulls/1/merge", json={})
        assert (refused.status_code, "CI" in refused.text) == (405, True)
        run = client.post(f"{scene.path}/check-runs", json={"name": "CI", "head_sha": scene.pull.head_sha}).json()
        assert not scene.pull.merged
        client.patch(f"{scene.path}/check-runs/{run['id']}", json={"conclusion": conclusion})
    assert scene.pull.merged == merged


def test_a_rebase_keeps_the_commits(scene: Scene) -> None:
    scene.pull.push({"a.py": "1\n"}, by=scene.bob)
    scene.repo.push("main", {"b.py": "2\n"}, by=scene.alice)
    git = scene.github.world.git(scene.repo.now)
    before = scene.repo.sha("main")
    sha = scene.pull.merge(by=scene.alice, method="rebase")
    replayed = git.log(f"{before}..{sha}")
    assert [len(one.parents) for one in replayed] == [1, 1]
    assert [one.author.name for one in replayed] == ["bob", "bob"]
    assert (git.file(sha, "a.py"), git.file(sha, "b.py")) == (b"1\n", b"2\n")


def test_a_slow_answer_can_be_waited_for(scene: Scene) -> None:
    fault = scene.github.fault("repos/get", delay_s=30)
    with scene.client() as client:
        with pytest.raises(httpx.ReadTimeout):
            client.get(scene.path, timeout=0.05)
        assert fault.happened.wait(5)


def test_an_app_from_a_manifest(github: FakeGitHub) -> None:
    manifest = {
        "name": "My Perfwright",
        "url": "http://bot.invalid",
        "redirect_url": "http://bot.invalid/setup",
        "hook_attributes": {"url": "http://bot.invalid/webhook"},
        "default_permissions": {"checks": "write"},
        "default_events": ["pull_request"],
    }
    with httpx.Client(base_url=github.url, verify=False) as browser:
        sent = browser.post("/settings/apps/new", params={"state": "s"}, data={"manifest": json.dumps(manifest)})
    where = httpx.URL(sent.headers["Location"])
    assert (where.host, where.params["state"]) == ("bot.invalid", "s")
    with httpx.Client(base_url=github.api_url, verify=False) as client:
        path = f"/app-manifests/{where.params['code']}/conversions"
        made = client.post(path)
        assert (made.status_code, made.json()["slug"]) == (201, "my-perfwright")
        assert made.json()["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
        assert client.post(path).status_code == 404
    assert github.violations == []


def test_an_operation_that_the_stand_in_cannot_do_is_its_own_fault(tmp_path_factory: pytest.TempPathFactory) -> None:
    github = FakeGitHub(directory=tmp_path_factory.mktemp("github"))
    repo = github.repository("alice/parser", {"a.py": "1\n"})
    headers = {"Authorization": f"Bearer {github.user('alice').token}"}
    assert httpx.get(f"{github.api_url}/repos/{repo.name}/languages", headers=headers, verify=False).status_code == 500
    query = "mutation($input: CloseIssueInput!) { closeIssue(input: $input) { issue { number } } }"
    asked = {"query": query, "variables": {"input": {"issueId": "I_1"}}}
    assert httpx.post(f"{github.url}/api/graphql", json=asked, headers=headers, verify=False).status_code == 500
    github.close()
    with pytest.raises(AssertionError, match=r"(?s)repos/list-languages.*closeIssue"):
        github.check()
