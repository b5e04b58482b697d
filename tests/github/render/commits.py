"""Commits, trees, refs and changed files in GitHub's words.

Partner: `tests/github/git.py` reads them from the repository.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from tests.github.diff import patches
from tests.github.git import Commit, Entry, Identity
from tests.github.render.accounts import node_id, time, user
from tests.github.state import Repository, World

Json = Any

_STATUS = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "C": "copied", "T": "changed"}
_OWN_ADDRESS = re.compile(r"(\d+)\+.*@users\.noreply\.")


def _urls(world: World, repository: Repository) -> tuple[str, str]:
    name = world.full_name(repository)
    return f"{world.api_url}/repos/{name}", f"{world.url}/{name}"


def identity(who: Identity) -> Json:
    """Who wrote a commit."""
    return {"name": who.name, "email": who.email, "date": time(datetime.fromtimestamp(who.date, UTC))}


def verification(world: World, commit: Commit) -> Json:
    """Verified are the commits that GitHub made itself for an app or on its pages."""
    if commit.sha in world.verified:
        return {
            "verified": True,
            "reason": "valid",
            "signature": "-----BEGIN PGP SIGNATURE-----\n\nstand-in\n-----END PGP SIGNATURE-----",
            "payload": f"tree {commit.tree}\n",
            "verified_at": time(datetime.fromtimestamp(commit.committer.date, UTC)),
        }
    return {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def account(world: World, who: Identity) -> Json:
    """The user behind an address, or null."""
    if (matched := _OWN_ADDRESS.match(who.email)) and int(matched[1]) in world.users:
        return user(world, world.users[int(matched[1])])
    return None


def git_commit(world: World, repository: Repository, commit: Commit) -> Json:
    """A commit as the git data API has it."""
    url, html = _urls(world, repository)
    return {
        "sha": commit.sha,
        "node_id": node_id("C", commit.sha),
        "url": f"{url}/git/commits/{commit.sha}",
        "html_url": f"{html}/commit/{commit.sha}",
        "author": identity(commit.author),
        "committer": identity(commit.committer),
        "tree": {"sha": commit.tree, "url": f"{url}/git/trees/{commit.tree}"},
        "message": commit.message,
        "parents": [
            {"sha": parent, "url": f"{url}/git/commits/{parent}", "html_url": f"{html}/commit/{parent}"}
            for parent in commit.parents
        ],
        "verification": verification(world, commit),
    }


def commit(world: World, repository: Repository, one: Commit, *, files: bool = False) -> Json:
    """A commit as a part of the repository; `files` adds what it changed."""
    url, html = _urls(world, repository)
    git = git_commit(world, repository, one)
    rendered = {
        "sha": one.sha,
        "node_id": node_id("C", one.sha),
        "commit": {
            **{key: git[key] for key in ("author", "committer", "message", "tree", "verification")},
            "url": git["url"],
            "comment_count": 0,
        },
        "url": f"{url}/commits/{one.sha}",
        "html_url": f"{html}/commit/{one.sha}",
        "comments_url": f"{url}/commits/{one.sha}/comments",
        "author": account(world, one.author),
        "committer": account(world, one.committer),
        "parents": [
            {"sha": parent, "url": f"{url}/commits/{parent}", "html_url": f"{html}/commit/{parent}"}
            for parent in one.parents
        ],
    }
    if files:
        old = one.parents[0] if one.parents else world.git(repository).say("mktree", stdin=b"")
        entries = changed_files(world, repository, old, one.sha)
        added, removed = sum(entry["additions"] for entry in entries), sum(entry["deletions"] for entry in entries)
        rendered |= {"stats": {"additions": added, "deletions": removed, "total": added + removed}, "files": entries}
    return rendered


def changed_files(world: World, repository: Repository, old: str, new: str) -> list[Json]:
    """The files that differ between two commits."""
    git = world.git(repository)
    url, html = _urls(world, repository)
    texts = patches(git.diff(old, new))
    entries = []
    for letter, path, previous, blob, added, removed in git.changed(old, new):
        place = quote(path)
        entry = {
            "sha": blob,
            "filename": path,
            "status": _STATUS[letter],
            "additions": added,
            "deletions": removed,
            "changes": added + removed,
            "blob_url": f"{html}/blob/{new}/{place}",
            "raw_url": f"{html}/raw/{new}/{place}",
            "contents_url": f"{url}/contents/{place}?ref={new}",
        }
        if path in texts:
            entry["patch"] = texts[path]
        if previous:
            entry["previous_filename"] = previous
        entries.append(entry)
    return entries


def simple_commit(one: Commit) -> Json:
    """A commit as the check events have it."""
    return {
        "id": one.sha,
        "tree_id": one.tree,
        "message": one.message,
        "timestamp": time(datetime.fromtimestamp(one.committer.date, UTC)),
        "author": {"name": one.author.name, "email": one.author.email},
        "committer": {"name": one.committer.name, "email": one.committer.email},
    }


def pushed_commit(world: World, repository: Repository, one: Commit) -> Json:
    """A commit as the push event has it."""
    changes = world.git(repository).changed(one.parents[0], one.sha) if one.parents else []
    added = [path for letter, path, *_ in changes if letter in "ARC"]
    gone = [previous for letter, _, previous, *_ in changes if letter == "R" and previous]
    if not one.parents:
        added = [entry.path for entry in world.git(repository).tree(one.sha, recursive=True) if entry.kind == "blob"]
    _, html = _urls(world, repository)
    return {
        "id": one.sha,
        "tree_id": one.tree,
        "distinct": True,
        "message": one.message,
        "timestamp": time(datetime.fromtimestamp(one.committer.date, UTC)),
        "url": f"{html}/commit/{one.sha}",
        "author": _pusher(world, one.author),
        "committer": _pusher(world, one.committer),
        "added": added,
        "removed": [path for letter, path, *_ in changes if letter == "D"] + gone,
        "modified": [path for letter, path, *_ in changes if letter in "MT"],
    }


def _pusher(world: World, who: Identity) -> Json:
    known = account(world, who)
    rendered = {"name": who.name, "email": who.email, "date": time(datetime.fromtimestamp(who.date, UTC))}
    return rendered | {"username": known["login"]} if known else rendered


def ref(world: World, repository: Repository, name: str, sha: str) -> Json:
    """A ref."""
    url, _ = _urls(world, repository)
    kind = world.git(repository).kind(sha) or "commit"
    return {
        "ref": name,
        "node_id": node_id("REF", f"{repository.id}:{name}"),
        "url": f"{url}/git/{name}",
        "object": {"sha": sha, "type": kind, "url": f"{url}/git/{kind}s/{sha}"},
    }


def tree(world: World, repository: Repository, sha: str, entries: list[Entry]) -> Json:
    """A tree."""
    url, _ = _urls(world, repository)
    rendered = []
    for entry in entries:
        line: dict[str, Json] = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
        if entry.size is not None:
            line["size"] = entry.size
        line["url"] = f"{url}/git/{entry.kind}s/{entry.sha}"
        rendered.append(line)
    return {"sha": sha, "url": f"{url}/git/trees/{sha}", "tree": rendered, "truncated": False}
