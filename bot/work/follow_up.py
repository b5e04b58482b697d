"""Looks whether a merged fix brought its gain, and books it in the ledger. Partner: `bot/work/closed.py`."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bot.core.job import Job
from bot.core.ledger import Saving
from bot.core.model import Report
from bot.core.task import Next, Task
from bot.core.text import code_span
from bot.errors import MeasureError, UserError
from bot.git import Repository as Store
from bot.github.api import Repository
from bot.stages.plan import read_config
from bot.work import Desk, Step


def begin(desk: Desk, task: Task) -> Next | None:
    """Measuring takes its turn."""
    return Next("measure", "bench") if task.details.get("merged_sha") else None


def measure(desk: Desk, task: Task) -> Next | None:
    """The merge against what was there before it."""
    sha = task.text("merged_sha")
    with desk.machine_lock(), desk.repository(task) as (repository, token):
        store = Store(desk.mirrors.fetch(task.where.repository, desk.clone_url(repository), token, [sha]))
        try:
            calls_a_day = read_config(store, sha).calls_a_day
            job = Job(str(store.path), store.commit(f"{sha}^"), sha, repository=repository.full_name, fork=False)
            report = desk.run(job, lambda _text: None, lambda: desk.wanted(task)).report
        except (UserError, MeasureError):
            return None
        if report is not None:
            if task.details.get("booked"):  # what an author's own branch had lost, the default branch never had
                _book(desk, task, report, calls_a_day)
            _tell(repository, task, report)
    return None


def _book(desk: Desk, task: Task, report: Report, calls_a_day: Callable[[str], float | None]) -> None:
    """Every benchmark that the merge has made faster, at the call rate that is declared there."""
    pull, sha, now = task.number("pull"), task.text("merged_sha"), desk.clock()
    savings = [
        Saving(pull, sha, one.id, one.ratio or 1.0, one.base - one.head, one.unit, now, calls_a_day(one.id))
        for one in report.verdicts
        if one.verdict == "improvement" and one.base and one.head
    ]
    desk.tasks.learn("ledger", task.where.repository, sha, msgspec.json.encode(savings), now)


def _tell(repository: Repository, task: Task, report: Report) -> None:
    """Only where what was promised was measured: what was verified on recorded calls alone, no benchmark reaches."""
    sha, promised = task.text("merged_sha"), task.details.get("benchmark")
    found = next((one for one in report.verdicts if one.id == promised), None)
    mark = f"<!-- perfwright:delivered:{sha} -->"
    if found is None or found.verdict not in ("no change", "regression"):
        return
    if repository.marked_comment(task.number("pull"), mark) is None:
        slower = "slower" if found.verdict == "regression" else "not measurably faster"
        told = f"this fix did not deliver: {code_span(found.id, limit=120)} is {slower}."
        repository.comment(task.number("pull"), f"{mark}\nMerged as {code_span(sha[:10])}, {told}")


STEPS: dict[str, Step] = {"begin": begin, "measure": measure}
