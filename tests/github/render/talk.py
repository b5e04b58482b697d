"""Issues, pull requests, comments, reviews and reactions in GitHub's words.

Partner: `tests/github/acts/talk.py` and `acts/pulls.py` change them.
"""

from __future__ import annotations

from typing import Any

from tests.github.render.accounts import app_by_id, label, node_id, repository, time, user, user_by_id
from tests.github.rules import association
from tests.github.state import Comment, Issue, Pull, Reaction, Repository, Review, ReviewComment, World

Json = Any

_WORDS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def _urls(world: World, repository_id: int) -> tuple[str, str]:
    name = world.full_name(world.repositories[repository_id])
    return f"{world.api_url}/repos/{name}", f"{world.url}/{name}"


def reaction(world: World, one: Reaction) -> Json:
    """A reaction."""
    return {
        "id": one.id,
        "node_id": node_id("REA", one.id),
        "user": user_by_id(world, one.user_id),
        "content": one.content,
        "created_at": time(one.created_at),
    }


def rollup(world: World, subject: tuple[str, int], url: str) -> Json:
    """How many reactions of each kind something has."""
    words = [one.content for one in world.reactions.values() if one.subject == subject]
    return {
        "url": f"{url}/reactions",
        "total_count": len(words),
        **{word: words.count(word) for word in _WORDS},
    }


def labels(world: World, one: Issue) -> list[Json]:
    """The labels of an issue."""
    return [label(world, world.labels[one.repository_id, name.lower()]) for name in one.labels]


def issue(world: World, one: Issue) -> Json:
    """An issue, or a pull request seen as one."""
    url, html = _urls(world, one.repository_id)
    own = f"{url}/issues/{one.number}"
    page = f"{html}/{'pull' if one.is_pull else 'issues'}/{one.number}"
    assignees = [user_by_id(world, number) for number in one.assignees]
    rendered = {
        "url": own,
        "repository_url": url,
        "labels_url": f"{own}/labels{{/name}}",
        "comments_url": f"{own}/comments",
        "events_url": f"{own}/events",
        "html_url": page,
        "id": one.id,
        "node_id": node_id("I", one.id),
        "number": one.number,
        "title": one.title,
        "user": user_by_id(world, one.user_id),
        "labels": labels(world, one),
        "state": one.state,
        "locked": one.locked,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "comments": len(comments_of(world, one.repository_id, one.number)),
        "created_at": time(one.created_at),
        "updated_at": time(one.updated_at),
        "closed_at": time(one.closed_at),
        "author_association": association(world, world.repositories[one.repository_id], one.user_id),
        "active_lock_reason": None,
        "body": one.body,
        "closed_by": user_by_id(world, one.closed_by),
        "reactions": rollup(world, ("issues", one.id), own),
        "timeline_url": f"{own}/timeline",
        "performed_via_github_app": app_by_id(world, one.app_id),
        "state_reason": one.state_reason,
    }
    if one.is_pull:
        pull = world.pulls[one.repository_id, one.number]
        rendered["draft"] = pull.draft
        rendered["pull_request"] = {
            "url": f"{url}/pulls/{one.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": time(pull.merged_at),
        }
    return rendered


def issue_in_event(world: World, one: Issue) -> Json:
    """An issue as its events have it."""
    return {key: value for key, value in issue(world, one).items() if key != "closed_by"}


def comments_of(world: World, repository_id: int, number: int) -> list[Comment]:
    """The comments below an issue, oldest first."""
    found = [one for one in world.comments.values() if (one.repository_id, one.number) == (repository_id, number)]
    return sorted(found, key=lambda one: one.id)


def comment(world: World, one: Comment) -> Json:
    """A comment below an issue."""
    url, html = _urls(world, one.repository_id)
    is_pull = world.issues[one.repository_id, one.number].is_pull
    own = f"{url}/issues/comments/{one.id}"
    return {
        "url": own,
        "html_url": f"{html}/{'pull' if is_pull else 'issues'}/{one.number}#issuecomment-{one.id}",
        "issue_url": f"{url}/issues/{one.number}",
        "id": one.id,
        "node_id": node_id("IC", one.id),
        "user": user_by_id(world, one.user_id),
        "created_at": time(one.created_at),
        "updated_at": time(one.updated_at),
        "author_association": association(world, world.repositories[one.repository_id], one.user_id),
        "body": one.body,
        "reactions": rollup(world, ("comments", one.id), own),
        "performed_via_github_app": app_by_id(world, one.app_id),
    }


def _side(world: World, owner_id: int, name: str, sha: str, repo: Repository | None) -> Json:
    owner = world.users[owner_id]
    return {
        "label": f"{owner.login}:{name}",
        "ref": name,
        "sha": sha,
        "user": user(world, owner),
        "repo": repository(world, repo) if repo else None,
    }


def pull(world: World, one: Pull) -> Json:
    """A pull request in a list."""
    url, html = _urls(world, one.repository_id)
    base = world.repositories[one.repository_id]
    shared = world.issues[one.repository_id, one.number]
    own, page = f"{url}/pulls/{one.number}", f"{html}/pull/{one.number}"
    assignees = [user_by_id(world, number) for number in shared.assignees]
    links = {
        "self": own,
        "html": page,
        "issue": f"{url}/issues/{one.number}",
        "comments": f"{url}/issues/{one.number}/comments",
        "review_comments": f"{own}/comments",
        "review_comment": f"{url}/pulls/comments{{/number}}",
        "commits": f"{own}/commits",
        "statuses": f"{url}/statuses/{one.head_sha}",
    }
    head = world.repositories.get(one.head_repository_id or 0)
    return {
        "url": own,
        "id": one.id,
        "node_id": node_id("PR", one.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": links["issue"],
        "number": one.number,
        "state": shared.state,
        "locked": shared.locked,
        "title": shared.title,
        "user": user_by_id(world, shared.user_id),
        "body": shared.body,
        "created_at": time(shared.created_at),
        "updated_at": time(shared.updated_at),
        "closed_at": time(shared.closed_at),
        "merged_at": time(one.merged_at),
        "merge_commit_sha": one.merge_commit_sha,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "requested_reviewers": [user_by_id(world, number) for number in one.reviewers],
        "requested_teams": [],
        "labels": labels(world, shared),
        "milestone": None,
        "draft": one.draft,
        "commits_url": links["commits"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "comments_url": links["comments"],
        "statuses_url": links["statuses"],
        "head": _side(world, one.head_owner_id, one.head_ref, one.head_sha, head),
        "base": _side(world, base.owner_id, one.base_ref, one.base_sha, base),
        "_links": {name: {"href": link} for name, link in links.items()},
        "author_association": association(world, base, shared.user_id),
        "auto_merge": _auto_merge(world, one),
        "active_lock_reason": None,
    }


def _auto_merge(world: World, one: Pull) -> Json:
    if one.auto_merge is None:
        return None
    return {
        "enabled_by": user_by_id(world, one.auto_merge_by),
        "merge_method": one.auto_merge,
        "commit_title": world.issues[one.repository_id, one.number].title,
        "commit_message": "",
    }


def full_pull(world: World, one: Pull) -> Json:
    """A pull request on its own page."""
    base = world.repositories[one.repository_id]
    git = world.git(base)
    shared = world.issues[one.repository_id, one.number]
    start = git.merge_base(one.base_sha, one.head_sha) or one.base_sha
    changes = git.changed(start, one.head_sha)
    mergeable = None
    if shared.state == "open":
        tip = git.resolve(f"refs/heads/{one.base_ref}")
        mergeable = bool(tip) and git.merge_tree(tip or "", one.head_sha) is not None
    clean = "draft" if one.draft else "clean"
    state = "unknown" if mergeable is None else clean if mergeable else "dirty"
    notes = [
        note for note in world.review_comments.values() if (note.repository_id, note.number) == (base.id, one.number)
    ]
    return pull(world, one) | {
        "merged": one.merged_at is not None,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": state,
        "merged_by": user_by_id(world, one.merged_by),
        "comments": len(comments_of(world, base.id, one.number)),
        "review_comments": len(notes),
        "maintainer_can_modify": one.maintainer_can_modify,
        "commits": git.count(f"{start}..{one.head_sha}"),
        "additions": sum(change[4] for change in changes),
        "deletions": sum(change[5] for change in changes),
        "changed_files": len(changes),
    }


def minimal_pull(world: World, one: Pull) -> Json:
    """A pull request as a part of a check."""
    base = world.repositories[one.repository_id]
    head = world.repositories.get(one.head_repository_id or 0) or base

    def short(repo: Repository) -> Json:
        return {"id": repo.id, "url": f"{world.api_url}/repos/{world.full_name(repo)}", "name": repo.name}

    return {
        "id": one.id,
        "number": one.number,
        "url": f"{_urls(world, base.id)[0]}/pulls/{one.number}",
        "head": {"ref": one.head_ref, "sha": one.head_sha, "repo": short(head)},
        "base": {"ref": one.base_ref, "sha": one.base_sha, "repo": short(base)},
    }


def review(world: World, one: Review, *, webhook: bool = False) -> Json:
    """A review; webhooks say its state in small letters."""
    url, html = _urls(world, one.repository_id)
    page = f"{html}/pull/{one.number}#pullrequestreview-{one.id}"
    pull_url = f"{url}/pulls/{one.number}"
    rendered = {
        "id": one.id,
        "node_id": node_id("PRR", one.id),
        "user": user_by_id(world, one.user_id),
        "body": (one.body or None) if webhook else one.body,
        "state": one.state.lower() if webhook else one.state,
        "html_url": page,
        "pull_request_url": pull_url,
        "author_association": association(world, world.repositories[one.repository_id], one.user_id),
        "_links": {"html": {"href": page}, "pull_request": {"href": pull_url}},
        "commit_id": one.commit_id,
    }
    if one.submitted_at or webhook:
        rendered["submitted_at"] = time(one.submitted_at)
    if webhook:
        rendered["updated_at"] = time(one.submitted_at)
    return rendered


def review_comment(world: World, one: ReviewComment) -> Json:
    """A comment on lines of a diff."""
    url, html = _urls(world, one.repository_id)
    own = f"{url}/pulls/comments/{one.id}"
    page, pull_url = f"{html}/pull/{one.number}#discussion_r{one.id}", f"{url}/pulls/{one.number}"
    rendered = {
        "url": own,
        "pull_request_review_id": one.review_id,
        "id": one.id,
        "node_id": node_id("PRRC", one.id),
        "diff_hunk": one.diff_hunk,
        "path": one.place.path,
        "commit_id": one.commit_id,
        "original_commit_id": one.original_commit_id,
        "user": user_by_id(world, one.user_id),
        "body": one.body,
        "created_at": time(one.created_at),
        "updated_at": time(one.updated_at),
        "html_url": page,
        "pull_request_url": pull_url,
        "author_association": association(world, world.repositories[one.repository_id], one.user_id),
        "_links": {"self": {"href": own}, "html": {"href": page}, "pull_request": {"href": pull_url}},
        "reactions": rollup(world, ("review_comments", one.id), own),
        "start_line": one.place.start_line,
        "original_start_line": one.original.start_line,
        "start_side": one.original.start_side,
        "line": one.place.line,
        "original_line": one.original.line,
        "side": one.original.side,
        "original_position": one.original_position,
        "position": one.position,
        "subject_type": "line" if one.original.line else "file",
    }
    if one.in_reply_to is not None:
        rendered["in_reply_to_id"] = one.in_reply_to
    return rendered
