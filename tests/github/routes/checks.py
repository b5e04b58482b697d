"""Check runs and check suites over the API.

Partner: `acts/checks.py`.
"""

from __future__ import annotations

from typing import Any

from tests.github.acts import checks as act
from tests.github.acts import pulls
from tests.github.call import Answer, Call, operation
from tests.github.render import checks as render
from tests.github.rules import NOT_BY_INTEGRATION, Refused
from tests.github.state import App, CheckRun, CheckSuite

Json = Any


def _app(call: Call) -> App:
    app = call.acting_app
    if app is None:
        raise Refused(403, "You must authenticate via a GitHub App.")
    return app


def _run(call: Call) -> CheckRun:
    return call.one_of(call.world.runs, "check_run_id")


def _suite(call: Call) -> CheckSuite:
    return call.one_of(call.world.suites, "check_suite_id")


@operation("checks/create", "checks:write", 201)
def create(call: Call) -> Json:
    made = act.create_run(call.world, call.repository, _app(call).id, call.body, call.actor.id)
    pulls.merge_what_waited(call.world, call.repository)
    return render.run(call.world, made)


@operation("checks/get", "checks:read")
def get(call: Call) -> Json:
    return render.run(call.world, _run(call))


@operation("checks/update", "checks:write")
def update(call: Call) -> Json:
    run = _run(call)
    if call.world.suites[run.suite_id].app_id != _app(call).id:
        raise Refused(
            403, f"Invalid app_id `{_app(call).id}` - check run can only be modified by the GitHub App that created it."
        )
    changed = act.update_run(call.world, run, call.body, call.actor.id)
    pulls.merge_what_waited(call.world, call.repository)
    return render.run(call.world, changed)


@operation("checks/list-annotations", "checks:read")
def list_annotations(call: Call) -> Json:
    run = _run(call)
    return [render.annotation(call.world, run, raw) for raw in call.page(run.annotations)]


@operation("checks/rerequest-run", "checks:write", 201)
def rerequest(call: Call) -> Json:
    act.rerequest(call.world, _run(call), call.actor.id)
    return {}


def _listed(call: Call, runs: list[CheckRun]) -> Json:
    runs = [
        run
        for run in sorted(runs, key=lambda run: -run.id)
        if call.query.get("check_name") in (None, run.name)
        and call.query.get("status") in (None, run.status)
        and call.query.get("app_id") in (None, str(call.world.suites[run.suite_id].app_id))
    ]
    if call.query.get("filter", "latest") == "latest":
        newest: dict[tuple[int, str], CheckRun] = {}
        for run in runs:
            newest.setdefault((run.suite_id, run.name), run)
        runs = list(newest.values())
    return {"total_count": len(runs), "check_runs": [render.run(call.world, run) for run in call.page(runs)]}


@operation("checks/list-for-ref", "checks:read")
def list_for_ref(call: Call) -> Json:
    sha, number = call.commit(call.values["ref"]), call.repository.id
    return _listed(
        call, [run for run in call.world.runs.values() if (run.repository_id, run.head_sha) == (number, sha)]
    )


@operation("checks/list-for-suite", "checks:read")
def list_for_suite(call: Call) -> Json:
    return _listed(call, [run for run in call.world.runs.values() if run.suite_id == _suite(call).id])


@operation("checks/create-suite", "checks:write", 201)
def create_suite(call: Call) -> Json:
    app, sha = _app(call), call.body["head_sha"]
    if old := act.suite_of(call.world, call.repository, app.id, sha):
        return Answer(200, render.suite(call.world, old))
    return render.suite(call.world, act.make_suite(call.world, call.repository, app.id, sha))


@operation("checks/get-suite", "checks:read")
def get_suite(call: Call) -> Json:
    return render.suite(call.world, _suite(call))


@operation("checks/list-suites-for-ref", "checks:read")
def list_suites(call: Call) -> Json:
    sha = call.commit(call.values["ref"])
    suites = [
        one for one in call.world.suites.values() if (one.repository_id, one.head_sha) == (call.repository.id, sha)
    ]
    suites = [one for one in suites if call.query.get("app_id") in (None, str(one.app_id))]
    return {"total_count": len(suites), "check_suites": [render.suite(call.world, one) for one in call.page(suites)]}


@operation("checks/rerequest-suite", "checks:write", 201)
def rerequest_suite(call: Call) -> Json:
    suite = _suite(call)
    if suite.app_id != _app(call).id:
        raise Refused(403, NOT_BY_INTEGRATION)
    act.rerequest_suite(call.world, suite, call.actor.id)
    return {}
