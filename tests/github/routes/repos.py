"""Repositories, their branches, commits, files, people and statuses over the API.

Partner: `acts/repositories.py`.
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from tests.github.acts import repositories as act
from tests.github.call import Answer, Call, operation
from tests.github.git import Entry, Git
from tests.github.render import accounts, checks, commits, talk
from tests.github.rules import Refused, not_found
from tests.github.state import Repository, Status

Json = Any

_ROLE_WORDS = {"maintain": "write", "triage": "read"}


def _git(call: Call) -> Git:
    return call.world.git(call.repository)


@operation("repos/get", "metadata:read")
def get(call: Call) -> Json:
    viewer = call.token.user_id if call.token else None
    return accounts.full_repository(call.world, call.repository, viewer)


def _branch(call: Call, name: str, sha: str) -> Json:
    url = f"{call.world.api_url}/repos/{call.world.full_name(call.repository)}"
    return {
        "name": name,
        "commit": {"sha": sha, "url": f"{url}/commits/{sha}"},
        "protected": name in call.repository.protected,
    }


@operation("repos/list-branches", "contents:read")
def list_branches(call: Call) -> Json:
    found = [(name.removeprefix("refs/heads/"), sha) for name, sha in _git(call).refs("refs/heads/").items()]
    return [_branch(call, name, sha) for name, sha in call.page(found)]


@operation("repos/get-branch", "contents:read")
def get_branch(call: Call) -> Json:
    name = call.values["branch"]
    sha = _git(call).refs(f"refs/heads/{name}").get(f"refs/heads/{name}")
    if sha is None:
        raise Refused(404, "Branch not found")
    rendered = _branch(call, name, sha)
    protection = f"{call.world.api_url}/repos/{call.world.full_name(call.repository)}/branches/{name}/protection"
    return rendered | {
        "commit": commits.commit(call.world, call.repository, _git(call).commit(sha)),
        "_links": {"self": call.url, "html": f"{call.world.url}/{call.world.full_name(call.repository)}/tree/{name}"},
        "protection": {"enabled": rendered["protected"]},
        "protection_url": protection,
    }


@operation("repos/get-commit", "contents:read")
def get_commit(call: Call) -> Json:
    sha = call.commit(call.values["ref"])
    return commits.commit(call.world, call.repository, _git(call).commit(sha), files=True)


@operation("repos/list-commits", "contents:read")
def list_commits(call: Call) -> Json:
    git = _git(call)
    start = call.query.get("sha", call.repository.default_branch)
    sha = git.resolve(start)
    if sha is None:
        raise Refused(409, "Git Repository is empty.") if "sha" not in call.query else not_found()
    options = [f"--{key}={call.query[key]}" for key in ("since", "until", "author") if key in call.query]
    paths = ["--", call.query["path"]] if "path" in call.query else []
    found = git.log(*options, sha, *paths)
    return [commits.commit(call.world, call.repository, one) for one in call.page(found)]


@operation("repos/compare-commits-with-basehead", "contents:read")
def compare(call: Call) -> Json:
    git = _git(call)
    left, dots, right = call.values["basehead"].partition("...")
    if not dots:
        raise not_found()
    base, head = _compared(call, left), _compared(call, right)
    start = git.merge_base(base, head)
    if start is None:
        raise Refused(404, f"No common ancestor between {left} and {right}.")
    ahead, behind = git.count(f"{base}..{head}"), git.count(f"{head}..{base}")
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    url = f"{call.world.url}/{call.world.full_name(call.repository)}/compare"

    def rendered(sha: str) -> Json:
        return commits.commit(call.world, call.repository, git.commit(sha))

    found = git.log(f"{base}..{head}", limit=10_000)[::-1]
    return {
        "url": call.url,
        "html_url": f"{url}/{left}...{right}",
        "permalink_url": f"{url}/{base[:7]}...{head[:7]}",
        "diff_url": f"{url}/{left}...{right}.diff",
        "patch_url": f"{url}/{left}...{right}.patch",
        "base_commit": rendered(base),
        "merge_base_commit": rendered(start),
        "status": status,
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": [commits.commit(call.world, call.repository, one) for one in call.page(found)],
        "files": commits.changed_files(call.world, call.repository, start, head)[:300],
    }


def _compared(call: Call, name: str) -> str:
    """BRANCH, SHA, or OWNER:BRANCH of a fork."""
    owner, colon, branch = name.rpartition(":")
    if not colon or owner == call.world.users[call.repository.owner_id].login:
        sha = _git(call).resolve(branch)
    else:
        other = call.world.repository(owner, call.repository.name)
        sha = call.world.git(other).resolve(branch) if other else None
        if other and sha:
            _git(call).fetch(call.world.git(other).path, f"+refs/heads/{branch}:refs/hidden/{other.id}/{branch}")
    if sha is None:
        raise not_found()
    return sha


@operation("repos/list-pull-requests-associated-with-commit", "pull_requests:read")
def pulls_of_commit(call: Call) -> Json:
    sha, git = call.commit(call.values["commit_sha"]), _git(call)
    found = []
    for pull in call.world.pulls.values():
        if pull.repository_id != call.repository.id:
            continue
        own = git.say("rev-list", f"{pull.base_sha}..{pull.head_sha}").split()
        if sha in own or (sha == pull.merge_commit_sha and pull.merged_at):
            found.append(pull)
    return [talk.pull(call.world, pull) for pull in call.page(found)]


def _links(call: Call, entry: Entry, ref: str) -> Json:
    name = call.world.full_name(call.repository)
    api, html = f"{call.world.api_url}/repos/{name}", f"{call.world.url}/{name}"
    path, kind = quote(entry.path), "tree" if entry.kind == "tree" else "blob"
    url, git = f"{api}/contents/{path}?ref={ref}", f"{api}/git/{kind}s/{entry.sha}"
    page = f"{html}/{kind}/{ref}/{path}"
    return {
        "name": entry.path.rpartition("/")[2],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": url,
        "html_url": page,
        "git_url": git,
        "download_url": f"{html}/raw/{ref}/{path}" if kind == "blob" else None,
        "_links": {"self": url, "git": git, "html": page},
    }


def _file(call: Call, entry: Entry, ref: str) -> Json:
    data = _git(call).read(entry.sha)
    large = len(data) > 1_000_000
    content = "" if large else base64.encodebytes(data).decode()
    return {"type": "file", "encoding": "none" if large else "base64", "content": content, **_links(call, entry, ref)}


@operation("repos/get-content", "contents:read")
def get_content(call: Call) -> Json:
    ref, path, git = call.query.get("ref", call.repository.default_branch), call.values["path"].strip("/"), _git(call)
    sha = git.resolve(ref)
    if sha is None:
        raise Refused(404, f"No commit found for the ref {ref}")
    entry = git.entry(sha, path) if path else None
    if path and entry is None:
        raise not_found()
    if entry and entry.kind == "blob":
        return _file(call, entry, ref)
    kinds = {"tree": "dir", "blob": "file", "commit": "submodule"}
    return [
        {"type": kinds[one.kind], **_links(call, one, ref)} for one in git.tree(sha, *([f"{path}/"] if path else []))
    ]


def _write_file(call: Call, content: bytes | None) -> Json:
    body, path, git = call.body, call.values["path"], _git(call)
    branch = body.get("branch", call.repository.default_branch)
    tip = git.resolve(f"refs/heads/{branch}")
    if tip is None:
        raise Refused(404, f"Branch {branch} not found")
    old = git.entry(tip, path)
    if old and body.get("sha") != old.sha:
        word = (
            f"{path} does not match {body.get('sha')}"
            if "sha" in body
            else 'Invalid request.\n\n"sha" wasn\'t supplied.'
        )
        raise Refused(409 if "sha" in body else 422, word)
    if old is None and content is None:
        raise not_found()
    who = act.identity(call.world, call.actor)
    sha = git.commit_files(tip, {path: content}, who, body["message"])
    allowed = call.token.permissions if call.token and call.token.installation_id else None
    act.check_push(call.world, call.repository, tip, sha, allowed)
    if not {"author", "committer"} & body.keys():
        call.world.verified.add(sha)
    git.set_ref(f"refs/heads/{branch}", sha)
    act.moved(call.world, call.repository, f"refs/heads/{branch}", tip, sha, call.actor.id)
    entry = git.entry(sha, path)
    shown = _links(call, entry, branch) | {"type": "file"} if entry else None
    commit = commits.git_commit(call.world, call.repository, git.commit(sha))
    return Answer(200 if old else 201, {"content": shown, "commit": commit})


@operation("repos/create-or-update-file-contents", "contents:write", 201)
def write_file(call: Call) -> Json:
    return _write_file(call, base64.b64decode(call.body["content"]))


@operation("repos/delete-file", "contents:write")
def delete_file(call: Call) -> Json:
    return _write_file(call, None)


def _collaborator(call: Call, user_id: int) -> Json:
    role = call.world.role(call.repository, user_id)
    user = accounts.user(call.world, call.world.users[user_id])
    return user | {"permissions": accounts.permissions(role), "role_name": role}


@operation("repos/get-collaborator-permission-level", "metadata:read")
def permission(call: Call) -> Json:
    user = call.world.user(call.values["username"])
    if user is None:
        raise Refused(404, f"{call.values['username']} is not a user")
    role = call.world.role(call.repository, user.id)
    return {
        "permission": _ROLE_WORDS.get(role, role),
        "role_name": role,
        "user": _collaborator(call, user.id),
    }


def _collaborators(call: Call) -> list[int]:
    return [call.repository.owner_id, *call.repository.roles]


@operation("repos/check-collaborator", "metadata:read", 204)
def check_collaborator(call: Call) -> Json:
    user = call.world.user(call.values["username"])
    if user is None or user.id not in _collaborators(call):
        return Answer(404)
    return None


@operation("repos/list-collaborators", "metadata:read")
def list_collaborators(call: Call) -> Json:
    return [_collaborator(call, number) for number in call.page(_collaborators(call))]


@operation("repos/create-commit-status", "statuses:write", 201)
def create_status(call: Call) -> Json:
    sha, body = call.commit(call.values["sha"]), call.body
    made = Status(
        call.world.new_id(), call.repository.id, sha, body["state"], body.get("context", "default"),
        body.get("description"), body.get("target_url"), call.actor.id, call.world.now(),
    )  # fmt: skip
    call.world.statuses[made.id] = made
    return checks.status(call.world, made)


@operation("repos/get-combined-status-for-ref", "statuses:read")
def combined_status(call: Call) -> Json:
    sha = call.commit(call.values["ref"])
    latest: dict[str, Status] = {}
    for one in call.world.statuses.values():
        if (one.repository_id, one.sha) == (call.repository.id, sha):
            latest[one.context] = one
    states = {one.state for one in latest.values()}
    state = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
    url = f"{call.world.api_url}/repos/{call.world.full_name(call.repository)}/commits/{sha}"
    return {
        "state": state,
        "statuses": [checks.short_status(call.world, one) for one in call.page(list(latest.values()))],
        "sha": sha,
        "total_count": len(latest),
        "repository": accounts.repository(call.world, call.repository),
        "commit_url": url,
        "url": f"{url}/status",
    }


@operation("repos/list-forks", "metadata:read")
def list_forks(call: Call) -> Json:
    found: list[Repository] = [one for one in call.world.repositories.values() if one.parent_id == call.repository.id]
    return [call.render_repository(one) for one in call.page(found)]
