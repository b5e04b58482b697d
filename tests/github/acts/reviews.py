"""Reviews and comments on the diff, and the button that applies a suggestion.

Partner: `rules.py` says which lines can be commented, `diff.py` what a suggestion does to a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.github.acts import repositories
from tests.github.diff import apply, suggestions
from tests.github.git import Identity, web_identity
from tests.github.render import talk
from tests.github.rules import Refused, at_least, check_body, invalid, placed, pull_hunks
from tests.github.state import Place, Pull, Repository, Review, ReviewComment, User, World

Json = Any

_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED", "PENDING": "PENDING"}


def place(body: Mapping[str, Json]) -> Place:
    """Where a comment in a request wants to sit."""
    if body.get("subject_type") == "file":
        return Place(body["path"], None)
    return Place(
        body["path"], body.get("line"), body.get("side", "RIGHT"), body.get("start_line"),
        body.get("start_side", body.get("side", "RIGHT")) if body.get("start_line") else None,
    )  # fmt: skip


def review(
    world: World,
    pull: Pull,
    by: User,
    *,
    event: str = "COMMENT",
    body: str = "",
    comments: Sequence[Mapping[str, Json]] = (),
    commit_id: str | None = None,
) -> tuple[Review, list[ReviewComment]]:
    """A review with its comments: all of them, or where one cannot be placed none."""
    check_body("PullRequestReview", body)
    repository = world.repositories[pull.repository_id]
    _check_review(world, pull, by, event, body, comments)
    commit = commit_id or pull.head_sha
    if world.git(repository).kind(commit) != "commit":
        raise invalid("PullRequestReview", "commit_id")
    found = pull_hunks(world, repository, pull, commit)
    for one in comments:
        check_body("PullRequestReviewComment", one["body"], required=True)
        placed(found, _place_of(found, one))
    submitted = None if event == "PENDING" else world.now()
    made = Review(
        world.new_id(), pull.repository_id, pull.number, by.id, body, _STATES[event], commit, submitted
    )  # fmt: skip
    world.reviews[made.id] = made
    notes = [_note(world, pull, made, by, one["body"], _place_of(found, one), commit, found) for one in comments]
    if submitted:
        _tell_review(world, repository, made, notes, by)
    return made, notes


def _place_of(found: Mapping[str, list[Any]], body: Mapping[str, Json]) -> Place:
    """The older way counts the lines of the diff: `position`."""
    if body.get("line") is not None or body.get("position") is None:
        if body.get("line") is None and body.get("subject_type") != "file":
            raise invalid("PullRequestReviewComment", "line", "missing_field")
        return place(body)
    for hunk in found.get(body["path"], ()):
        for line in hunk.lines:
            if line.position == body["position"]:
                side = "LEFT" if line.new is None else "RIGHT"
                return Place(body["path"], line.old if line.new is None else line.new, side)
    raise invalid("PullRequestReviewComment", "position")


def _check_review(world: World, pull: Pull, by: User, event: str, body: str, comments: Sequence[Any]) -> None:
    author = world.issues[pull.repository_id, pull.number].user_id
    if event in ("APPROVE", "REQUEST_CHANGES") and author == by.id:
        word = "approve" if event == "APPROVE" else "request changes on"
        raise Refused(422, f"Unprocessable Entity: Can not {word} your own pull request")
    if (event == "REQUEST_CHANGES" and not body) or (event == "COMMENT" and not body and not comments):
        raise invalid("PullRequestReview", "body", "missing_field")
    pending = any(
        one.state == "PENDING"
        and (one.repository_id, one.number, one.user_id) == (pull.repository_id, pull.number, by.id)
        for one in world.reviews.values()
    )
    if pending:
        message = "User can only have one pending review per pull request"
        raise Refused(
            422, "Unprocessable Entity", [{"resource": "PullRequestReview", "code": "custom", "message": message}]
        )


def submit(world: World, one: Review, event: str, body: str, by: User) -> Review:
    """Send a review that was pending."""
    if one.state != "PENDING":
        raise Refused(422, "Unprocessable Entity: the review was submitted before")
    check_body("PullRequestReview", body)
    changed = replace(one, state=_STATES[event], body=body or one.body, submitted_at=world.now())
    world.reviews[one.id] = changed
    notes = [note for note in world.review_comments.values() if note.review_id == one.id]
    _tell_review(world, world.repositories[one.repository_id], changed, notes, by)
    return changed


def _tell_review(world: World, repository: Repository, one: Review, notes: Sequence[ReviewComment], by: User) -> None:
    pull = talk.pull(world, world.pulls[one.repository_id, one.number])
    rendered = talk.review(world, one, webhook=True)
    world.emit("pull_request_review", "submitted", repository, by.id, review=rendered, pull_request=pull)
    for note in notes:
        _tell_note(world, note, "created", by.id)


def dismiss(world: World, one: Review, by: User) -> Review:
    """An approval or a request for changes no longer counts."""
    if one.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise Refused(422, "Can not dismiss a commented pull request review")
    changed = replace(one, state="DISMISSED")
    world.reviews[one.id] = changed
    pull = talk.pull(world, world.pulls[one.repository_id, one.number])
    rendered = talk.review(world, changed, webhook=True)
    repository = world.repositories[one.repository_id]
    world.emit("pull_request_review", "dismissed", repository, by.id, review=rendered, pull_request=pull)
    return changed


def note(world: World, pull: Pull, by: User, body: Mapping[str, Json]) -> ReviewComment:
    """One comment on the diff, which GitHub wraps into a review of its own; or an answer to another."""
    check_body("PullRequestReviewComment", body["body"], required=True)
    repository = world.repositories[pull.repository_id]
    first = body.get("in_reply_to")
    if first is not None:
        return reply(world, pull, by, first, body["body"])
    commit = body.get("commit_id") or pull.head_sha
    if world.git(repository).kind(commit) != "commit":
        raise invalid("PullRequestReviewComment", "commit_id")
    found = pull_hunks(world, repository, pull, commit)
    where = _place_of(found, body)
    placed(found, where)
    wrapped = Review(world.new_id(), pull.repository_id, pull.number, by.id, "", "COMMENTED", commit, world.now())
    world.reviews[wrapped.id] = wrapped
    made = _note(world, pull, wrapped, by, body["body"], where, commit, found)
    _tell_review(world, repository, wrapped, [made], by)
    return made


def reply(world: World, pull: Pull, by: User, first: int, body: str) -> ReviewComment:
    """An answer below a comment on the diff."""
    check_body("PullRequestReviewComment", body, required=True)
    root = world.review_comments.get(first)
    if root is None or (root.repository_id, root.number) != (pull.repository_id, pull.number):
        raise invalid("PullRequestReviewComment", "in_reply_to")
    now = world.now()
    wrapped = Review(
        world.new_id(), pull.repository_id, pull.number, by.id, "", "COMMENTED", root.commit_id, now
    )  # fmt: skip
    world.reviews[wrapped.id] = wrapped
    number, thread = world.new_id(), root.in_reply_to or root.id
    made = replace(
        root,
        id=number,
        review_id=wrapped.id,
        user_id=by.id,
        body=body,
        in_reply_to=thread,
        created_at=now,
        updated_at=now,
    )
    world.review_comments[number] = made
    _tell_review(world, world.repositories[pull.repository_id], wrapped, [made], by)
    return made


def _note(
    world: World, pull: Pull, one: Review, by: User, body: str, where: Place, commit: str, found: Mapping[str, Any]
) -> ReviewComment:
    position, hunk = placed(found, where)
    now = world.now()
    made = ReviewComment(
        id=world.new_id(),
        repository_id=pull.repository_id,
        number=pull.number,
        review_id=one.id,
        user_id=by.id,
        body=body,
        place=where,
        original=where,
        position=position,
        original_position=position,
        diff_hunk=hunk,
        commit_id=commit,
        original_commit_id=commit,
        created_at=now,
        updated_at=now,
    )
    world.review_comments[made.id] = made
    return made


def edit_note(world: World, one: ReviewComment, body: str, by: int) -> ReviewComment:
    """Another text."""
    check_body("PullRequestReviewComment", body, required=True)
    changed = replace(one, body=body, updated_at=world.now())
    world.review_comments[one.id] = changed
    _tell_note(world, changed, "edited", by, changes={"body": {"from": one.body}})
    return changed


def delete_note(world: World, one: ReviewComment, by: int) -> None:
    """Gone."""
    _tell_note(world, one, "deleted", by)
    del world.review_comments[one.id]


def _tell_note(world: World, one: ReviewComment, action: str, by: int, **parts: Json) -> None:
    pull = talk.pull(world, world.pulls[one.repository_id, one.number])
    parts |= {"comment": talk.review_comment(world, one), "pull_request": pull}
    world.emit("pull_request_review_comment", action, world.repositories[one.repository_id], by, **parts)


def follow(world: World, pull: Pull) -> None:
    """After a push: comments move with their lines; where the lines have changed, they are outdated."""
    repository = world.repositories[pull.repository_id]
    found = pull_hunks(world, repository, pull, pull.head_sha)
    for key, one in list(world.review_comments.items()):
        if (one.repository_id, one.number) != (pull.repository_id, pull.number) or one.place.line is None:
            continue
        world.review_comments[key] = _followed(one, found, pull.head_sha)


def _followed(one: ReviewComment, found: Mapping[str, Any], head_sha: str) -> ReviewComment:
    texts = one.diff_hunk.split("\n")[1:]
    count = 1 + (one.place.line - one.place.start_line if one.place.line and one.place.start_line else 0)
    wanted = texts[-count:]
    for hunk in found.get(one.place.path, ()):
        lines = [line.text for line in hunk.lines]
        for start in range(len(lines) - count + 1):
            last = hunk.lines[start + count - 1]
            number = last.new if one.place.side == "RIGHT" else last.old
            if lines[start : start + count] == wanted and number is not None:
                first = number - count + 1 if one.place.start_line else None
                moved = replace(one.place, line=number, start_line=first)
                return replace(one, place=moved, position=last.position, commit_id=head_sha)
    return replace(one, place=replace(one.place, line=None, start_line=None), position=None)


def apply_suggestion(world: World, one: ReviewComment, by: User, which: int = 0) -> str:
    """The button "Commit suggestion": a commit on the head branch, written by the person; the new sha."""
    pull = world.pulls[one.repository_id, one.number]
    source = world.repositories.get(pull.head_repository_id or 0)
    assert source, "the fork is gone"
    assert one.place.line is not None, "GitHub offers no button: the comment is outdated"
    assert one.place.side == "RIGHT", "GitHub offers no button: the lines are deleted ones"
    can_push = at_least(world.role(source, by.id), "write") or (
        pull.maintainer_can_modify and at_least(world.role(world.repositories[pull.repository_id], by.id), "write")
    )
    assert can_push, f"GitHub offers no button: {by.login} may not push to {pull.head_ref}"
    offered = suggestions(one.body)
    assert offered, "the comment suggests nothing"
    git = world.git(source)
    content = git.file(pull.head_sha, one.place.path)
    assert content is not None, f"{one.place.path} is not at the head"
    new = apply(content.decode(), offered[which], one.place.start_line or one.place.line, one.place.line)
    entry = git.entry(pull.head_sha, one.place.path)
    assert entry
    tree = git.write_tree(pull.head_sha, [(one.place.path, entry.mode, git.blob(new.encode()))])
    who = Identity(by.login, by.email, int(world.now().timestamp()))
    author = world.users[one.user_id]
    words = f"Update {one.place.path}\n\nCo-authored-by: {author.login} <{author.email}>"
    made = git.write_commit(tree, [pull.head_sha], who, web_identity(who.date), words)
    world.verified.add(made)
    git.set_ref(f"refs/heads/{pull.head_ref}", made)
    repositories.moved(world, source, f"refs/heads/{pull.head_ref}", pull.head_sha, made, by.id)
    return made
