"""Check suites, check runs, annotations and statuses in GitHub's words.

Partner: `tests/github/acts/checks.py` changes them.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.github.render import accounts, commits, talk
from tests.github.render.accounts import node_id, time
from tests.github.state import CheckRun, CheckSuite, Repository, Status, World

Json = Any


def _url(world: World, repository: Repository) -> str:
    return f"{world.api_url}/repos/{world.full_name(repository)}"


def pulls_of(world: World, repository: Repository, sha: str) -> list[Json]:
    """The open pull requests of a commit; those from forks are never listed."""
    return [
        talk.minimal_pull(world, pull)
        for pull in world.pulls.values()
        if pull.repository_id == pull.head_repository_id == repository.id
        and pull.head_sha == sha
        and world.issues[repository.id, pull.number].state == "open"
    ]


def run(world: World, one: CheckRun) -> Json:
    """A check run."""
    repository, suite = world.repositories[one.repository_id], world.suites[one.suite_id]
    url = f"{_url(world, repository)}/check-runs/{one.id}"
    app = world.apps[suite.app_id]
    return {
        "id": one.id,
        "name": one.name,
        "node_id": node_id("CR", one.id),
        "head_sha": one.head_sha,
        "external_id": one.external_id,
        "url": url,
        "html_url": f"{world.url}/{world.full_name(repository)}/runs/{one.id}",
        "details_url": one.details_url or app.url,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": time(one.started_at),
        "completed_at": time(one.completed_at),
        "output": {
            "title": one.title,
            "summary": one.summary,
            "text": one.text,
            "annotations_count": len(one.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": suite.id},
        "app": accounts.app(world, app),
        "pull_requests": pulls_of(world, repository, one.head_sha),
    }


def run_in_event(world: World, one: CheckRun) -> Json:
    """A check run as its events have it: with more of its suite."""
    rendered = run(world, one)
    suite = world.suites[one.suite_id]
    rendered["check_suite"] = {
        key: value
        for key, value in suite_in_event(world, suite).items()
        if key
        not in ("check_runs_url", "head_commit", "latest_check_runs_count", "rerequestable", "runs_rerequestable")
    }
    return rendered


def annotation(world: World, one: CheckRun, raw: Json) -> Json:
    """An annotation of a check run."""
    repository = world.repositories[one.repository_id]
    optional = {key: raw.get(key) for key in ("start_column", "end_column", "title", "raw_details")}
    return {
        **{key: raw[key] for key in ("path", "start_line", "end_line", "annotation_level", "message")},
        **optional,
        "blob_href": f"{world.url}/{world.full_name(repository)}/blob/{one.head_sha}/{quote(raw['path'])}",
    }


def _state(world: World, one: CheckSuite) -> tuple[str, str | None]:
    runs = [run for run in world.runs.values() if run.suite_id == one.id]
    if not runs or one.asked_again:
        return "queued", None
    if any(run.status != "completed" for run in runs):
        return "in_progress", None
    order = ("failure", "timed_out", "action_required", "cancelled", "neutral", "success", "skipped")
    return "completed", min((run.conclusion or "neutral" for run in runs), key=order.index)


def suite_in_event(world: World, one: CheckSuite) -> Json:
    """A check suite as its events have it."""
    repository = world.repositories[one.repository_id]
    url = f"{_url(world, repository)}/check-suites/{one.id}"
    status, conclusion = _state(world, one)
    return {
        "id": one.id,
        "node_id": node_id("CS", one.id),
        "head_branch": one.head_branch,
        "head_sha": one.head_sha,
        "status": status,
        "conclusion": conclusion,
        "url": url,
        "before": one.before,
        "after": one.head_sha,
        "pull_requests": pulls_of(world, repository, one.head_sha),
        "app": accounts.app(world, world.apps[one.app_id]),
        "created_at": time(one.created_at),
        "updated_at": time(one.created_at),
        "rerequestable": True,
        "runs_rerequestable": True,
        "latest_check_runs_count": sum(run.suite_id == one.id for run in world.runs.values()),
        "check_runs_url": f"{url}/check-runs",
        "head_commit": commits.simple_commit(world.git(repository).commit(one.head_sha)),
    }


def suite(world: World, one: CheckSuite) -> Json:
    """A check suite."""
    repository = world.repositories[one.repository_id]
    return suite_in_event(world, one) | {"repository": accounts.repository(world, repository)}


def short_status(world: World, one: Status) -> Json:
    """A commit status among all of a commit."""
    return {key: value for key, value in status(world, one).items() if key != "creator"}


def status(world: World, one: Status) -> Json:
    """A commit status."""
    url = f"{_url(world, world.repositories[one.repository_id])}/statuses/{one.sha}"
    return {
        "url": url,
        "avatar_url": f"{world.url}/avatars/u/{one.user_id}?v=4",
        "id": one.id,
        "node_id": node_id("SC", one.id),
        "state": one.state,
        "description": one.description,
        "target_url": one.target_url,
        "context": one.context,
        "created_at": time(one.created_at),
        "updated_at": time(one.created_at),
        "creator": accounts.user_by_id(world, one.user_id),
    }
