"""Issues, their comments and labels over the API; a pull request's comments are these too.

Partner: `acts/talk.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.github.acts import talk as act
from tests.github.call import Call, operation
from tests.github.render import accounts
from tests.github.render import talk as render
from tests.github.rules import LEVELS, NOT_BY_INTEGRATION, Refused, invalid, not_found
from tests.github.state import Comment, Issue, Label, User

Json = Any

_EITHER = "issues:write|pull_requests:write"
_READ = "issues:read|pull_requests:read"


def _need_issues(call: Call) -> None:
    if not call.repository.has_issues:
        raise Refused(410, "Issues has been disabled in this repository.")


def _talk(call: Call, issue: Issue, level: str = "write") -> Issue:
    """An issue asks for the permission `issues`, and that there are any; a pull request is content with either."""
    if not issue.is_pull:
        _need_issues(call)
    allowed = call.token.permissions if call.token and call.token.installation_id else None
    if allowed is not None and not issue.is_pull and LEVELS[allowed.get("issues", "none")] < LEVELS[level]:
        raise Refused(403, NOT_BY_INTEGRATION)
    if level == "write" and issue.locked and allowed is None:
        call.require("issues", "write")
    return issue


def _comment(call: Call, level: str = "write") -> Comment:
    found = call.one_of(call.world.comments, "comment_id")
    _talk(call, call.world.issues[found.repository_id, found.number], level)
    return found


def _people(call: Call, logins: list[str]) -> list[User]:
    return [user for user in (call.world.user(login) for login in logins) if user]


@operation("issues/create", "issues:write", 201)
def create(call: Call) -> Json:
    _need_issues(call)
    body = call.body
    names = [one if isinstance(one, str) else one["name"] for one in body.get("labels", [])]
    people = _people(call, body.get("assignees") or [])
    made = act.open_issue(
        call.world, call.repository, call.actor, title=str(body["title"]), body=body.get("body"),
        labels=names, assignees=people, app_id=call.app_id,
    )  # fmt: skip
    return render.issue(call.world, made)


@operation("issues/get", _READ)
def get(call: Call) -> Json:
    return render.issue(call.world, _talk(call, call.issue(), "read"))


@operation("issues/update", _EITHER)
def update(call: Call) -> Json:
    issue, body = _talk(call, call.issue()), call.body or {}
    changes: Json = {key: body[key] for key in ("title", "body") if key in body}
    if "assignees" in body:
        changes["assignees"] = tuple(user.id for user in _people(call, body["assignees"]))
    if changes:
        issue = act.edit_issue(call.world, issue, call.actor.id, **changes)
    if "labels" in body:
        names = [one if isinstance(one, str) else one["name"] for one in body["labels"]]
        issue = act.label_issue(call.world, issue, names, call.actor.id)
    if "state" in body:
        act.set_state(call.world, issue, body["state"], body.get("state_reason"), call.actor.id)
    return render.issue(call.world, call.issue())


@operation("issues/list-for-repo", _READ)
def list_for_repository(call: Call) -> Json:
    state, query = call.query.get("state", "open"), call.query
    wanted = {name.lower() for name in query.get("labels", "").split(",") if name}
    found = [
        issue
        for issue in call.since(list(call.world.issues.values()))
        if issue.repository_id == call.repository.id
        and state in ("all", issue.state)
        and wanted <= {name.lower() for name in issue.labels}
        and query.get("creator", "").lower() in ("", call.world.users[issue.user_id].login.lower())
    ]
    key = {"updated": "updated_at", "created": "number"}.get(query.get("sort", "created"), "number")
    found.sort(key=lambda issue: getattr(issue, key), reverse=query.get("direction", "desc") == "desc")
    return [render.issue(call.world, issue) for issue in call.page(found)]


@operation("issues/list-comments", _READ)
def list_comments(call: Call) -> Json:
    issue = _talk(call, call.issue(), "read")
    found = call.since(render.comments_of(call.world, issue.repository_id, issue.number))
    return [render.comment(call.world, one) for one in call.page(found)]


@operation("issues/list-comments-for-repo", _READ)
def list_all_comments(call: Call) -> Json:
    found = [one for one in call.world.comments.values() if one.repository_id == call.repository.id]
    return [render.comment(call.world, one) for one in call.page(call.since(found))]


@operation("issues/create-comment", _EITHER, 201)
def create_comment(call: Call) -> Json:
    issue = _talk(call, call.issue())
    return render.comment(call.world, act.comment(call.world, issue, call.actor, call.body["body"], app_id=call.app_id))


@operation("issues/get-comment", _READ)
def get_comment(call: Call) -> Json:
    return render.comment(call.world, _comment(call, "read"))


@operation("issues/update-comment", _EITHER)
def update_comment(call: Call) -> Json:
    one = _comment(call)
    call.only_own(one.user_id)
    return render.comment(call.world, act.edit_comment(call.world, one, call.body["body"], call.actor.id))


@operation("issues/delete-comment", _EITHER, 204)
def delete_comment(call: Call) -> Json:
    one = _comment(call)
    call.only_own(one.user_id)
    act.delete_comment(call.world, one, call.actor.id)


@operation("issues/list-labels-on-issue", _READ)
def list_labels(call: Call) -> Json:
    return list(call.page(render.labels(call.world, _talk(call, call.issue(), "read"))))


def _names(call: Call) -> list[str]:
    body = call.body
    given = body if isinstance(body, list) else (body or {}).get("labels", [])
    return [one if isinstance(one, str) else one["name"] for one in given]


@operation("issues/add-labels", _EITHER)
def add_labels(call: Call) -> Json:
    issue = _talk(call, call.issue())
    return render.labels(call.world, act.label_issue(call.world, issue, [*issue.labels, *_names(call)], call.actor.id))


@operation("issues/set-labels", _EITHER)
def set_labels(call: Call) -> Json:
    issue = _talk(call, call.issue())
    return render.labels(call.world, act.label_issue(call.world, issue, _names(call), call.actor.id))


@operation("issues/remove-label", _EITHER)
def remove_label(call: Call) -> Json:
    issue, name = _talk(call, call.issue()), call.values["name"].lower()
    kept = [one for one in issue.labels if one.lower() != name]
    if len(kept) == len(issue.labels):
        raise Refused(404, "Label does not exist")
    return render.labels(call.world, act.label_issue(call.world, issue, kept, call.actor.id))


@operation("issues/remove-all-labels", _EITHER, 204)
def remove_labels(call: Call) -> Json:
    act.label_issue(call.world, _talk(call, call.issue()), [], call.actor.id)


@operation("issues/list-labels-for-repo", _READ)
def list_repository_labels(call: Call) -> Json:
    found = [one for one in call.world.labels.values() if one.repository_id == call.repository.id]
    return [accounts.label(call.world, one) for one in call.page(found)]


@operation("issues/create-label", _EITHER, 201)
def create_label(call: Call) -> Json:
    body = call.body
    made = act.make_label(
        call.world, call.repository, body["name"], body.get("color", "ededed"), body.get("description")
    )
    return accounts.label(call.world, made)


def _label(call: Call) -> Label:
    found = call.world.labels.get((call.repository.id, call.values["name"].lower()))
    if found is None:
        raise not_found()
    return found


@operation("issues/get-label", _READ)
def get_label(call: Call) -> Json:
    return accounts.label(call.world, _label(call))


@operation("issues/update-label", _EITHER)
def update_label(call: Call) -> Json:
    old, body = _label(call), call.body or {}
    new = replace(
        old,
        name=body.get("new_name", old.name),
        color=body.get("color", old.color),
        description=body.get("description", old.description),
    )
    del call.world.labels[old.repository_id, old.name.lower()]
    call.world.labels[new.repository_id, new.name.lower()] = new
    for key, issue in list(call.world.issues.items()):
        if key[0] == old.repository_id:
            names = tuple(new.name if name == old.name else name for name in issue.labels)
            call.world.issues[key] = replace(issue, labels=names)
    return accounts.label(call.world, new)


@operation("issues/delete-label", _EITHER, 204)
def delete_label(call: Call) -> Json:
    old = _label(call)
    for key, issue in list(call.world.issues.items()):
        if key[0] == old.repository_id:
            call.world.issues[key] = replace(issue, labels=tuple(name for name in issue.labels if name != old.name))
    del call.world.labels[old.repository_id, old.name.lower()]


def _assign(call: Call, *, add: bool) -> Json:
    issue = _talk(call, call.issue())
    people = [user.id for user in _people(call, call.body.get("assignees", []))]
    others = tuple(number for number in issue.assignees if number not in people)
    changes = {"assignees": (*others, *people) if add else others}
    return render.issue(call.world, act.edit_issue(call.world, issue, call.actor.id, **changes))


@operation("issues/add-assignees", _EITHER, 201)
def add_assignees(call: Call) -> Json:
    return _assign(call, add=True)


@operation("issues/remove-assignees", _EITHER)
def remove_assignees(call: Call) -> Json:
    return _assign(call, add=False)


@operation("issues/lock", _EITHER, 204)
def lock(call: Call) -> Json:
    issue = _talk(call, call.issue())
    call.world.issues[issue.repository_id, issue.number] = replace(issue, locked=True)


@operation("issues/unlock", _EITHER, 204)
def unlock(call: Call) -> Json:
    issue = call.issue()
    if not issue.locked:
        raise invalid("Issue", "locked")
    call.world.issues[issue.repository_id, issue.number] = replace(issue, locked=False)
