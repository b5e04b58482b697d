"""Reactions to issues, comments and review comments.

Partner: `acts/talk.py`.
"""

from __future__ import annotations

from typing import Any

from tests.github.acts import talk as act
from tests.github.call import Answer, Call, operation
from tests.github.render import talk as render
from tests.github.rules import not_found

Json = Any
Subject = tuple[str, int]

_ISSUE, _ISSUE_READ = "issues:write|pull_requests:write", "issues:read|pull_requests:read"


def _on_issue(call: Call) -> Subject:
    return "issues", call.issue().id


def _on_comment(call: Call) -> Subject:
    return "comments", call.one_of(call.world.comments, "comment_id").id


def _on_note(call: Call) -> Subject:
    return "review_comments", call.one_of(call.world.review_comments, "comment_id").id


def _create(call: Call, subject: Subject) -> Json:
    made, new = act.react(call.world, subject, call.actor, call.body["content"])
    return Answer(201 if new else 200, render.reaction(call.world, made))


def _list(call: Call, subject: Subject) -> Json:
    found = [one for one in call.world.reactions.values() if one.subject == subject]
    found = [one for one in found if call.query.get("content") in (None, one.content)]
    return [render.reaction(call.world, one) for one in call.page(found)]


def _delete(call: Call, subject: Subject) -> None:
    number = call.number("reaction_id")
    one = call.world.reactions.get(number)
    if one is None or one.subject != subject or one.user_id != call.actor.id:
        raise not_found()
    del call.world.reactions[number]


@operation("reactions/create-for-issue", _ISSUE, 201)
def create_for_issue(call: Call) -> Json:
    return _create(call, _on_issue(call))


@operation("reactions/list-for-issue", _ISSUE_READ)
def list_for_issue(call: Call) -> Json:
    return _list(call, _on_issue(call))


@operation("reactions/delete-for-issue", _ISSUE, 204)
def delete_for_issue(call: Call) -> Json:
    _delete(call, _on_issue(call))


@operation("reactions/create-for-issue-comment", _ISSUE, 201)
def create_for_comment(call: Call) -> Json:
    return _create(call, _on_comment(call))


@operation("reactions/list-for-issue-comment", _ISSUE_READ)
def list_for_comment(call: Call) -> Json:
    return _list(call, _on_comment(call))


@operation("reactions/delete-for-issue-comment", _ISSUE, 204)
def delete_for_comment(call: Call) -> Json:
    _delete(call, _on_comment(call))


@operation("reactions/create-for-pull-request-review-comment", "pull_requests:write", 201)
def create_for_note(call: Call) -> Json:
    return _create(call, _on_note(call))


@operation("reactions/list-for-pull-request-review-comment", "pull_requests:read")
def list_for_note(call: Call) -> Json:
    return _list(call, _on_note(call))


@operation("reactions/delete-for-pull-request-comment", "pull_requests:write", 204)
def delete_for_note(call: Call) -> Json:
    _delete(call, _on_note(call))
