"""Check suites and check runs made, updated, asked for again, their buttons clicked.

Partner: `routes/checks.py` is how an app does it, `people.py` how a person does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.github.render import checks as render
from tests.github.rules import Refused, invalid
from tests.github.state import CheckRun, CheckSuite, Repository, World

Json = Any

MOST_OF_ONE_NAME = 1000


def suite_of(world: World, repository: Repository, app_id: int, sha: str) -> CheckSuite | None:
    """The one suite that an app has for a commit."""
    for one in world.suites.values():
        if (one.repository_id, one.app_id, one.head_sha) == (repository.id, app_id, sha):
            return one
    return None


def suites_for_push(world: World, repository: Repository, branch: str, before: str | None, after: str, by: int) -> None:
    """A push makes a suite for each app that may write checks."""
    for installation, app in list(world.installed(repository)):
        if installation.permissions.get("checks") != "write" or suite_of(world, repository, app.id, after):
            continue
        made = make_suite(world, repository, app.id, after, branch=branch, before=before)
        if installation.suspended_at is None:
            parts = {"check_suite": render.suite_in_event(world, made)}
            world.tell(app, installation, "check_suite", "requested", repository, by, parts)


def make_suite(
    world: World, repository: Repository, app_id: int, sha: str, *, branch: str | None = None, before: str | None = None
) -> CheckSuite:
    """A suite; its branch is not known when the commit came from a fork."""
    if world.git(repository).kind(sha) != "commit":
        raise Refused(422, f"No commit found for SHA: {sha}")
    made = CheckSuite(world.new_id(), repository.id, app_id, sha, branch, before, world.now())
    world.suites[made.id] = made
    return made


def create_run(world: World, repository: Repository, app_id: int, body: Mapping[str, Json], by: int) -> CheckRun:
    """A new check run."""
    sha = body["head_sha"]
    suite = suite_of(world, repository, app_id, sha)
    if suite is None:
        heads = world.git(repository).refs("refs/heads/")
        branch = next((name.removeprefix("refs/heads/") for name, tip in heads.items() if tip == sha), None)
        suite = make_suite(world, repository, app_id, sha, branch=branch)
    blank = CheckRun(
        id=world.new_id(),
        suite_id=suite.id,
        repository_id=repository.id,
        name=body["name"],
        head_sha=sha,
        status="queued",
        conclusion=None,
        started_at=world.now(),
        completed_at=None,
        external_id="",
        details_url=None,
    )
    made = _changed(world, blank, body)
    world.runs[made.id] = made
    world.suites[suite.id] = replace(suite, asked_again=False)
    same = sorted(run.id for run in world.runs.values() if (run.suite_id, run.name) == (suite.id, made.name))
    for number in same[:-MOST_OF_ONE_NAME]:
        del world.runs[number]
    world.emit("check_run", "created", repository, by, check_run=render.run_in_event(world, made))
    if made.status == "completed":
        _completed(world, repository, made, by)
    return made


def update_run(world: World, run: CheckRun, body: Mapping[str, Json], by: int) -> CheckRun:
    """A check run with some things changed; annotations are added to those that it has."""
    changed = _changed(world, run, body)
    world.runs[run.id] = changed
    world.suites[run.suite_id] = replace(world.suites[run.suite_id], asked_again=False)
    if changed.status == "completed" and run.status != "completed":
        _completed(world, world.repositories[run.repository_id], changed, by)
    return changed


def _completed(world: World, repository: Repository, run: CheckRun, by: int) -> None:
    world.emit("check_run", "completed", repository, by, check_run=render.run_in_event(world, run))
    suite = world.suites[run.suite_id]
    rendered = render.suite_in_event(world, suite)
    if rendered["status"] == "completed":
        world.emit("check_suite", "completed", repository, by, check_suite=rendered)


def _changed(world: World, run: CheckRun, body: Mapping[str, Json]) -> CheckRun:
    status, conclusion = body.get("status", run.status), body.get("conclusion")
    if conclusion == "stale":
        raise invalid("CheckRun", "conclusion")
    if conclusion or body.get("completed_at"):
        status = "completed"
    if status == "completed" and not (conclusion or (run.status == "completed" and run.conclusion)):
        raise Refused(422, 'Invalid request.\n\nNo subschema in "anyOf" matched.\n"conclusion" wasn\'t supplied.')
    done = status == "completed"
    output = body.get("output") or {}
    if run.title is None and output.get("annotations") and not output.get("title"):
        raise invalid("CheckRun", "output.title", "missing_field")
    for annotation in output.get("annotations", ()):
        _check_annotation(annotation)
    return replace(
        run,
        name=body.get("name", run.name),
        status=status,
        conclusion=(conclusion or run.conclusion) if done else None,
        started_at=_moment(body.get("started_at")) or run.started_at,
        completed_at=(_moment(body.get("completed_at")) or run.completed_at or world.now()) if done else None,
        external_id=body.get("external_id", run.external_id),
        details_url=body.get("details_url", run.details_url),
        title=output.get("title", run.title),
        summary=output.get("summary", run.summary),
        text=output.get("text", run.text),
        annotations=(*run.annotations, *output.get("annotations", ())),
        actions=tuple(body["actions"]) if "actions" in body else run.actions,
    )


def _check_annotation(annotation: Mapping[str, Json]) -> None:
    if annotation["start_line"] > annotation["end_line"] or annotation["start_line"] < 1:
        raise invalid("CheckRun", "annotations", message="end_line must be at least start_line, which starts at 1")
    columns = "start_column" in annotation or "end_column" in annotation
    if columns and annotation["start_line"] != annotation["end_line"]:
        raise invalid("CheckRun", "annotations", message="columns need start_line and end_line to be the same")
    if len(annotation.get("title") or "") > 255 or len(annotation["message"].encode()) > 65_536:
        raise invalid("CheckRun", "annotations", message="title or message is too long")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def click(world: World, run: CheckRun, identifier: str, by: int) -> None:
    """A person clicks a button, which is there once the run is complete."""
    shown = [action["identifier"] for action in run.actions] if run.status == "completed" else []
    assert identifier in shown, f"no button {identifier!r} on check run {run.name!r}; there are {shown}"
    _to_its_app(world, run, "requested_action", by, requested_action={"identifier": identifier})


def rerequest(world: World, run: CheckRun, by: int) -> None:
    """A person asks for the run again: its suite is queued, the run stays as it is until its app says otherwise."""
    world.suites[run.suite_id] = replace(world.suites[run.suite_id], asked_again=True)
    _to_its_app(world, run, "rerequested", by)


def _to_its_app(world: World, run: CheckRun, action: str, by: int, **parts: Json) -> None:
    repository, app = world.repositories[run.repository_id], world.apps[world.suites[run.suite_id].app_id]
    for installation, installed in list(world.installed(repository)):
        if installed.id == app.id and installation.suspended_at is None:
            parts["check_run"] = render.run_in_event(world, run)
            world.tell(app, installation, "check_run", action, repository, by, parts)


def rerequest_suite(world: World, suite: CheckSuite, by: int) -> None:
    """A person asks for all runs of a commit again."""
    suite = world.suites[suite.id] = replace(suite, asked_again=True)
    repository, app = world.repositories[suite.repository_id], world.apps[suite.app_id]
    for installation, installed in list(world.installed(repository)):
        if installed.id == app.id and installation.suspended_at is None:
            parts = {"check_suite": render.suite_in_event(world, suite)}
            world.tell(app, installation, "check_suite", "rerequested", repository, by, parts)
