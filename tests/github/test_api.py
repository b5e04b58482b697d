"""The API as the bot's own client sees it: what an app does on a pull request, from its key to a verified commit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from githubkit import AppAuthStrategy, GitHub
from githubkit.exception import GraphQLFailed, RequestFailed

from tests.github.conftest import AFTER, Scene

OWNER, NAME = "alice", "parser"
Client = GitHub[Any]


@pytest.fixture
def client(scene: Scene) -> Iterator[Client]:
    github = scene.github
    strategy = AppAuthStrategy(github.app.id, github.app.private_key)
    app = GitHub(strategy, base_url=github.api_url, auto_retry=False, http_cache=False, timeout=10, ssl_verify=False)
    with app.with_auth(app.auth.as_installation(scene.installation.id)) as made:
        yield made
    assert github.violations == []


def test_log_in_and_see_what_is_installed(scene: Scene, client: Client) -> None:
    listed = client.rest.apps.list_repos_accessible_to_installation().parsed_data
    assert [one.full_name for one in listed.repositories] == ["alice/parser"]
    kinds = [(asked.operation, asked.token) for asked in scene.github.requests]
    assert kinds == [
        ("apps/create-installation-access-token", "jwt"),
        ("apps/list-repos-accessible-to-installation", "installation"),
    ]


def test_a_check_run_from_queued_to_a_click(scene: Scene, client: Client) -> None:
    checks = client.rest.checks
    data = {"name": "perf", "head_sha": scene.pull.head_sha, "status": "queued", "external_id": "run-1"}
    run = checks.create(OWNER, NAME, data=data).parsed_data
    checks.update(OWNER, NAME, run.id, data={"status": "in_progress"})
    for part in range(2):
        notes = [
            {
                "path": "parser.py",
                "start_line": line,
                "end_line": line,
                "annotation_level": "warning",
                "message": f"{part}",
            }
            for line in range(1, 31)
        ]
        checks.update(OWNER, NAME, run.id, data={"output": {"title": "t", "summary": "s", "annotations": notes}})
    buttons = [{"label": "Fix it", "description": "Open a pull request", "identifier": "fix"}]
    done = checks.update(OWNER, NAME, run.id, data={"conclusion": "failure", "actions": buttons}).parsed_data
    assert (done.status, done.conclusion, done.output.annotations_count) == ("completed", "failure", 60)
    assert [one.number for one in done.pull_requests] == [scene.pull.number]
    pages = list(
        client.rest.paginate(checks.list_annotations, owner=OWNER, repo=NAME, check_run_id=run.id, per_page=40)
    )
    assert len(pages) == 60

    (shown,) = scene.pull.runs()
    shown.click("fix", by=scene.bob)
    clicked = scene.github.settle()[-1].payload
    assert clicked["requested_action"] == {"identifier": "fix"}
    assert clicked["check_run"]["external_id"] == "run-1"
    shown.rerequest(by=scene.bob)
    assert scene.github.settle()[-1].action == "rerequested"
    again = checks.get(OWNER, NAME, run.id).parsed_data
    assert again.status == "completed"
    assert again.check_suite is not None
    assert checks.get_suite(OWNER, NAME, again.check_suite.id).parsed_data.status == "queued"


def test_a_check_run_on_a_fork_knows_no_pull_request(scene: Scene, client: Client) -> None:
    carol = scene.github.user("carol")
    scene.repo.fork(carol).push("mine", {"new.py": "1\n"}, by=carol)
    pull = scene.repo.open_pull(head="carol:mine", by=carol)
    run = client.rest.checks.create(OWNER, NAME, data={"name": "perf", "head_sha": pull.head_sha}).parsed_data
    assert run.pull_requests == []
    assert run.check_suite
    suite = client.rest.checks.get_suite(OWNER, NAME, run.check_suite.id).parsed_data
    assert suite.head_branch is None


def test_one_comment_edited_in_place(scene: Scene, client: Client) -> None:
    issues, number = client.rest.issues, scene.pull.number
    made = issues.create_comment(OWNER, NAME, number, data={"body": "slower"}).parsed_data
    issues.update_comment(OWNER, NAME, made.id, data={"body": "much slower"})
    (said,) = scene.pull.comments(by="perfwright[bot]")
    assert said.body == "much slower"
    asked = scene.pull.comment("/perf help", by=scene.bob)
    reactions = client.rest.reactions
    reactions.create_for_issue_comment(OWNER, NAME, asked.id, data={"content": "eyes"})
    again = reactions.create_for_issue_comment(OWNER, NAME, asked.id, data={"content": "eyes"})
    assert again.status_code == 200
    assert asked.reactions() == [("perfwright[bot]", "eyes")]


@pytest.mark.parametrize(
    ("comment", "before", "after"),
    [
        pytest.param(
            {"line": 10, "body": "```suggestion\nline_10 = 10\n```"},
            "line_10 = 'ten'\n",
            "line_10 = 10\n",
            id="one line",
        ),
        pytest.param(
            {"start_line": 10, "line": 11, "body": "Better:\n```suggestion\nboth = 1\n```\n"},
            "line_10 = 'ten'\nextra = 0\n",
            "both = 1\n",
            id="two lines",
        ),
        pytest.param({"line": 11, "body": "```suggestion\n```"}, "extra = 0\n", "", id="deleting a line"),
        pytest.param(
            {"line": 11, "body": "````suggestion\nextra = '''\n```\n'''\n````"},
            "extra = 0\n",
            "extra = '''\n```\n'''\n",
            id="a fence inside a longer fence",
        ),
    ],
)
def test_a_suggestion_that_is_applied(
    scene: Scene, client: Client, comment: dict[str, object], before: str, after: str
) -> None:
    data = {"event": "COMMENT", "body": "found it", "comments": [{"path": "parser.py", "side": "RIGHT", **comment}]}
    client.rest.pulls.create_review(OWNER, NAME, scene.pull.number, data=data)
    (note,) = scene.pull.suggestions()
    sha = note.apply(by=scene.bob)
    assert scene.pull.head_sha == sha
    assert scene.repo.read("parser.py", "ten") == AFTER.replace(before, after)
    (shown,) = client.rest.pulls.list_review_comments(OWNER, NAME, scene.pull.number).json()
    assert shown["line"] is None
    assert scene.github.settle()[-1].action == "synchronize"


def test_a_verified_commit_a_branch_and_a_pull_request(scene: Scene, client: Client) -> None:
    git, base = client.rest.git, scene.pull.head_sha
    blob = git.create_blob(OWNER, NAME, data={"content": "a = 1\n", "encoding": "utf-8"}).parsed_data
    entry = {"path": "tools/run.py", "mode": "100755", "type": "blob", "sha": blob.sha}
    tree = git.create_tree(OWNER, NAME, data={"base_tree": base, "tree": [entry]}).parsed_data
    data = {"message": "Run faster", "tree": tree.sha, "parents": [base]}
    commit = git.create_commit(OWNER, NAME, data=data).parsed_data
    assert commit.verification.verified
    signed_by_hand = {**data, "author": {"name": "x", "email": "x@example.org"}}
    assert not git.create_commit(OWNER, NAME, data=signed_by_hand).parsed_data.verification.verified
    git.create_ref(OWNER, NAME, data={"ref": "refs/heads/perfwright/fix", "sha": commit.sha})
    found = git.get_tree(OWNER, NAME, commit.sha, recursive="1").parsed_data
    assert [one.mode for one in found.tree if one.path == "tools/run.py"] == ["100755"]

    data = {"title": "Run faster", "head": "perfwright/fix", "base": "ten", "body": "measured"}
    made = client.rest.pulls.create(OWNER, NAME, data=data).parsed_data
    assert (made.mergeable, made.commits, made.changed_files) == (True, 1, 1)
    client.rest.pulls.update(OWNER, NAME, made.number, data={"state": "closed"})
    git.delete_ref(OWNER, NAME, "heads/perfwright/fix")
    shown = client.rest.issues.get(OWNER, NAME, made.number).parsed_data
    assert shown.closed_by
    assert shown.closed_by.login == "perfwright[bot]"


def test_what_a_planner_reads(scene: Scene, client: Client) -> None:
    rest = client.rest
    assert rest.repos.get_content(OWNER, NAME, "README", ref="main").json()["encoding"] == "base64"
    assert {one["name"] for one in rest.repos.get_content(OWNER, NAME, "").json()} == {"README", "parser.py"}
    compared = rest.repos.compare_commits(OWNER, NAME, "main...ten").parsed_data
    assert (compared.status, compared.ahead_by, compared.merge_base_commit.sha) == ("ahead", 1, scene.repo.sha("main"))
    (file,) = rest.pulls.list_files(OWNER, NAME, scene.pull.number).parsed_data
    assert (file.additions, file.deletions) == (2, 2)
    level = rest.repos.get_collaborator_permission_level
    scene.repo.allow(scene.github.user("dora"), "maintain")
    told = {login: level(OWNER, NAME, login).parsed_data.permission for login in ("alice", "bob", "dora")}
    assert told == {"alice": "admin", "bob": "write", "dora": "write"}
    (pull,) = rest.repos.list_pull_requests_associated_with_commit(OWNER, NAME, scene.pull.head_sha).parsed_data
    assert pull.number == scene.pull.number
    merged = scene.pull.merge(by=scene.alice, method="squash")
    assert rest.repos.get_commit(OWNER, NAME, "main").parsed_data.sha == merged


def test_the_dashboard_issue(scene: Scene, client: Client) -> None:
    issues = client.rest.issues
    data = {"title": "Performance", "body": "- one", "labels": ["perf"]}
    made = issues.create(OWNER, NAME, data=data).parsed_data
    issues.update(OWNER, NAME, made.number, data={"body": "- one\n- two"})
    (found,) = issues.list_for_repo(OWNER, NAME, labels="perf", creator="perfwright[bot]").parsed_data
    assert (found.number, found.body) == (made.number, "- one\n- two")
    issues.update(OWNER, NAME, made.number, data={"state": "closed", "state_reason": "not_planned"})
    (thread,) = scene.repo.issues("closed")
    assert (thread.author, thread.issue.labels) == ("perfwright[bot]", ("perf",))


def test_graphql_hides_an_old_comment_and_commits_on_a_branch(scene: Scene, client: Client) -> None:
    made = client.rest.issues.create_comment(OWNER, NAME, scene.pull.number, data={"body": "old"}).parsed_data
    hide = """mutation($input: MinimizeCommentInput!) {
        minimizeComment(input: $input) { minimizedComment { isMinimized } } }"""
    client.graphql(hide, {"input": {"subjectId": made.node_id, "classifier": "OUTDATED"}})
    assert scene.pull.comments(by="perfwright[bot]")[0].minimized == "OUTDATED"
    write = "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }"
    given = {
        "branch": {"repositoryNameWithOwner": "alice/parser", "branchName": "ten"},
        "expectedHeadOid": scene.pull.head_sha,
        "message": {"headline": "Faster"},
        "fileChanges": {"additions": [{"path": "a.py", "contents": "YSA9IDEK"}], "deletions": [{"path": "README"}]},
    }
    told = client.graphql(write, {"input": given})
    assert told["createCommitOnBranch"]["commit"]["oid"] == scene.pull.head_sha
    assert (scene.repo.read("a.py", "ten"), scene.repo.read("README", "ten")) == ("a = 1\n", None)


def test_graphql_moves_a_branch_only_from_where_it_is_said_to_be(scene: Scene, client: Client) -> None:
    write = "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }"
    repository = client.rest.repos.get(OWNER, NAME).parsed_data.node_id
    base, head = scene.repo.sha("main"), scene.repo.sha("ten")

    def move(before: str, after: str) -> None:
        one = {"name": "refs/heads/ten", "beforeOid": before, "afterOid": after, "force": True}
        client.graphql(write, {"input": {"repositoryId": repository, "refUpdates": [one]}})

    with pytest.raises(GraphQLFailed):
        move(base, base)
    assert scene.pull.head_sha == head
    move(head, base)
    assert scene.repo.sha("ten") == base


def test_a_suspended_app_is_refused_and_works_again_later(scene: Scene, client: Client) -> None:
    client.rest.repos.get(OWNER, NAME)
    scene.installation.suspend(scene.alice)
    with pytest.raises(RequestFailed) as refused:
        client.rest.repos.get(OWNER, NAME)
    assert refused.value.response.status_code == 403
    scene.installation.unsuspend(scene.alice)
    assert client.rest.repos.get(OWNER, NAME).parsed_data.full_name == "alice/parser"


def test_a_renamed_repository_is_found_by_its_old_name(scene: Scene, client: Client) -> None:
    scene.repo.rename("reader")
    assert client.rest.repos.get(OWNER, NAME).parsed_data.full_name == "alice/reader"
    number = scene.pull.number
    client.rest.issues.create_comment(OWNER, NAME, number, data={"body": "still here"})
    assert [one.body for one in scene.pull.comments()] == ["still here"]
