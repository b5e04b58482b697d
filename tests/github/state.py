"""The nouns that the stand-in remembers, and the one place that remembers them.

Partner: `acts/` changes what is here, `render/` says it in GitHub's words.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from tests.github.git import Git

Json = Any
Noun = TypeVar("Noun", bound="Any")

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class User:
    """An account: a person, an organization or the bot of an app."""

    id: int
    login: str
    type: str  # User, Organization, Bot
    created_at: datetime

    @property
    def email(self) -> str:
        """The address that GitHub writes into commits made on its pages."""
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(frozen=True, slots=True)
class App:
    """A registered app."""

    id: int
    slug: str
    name: str
    owner_id: int
    bot_id: int
    client_id: str
    client_secret: str
    webhook_secret: str
    webhook_url: str | None
    private_key: str
    public_key: str
    permissions: Mapping[str, str]
    events: tuple[str, ...]
    url: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Installation:
    """An app on an account; `repository_ids` is None where it has all of them."""

    id: int
    app_id: int
    account_id: int
    repository_ids: frozenset[int] | None
    permissions: Mapping[str, str]
    events: tuple[str, ...]
    created_at: datetime
    suspended_at: datetime | None = None
    suspended_by: int | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """What opens doors: of an installation (with its limits) or of a person (with that person's rights)."""

    value: str
    kind: str  # installation, user
    user_id: int
    installation_id: int | None = None
    permissions: Mapping[str, str] = field(default_factory=dict)
    repository_ids: frozenset[int] | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository; its git is in `World.git`."""

    id: int
    owner_id: int
    name: str
    default_branch: str
    created_at: datetime
    pushed_at: datetime
    private: bool = False
    archived: bool = False
    parent_id: int | None = None
    roles: Mapping[int, str] = field(default_factory=dict)
    protected: frozenset[str] = frozenset()
    required: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By branch, the checks that must pass before anything is merged into it."""
    allow_auto_merge: bool = True
    has_issues: bool = True


@dataclass(frozen=True, slots=True)
class Label:
    """A label that a repository has."""

    id: int
    repository_id: int
    name: str
    color: str
    description: str | None


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue, or the half that a pull request shares with one."""

    id: int
    repository_id: int
    number: int
    title: str
    body: str | None
    user_id: int
    created_at: datetime
    updated_at: datetime
    is_pull: bool = False
    state: str = "open"
    state_reason: str | None = None
    labels: tuple[str, ...] = ()
    assignees: tuple[int, ...] = ()
    locked: bool = False
    closed_at: datetime | None = None
    closed_by: int | None = None
    app_id: int | None = None


@dataclass(frozen=True, slots=True)
class Pull:
    """The half of a pull request that an issue has not; `head_repository_id` is None once the fork is gone."""

    id: int
    repository_id: int
    number: int
    head_repository_id: int | None
    head_owner_id: int
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool = False
    maintainer_can_modify: bool = False
    merged_at: datetime | None = None
    merged_by: int | None = None
    merge_commit_sha: str | None = None
    reviewers: tuple[int, ...] = ()
    auto_merge: str | None = None
    auto_merge_by: int | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment below an issue or a pull request."""

    id: int
    repository_id: int
    number: int
    user_id: int
    body: str
    created_at: datetime
    updated_at: datetime
    app_id: int | None = None
    minimized: str | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A review of a pull request."""

    id: int
    repository_id: int
    number: int
    user_id: int
    body: str
    state: str  # PENDING, COMMENTED, APPROVED, CHANGES_REQUESTED, DISMISSED
    commit_id: str
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a diff a review comment sits; `line` is None for the whole file and for an outdated comment."""

    path: str
    line: int | None
    side: str = "RIGHT"
    start_line: int | None = None
    start_side: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewComment:
    """A comment on lines of a diff."""

    id: int
    repository_id: int
    number: int
    review_id: int
    user_id: int
    body: str
    place: Place
    original: Place
    position: int | None
    original_position: int
    diff_hunk: str
    commit_id: str
    original_commit_id: str
    created_at: datetime
    updated_at: datetime
    in_reply_to: int | None = None
    resolved: bool = False


@dataclass(frozen=True, slots=True)
class CheckSuite:
    """What one app has to say about one commit."""

    id: int
    repository_id: int
    app_id: int
    head_sha: str
    head_branch: str | None
    before: str | None
    created_at: datetime
    asked_again: bool = False
    """Somebody asked for it again, and its app has not touched a run since."""


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check on a commit, with its buttons."""

    id: int
    suite_id: int
    repository_id: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    external_id: str
    details_url: str | None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: tuple[Json, ...] = ()
    actions: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """The older kind of check."""

    id: int
    repository_id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    user_id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Reaction:
    """A small picture below something; `subject` is (table, id)."""

    id: int
    subject: tuple[str, int]
    user_id: int
    content: str
    created_at: datetime


class World:
    """Everything the stand-in remembers. Whoever changes it holds `lock`."""

    def __init__(self, url: str, directory: Path) -> None:
        self.url = url
        self.api_url = f"{url}/api/v3"
        self.directory = directory
        self.lock = threading.RLock()
        self.users: dict[int, User] = {}
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.repositories: dict[int, Repository] = {}
        self.moved: dict[tuple[str, str], int] = {}
        self.issues: dict[tuple[int, int], Issue] = {}
        self.pulls: dict[tuple[int, int], Pull] = {}
        self.labels: dict[tuple[int, str], Label] = {}
        self.comments: dict[int, Comment] = {}
        self.reviews: dict[int, Review] = {}
        self.review_comments: dict[int, ReviewComment] = {}
        self.suites: dict[int, CheckSuite] = {}
        self.runs: dict[int, CheckRun] = {}
        self.statuses: dict[int, Status] = {}
        self.reactions: dict[int, Reaction] = {}
        self.manifests: dict[str, Json] = {}
        self.verified: set[str] = set()
        self.emit: Callable[..., None] = _silent
        self.tell: Callable[..., Any] = _silent
        self._last_id = 1000
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The time on the stand-in's clock, which `advance` moves."""
        return (datetime.now(UTC) + self._ahead).replace(microsecond=0)

    def advance(self, seconds: float) -> None:
        """Let time pass, so that tokens expire and limits reset."""
        self._ahead += timedelta(seconds=seconds)

    def new_id(self) -> int:
        """A number that nothing else has."""
        with self.lock:
            self._last_id += 7
            return self._last_id

    def user(self, login: str) -> User | None:
        """An account by its name, in any case."""
        return next((user for user in self.users.values() if user.login.lower() == login.lower()), None)

    def account(self, login: str, kind: str = "User") -> User:
        """An account by its name, made now if there is none."""
        if found := self.user(login):
            return found
        made = User(self.new_id(), login, kind, EPOCH)
        self.users[made.id] = made
        return made

    def repository(self, owner: str, name: str) -> Repository | None:
        """A repository by the name that it has now."""
        user = self.user(owner)
        for one in self.repositories.values():
            if user and one.owner_id == user.id and one.name.lower() == name.lower():
                return one
        return None

    def full_name(self, repository: Repository) -> str:
        """OWNER/NAME."""
        return f"{self.users[repository.owner_id].login}/{repository.name}"

    def git(self, repository: Repository) -> Git:
        """The git of a repository."""
        return Git(self.directory / f"{repository.id}.git")

    def role(self, repository: Repository, user_id: int) -> str:
        """admin, maintain, write, triage, read or none."""
        if user_id == repository.owner_id:
            return "admin"
        return repository.roles.get(user_id, "none" if repository.private else "read")

    def next_number(self, repository_id: int) -> int:
        """Issues and pull requests are counted together."""
        return 1 + max((number for owner, number in self.issues if owner == repository_id), default=0)

    def installed(self, repository: Repository) -> Iterator[tuple[Installation, App]]:
        """Every installation that covers a repository."""
        for one in self.installations.values():
            if one.account_id == repository.owner_id and (
                one.repository_ids is None or repository.id in one.repository_ids
            ):
                yield one, self.apps[one.app_id]

    def covered(self, installation: Installation) -> list[Repository]:
        """The repositories that an installation covers."""
        return [
            repository
            for repository in self.repositories.values()
            if repository.owner_id == installation.account_id
            and (installation.repository_ids is None or repository.id in installation.repository_ids)
        ]

    def app_of(self, user_id: int) -> App | None:
        """The app whose bot this user is."""
        return next((app for app in self.apps.values() if app.bot_id == user_id), None)

    def user_token(self, user_id: int) -> str:
        """A personal token."""
        value = f"ghp_{secrets.token_hex(18)}"
        self.tokens[value] = Token(value, "user", user_id)
        return value

    def update_repository(self, repository: Repository, **changes: Json) -> Repository:
        """Remember a repository with some things changed."""
        changed = replace(self.repositories[repository.id], **changes)
        self.repositories[repository.id] = changed
        return changed


def _silent(*_: Any, **__: Any) -> None:
    """Until the webhooks are there."""
