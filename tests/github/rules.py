"""What GitHub refuses although its schemas allow it.

Partner: `contract.py` holds what the schemas say; `routes/` and `acts/` ask here before they change anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.github.diff import Hunk, hunks
from tests.github.state import Place, Pull, Repository, World

Json = Any

LEVELS = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}
LONGEST_BODY = 65_536
LONGEST_TITLE = 256
NOT_BY_INTEGRATION = "Resource not accessible by integration"


class Refused(Exception):
    """GitHub's answer is an error."""

    def __init__(
        self, status: int, message: str, errors: list[Json] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {message} {errors or ''}")
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})


def not_found() -> Refused:
    """Also the answer for what one may not see."""
    return Refused(404, "Not Found")


def invalid(resource: str, field: str, code: str = "invalid", message: str | None = None) -> Refused:
    """A 422 with one error."""
    error = {"resource": resource, "field": field, "code": code}
    if message:
        error |= {"code": "custom", "message": message}
    return Refused(422, "Validation Failed", [error])


def at_least(role: str, needed: str) -> bool:
    """Whether a role or a permission is enough."""
    return LEVELS[role] >= LEVELS[needed]


def check_body(resource: str, body: str | None, *, required: bool = False) -> None:
    """A text that is neither empty, where there must be one, nor too long."""
    if required and not (body or "").strip():
        raise invalid(resource, "body", "missing_field")
    if body and len(body) > LONGEST_BODY:
        message = f"body is too long (maximum is {LONGEST_BODY} characters)"
        raise invalid(resource, "body", message=message)


def check_title(resource: str, title: str | None) -> None:
    """A title that is neither empty nor too long."""
    if not (title or "").strip():
        raise invalid(resource, "title", "missing_field")
    if len(title or "") > LONGEST_TITLE:
        raise invalid(resource, "title", message=f"title is too long (maximum is {LONGEST_TITLE} characters)")


def pull_hunks(world: World, repository: Repository, pull: Pull, commit: str) -> dict[str, list[Hunk]]:
    """The hunks that a comment on this commit of a pull request may sit in."""
    git = world.git(repository)
    base = git.merge_base(pull.base_sha, commit)
    return hunks(git.diff(base, commit)) if base else {}


def placed(found: Mapping[str, list[Hunk]], place: Place) -> tuple[int, str]:
    """(position, diff hunk) of a comment; refuses what is not in the diff."""
    if place.path not in found:
        raise _unplaced("path", "pull_request_review_thread.path is invalid")
    if place.line is None:
        return 1, found[place.path][0].header if found[place.path] else ""
    for hunk in found[place.path]:
        last = hunk.line(place.line, place.side)
        if last is None:
            continue
        if place.start_line is not None:
            _check_start(hunk, place)
        return last.position, hunk.text_until(last)
    raise _unplaced("line", "pull_request_review_thread.line must be part of the diff")


def _check_start(hunk: Hunk, place: Place) -> None:
    assert place.start_line is not None
    assert place.line is not None
    side = place.start_side or place.side
    if side == place.side and place.start_line >= place.line:
        raise _unplaced("start_line", "pull_request_review_thread.start_line must precede the end line.")
    if hunk.line(place.start_line, side) is None:
        raise _unplaced(
            "start_line", "pull_request_review_thread.start_line must be part of the same hunk as the line."
        )


def _unplaced(field: str, message: str) -> Refused:
    return invalid("PullRequestReviewComment", field, message=message)


def association(world: World, repository: Repository, user_id: int) -> str:
    """The `author_association` that GitHub displays."""
    if user_id == repository.owner_id:
        return "OWNER"
    if user_id in repository.roles:
        owner = world.users[repository.owner_id]
        return "MEMBER" if owner.type == "Organization" else "COLLABORATOR"
    merged = any(
        pull.repository_id == repository.id
        and pull.merged_at
        and world.issues[repository.id, pull.number].user_id == user_id
        for pull in world.pulls.values()
    )
    return "CONTRIBUTOR" if merged else "NONE"


def touches_workflows(changed: list[str]) -> bool:
    """Whether one of these paths needs the permission `workflows`."""
    return any(path.startswith(".github/workflows/") for path in changed)
