"""Users, repositories, apps, installations and labels in GitHub's words.

Partner: `tests/github/state.py` has the nouns.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tests.github.rules import at_least
from tests.github.state import App, Installation, Label, Repository, User, World

Json = Any

# URLs of a repository, as suffixes below its API URL.
_REPOSITORY_URLS = {
    "archive_url": "/{archive_format}{/ref}", "assignees_url": "/assignees{/user}", "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}", "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}", "commits_url": "/commits{/sha}", "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}", "contributors_url": "/contributors", "deployments_url": "/deployments",
    "downloads_url": "/downloads", "events_url": "/events", "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}", "git_refs_url": "/git/refs{/sha}", "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks", "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}", "issues_url": "/issues{/number}", "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}", "languages_url": "/languages", "merges_url": "/merges",
    "milestones_url": "/milestones{/number}", "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}", "releases_url": "/releases{/id}", "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}", "subscribers_url": "/subscribers", "subscription_url": "/subscription",
    "tags_url": "/tags", "teams_url": "/teams", "trees_url": "/git/trees{/sha}",
}  # fmt: skip
_USER_URLS = {
    "followers_url": "/followers", "following_url": "/following{/other_user}", "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}", "subscriptions_url": "/subscriptions", "organizations_url": "/orgs",
    "repos_url": "/repos", "events_url": "/events{/privacy}", "received_events_url": "/received_events",
}  # fmt: skip


def time(moment: datetime | None) -> str | None:
    """A moment as GitHub writes it: UTC, whole seconds."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int | str) -> str:
    """The id that GraphQL uses; `graphql.py` reads it again."""
    return f"{kind}_{base64.urlsafe_b64encode(str(number).encode()).decode().rstrip('=')}"


def user(world: World, account: User) -> Json:
    """A user in a list or as a part of something."""
    url = f"{world.api_url}/users/{quote(account.login)}"
    html = account.login.removesuffix("[bot]")
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id("U", account.id),
        "avatar_url": f"{world.url}/avatars/u/{account.id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{world.url}/apps/{html}" if account.type == "Bot" else f"{world.url}/{html}",
        **{name: f"{url}{suffix}" for name, suffix in _USER_URLS.items()},
        "type": account.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def user_by_id(world: World, number: int | None) -> Json:
    """A user, or null."""
    return None if number is None else user(world, world.users[number])


def public_user(world: World, account: User) -> Json:
    """A user on its own page."""
    owned = [one for one in world.repositories.values() if one.owner_id == account.id and not one.private]
    return user(world, account) | {
        "name": account.login.capitalize(),
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": len(owned),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": time(account.created_at),
        "updated_at": time(account.created_at),
    }


def repository(world: World, one: Repository, viewer: int | None = None) -> Json:
    """A repository as a part of something, with what the viewer may do."""
    name = world.full_name(one)
    url, html = f"{world.api_url}/repos/{name}", f"{world.url}/{name}"
    host = world.url.removeprefix("http://")
    issues = sum(issue.state == "open" for (owner, _), issue in world.issues.items() if owner == one.id)
    forks = sum(other.parent_id == one.id for other in world.repositories.values())
    rendered = {
        "id": one.id,
        "node_id": node_id("R", one.id),
        "name": one.name,
        "full_name": name,
        "private": one.private,
        "owner": user(world, world.users[one.owner_id]),
        "html_url": html,
        "description": None,
        "fork": one.parent_id is not None,
        "url": url,
        **{key: f"{url}{suffix}" for key, suffix in _REPOSITORY_URLS.items()},
        "created_at": time(one.created_at),
        "updated_at": time(one.pushed_at),
        "pushed_at": time(one.pushed_at),
        "git_url": f"git://{host}/{name}.git",
        "ssh_url": f"git@{host}:{name}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        "mirror_url": None,
        "homepage": None,
        "size": 12,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": "Python",
        "has_issues": one.has_issues,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": True,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": forks,
        "archived": one.archived,
        "disabled": False,
        "open_issues_count": issues,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if one.private else "public",
        "forks": forks,
        "open_issues": issues,
        "watchers": 0,
        "default_branch": one.default_branch,
    }
    if viewer is not None:
        rendered["permissions"] = permissions(world.role(one, viewer))
    return rendered


def permissions(role: str) -> Json:
    """The older five words for a role."""
    pairs = {"admin": "admin", "maintain": "maintain", "push": "write", "triage": "triage", "pull": "read"}
    return {word: at_least(role, needed) for word, needed in pairs.items()}


def full_repository(world: World, one: Repository, viewer: int | None) -> Json:
    """A repository on its own page."""
    rendered = repository(world, one, viewer) | {
        "subscribers_count": 0,
        "network_count": sum(other.parent_id == one.id for other in world.repositories.values()),
        "temp_clone_token": "",
        "allow_squash_merge": True,
        "allow_merge_commit": True,
        "allow_rebase_merge": True,
        "allow_auto_merge": one.allow_auto_merge,
        "delete_branch_on_merge": False,
        "allow_update_branch": False,
        "use_squash_pr_title_as_default": False,
        "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
        "squash_merge_commit_message": "COMMIT_MESSAGES",
        "merge_commit_title": "MERGE_MESSAGE",
        "merge_commit_message": "PR_TITLE",
    }
    if world.users[one.owner_id].type == "Organization":
        rendered["organization"] = user(world, world.users[one.owner_id])
    if one.parent_id is not None and one.parent_id in world.repositories:
        parent = repository(world, world.repositories[one.parent_id], viewer)
        rendered |= {"parent": parent, "source": parent}
    return rendered


def app(world: World, one: App, *, whole: bool = False) -> Json:
    """An app as a part of something; `whole` is what it is told about itself."""
    rendered = {
        "id": one.id,
        "client_id": one.client_id,
        "slug": one.slug,
        "node_id": node_id("A", one.id),
        "owner": user(world, world.users[one.owner_id]),
        "name": one.name,
        "description": "",
        "external_url": one.url,
        "html_url": f"{world.url}/apps/{one.slug}",
        "created_at": time(one.created_at),
        "updated_at": time(one.created_at),
        "permissions": dict(one.permissions),
        "events": list(one.events),
    }
    if whole:
        rendered["installations_count"] = sum(other.app_id == one.id for other in world.installations.values())
    return rendered


def app_by_id(world: World, number: int | None) -> Json:
    """An app, or null."""
    return None if number is None else app(world, world.apps[number])


def installation(world: World, one: Installation) -> Json:
    """An installation."""
    account, owner = world.users[one.account_id], world.apps[one.app_id]
    return {
        "id": one.id,
        "client_id": owner.client_id,
        "account": user(world, account),
        "repository_selection": "all" if one.repository_ids is None else "selected",
        "access_tokens_url": f"{world.api_url}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{world.api_url}/installation/repositories",
        "html_url": f"{world.url}/settings/installations/{one.id}",
        "app_id": one.app_id,
        "app_slug": owner.slug,
        "target_id": account.id,
        "target_type": account.type,
        "permissions": dict(one.permissions),
        "events": list(one.events),
        "created_at": time(one.created_at),
        "updated_at": time(one.suspended_at or one.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": user_by_id(world, one.suspended_by),
        "suspended_at": time(one.suspended_at),
    }


def short_repository(world: World, one: Repository) -> Json:
    """A repository as the installation events have it."""
    return {
        "id": one.id,
        "node_id": node_id("R", one.id),
        "name": one.name,
        "full_name": world.full_name(one),
        "private": one.private,
    }


def label(world: World, one: Label) -> Json:
    """A label."""
    name = world.full_name(world.repositories[one.repository_id])
    return {
        "id": one.id,
        "node_id": node_id("LA", one.id),
        "url": f"{world.api_url}/repos/{name}/labels/{quote(one.name)}",
        "name": one.name,
        "color": one.color,
        "default": False,
        "description": one.description,
    }
