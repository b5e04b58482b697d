"""What people do on GitHub's pages, for tests: push, open, comment, review, click, merge, install.

Partner: `acts/`, which the API uses too, so that both obey the same rules. These handles keep ids only and always show
the newest state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.github.acts import checks, installations, pulls, repositories, reviews, talk
from tests.github.diff import suggestions
from tests.github.git import Files
from tests.github.render import talk as render
from tests.github.rules import Refused
from tests.github.state import (
    App,
    CheckRun,
    Comment,
    Installation,
    Issue,
    Pull,
    Repository,
    Review,
    ReviewComment,
    User,
    World,
)

Json = Any


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    world: World
    id: int

    @property
    def user(self) -> User:
        """The account."""
        return self.world.users[self.id]

    @property
    def login(self) -> str:
        """The name."""
        return self.user.login

    @property
    def token(self) -> str:
        """A new personal token, for the API or as the password of git."""
        return self.world.user_token(self.id)


@dataclass(frozen=True)
class InstalledApp:
    """An app on an account."""

    world: World
    id: int

    @property
    def installation(self) -> Installation:
        """As it is now; KeyError once it is deleted."""
        return self.world.installations[self.id]

    def suspend(self, by: Person) -> None:
        """Its tokens stop working."""
        with self.world.lock:
            installations.suspend(self.world, self.installation, by.user)

    def unsuspend(self, by: Person) -> None:
        """They work again."""
        with self.world.lock:
            installations.suspend(self.world, self.installation, by.user, suspended=False)

    def delete(self, by: Person) -> None:
        """Uninstall."""
        with self.world.lock:
            installations.uninstall(self.world, self.installation, by.user)

    def add(self, *repos: Repo, by: Person) -> None:
        """Give it more repositories."""
        with self.world.lock:
            installations.change_repositories(self.world, self.installation, by.user, add=[one.now for one in repos])

    def remove(self, *repos: Repo, by: Person) -> None:
        """Take repositories away from it."""
        with self.world.lock:
            installations.change_repositories(self.world, self.installation, by.user, remove=[one.now for one in repos])

    def token(self, permissions: Mapping[str, str] | None = None) -> str:
        """A token, as the app would get one."""
        with self.world.lock:
            return installations.token(self.world, self.installation, permissions=permissions).value


@dataclass(frozen=True)
class Repo:
    """A repository."""

    world: World
    id: int

    @property
    def now(self) -> Repository:
        """As it is now."""
        return self.world.repositories[self.id]

    @property
    def name(self) -> str:
        """OWNER/NAME."""
        return self.world.full_name(self.now)

    @property
    def owner(self) -> Person:
        """Who owns it."""
        return Person(self.world, self.now.owner_id)

    @property
    def clone_url(self) -> str:
        """For git."""
        return f"{self.world.url}/{self.name}.git"

    def sha(self, revision: str | None = None) -> str:
        """The sha of a branch; of the default one."""
        found = self.world.git(self.now).resolve(revision or self.now.default_branch)
        assert found, f"{self.name} has no {revision}"
        return found

    def branches(self) -> list[str]:
        """The names of its branches."""
        return [name.removeprefix("refs/heads/") for name in self.world.git(self.now).refs("refs/heads/")]

    def read(self, path: str, revision: str | None = None) -> str | None:
        """The text of a file."""
        content = self.world.git(self.now).file(self.sha(revision), path)
        return None if content is None else content.decode()

    def push(
        self, branch: str, files: Files, message: str = "change", *, by: Person | None = None, onto: str | None = None
    ) -> str:
        """Push one commit; with `onto` the branch is put on top of that commit, which may be a forced push."""
        with self.world.lock:
            who = (by or self.owner).user
            repositories.check_write(self.world, self.now, who)
            return repositories.commit(self.world, self.now, branch, files, message, who, force_from=onto)

    def set_branch(self, branch: str, sha: str | None, *, by: Person | None = None) -> None:
        """Create, force or (None) delete a branch."""
        with self.world.lock:
            git, ref = self.world.git(self.now), f"refs/heads/{branch}"
            old = git.refs(ref).get(ref)
            git.set_ref(ref, sha)
            repositories.moved(self.world, self.now, ref, old, sha, (by or self.owner).id)

    def protect(self, *branches: str) -> None:
        """Nobody pushes to these branches."""
        with self.world.lock:
            self.world.update_repository(self.now, protected=frozenset(branches))

    def require(self, branch: str, *checks: str) -> None:
        """These checks must pass before anything is merged into the branch."""
        with self.world.lock:
            self.world.update_repository(self.now, required={**self.now.required, branch: frozenset(checks)})

    def forbid_auto_merge(self) -> None:
        """The setting "Allow auto-merge" is off, as it is on GitHub until somebody turns it on."""
        with self.world.lock:
            self.world.update_repository(self.now, allow_auto_merge=False)

    def disable_issues(self) -> None:
        """The feature "Issues" is off, as it is in a fork until somebody turns it on."""
        with self.world.lock:
            self.world.update_repository(self.now, has_issues=False)

    def allow(self, person: Person, role: str) -> None:
        """Make somebody a collaborator: admin, maintain, write, triage, read; or none."""
        with self.world.lock:
            roles = {**self.now.roles, person.id: role}
            if role == "none":
                del roles[person.id]
            self.world.update_repository(self.now, roles=roles)

    def install(self, app: App | None = None, *, by: Person | None = None) -> InstalledApp:
        """Install the app on this repository alone (or add it to where the app is on this account)."""
        with self.world.lock:
            app = app or next(iter(self.world.apps.values()))
            owner = (by or self.owner).user
            for old in self.world.installations.values():
                if (old.app_id, old.account_id) == (app.id, self.now.owner_id):
                    installations.change_repositories(self.world, old, owner, add=[self.now])
                    return InstalledApp(self.world, old.id)
            account = self.world.users[self.now.owner_id]
            return InstalledApp(self.world, installations.install(self.world, app, account, owner, [self.now]).id)

    def fork(self, by: Person) -> Repo:
        """A copy below another account."""
        with self.world.lock:
            return Repo(self.world, repositories.fork(self.world, self.now, by.user).id)

    def open_pull(
        self,
        *,
        head: str,
        base: str | None = None,
        by: Person | None = None,
        title: str = "A change",
        body: str | None = None,
        draft: bool = False,
        maintainer_can_modify: bool | None = None,
    ) -> PullRequest:
        """Open a pull request; `head` is BRANCH or OWNER:BRANCH."""
        with self.world.lock:
            made = pulls.open_pull(
                self.world,
                self.now,
                (by or self.owner).user,
                title=title,
                body=body,
                head=head,
                base=base or self.now.default_branch,
                draft=draft,
                maintainer_can_modify=maintainer_can_modify,
            )
            return PullRequest(self.world, self.id, made.number)

    def pull(self, number: int) -> PullRequest:
        """A pull request by its number."""
        assert (self.id, number) in self.world.pulls, f"{self.name} has no pull request {number}"
        return PullRequest(self.world, self.id, number)

    def pulls(self, state: str = "open") -> list[PullRequest]:
        """Its pull requests."""
        with self.world.lock:
            found = [PullRequest(self.world, *key) for key in self.world.pulls if key[0] == self.id]
            return [one for one in found if state in ("all", one.issue.state)]

    def open_issue(self, title: str, body: str | None = None, *, by: Person | None = None) -> Thread:
        """Open an issue."""
        with self.world.lock:
            made = talk.open_issue(self.world, self.now, (by or self.owner).user, title=title, body=body)
            return Thread(self.world, self.id, made.number)

    def issues(self, state: str = "open") -> list[Thread]:
        """Its issues, without the pull requests."""
        with self.world.lock:
            found = [one for (owner, _), one in self.world.issues.items() if owner == self.id and not one.is_pull]
            return [Thread(self.world, self.id, one.number) for one in found if state in ("all", one.state)]

    def runs(self, sha: str | None = None) -> list[Check]:
        """The check runs of a commit, oldest first."""
        with self.world.lock:
            return [
                Check(self.world, run.id)
                for run in self.world.runs.values()
                if run.repository_id == self.id and sha in (None, run.head_sha)
            ]

    def rerequest_suite(self, sha: str, *, by: Person) -> None:
        """ "Re-run all checks"."""
        with self.world.lock:
            for one in list(self.world.suites.values()):
                if (one.repository_id, one.head_sha) == (self.id, sha):
                    checks.rerequest_suite(self.world, one, by.id)

    def rename(self, name: str, *, by: Person | None = None) -> None:
        """Give it another name."""
        with self.world.lock:
            repositories.rename(self.world, self.now, name, (by or self.owner).user)

    def archive(self, *, by: Person | None = None) -> None:
        """Make it read-only."""
        with self.world.lock:
            repositories.archive(self.world, self.now, (by or self.owner).user)

    def unarchive(self, *, by: Person | None = None) -> None:
        """Make it writable again."""
        with self.world.lock:
            repositories.archive(self.world, self.now, (by or self.owner).user, archived=False)

    def transfer(self, to: Person, *, by: Person | None = None) -> None:
        """Give it to another account."""
        with self.world.lock:
            repositories.transfer(self.world, self.now, to.user, (by or self.owner).user)

    def delete(self, *, by: Person | None = None) -> None:
        """Delete it."""
        with self.world.lock:
            repositories.delete(self.world, self.now, (by or self.owner).user)


@dataclass(frozen=True)
class Said:
    """A comment below an issue or a pull request."""

    world: World
    id: int

    @property
    def now(self) -> Comment:
        """As it is now."""
        return self.world.comments[self.id]

    @property
    def body(self) -> str:
        """The text."""
        return self.now.body

    @property
    def author(self) -> str:
        """Who wrote it."""
        return self.world.users[self.now.user_id].login

    @property
    def minimized(self) -> str | None:
        """Why it is hidden."""
        return self.now.minimized

    def reactions(self) -> list[tuple[str, str]]:
        """(login, content) of each reaction."""
        return _reactions(self.world, ("comments", self.id))

    def edit(self, body: str, *, by: Person | None = None) -> None:
        """Change the text."""
        with self.world.lock:
            talk.edit_comment(self.world, self.now, body, by.id if by else self.now.user_id)

    def delete(self, *, by: Person | None = None) -> None:
        """Delete it."""
        with self.world.lock:
            talk.delete_comment(self.world, self.now, by.id if by else self.now.user_id)


@dataclass(frozen=True)
class Thread:
    """An issue, or the half of a pull request that is one."""

    world: World
    repository_id: int
    number: int

    @property
    def issue(self) -> Issue:
        """As it is now."""
        return self.world.issues[self.repository_id, self.number]

    @property
    def repo(self) -> Repo:
        """Where it is."""
        return Repo(self.world, self.repository_id)

    @property
    def author(self) -> str:
        """Who opened it."""
        return self.world.users[self.issue.user_id].login

    def comment(self, body: str, *, by: Person) -> Said:
        """Write a comment."""
        with self.world.lock:
            return Said(self.world, talk.comment(self.world, self.issue, by.user, body).id)

    def comments(self, by: str | None = None) -> list[Said]:
        """The comments, oldest first; of one author."""
        with self.world.lock:
            found = [
                Said(self.world, one.id) for one in render.comments_of(self.world, self.repository_id, self.number)
            ]
            return [one for one in found if by in (None, one.author)]

    def edit(self, *, by: Person, title: str | None = None, body: str | None = None) -> None:
        """Change title or text."""
        changes = {name: value for name, value in (("title", title), ("body", body)) if value is not None}
        with self.world.lock:
            talk.edit_issue(self.world, self.issue, by.id, **changes)

    def label(self, *names: str, by: Person) -> None:
        """Give it exactly these labels."""
        with self.world.lock:
            talk.label_issue(self.world, self.issue, names, by.id)

    def close(self, *, by: Person) -> None:
        """Close it."""
        with self.world.lock:
            talk.set_state(self.world, self.issue, "closed", None, by.id)

    def reopen(self, *, by: Person) -> None:
        """Open it again."""
        with self.world.lock:
            talk.set_state(self.world, self.issue, "open", None, by.id)


@dataclass(frozen=True)
class PullRequest(Thread):
    """A pull request."""

    @property
    def now(self) -> Pull:
        """As it is now."""
        return self.world.pulls[self.repository_id, self.number]

    @property
    def head_sha(self) -> str:
        """The newest commit."""
        return self.now.head_sha

    @property
    def merged(self) -> bool:
        """Whether it is."""
        return self.now.merged_at is not None

    @property
    def source(self) -> Repo:
        """Where its head branch is."""
        assert self.now.head_repository_id, "the fork is gone"
        return Repo(self.world, self.now.head_repository_id)

    def push(self, files: Files, message: str = "change", *, by: Person | None = None, force: bool = False) -> str:
        """Push one more commit to the head branch; `force` replaces what was pushed before."""
        onto = self.now.base_sha if force else None
        return self.source.push(self.now.head_ref, files, message, by=by, onto=onto)

    def ready(self, *, by: Person) -> None:
        """ "Ready for review"."""
        with self.world.lock:
            pulls.set_draft(self.world, self.now, by.id, draft=False)

    def draft(self, *, by: Person) -> None:
        """ "Convert to draft"."""
        with self.world.lock:
            pulls.set_draft(self.world, self.now, by.id, draft=True)

    def retarget(self, base: str, *, by: Person) -> None:
        """Choose another base branch."""
        with self.world.lock:
            pulls.edit(self.world, self.now, by.id, title=None, body=None, base=base)

    def merge(self, *, by: Person | None = None, method: str = "merge") -> str:
        """Merge it: merge, squash or rebase; the new sha."""
        with self.world.lock:
            return pulls.merge(self.world, self.now, (by or self.repo.owner).user, method=method)

    def queue(self, *, by: Person, behind: str | None = None) -> str:
        """Put it into the merge queue, maybe behind another; the sha that is to be checked."""
        with self.world.lock:
            return pulls.queue(self.world, self.now, by.user, behind)

    def unqueue(self, *, by: Person, reason: str = "dequeued") -> None:
        """Take it out of the merge queue."""
        with self.world.lock:
            pulls.unqueue(self.world, self.now, by.user, reason=reason)

    def review(
        self, *, by: Person, body: str = "", event: str = "COMMENT", comments: Sequence[Mapping[str, Json]] = ()
    ) -> Review:
        """Review it: COMMENT, APPROVE or REQUEST_CHANGES; comments as the API has them."""
        with self.world.lock:
            return reviews.review(self.world, self.now, by.user, event=event, body=body, comments=comments)[0]

    def note(self, path: str, line: int, body: str, *, by: Person) -> Note:
        """Comment on a line of the diff."""
        with self.world.lock:
            made = reviews.note(self.world, self.now, by.user, {"path": path, "line": line, "body": body})
            return Note(self.world, made.id)

    def notes(self, by: str | None = None) -> list[Note]:
        """The comments on the diff, oldest first; of one author."""
        with self.world.lock:
            found = [
                Note(self.world, one.id)
                for one in self.world.review_comments.values()
                if (one.repository_id, one.number) == (self.repository_id, self.number)
            ]
            return [one for one in found if by in (None, one.author)]

    def reviews(self, by: str | None = None) -> list[Review]:
        """The reviews, oldest first; of one author."""
        with self.world.lock:
            return [
                one
                for one in self.world.reviews.values()
                if (one.repository_id, one.number) == (self.repository_id, self.number)
                and by in (None, self.world.users[one.user_id].login)
            ]

    def reactions_to(self, review: Review) -> list[tuple[str, str]]:
        """(login, content) of each reaction to a review."""
        return _reactions(self.world, ("reviews", review.id))

    def suggestions(self) -> list[Note]:
        """The comments on the diff that suggest something."""
        return [one for one in self.notes() if suggestions(one.body)]

    def runs(self) -> list[Check]:
        """The check runs of its newest commit."""
        return self.repo.runs(self.head_sha)


@dataclass(frozen=True)
class Note:
    """A comment on the diff."""

    world: World
    id: int

    @property
    def now(self) -> ReviewComment:
        """As it is now."""
        return self.world.review_comments[self.id]

    @property
    def body(self) -> str:
        """The text."""
        return self.now.body

    @property
    def author(self) -> str:
        """Who wrote it."""
        return self.world.users[self.now.user_id].login

    def reactions(self) -> list[tuple[str, str]]:
        """(login, content) of each reaction."""
        return _reactions(self.world, ("review_comments", self.id))

    def reply(self, body: str, *, by: Person) -> Note:
        """Answer it."""
        with self.world.lock:
            pull = self.world.pulls[self.now.repository_id, self.now.number]
            return Note(self.world, reviews.reply(self.world, pull, by.user, self.id, body).id)

    def apply(self, *, by: Person) -> str:
        """ "Commit suggestion"; the new head sha."""
        with self.world.lock:
            return reviews.apply_suggestion(self.world, self.now, by.user)


@dataclass(frozen=True)
class Check:
    """A check run."""

    world: World
    id: int

    @property
    def now(self) -> CheckRun:
        """As it is now."""
        return self.world.runs[self.id]

    def click(self, identifier: str, *, by: Person) -> None:
        """Click one of its buttons."""
        with self.world.lock:
            checks.click(self.world, self.now, identifier, by.id)

    def rerequest(self, *, by: Person) -> None:
        """ "Re-run"."""
        with self.world.lock:
            checks.rerequest(self.world, self.now, by.id)


def _reactions(world: World, subject: tuple[str, int]) -> list[tuple[str, str]]:
    found = [one for one in world.reactions.values() if one.subject == subject]
    return [(world.users[one.user_id].login, one.content) for one in found]


__all__ = ["Check", "InstalledApp", "Note", "Person", "PullRequest", "Refused", "Repo", "Said", "Thread"]
