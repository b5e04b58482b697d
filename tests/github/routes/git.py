"""The git data API: blobs, trees, commits and refs made without a push.

Partner: `acts/repositories.py` tells who must know that a ref has moved.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import Any

from tests.github.acts import repositories as act
from tests.github.call import Answer, Call, operation
from tests.github.git import Git, GitError, Identity, web_identity
from tests.github.render import commits as render
from tests.github.rules import Refused, not_found

Json = Any

_SHA = re.compile(r"[0-9a-f]{40}")


def _git(call: Call) -> Git:
    return call.world.git(call.repository)


def _of_kind(call: Call, sha: str, kind: str) -> str:
    if not _SHA.fullmatch(sha) or _git(call).kind(sha) != kind:
        raise not_found()
    return sha


@operation("git/create-blob", "contents:write", 201)
def create_blob(call: Call) -> Json:
    content, encoding = call.body["content"], call.body.get("encoding", "utf-8")
    try:
        data = base64.b64decode(content, validate=False) if encoding == "base64" else content.encode()
    except binascii.Error as error:
        raise Refused(422, "Invalid request.\n\nthe content is not base64") from error
    sha = _git(call).blob(data)
    return {"sha": sha, "url": f"{call.url}/{sha}"}


@operation("git/get-blob", "contents:read")
def get_blob(call: Call) -> Json:
    sha = _of_kind(call, call.values["file_sha"], "blob")
    data = _git(call).read(sha)
    content = base64.encodebytes(data).decode()
    url = call.url
    return {"sha": sha, "node_id": f"B_{sha}", "size": len(data), "url": url, "content": content, "encoding": "base64"}


@operation("git/create-tree", "contents:write", 201)
def create_tree(call: Call) -> Json:
    git = _git(call)
    base = call.body.get("base_tree")
    if base and git.kind(base) not in ("tree", "commit"):
        raise not_found()
    changes: list[tuple[str, str, str | None]] = []
    for entry in call.body["tree"]:
        if "content" in entry and "sha" in entry:
            raise Refused(422, "Must supply either tree.sha or tree.content")
        path, sha = entry.get("path", ""), entry.get("sha")
        if not path or path.startswith("/") or ".." in path.split("/") or ".git" in path.split("/"):
            raise Refused(422, f"tree.path contains a malformed path component: {path}")
        if "content" in entry:
            sha = git.blob(entry["content"].encode())
        elif "sha" not in entry:
            raise Refused(422, "Must supply tree.sha or tree.content")
        elif sha is not None and git.kind(sha) is None:
            raise Refused(422, f"tree.sha {sha} is not a valid blob")
        elif sha is None and not (base and git.entry(base, path)):
            raise Refused(422, "GitRPC::BadObjectState")
        changes.append((path, entry.get("mode", "100644"), sha))
    try:
        sha = git.write_tree(base, changes)
    except GitError as error:
        raise Refused(422, f"Invalid tree info: {error}") from error
    return render.tree(call.world, call.repository, sha, git.tree(sha))


@operation("git/get-tree", "contents:read")
def get_tree(call: Call) -> Json:
    git, name = _git(call), call.values["tree_sha"]
    revision = name if _SHA.fullmatch(name) and git.kind(name) in ("tree", "commit") else git.resolve(name)
    if revision is None:
        raise not_found()
    sha = git.say("rev-parse", f"{revision}^{{tree}}")
    return render.tree(call.world, call.repository, sha, git.tree(sha, recursive="recursive" in call.query))


@operation("git/create-commit", "contents:write", 201)
def create_commit(call: Call) -> Json:
    git, body = _git(call), call.body
    if git.kind(body["tree"]) != "tree":
        raise Refused(422, "Tree SHA does not exist")
    for parent in body.get("parents", []):
        if git.kind(parent) != "commit":
            raise Refused(422, "Parent SHA does not exist or is not a commit object")
    now = act.identity(call.world, call.actor)
    web = web_identity(now.date)
    author = _identity(body.get("author"), now)
    committer = _identity(body.get("committer") or body.get("author"), web)
    sha = git.write_commit(body["tree"], body.get("parents", []), author, committer, body["message"])
    if call.acting_app and not {"author", "committer", "signature"} & body.keys():
        call.world.verified.add(sha)
    return render.git_commit(call.world, call.repository, git.commit(sha))


def _identity(given: Json, otherwise: Identity) -> Identity:
    if not given:
        return otherwise
    when = int(datetime.fromisoformat(given["date"]).timestamp()) if "date" in given else otherwise.date
    return Identity(given.get("name", otherwise.name), given.get("email", otherwise.email), when)


@operation("git/get-commit", "contents:read")
def get_commit(call: Call) -> Json:
    sha = _of_kind(call, call.values["commit_sha"], "commit")
    return render.git_commit(call.world, call.repository, _git(call).commit(sha))


@operation("git/get-ref", "contents:read")
def get_ref(call: Call) -> Json:
    name = f"refs/{call.values['ref']}"
    sha = _git(call).refs(name).get(name)
    if sha is None:
        raise not_found()
    return render.ref(call.world, call.repository, name, sha)


@operation("git/list-matching-refs", "contents:read")
def list_refs(call: Call) -> Json:
    found = list(_git(call).refs(f"refs/{call.values['ref']}").items())
    return [render.ref(call.world, call.repository, name, sha) for name, sha in call.page(found)]


def _check_ref(call: Call, name: str) -> None:
    if not name.startswith(("refs/heads/", "refs/tags/")) or name.count("/") < 2:
        raise Refused(422, f"Reference name must start with 'refs/' and contain at least two slashes: {name}")
    try:
        _git(call).run("check-ref-format", name)
    except GitError as error:
        raise Refused(422, f"{name} is not a valid ref name.") from error


def _permissions(call: Call) -> Any:
    return call.token.permissions if call.token and call.token.installation_id else None


@operation("git/create-ref", "contents:write", 201)
def create_ref(call: Call) -> Json:
    name, sha, git = call.body["ref"], call.body["sha"], _git(call)
    _check_ref(call, name)
    if name in git.refs(name):
        raise Refused(422, "Reference already exists")
    if git.kind(sha) != "commit":
        raise Refused(422, "Object does not exist")
    act.check_push(call.world, call.repository, None, sha, _permissions(call))
    try:
        git.set_ref(name, sha)
    except GitError as error:
        raise Refused(422, "Reference cannot be created: a directory/file conflict") from error
    act.moved(call.world, call.repository, name, None, sha, call.actor.id)
    return render.ref(call.world, call.repository, name, sha)


@operation("git/update-ref", "contents:write")
def update_ref(call: Call) -> Json:
    name, sha, git = f"refs/{call.values['ref']}", call.body["sha"], _git(call)
    old = git.refs(name).get(name)
    if old is None:
        raise Refused(422, "Reference does not exist")
    if git.kind(sha) != "commit":
        raise Refused(422, "Object does not exist")
    _check_protected(call, name)
    if not call.body.get("force") and not git.is_ancestor(old, sha):
        raise Refused(422, "Update is not a fast forward")
    act.check_push(call.world, call.repository, old, sha, _permissions(call))
    git.set_ref(name, sha)
    act.moved(call.world, call.repository, name, old, sha, call.actor.id)
    return render.ref(call.world, call.repository, name, sha)


@operation("git/delete-ref", "contents:write", 204)
def delete_ref(call: Call) -> Json:
    name, git = f"refs/{call.values['ref']}", _git(call)
    old = git.refs(name).get(name)
    if old is None:
        raise Refused(422, "Reference does not exist")
    _check_protected(call, name)
    if name == f"refs/heads/{call.repository.default_branch}":
        raise Refused(422, "Cannot delete the default branch")
    git.set_ref(name, None)
    act.moved(call.world, call.repository, name, old, None, call.actor.id)
    return Answer(204)


def _check_protected(call: Call, name: str) -> None:
    if name.removeprefix("refs/heads/") in call.repository.protected:
        raise Refused(422, "Changes must be made through a pull request.")
