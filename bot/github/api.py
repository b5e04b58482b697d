"""The operations that the app needs of GitHub, each idempotent: what was made before is found, not made again.

Partner: `bot/github/__init__.py` sends them. Paths and limits: GitHub's REST documents, version 2022-11-28.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from bot.github import Connection, GoneError, RefusedError

CHECK_NAME = "Perfwright"
ANNOTATIONS_A_REQUEST = 50
_MERGE_METHODS = ("merge", "squash", "rebase")
_READY = "clean status"
"""How GitHub says that a pull request could be merged now, so that there is nothing to wait for."""
Commented = Literal["issue", "review", "review comment"]
Reaction = Literal["eyes", "+1"]
_REACTIONS = {"eyes": "EYES", "+1": "THUMBS_UP"}
"""What GraphQL calls them."""


class User(msgspec.Struct, frozen=True):
    """Who."""

    login: str
    id: int = 0
    type: str = "User"


class Repo(msgspec.Struct, frozen=True):
    """A repository as it is now."""

    id: int
    full_name: str
    default_branch: str = "main"
    archived: bool = False
    has_issues: bool = True
    """Whether it has any: GitHub makes forks without."""
    clone_url: str = ""
    html_url: str = ""


class Ref(msgspec.Struct, frozen=True):
    """One side of a pull request; a deleted fork has no repository."""

    ref: str
    sha: str
    repo: Repo | None = None


class Pull(msgspec.Struct, frozen=True):
    """A pull request as it is now."""

    number: int
    state: str
    head: Ref
    base: Ref
    user: User | None = None
    title: str = ""
    body: str | None = None
    draft: bool = False
    commits: int = 0
    updated_at: datetime | None = None
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None
    html_url: str = ""
    node_id: str = ""

    @property
    def merged(self) -> bool:
        """Whether it was merged, also in a list, where GitHub does not say the word."""
        return self.merged_at is not None

    @property
    def wanted(self) -> bool:
        """Whether what it changes is to be, or is already, a part of base."""
        return self.state == "open" or self.merged

    @property
    def from_fork(self) -> bool:
        """Whether head lies in another repository, or in none that is left."""
        return self.head.repo is None or self.base.repo is None or self.head.repo.id != self.base.repo.id

    @property
    def for_default(self) -> bool:
        """Whether it is, or was, to be merged into the default branch."""
        return self.base.repo is not None and self.base.ref == self.base.repo.default_branch


class CheckRun(msgspec.Struct, frozen=True):
    """A check run; ours is found by `external_id`."""

    id: int
    status: str = ""
    external_id: str | None = None
    head_sha: str = ""
    html_url: str | None = None


class Comment(msgspec.Struct, frozen=True):
    """A comment."""

    id: int
    body: str | None = None
    user: User | None = None
    html_url: str = ""


class ReviewComment(msgspec.Struct, frozen=True):
    """A comment on lines of the diff; `line` is None once they have changed."""

    path: str
    body: str
    line: int | None = None
    user: User | None = None


class Issue(msgspec.Struct, frozen=True):
    """An issue."""

    number: int
    state: str = "open"
    title: str = ""
    body: str | None = None
    user: User | None = None
    html_url: str = ""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on lines of a file at head."""

    path: str
    start_line: int
    end_line: int
    level: Literal["notice", "warning", "failure"]
    message: str
    title: str


@dataclass(frozen=True, slots=True)
class Action:
    """A button on the check run: label up to 20, description up to 40, identifier up to 20 characters."""

    label: str
    description: str
    identifier: str


class Repository:
    """One repository through one connection."""

    def __init__(self, connection: Connection, full_name: str) -> None:
        self._connection, self.full_name = connection, full_name
        self._at = f"/repos/{full_name}"

    def now(self, identity: int) -> Repo:
        """The repository as it is now; a renamed one is found by its id."""
        return msgspec.convert(self._connection.get(f"/repositories/{identity}"), Repo)

    # ---- pull requests

    def pull(self, number: int) -> Pull:
        """One pull request."""
        return msgspec.convert(self._connection.get(f"{self._at}/pulls/{number}"), Pull)

    def pulls(self, *, head: str | None = None, state: str = "open") -> list[Pull]:
        """Pull requests; `head` as OWNER:BRANCH."""
        found = self._connection.pages(f"{self._at}/pulls", state=state, **({"head": head} if head else {}))
        return msgspec.convert(list(found), list[Pull])

    def latest_pulls(self) -> list[Pull]:
        """Those open pull requests, a page of them, in which something happened last."""
        found = self._connection.get(f"{self._at}/pulls", state="open", sort="updated", direction="desc", per_page=50)
        return msgspec.convert(found, list[Pull])

    def open_pull(self, *, head: str, base: str, title: str, body: str) -> Pull:
        """Open a pull request from a branch of this repository."""
        fields = {"head": head, "base": base, "title": title, "body": body}
        return msgspec.convert(self._connection.post(f"{self._at}/pulls", fields), Pull)

    def merge_when_ready(self, pull: Pull) -> bool:
        """Let GitHub merge it when its requirements are met, in a way that the repository allows.

        Where nothing is required, or everything is met, GitHub refuses to wait: then it is merged now. False where the
        repository forbids it, or something is wrong that is not required.
        """
        for method in _MERGE_METHODS:
            try:
                self._connection.mutate(
                    "enablePullRequestAutoMerge", {"pullRequestId": pull.node_id, "mergeMethod": method.upper()}
                )
            except RefusedError as error:
                if _READY in str(error):
                    return self._merge(pull)
                continue
            return True
        return False

    def _merge(self, pull: Pull) -> bool:
        """Merge it at the head that is known; False where no way of merging is allowed."""
        for method in _MERGE_METHODS:
            try:
                fields = {"sha": pull.head.sha, "merge_method": method}
                self._connection.put(f"{self._at}/pulls/{pull.number}/merge", fields)
            except RefusedError:
                continue
            return True
        return False

    def edit_pull(self, number: int, **fields: str) -> None:
        """Change title, body or state."""
        self._connection.patch(f"{self._at}/pulls/{number}", fields)

    def permission(self, login: str) -> str:
        """What a person may do here, read live: admin, write, read or none (maintain counts as write)."""
        try:
            answer = self._connection.get(f"{self._at}/collaborators/{login}/permission")
        except GoneError:
            return "none"
        return str(answer["permission"])

    # ---- check runs

    def check_run(self, head_sha: str, external_id: str, name: str = CHECK_NAME) -> CheckRun | None:
        """Our check run of that id, if there is one."""
        return next((run for run in self._check_runs(head_sha, name) if run.external_id == external_id), None)

    def is_checked(self, head_sha: str) -> bool:
        """Whether there is a check run of ours, whatever has become of it."""
        return bool(self._check_runs(head_sha, CHECK_NAME))

    def _check_runs(self, head_sha: str, name: str) -> list[CheckRun]:
        where = f"{self._at}/commits/{head_sha}/check-runs"
        found = self._connection.get(where, check_name=name, filter="all", per_page=100)
        return msgspec.convert(found["check_runs"], list[CheckRun])

    def start_check(
        self, head_sha: str, external_id: str, *, title: str, summary: str, details_url: str, part: str = ""
    ) -> CheckRun:
        """Our queued check run of that id, made if it is not there; of a `part` under a name of its own."""
        name = f"{CHECK_NAME} ({part})"[:100] if part else CHECK_NAME
        if known := self.check_run(head_sha, external_id, name):
            return known
        answer = self._connection.post(f"{self._at}/check-runs", {
            "name": name, "head_sha": head_sha, "external_id": external_id, "status": "queued",
            "details_url": details_url, "output": {"title": title, "summary": summary},
        })  # fmt: skip
        return msgspec.convert(answer, CheckRun)

    def done_check(self, head_sha: str, external_id: str, *, title: str, summary: str) -> None:
        """A check run that succeeded before it began: what it would find is known."""
        if self.check_run(head_sha, external_id) is None:
            self._connection.post(f"{self._at}/check-runs", {
                "name": CHECK_NAME, "head_sha": head_sha, "external_id": external_id, "status": "completed",
                "conclusion": "success", "output": {"title": title, "summary": summary},
            })  # fmt: skip

    def progress_check(self, run: int, *, title: str, summary: str) -> None:
        """Show how far the work is."""
        output = {"title": title, "summary": summary}
        self._connection.patch(f"{self._at}/check-runs/{run}", {"status": "in_progress", "output": output})

    def complete_check(
        self, run: int, conclusion: str, *, title: str, summary: str,
        annotations: Sequence[Annotation] = (), actions: Sequence[Action] = (),
    ) -> datetime:  # fmt: skip
        """End it, and say when. Annotations add up over requests: only those that are not there yet are sent."""
        annotations = annotations[self._annotated(run) if annotations else 0 :]
        starts = range(0, len(annotations), ANNOTATIONS_A_REQUEST)
        batches = [annotations[at : at + ANNOTATIONS_A_REQUEST] for at in starts] or [()]
        for number, batch in enumerate(batches, 1):
            output = {"title": title, "summary": summary, "annotations": [_annotation(one) for one in batch]}
            body: dict[str, Any] = {"output": output}
            if number == len(batches):
                body |= {"status": "completed", "conclusion": conclusion, "actions": [_action(one) for one in actions]}
            ended = self._connection.patch(f"{self._at}/check-runs/{run}", body)
        return msgspec.convert(ended["completed_at"], datetime)

    def has_ended(self, run: int) -> bool:
        """Whether a check run is completed."""
        return bool(self._connection.get(f"{self._at}/check-runs/{run}")["status"] == "completed")

    def _annotated(self, run: int) -> int:
        return int(self._connection.get(f"{self._at}/check-runs/{run}")["output"]["annotations_count"])

    # ---- comments, reviews, reactions

    def comments(self, number: int) -> list[Comment]:
        """All comments on an issue or pull request."""
        return msgspec.convert(list(self._connection.pages(f"{self._at}/issues/{number}/comments")), list[Comment])

    def marked_comment(self, number: int, mark: str) -> Comment | None:
        """The app's comment that holds a hidden mark."""
        return next((one for one in self.comments(number) if _ours(one) and (one.body or "").startswith(mark)), None)

    def comment(self, number: int, body: str) -> Comment:
        """Write a new comment."""
        return msgspec.convert(self._connection.post(f"{self._at}/issues/{number}/comments", {"body": body}), Comment)

    def edit_comment(self, comment: int, body: str) -> None:
        """Replace a comment's text."""
        self._connection.patch(f"{self._at}/issues/comments/{comment}", {"body": body})

    def react(self, kind: Commented, comment: int, content: Reaction, node_id: str) -> None:
        """React to a comment; GitHub keeps one reaction of a kind per user, so twice is once.

        A review has no place for it in REST: there it is known by its node. A refusal is no reason to leave undone
        what was asked.
        """
        places = {"issue": "issues/comments", "review comment": "pulls/comments"}
        with suppress(RefusedError):
            if kind in places:
                self._connection.post(f"{self._at}/{places[kind]}/{comment}/reactions", {"content": content})
            else:
                self._connection.mutate("addReaction", {"subjectId": node_id, "content": _REACTIONS[content]})

    def review_comments(self, number: int) -> list[ReviewComment]:
        """The app's comments on lines of a pull request's diff."""
        found = msgspec.convert(
            list(self._connection.pages(f"{self._at}/pulls/{number}/comments")), list[ReviewComment]
        )  # fmt: skip
        return [one for one in found if _ours(one)]

    def review(self, number: int, head_sha: str, body: str, comments: Sequence[Mapping[str, Any]]) -> None:
        """Comment on lines of the diff. One line outside of it, and GitHub refuses them all."""
        fields = {"commit_id": head_sha, "body": body, "event": "COMMENT", "comments": list(comments)}
        self._connection.post(f"{self._at}/pulls/{number}/reviews", fields)

    # ---- issues

    def issues(self, label: str) -> list[Issue]:
        """The app's issues with a label, open and closed, the newest first."""
        found = self._connection.pages(f"{self._at}/issues", labels=label, state="all")
        issues = msgspec.convert([one for one in found if "pull_request" not in one], list[Issue])
        return [one for one in issues if _ours(one)]

    def open_issue(self, title: str, body: str, label: str) -> Issue:
        """Write an issue."""
        fields = {"title": title, "body": body, "labels": [label]}
        return msgspec.convert(self._connection.post(f"{self._at}/issues", fields), Issue)

    def edit_issue(self, number: int, **fields: str) -> None:
        """Change title, body or state."""
        self._connection.patch(f"{self._at}/issues/{number}", fields)

    # ---- git

    def head_of(self, branch: str) -> str | None:
        """The sha of a branch, or None."""
        try:
            return str(self._connection.get(f"{self._at}/git/ref/heads/{branch}")["object"]["sha"])
        except GoneError:
            return None

    def commit(self, parent_sha: str, files: Mapping[str, bytes], message: str) -> str:
        """Commit files on top of a commit. Without author and committer GitHub signs it as the bot's."""
        entries = [
            {"path": path, "mode": mode, "type": "blob", "sha": self._blob(data)}
            for path, (mode, data) in self._with_modes(parent_sha, files)
        ]
        tree = self._connection.post(f"{self._at}/git/trees", {"base_tree": parent_sha, "tree": entries})
        fields = {"message": message, "tree": tree["sha"], "parents": [parent_sha]}
        return str(self._connection.post(f"{self._at}/git/commits", fields)["sha"])

    def _with_modes(self, sha: str, files: Mapping[str, bytes]) -> Iterable[tuple[str, tuple[str, bytes]]]:
        tree = self._connection.get(f"{self._at}/git/trees/{sha}", recursive=1)
        modes = {one["path"]: one["mode"] for one in tree["tree"]}
        return [(path, (modes.get(path, "100644"), data)) for path, data in files.items()]

    def _blob(self, data: bytes) -> str:
        fields = {"content": base64.b64encode(data).decode(), "encoding": "base64"}
        return str(self._connection.post(f"{self._at}/git/blobs", fields)["sha"])

    def make_branch(self, branch: str, sha: str) -> bool:
        """Point a new branch at a commit; False where the branch is there already."""
        try:
            self._connection.post(f"{self._at}/git/refs", {"ref": f"refs/heads/{branch}", "sha": sha})
        except RefusedError as error:
            if error.status == 422:
                return False
            raise
        return True

    def move_branch(self, branch: str, before_sha: str, sha: str) -> bool:
        """Move a branch anywhere; False where it is not at `before_sha` any more, which GitHub looks at as it moves it.

        REST has no such question: it would overwrite what was pushed since anyone looked.
        """
        move = {"name": f"refs/heads/{branch}", "beforeOid": before_sha, "afterOid": sha, "force": True}
        fields = {"repositoryId": self._connection.get(self._at)["node_id"], "refUpdates": [move]}
        try:
            self._connection.mutate("updateRefs", fields)
        except RefusedError:
            return False
        return True


def _ours(said: Comment | ReviewComment | Issue) -> bool:
    return said.user is not None and said.user.type == "Bot"


def _annotation(one: Annotation) -> dict[str, Any]:
    return {
        "path": one.path, "start_line": one.start_line, "end_line": one.end_line,
        "annotation_level": one.level, "message": one.message[:60_000], "title": one.title[:255],
    }  # fmt: skip


def _action(one: Action) -> dict[str, str]:
    return {"label": one.label, "description": one.description, "identifier": one.identifier}
