"""pull_request: check what is ready for review; drop what is closed."""

from __future__ import annotations

from typing import Any

import msgspec

from bot.core.task import OUR_BRANCHES, Task, pull_group
from bot.handlers._payload import Event, Pull, check

_CHECKED = ("opened", "synchronize", "reopened", "ready_for_review")


class Changes(msgspec.Struct, frozen=True):
    """What an edit has changed, as it was before."""

    base: Any = None


class Payload(Event, frozen=True):
    """The pull request as it is after the event."""

    pull_request: Pull | None = None
    changes: Changes | None = None


def handle(payload: Payload, delivery_id: str) -> list[Task]:
    """Drafts wait until they are ready."""
    where, pull = payload.where, payload.pull_request
    if where is None or pull is None:
        return []
    ours = payload.person is None and pull.head.ref.startswith(OUR_BRANCHES)
    # Our own fix was measured before it was proposed; a person's commit on it is checked as any other.
    retargeted = payload.action == "edited" and payload.changes is not None and payload.changes.base is not None
    if (payload.action in _CHECKED or retargeted) and pull.state == "open" and not pull.draft and not ours:
        # It may be at a head that was checked before, also after a push: whoever asks again gets an answer again.
        again = "" if payload.action == "opened" else delivery_id
        return [check(where, pull.number, pull.head.sha, again=again, **pull.told_at)]
    if payload.action in ("closed", "converted_to_draft"):
        details = {"pull": pull.number, "head_sha": pull.head.sha, "merged": pull.merged, **pull.told_at}
        # What is merged is checked to its end.
        group = None if pull.merged else pull_group(where.repository, pull.number)
        return [Task(f"closed:{where.repository}:{pull.number}:{delivery_id}", "closed", where, details, group)]
    return []
