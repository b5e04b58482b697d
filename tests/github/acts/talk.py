"""Issues, comments, labels and reactions.

Partner: `routes/issues.py` is how an app does it, `people.py` how a person does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.github.acts import pulls
from tests.github.render import accounts, talk
from tests.github.rules import check_body, check_title, invalid
from tests.github.state import Comment, Issue, Label, Reaction, Repository, User, World

Json = Any

MOST_COMMENTS = 2500


def open_issue(
    world: World,
    repository: Repository,
    by: User,
    *,
    title: str,
    body: str | None,
    labels: Sequence[str] = (),
    assignees: Sequence[User] = (),
    app_id: int | None = None,
) -> Issue:
    """A new issue."""
    check_title("Issue", title)
    check_body("Issue", body)
    names = tuple(ensure_label(world, repository, name).name for name in labels)
    people = tuple(user.id for user in assignees)
    number, now = world.next_number(repository.id), world.now()
    made = Issue(
        world.new_id(), repository.id, number, title, body, by.id, now, now,
        labels=names, assignees=people, app_id=app_id,
    )  # fmt: skip
    world.issues[repository.id, number] = made
    tell(world, made, "opened", by.id)
    return made


def tell(world: World, issue: Issue, action: str, by: int, **parts: Json) -> None:
    """The event `issues`."""
    now = world.issues[issue.repository_id, issue.number]
    world.emit(
        "issues", action, world.repositories[now.repository_id], by, issue=talk.issue_in_event(world, now), **parts
    )


def edit_issue(world: World, issue: Issue, by: int, **changes: Json) -> Issue:
    """Change title, body, labels or assignees."""
    if "title" in changes:
        check_title("Issue", changes["title"])
    check_body("Issue", changes.get("body"))
    told = {
        key: {"from": getattr(issue, key) or ""}
        for key in ("title", "body")
        if key in changes and changes[key] != getattr(issue, key)
    }
    key = (issue.repository_id, issue.number)
    world.issues[key] = replace(issue, updated_at=world.now(), **changes)
    if told and issue.is_pull:
        pulls.tell(world, world.pulls[key], "edited", by, changes=told)
    elif told:
        tell(world, issue, "edited", by, changes=told)
    return world.issues[key]


def set_state(world: World, issue: Issue, state: str, reason: str | None, by: int) -> None:
    """Close or reopen an issue."""
    key = (issue.repository_id, issue.number)
    if issue.is_pull:
        pulls.set_state(world, world.pulls[key], state, by)
        return
    if issue.state == state:
        return
    now = world.now()
    if state == "closed":
        changes: Json = {"state_reason": reason or "completed", "closed_at": now, "closed_by": by}
    else:
        changes = {"state_reason": "reopened", "closed_at": None, "closed_by": None}
    world.issues[key] = replace(issue, state=state, updated_at=now, **changes)
    tell(world, issue, "closed" if state == "closed" else "reopened", by)


def label_issue(world: World, issue: Issue, names: Sequence[str], by: int) -> Issue:
    """Give an issue exactly these labels."""
    repository = world.repositories[issue.repository_id]
    wanted = tuple(dict.fromkeys(ensure_label(world, repository, name).name for name in names))
    key = (issue.repository_id, issue.number)
    world.issues[key] = replace(issue, labels=wanted, updated_at=world.now())
    for action, changed in (
        ("labeled", set(wanted) - set(issue.labels)),
        ("unlabeled", set(issue.labels) - set(wanted)),
    ):
        for name in sorted(changed):
            label = accounts.label(world, world.labels[repository.id, name.lower()])
            if issue.is_pull:
                pulls.tell(world, world.pulls[key], action, by, label=label)
            else:
                tell(world, issue, action, by, label=label)
    return world.issues[key]


def ensure_label(world: World, repository: Repository, name: str) -> Label:
    """A label by its name, made now if there is none, as GitHub does."""
    if found := world.labels.get((repository.id, name.lower())):
        return found
    return make_label(world, repository, name)


def make_label(
    world: World, repository: Repository, name: str, color: str = "ededed", description: str | None = None
) -> Label:
    """A new label."""
    if (repository.id, name.lower()) in world.labels:
        raise invalid("Label", "name", "already_exists")
    if len(name) > 50 or len(description or "") > 100:
        raise invalid("Label", "name" if len(name) > 50 else "description")
    made = Label(world.new_id(), repository.id, name, color, description)
    world.labels[repository.id, name.lower()] = made
    return made


def comment(world: World, issue: Issue, by: User, body: str, *, app_id: int | None = None) -> Comment:
    """A new comment below an issue or a pull request."""
    check_body("IssueComment", body, required=True)
    if len(talk.comments_of(world, issue.repository_id, issue.number)) >= MOST_COMMENTS:
        raise invalid("IssueComment", "base", message="Commenting is disabled on issues with more than 2500 comments")
    now = world.now()
    made = Comment(world.new_id(), issue.repository_id, issue.number, by.id, body, now, now, app_id=app_id)
    world.comments[made.id] = made
    _tell_comment(world, made, "created", by.id)
    return made


def edit_comment(world: World, one: Comment, body: str, by: int) -> Comment:
    """Another text."""
    check_body("IssueComment", body, required=True)
    changed = replace(one, body=body, updated_at=world.now())
    world.comments[one.id] = changed
    _tell_comment(world, changed, "edited", by, changes={"body": {"from": one.body}})
    return changed


def delete_comment(world: World, one: Comment, by: int) -> None:
    """Gone."""
    _tell_comment(world, one, "deleted", by)
    del world.comments[one.id]


def _tell_comment(world: World, one: Comment, action: str, by: int, **parts: Json) -> None:
    issue = world.issues[one.repository_id, one.number]
    parts |= {"issue": talk.issue_in_event(world, issue), "comment": talk.comment(world, one)}
    world.emit("issue_comment", action, world.repositories[one.repository_id], by, **parts)


def react(world: World, subject: tuple[str, int], by: User, content: str) -> tuple[Reaction, bool]:
    """(the reaction, whether it is new); the same twice is one."""
    for one in world.reactions.values():
        if (one.subject, one.user_id, one.content) == (subject, by.id, content):
            return one, False
    made = Reaction(world.new_id(), subject, by.id, content, world.now())
    world.reactions[made.id] = made
    return made, True
