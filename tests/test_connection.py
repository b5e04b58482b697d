"""How we speak with GitHub: with patience, and never twice where once is meant."""

from __future__ import annotations

import pytest

from bot.errors import TransientError
from bot.github import App, GoneError, RateLimitedError, RefusedError
from tests.github.fake import FakeGitHub


@pytest.fixture(scope="module")
def github(tmp_path_factory):
    with FakeGitHub(directory=tmp_path_factory.mktemp("github")) as github:
        repo = github.repository("alice/parser", {"a.py": ""})
        repo.install()
        yield github
        assert github.violations == []


@pytest.fixture
def app(github):
    github.clear_faults()
    return App(github.api_url, str(github.app.id), github.app.private_key, lambda _installation: 0.0)


@pytest.fixture
def connection(github, app):
    installation = next(iter(github.world.installations))
    repository = github.find("alice/parser").id
    with app.repository(installation, repository) as (connection, _token):
        yield connection


def test_whatever_changes_something_takes_a_turn_each_time_it_is_sent_and_nothing_else_does(github):
    turns = []
    app = App(github.api_url, str(github.app.id), github.app.private_key, lambda one: turns.append(one) or 0.0)
    installation, repo = next(iter(github.world.installations)), github.find("alice/parser")
    with app.repository(installation, repo.id) as (connection, _token):
        connection.get("/repos/alice/parser")
        assert turns == []
        run = connection.post("/repos/alice/parser/check-runs", {"name": "x", "head_sha": repo.sha()})["id"]
        connection.post("/repos/alice/parser/git/blobs", {"content": "x"})
        with pytest.raises(RefusedError):
            connection.mutate("minimizeComment", {"subjectId": "x", "classifier": "OUTDATED"})
        with pytest.raises(GoneError):
            connection.put("/repos/alice/parser/pulls/99/merge", {})
        assert turns == [installation] * 4
        github.fault("checks/update", status=502)
        connection.patch(f"/repos/alice/parser/check-runs/{run}", {"status": "in_progress"})
    assert turns == [installation] * 6, "a token ends without a turn"


def test_what_is_asked_again_costs_nothing_until_it_is_another(github, connection):
    def left():
        return connection.get("/rate_limit")["rate"]["remaining"]

    def read():
        return connection.get("/repos/alice/parser/labels"), list(connection.pages("/repos/alice/parser/issues"))

    first, before = read(), left()
    assert (read(), left()) == (first, before)
    assert [one.status for one in github.requests[-3:-1]] == [304, 304]
    connection.post("/repos/alice/parser/labels", {"name": "another"})
    before = left()
    assert read() != first
    assert left() == before - 1, "only that which has changed"
    github.expire_tokens()
    assert read()[1] == first[1], "another token has other tags"


def test_reading_is_tried_again(github, connection):
    fault = github.fault("repos/get", status=502, times=2)
    assert connection.get("/repos/alice/parser")["full_name"] == "alice/parser"
    assert fault.hit == 2


def test_creating_is_not(github, connection):
    fault = github.fault("issues/create", status=502, times=5)
    with pytest.raises(TransientError, match="502"):
        connection.post("/repos/alice/parser/issues", {"title": "x"})
    assert fault.hit == 1


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        pytest.param({"status": 429, "headers": {"retry-after": "7"}}, RateLimitedError, id="429"),
        pytest.param({"status": 403, "message": "a secondary rate limit"}, RateLimitedError, id="secondary"),
        pytest.param(
            {"status": 403, "headers": {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "5"}}, RateLimitedError,
            id="none left",
        ),
        pytest.param({"status": 403, "message": "Resource not accessible"}, RefusedError, id="not allowed"),
        pytest.param({"status": 404}, GoneError, id="404"),
        pytest.param({"status": 410}, GoneError, id="410"),
        pytest.param({"status": 422, "message": "Validation Failed"}, RefusedError, id="422"),
        pytest.param({"drop_connection": True, "times": 9}, TransientError, id="hangs up"),
    ],
)  # fmt: skip
def test_githubs_answers_are_told_apart(github, connection, how, kind):
    github.fault("repos/get", **how)
    with pytest.raises(kind) as told:
        connection.get("/repos/alice/parser")
    assert "\n" not in str(told.value)


def test_a_page_in_place_of_an_answer_is_tried_again(github, connection):
    github.fault("repos/get", status=502, body=b"<html><h1>Bad Gateway</h1></html>")
    assert connection.get("/repos/alice/parser")["full_name"] == "alice/parser"


@pytest.mark.parametrize("method", ["get", "pages", "post", "patch", "mutate"])
def test_half_of_an_answer_is_none_and_comes_again_later(github, connection, method):
    github.fault("*", status=200, body=b'{"id": 1, "full_na')
    ask = {
        "get": lambda: connection.get("/repos/alice/parser"),
        "pages": lambda: list(connection.pages("/repos/alice/parser/issues")),
        "post": lambda: connection.post("/repos/alice/parser/labels", {"name": "x"}),
        "patch": lambda: connection.patch("/repos/alice/parser/issues/1", {"title": "x"}),
        "mutate": lambda: connection.mutate("minimizeComment", {"subjectId": "x", "classifier": "OUTDATED"}),
    }
    with pytest.raises(TransientError, match="breaks off"):
        ask[method]()


def test_a_wait_is_as_long_as_github_says(github, connection):
    github.fault("repos/get", status=429, headers={"retry-after": "100"})
    with pytest.raises(RateLimitedError, match=r"(99|100) s"):
        connection.get("/repos/alice/parser")


def test_a_token_that_has_expired_is_renewed_once(github, connection):
    github.expire_tokens()
    assert connection.get("/repos/alice/parser")["full_name"] == "alice/parser"
    github.expire_tokens()
    with pytest.raises(GoneError):
        connection.get("/repos/alice/parser/branches")


def test_a_token_is_for_one_repository_and_gone_afterwards(github, app):
    installation = next(iter(github.world.installations))
    with app.repository(installation, github.find("alice/parser").id) as (_connection, token):
        kept = github.world.tokens[token]
        assert kept.repository_ids == {github.find("alice/parser").id}
        assert "administration" not in kept.permissions
    assert token not in github.world.tokens


def test_a_token_is_in_no_error_and_no_repr(github, app):
    installation = next(iter(github.world.installations))
    with app.repository(installation, github.find("alice/parser").id) as (connection, token):
        github.fault("repos/get", status=500, times=9)
        with pytest.raises(TransientError) as told:
            connection.get("/repos/alice/parser")
        assert token not in str(told.value) + repr(told.value) + repr(connection) + repr(vars(app))
    assert "PRIVATE KEY" not in repr(app)


def test_what_graphql_refuses_is_refused_though_the_answer_is_200(connection):
    with pytest.raises(RefusedError, match="Could not resolve"):
        connection.mutate("enablePullRequestAutoMerge", {"pullRequestId": "PR_nothing"})
