"""Repositories made, pushed to, forked, renamed, archived, transferred, deleted.

Partner: `acts/pulls.py` follows the branches that move here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.github.acts import checks, pulls
from tests.github.git import ZERO, Files, Git, GitError, Identity
from tests.github.render import accounts, commits
from tests.github.rules import Refused, at_least, invalid, touches_workflows
from tests.github.state import Repository, User, World

Json = Any


def create(world: World, owner: User, name: str, *, branch: str = "main", private: bool = False) -> Repository:
    """An empty repository."""
    if world.repository(owner.login, name):
        raise invalid("Repository", "name", message="name already exists on this account")
    now = world.now()
    made = Repository(world.new_id(), owner.id, name, branch, now, now, private=private)
    world.repositories[made.id] = made
    world.moved.pop((owner.login.lower(), name.lower()), None)
    Git.make(world.directory / f"{made.id}.git", branch)
    _tell(world, made, "created", owner.id)
    return made


def fork(world: World, parent: Repository, owner: User) -> Repository:
    """A copy below another account."""
    made = create(world, owner, parent.name, branch=parent.default_branch, private=parent.private)
    made = world.update_repository(made, parent_id=parent.id, has_issues=False)
    world.git(made).fetch(world.git(parent).path, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    return made


def identity(world: World, user: User) -> Identity:
    """How GitHub writes this user into a commit."""
    return Identity(user.login, user.email, int(world.now().timestamp()))


def commit(
    world: World,
    repository: Repository,
    branch: str,
    files: Files,
    message: str,
    by: User,
    *,
    force_from: str | None = None,
) -> str:
    """A commit that this user made elsewhere and pushes; a new branch starts at the default one."""
    git = world.git(repository)
    tip = git.resolve(f"refs/heads/{branch}")
    parent = force_from or tip or git.resolve(f"refs/heads/{repository.default_branch}")
    sha = git.commit_files(parent, files, identity(world, by), message)
    git.set_ref(f"refs/heads/{branch}", sha)
    moved(world, repository, f"refs/heads/{branch}", tip, sha, by.id)
    return sha


def moved(world: World, repository: Repository, ref: str, before: str | None, after: str | None, by: int) -> None:
    """A ref has moved, was made or is gone: pull requests follow, apps are told."""
    if before == after:
        return
    repository = world.update_repository(repository, pushed_at=world.now())
    forced = bool(before and after) and not world.git(repository).is_ancestor(before or "", after or "")
    if ref.startswith(("refs/heads/", "refs/tags/")):
        world.emit("push", None, repository, by, **_push(world, repository, ref, before, after, by, forced=forced))
    if not ref.startswith("refs/heads/"):
        return
    branch = ref.removeprefix("refs/heads/")
    if after:
        checks.suites_for_push(world, repository, branch, before, after, by)
        pulls.base_moved(world, repository, branch, after, by)
        pulls.head_moved(world, repository, branch, after, by)
    else:
        pulls.branch_gone(world, repository, branch, by)


def _push(
    world: World, repository: Repository, ref: str, before: str | None, after: str | None, by: int, *, forced: bool
) -> Json:
    git = world.git(repository)
    new = _new_commits(git, repository, before, after) if after else []
    rendered = [commits.pushed_commit(world, repository, one) for one in new]
    pusher = world.users[by]
    html = f"{world.url}/{world.full_name(repository)}"
    parts = accounts.repository(world, repository)
    parts |= {
        "created_at": int(repository.created_at.timestamp()),
        "pushed_at": int(repository.pushed_at.timestamp()),
        "stargazers": 0,
        "master_branch": repository.default_branch,
    }
    parts["owner"] |= {"name": parts["owner"]["login"], "email": None}
    return {
        "ref": ref,
        "before": before or ZERO,
        "after": after or ZERO,
        "repository": parts,
        "pusher": {"name": pusher.login, "email": pusher.email},
        "created": before is None,
        "deleted": after is None,
        "forced": forced,
        "base_ref": None,
        "compare": f"{html}/compare/{(before or ZERO)[:12]}...{(after or ZERO)[:12]}",
        "commits": rendered,
        "head_commit": rendered[-1] if rendered else _head(world, repository, after),
    }


def _head(world: World, repository: Repository, after: str | None) -> Json:
    git = world.git(repository)
    return (
        commits.pushed_commit(world, repository, git.commit(after)) if after and git.kind(after) == "commit" else None
    )


def _new_commits(git: Git, repository: Repository, before: str | None, after: str) -> list[Any]:
    if git.kind(after) != "commit":
        return []
    start = before or git.resolve(f"refs/heads/{repository.default_branch}")
    range_ = [after] if start in (None, after) else [f"{start}..{after}"]
    try:
        return git.log(*range_, limit=2048)[::-1]
    except GitError:  # the old commit is not here any more
        return []


def check_push(
    world: World, repository: Repository, before: str | None, after: str | None, permissions: Mapping[str, str] | None
) -> None:
    """Refuse what GitHub refuses to an app that brings workflow files without being allowed to."""
    if permissions is None or permissions.get("workflows") == "write" or not after:
        return
    git = world.git(repository)
    start = before or git.resolve(f"refs/heads/{repository.default_branch}")
    if start is None or git.kind(after) != "commit":
        return
    changed = [path for _, path, *_ in git.changed(git.merge_base(start, after) or start, after)]
    if touches_workflows(changed):
        path = next(path for path in changed if touches_workflows([path]))
        word = f"refusing to allow a GitHub App to create or update workflow `{path}` without `workflows` permission"
        raise Refused(403, word)


def rename(world: World, repository: Repository, name: str, by: User) -> Repository:
    """A new name; the old one leads to it."""
    old = repository.name
    world.moved[world.users[repository.owner_id].login.lower(), old.lower()] = repository.id
    changed = world.update_repository(repository, name=name)
    _tell(world, changed, "renamed", by.id, changes={"repository": {"name": {"from": old}}})
    return changed


def archive(world: World, repository: Repository, by: User, *, archived: bool = True) -> Repository:
    """Nothing can be written any more."""
    changed = world.update_repository(repository, archived=archived)
    _tell(world, changed, "archived" if archived else "unarchived", by.id)
    return changed


def transfer(world: World, repository: Repository, owner: User, by: User) -> Repository:
    """A new owner; apps of the old one that covered it are told before they lose it."""
    old = world.users[repository.owner_id]
    world.moved[old.login.lower(), repository.name.lower()] = repository.id
    for installation, app in list(world.installed(repository)):
        if installation.repository_ids is not None:
            keep = installation.repository_ids - {repository.id}
            world.installations[installation.id] = replace(installation, repository_ids=keep)
            removed = [accounts.short_repository(world, repository)]
            parts = {
                "installation": accounts.installation(world, world.installations[installation.id]),
                "repository_selection": "selected",
                "repositories_added": [],
                "repositories_removed": removed,
                "requester": None,
            }
            world.tell(app, installation, "installation_repositories", "removed", None, by.id, parts)
    changed = world.update_repository(repository, owner_id=owner.id)
    key = "organization" if old.type == "Organization" else "user"
    _tell(world, changed, "transferred", by.id, changes={"owner": {"from": {key: accounts.user(world, old)}}})
    return changed


def delete(world: World, repository: Repository, by: User) -> None:
    """Gone; pull requests from it keep their refs."""
    _tell(world, repository, "deleted", by.id)
    del world.repositories[repository.id]
    pulls.repository_gone(world, repository)


def check_write(world: World, repository: Repository, user: User) -> None:
    """Refuse a person who may not push."""
    if not at_least(world.role(repository, user.id), "write"):
        raise Refused(403, f"Permission to {world.full_name(repository)}.git denied to {user.login}.")


def _tell(world: World, repository: Repository, action: str, by: int, **parts: Json) -> None:
    world.emit("repository", action, repository, by, **parts)
