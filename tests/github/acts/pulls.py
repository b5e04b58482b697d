"""Pull requests opened, moved by pushes, drafted, closed, reopened, merged, queued.

Partner: `acts/repositories.py` tells it of branches that moved, `acts/reviews.py` of comments on the diff.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.github.acts import checks, repositories, reviews
from tests.github.git import Git, Identity, web_identity
from tests.github.render import accounts, commits, talk
from tests.github.rules import Refused, at_least, check_body, check_title, invalid
from tests.github.state import Issue, Pull, Repository, User, World

Json = Any


def tell(world: World, pull: Pull, action: str, by: int, **parts: Json) -> None:
    """The event `pull_request`."""
    now = world.pulls[pull.repository_id, pull.number]
    parts = {"number": now.number, "pull_request": talk.full_pull(world, now)} | parts
    world.emit("pull_request", action, world.repositories[now.repository_id], by, **parts)


def open_pull(
    world: World,
    repository: Repository,
    by: User,
    *,
    title: str,
    body: str | None,
    head: str,
    base: str,
    draft: bool = False,
    maintainer_can_modify: bool | None = None,
    app_id: int | None = None,
) -> Pull:
    """A new pull request; `head` is BRANCH or OWNER:BRANCH."""
    check_title("PullRequest", title)
    check_body("PullRequest", body)
    source, branch = _head(world, repository, head)
    head_sha = world.git(source).resolve(f"refs/heads/{branch}")
    base_sha = world.git(repository).resolve(f"refs/heads/{base}")
    if head_sha is None or base_sha is None:
        raise invalid("PullRequest", "head" if head_sha is None else "base")
    if source.id != repository.id:
        _check_fork(world, source, by, maintainer_can_modify, app_id)
    _check_new(world, repository, source, branch, base, head_sha, base_sha)
    number = world.next_number(repository.id)
    now = world.now()
    issue = Issue(world.new_id(), repository.id, number, title, body, by.id, now, now, is_pull=True, app_id=app_id)
    world.issues[repository.id, number] = issue
    pull = Pull(
        id=world.new_id(),
        repository_id=repository.id,
        number=number,
        head_repository_id=source.id,
        head_owner_id=source.owner_id,
        head_ref=branch,
        head_sha=head_sha,
        base_ref=base,
        base_sha=base_sha,
        draft=draft,
        maintainer_can_modify=source.id != repository.id and maintainer_can_modify is not False,
    )
    world.pulls[repository.id, number] = pull
    _write_refs(world, pull)
    tell(world, pull, "opened", by.id)
    return pull


def _head(world: World, repository: Repository, head: str) -> tuple[Repository, str]:
    owner, colon, branch = head.rpartition(":")
    if not colon or owner.lower() == world.users[repository.owner_id].login.lower():
        return repository, branch
    family = {repository.id, repository.parent_id} - {None}
    for other in world.repositories.values():
        related = other.parent_id in family or other.id in family
        if related and world.users[other.owner_id].login.lower() == owner.lower():
            return other, branch
    raise invalid("PullRequest", "head")


def _check_fork(world: World, source: Repository, by: User, can_modify: bool | None, app_id: int | None) -> None:
    if can_modify is not False and (app_id or not at_least(world.role(source, by.id), "write")):
        message = "Fork collab can't be granted by someone without permission"
        raise invalid("PullRequest", "fork_collab", message=message)


def _check_new(
    world: World, repository: Repository, source: Repository, branch: str, base: str, head_sha: str, base_sha: str
) -> None:
    for other in world.pulls.values():
        same = (other.repository_id, other.head_repository_id, other.head_ref, other.base_ref)
        if same == (repository.id, source.id, branch, base) and _open(world, other):
            owner = world.users[source.owner_id].login
            message = f"A pull request already exists for {owner}:{branch}."
            raise Refused(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": message}])
    git = world.git(repository)
    if source.id != repository.id:
        git.fetch(world.git(source).path, f"+refs/heads/{branch}:refs/hidden/{source.id}/{branch}")
    if git.merge_base(base_sha, head_sha) is None:
        raise invalid("PullRequest", "base", message=f"The {branch} branch has no history in common with {base}")
    if git.is_ancestor(head_sha, base_sha):
        message = f"No commits between {base} and {branch}"
        raise Refused(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": message}])


def _open(world: World, pull: Pull) -> bool:
    return world.issues[pull.repository_id, pull.number].state == "open"


def _write_refs(world: World, pull: Pull) -> None:
    """refs/pull/N/head, and refs/pull/N/merge where the two can be merged."""
    repository = world.repositories[pull.repository_id]
    git = world.git(repository)
    source = world.repositories.get(pull.head_repository_id or 0)
    if source and source.id != repository.id:
        git.fetch(world.git(source).path, f"+refs/heads/{pull.head_ref}:refs/pull/{pull.number}/head")
    else:
        git.set_ref(f"refs/pull/{pull.number}/head", pull.head_sha)
    tree = git.merge_tree(pull.base_sha, pull.head_sha)
    merge = None
    if tree:
        who = web_identity(int(world.now().timestamp()))
        message = f"Merge {pull.head_sha} into {pull.base_sha}"
        merge = git.write_commit(tree, [pull.base_sha, pull.head_sha], who, who, message)
        git.set_ref(f"refs/pull/{pull.number}/merge", merge)
    world.pulls[pull.repository_id, pull.number] = replace(pull, merge_commit_sha=merge)


def head_moved(world: World, repository: Repository, branch: str, after: str, by: int) -> None:
    """Open pull requests from this branch follow it."""
    for pull in list(world.pulls.values()):
        if (pull.head_repository_id, pull.head_ref) != (repository.id, branch) or not _open(world, pull):
            continue
        if pull.head_sha == after:
            continue
        base = world.git(world.repositories[pull.repository_id]).resolve(f"refs/heads/{pull.base_ref}")
        changed = replace(pull, head_sha=after, base_sha=base or pull.base_sha)
        _write_refs(world, changed)
        touch(world, pull, by=None)
        reviews.follow(world, world.pulls[pull.repository_id, pull.number])
        tell(world, pull, "synchronize", by, before=pull.head_sha, after=after)


def base_moved(world: World, repository: Repository, branch: str, after: str, by: int) -> None:
    """Open pull requests whose commits have reached their base are merged."""
    git = world.git(repository)
    for pull in list(world.pulls.values()):
        if (pull.repository_id, pull.base_ref) != (repository.id, branch) or not _open(world, pull):
            continue
        if git.kind(pull.head_sha) == "commit" and git.is_ancestor(pull.head_sha, after):
            _merged(world, pull, after, by)


def branch_gone(world: World, repository: Repository, branch: str, by: int) -> None:
    """Pull requests from or to a deleted branch are closed."""
    for pull in list(world.pulls.values()):
        ends = ((pull.head_repository_id, pull.head_ref), (pull.repository_id, pull.base_ref))
        if (repository.id, branch) in ends and _open(world, pull):
            set_state(world, pull, "closed", by)


def repository_gone(world: World, repository: Repository) -> None:
    """Pull requests from a deleted fork stay, without their head."""
    for key, pull in list(world.pulls.items()):
        if pull.head_repository_id == repository.id and pull.repository_id != repository.id:
            world.pulls[key] = replace(pull, head_repository_id=None)


def touch(world: World, pull: Pull, *, by: int | None, **changes: Json) -> Issue:
    """Change the half that is an issue."""
    key = (pull.repository_id, pull.number)
    world.issues[key] = replace(world.issues[key], updated_at=world.now(), **changes)
    return world.issues[key]


def set_state(world: World, pull: Pull, state: str, by: int) -> None:
    """Close or reopen."""
    if world.issues[pull.repository_id, pull.number].state == state:
        return
    if state == "closed":
        touch(world, pull, by=by, state=state, closed_at=world.now(), closed_by=by)
        tell(world, pull, "closed", by)
        return
    source = world.repositories.get(pull.head_repository_id or 0)
    tip = world.git(source).resolve(f"refs/heads/{pull.head_ref}") if source else None
    if pull.merged_at or tip is None:
        raise invalid("PullRequest", "state", message="state cannot be changed. The branch is gone or was merged.")
    _write_refs(world, replace(pull, head_sha=tip))
    touch(world, pull, by=by, state=state, closed_at=None, closed_by=None)
    tell(world, pull, "reopened", by)


def edit(world: World, pull: Pull, by: int, *, title: str | None, body: str | None, base: str | None) -> None:
    """Change title, body or base; None leaves as it is."""
    issue = world.issues[pull.repository_id, pull.number]
    changes: Json = {}
    if title is not None and title != issue.title:
        check_title("PullRequest", title)
        changes["title"] = {"from": issue.title}
    if body is not None and body != issue.body:
        check_body("PullRequest", body)
        changes["body"] = {"from": issue.body or ""}
    if base is not None and base != pull.base_ref:
        sha = world.git(world.repositories[pull.repository_id]).resolve(f"refs/heads/{base}")
        if sha is None:
            raise invalid("PullRequest", "base")
        changes["base"] = {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}
        _write_refs(world, replace(pull, base_ref=base, base_sha=sha))
    if changes:
        new_title, new_body = title if title is not None else issue.title, body if body is not None else issue.body
        touch(world, pull, by=by, title=new_title, body=new_body)
        tell(world, pull, "edited", by, changes=changes)


def set_draft(world: World, pull: Pull, by: int, *, draft: bool) -> None:
    """Make ready for review, or a draft again."""
    world.pulls[pull.repository_id, pull.number] = replace(pull, draft=draft)
    tell(world, pull, "converted_to_draft" if draft else "ready_for_review", by)


def request_reviewers(world: World, pull: Pull, users: list[User], by: int, *, remove: bool = False) -> None:
    """Ask people for a review, or no longer."""
    for user in users:
        now = world.pulls[pull.repository_id, pull.number]
        kept = tuple(number for number in now.reviewers if number != user.id)
        world.pulls[pull.repository_id, pull.number] = replace(now, reviewers=kept if remove else (*kept, user.id))
        action = "review_request_removed" if remove else "review_requested"
        tell(world, pull, action, by, requested_reviewer=accounts.user(world, user))


def merge(world: World, pull: Pull, by: User, *, method: str = "merge", sha: str | None = None, title: str = "") -> str:
    """Merge by the button."""
    repository = world.repositories[pull.repository_id]
    git = world.git(repository)
    base = git.resolve(f"refs/heads/{pull.base_ref}") or ""
    tree = git.merge_tree(base, pull.head_sha)
    if not _open(world, pull) or pull.draft or tree is None:
        raise Refused(405, "Pull Request is not mergeable")
    if sha and sha != pull.head_sha:
        raise Refused(409, "Head branch was modified. Review and try the merge again.")
    if left := outstanding(world, pull):
        raise Refused(405, f'Required status check "{min(left)}" is expected.')
    who = Identity(by.login, by.email, int(world.now().timestamp()))
    web = web_identity(who.date)
    issue = world.issues[pull.repository_id, pull.number]
    owner = world.users[pull.head_owner_id].login
    if method == "rebase":
        made = _replayed(git, base, pull.head_sha, web)
    elif method == "squash":
        made = git.write_commit(tree, [base], who, web, title or f"{issue.title} (#{pull.number})")
    else:
        words = title or f"Merge pull request #{pull.number} from {owner}/{pull.head_ref}\n\n{issue.title}"
        made = git.write_commit(tree, [base, pull.head_sha], who, web, words)
    if method != "rebase":  # GitHub signs no commit that it replays
        world.verified.add(made)
    git.set_ref(f"refs/heads/{pull.base_ref}", made)
    _merged(world, pull, made, by.id)
    repositories.moved(world, repository, f"refs/heads/{pull.base_ref}", base, made, by.id)
    return made


def outstanding(world: World, pull: Pull) -> set[str]:
    """The required checks that have not passed at head."""
    newest = {
        run.name: run.conclusion
        for run in sorted(world.runs.values(), key=lambda run: run.id)
        if (run.repository_id, run.head_sha) == (pull.repository_id, pull.head_sha)
    }
    passed = {name for name, conclusion in newest.items() if conclusion in ("success", "neutral", "skipped")}
    return set(world.repositories[pull.repository_id].required.get(pull.base_ref, ())) - passed


def enable_auto_merge(world: World, pull: Pull, by: int, method: str) -> None:
    """GitHub waits for what is required, and for nothing else."""
    if not world.repositories[pull.repository_id].allow_auto_merge:
        raise Refused(422, "Pull request Auto merge is not allowed for this repository")
    if not outstanding(world, pull):
        raise Refused(422, "Pull request Pull request is in clean status")
    world.pulls[pull.repository_id, pull.number] = replace(pull, auto_merge=method, auto_merge_by=by)
    tell(world, pull, "auto_merge_enabled", by)


def merge_what_waited(world: World, repository: Repository) -> None:
    """After a check: what was to be merged then, is."""
    for pull in list(world.pulls.values()):
        waits = pull.repository_id == repository.id and pull.auto_merge and _open(world, pull)
        if waits and not outstanding(world, pull):
            merge(world, pull, world.users[pull.auto_merge_by or 0], method=pull.auto_merge or "merge")


def _replayed(git: Git, base: str, head: str, web: Identity) -> str:
    """Each commit of head once more on top of base, by its author; the last one's sha."""
    for one in reversed(git.log("--no-merges", f"{base}..{head}")):
        tree = git.picked(base, one.sha)
        if tree is None:
            raise Refused(405, "This branch can't be rebased")
        base = git.write_commit(tree, [base], one.author, web, one.message)
    return base


def _merged(world: World, pull: Pull, sha: str, by: int) -> None:
    now = world.now()
    key = (pull.repository_id, pull.number)
    world.pulls[key] = replace(pull, merged_at=now, merged_by=by, merge_commit_sha=sha, auto_merge=None)
    touch(world, pull, by=by, state="closed", closed_at=now, closed_by=by)
    tell(world, pull, "closed", by)


def update_branch(world: World, pull: Pull, by: User) -> None:
    """Merge the base into the head, as the button "Update branch" does."""
    source = world.repositories.get(pull.head_repository_id or 0)
    base_repository = world.repositories[pull.repository_id]
    base = world.git(base_repository).resolve(f"refs/heads/{pull.base_ref}") or pull.base_sha
    if source is None:
        raise Refused(422, "head repository does not exist.")
    git = world.git(source)
    if source.id != base_repository.id:
        git.fetch(world.git(base_repository).path, f"+refs/heads/{pull.base_ref}:refs/hidden/base/{pull.base_ref}")
    tree = git.merge_tree(pull.head_sha, base)
    if tree is None:
        raise Refused(422, "merge conflict between base and head")
    who = Identity(by.login, by.email, int(world.now().timestamp()))
    words = f"Merge branch '{pull.base_ref}' into {pull.head_ref}"
    made = git.write_commit(tree, [pull.head_sha, base], who, who, words)
    world.verified.add(made)
    git.set_ref(f"refs/heads/{pull.head_ref}", made)
    repositories.moved(world, source, f"refs/heads/{pull.head_ref}", pull.head_sha, made, by.id)


def queue(world: World, pull: Pull, by: User, behind: str | None = None) -> str:
    """Put into the merge queue: a branch of its own, on top of what is ahead, and the event `merge_group`; its sha."""
    repository = world.repositories[pull.repository_id]
    git = world.git(repository)
    base = behind or git.resolve(f"refs/heads/{pull.base_ref}") or pull.base_sha
    tree = git.merge_tree(base, pull.head_sha)
    assert tree, "it cannot be merged"
    who = web_identity(int(world.now().timestamp()))
    words = f"Merge pull request #{pull.number} from {pull.head_ref}"
    made = git.write_commit(tree, [base, pull.head_sha], who, who, words)
    ref = f"refs/heads/gh-readonly-queue/{pull.base_ref}/pr-{pull.number}-{base}"
    git.set_ref(ref, made)
    checks.suites_for_push(world, repository, ref.removeprefix("refs/heads/"), None, made, by.id)
    world.emit(
        "merge_group", "checks_requested", repository, by.id, merge_group=_group(world, repository, pull, ref, made)
    )
    return made


def unqueue(world: World, pull: Pull, by: User, *, reason: str = "dequeued") -> None:
    """Take out of the merge queue: dequeued, invalidated or merged."""
    repository = world.repositories[pull.repository_id]
    git = world.git(repository)
    start = f"refs/heads/gh-readonly-queue/{pull.base_ref}/pr-{pull.number}-"
    for ref, sha in git.refs(start).items():
        group = _group(world, repository, pull, ref, sha)
        git.set_ref(ref, None)
        world.emit("merge_group", "destroyed", repository, by.id, reason=reason, merge_group=group)


def _group(world: World, repository: Repository, pull: Pull, ref: str, sha: str) -> Json:
    commit = world.git(repository).commit(sha)
    return {
        "head_sha": sha,
        "head_ref": ref,
        "base_sha": commit.parents[0],
        "base_ref": f"refs/heads/{pull.base_ref}",
        "head_commit": commits.simple_commit(commit),
    }
