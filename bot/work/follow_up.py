"""Looks whether a merged fix brought its gain, and books it in the ledger. Partner: `bot/work/closed.py`."""

from __future__ import annotations

import msgspec

from bot.core.job import Job
from bot.core.ledger import Saving
from bot.core.task import Next, Task
from bot.core.text import code_span
from bot.errors import MeasureError, UserError
from bot.git import Repository as Store
from bot.stages.plan import read_config
from bot.work import Desk, Step


def begin(desk: Desk, task: Task) -> Next | None:
    """Measuring takes its turn."""
    return Next("measure", "bench") if task.details.get("merged_sha") else None


def measure(desk: Desk, task: Task) -> Next | None:
    """The merge against what was there before it."""
    sha, repository_id = task.text("merged_sha"), task.where.repository
    with desk.machine_lock(), desk.repository(task) as (repository, token):
        store = desk.mirrors.fetch(repository_id, desk.clone_url(repository), token, [sha])
        before = Store(store).commit(f"{sha}^")
        try:
            calls_a_day = read_config(Store(store), sha).calls_a_day
            job = Job(str(store), before, sha, repository=repository.full_name, fork=False)
            report = desk.run(job, lambda _text: None, lambda: desk.wanted(task)).report
        except (UserError, MeasureError):
            report = None
        if report is None:
            return None
        gains = [one for one in report.verdicts if one.verdict == "improvement" and one.base and one.head]
        pull, now = task.number("pull"), desk.clock()
        savings = [
            Saving(
                pull, sha, one.id, one.ratio or 1.0, (one.base or 0) - (one.head or 0), one.unit, now,
                calls_a_day(one.id),
            )
            for one in gains
        ]  # fmt: skip
        desk.tasks.learn("ledger", repository_id, sha, msgspec.json.encode(savings), desk.clock())
        mark = f"<!-- perfwright:delivered:{sha} -->"
        if not gains and repository.marked_comment(task.number("pull"), mark) is None:
            text = f"Merged as {code_span(sha[:10])}, this fix did not deliver: no benchmark is measurably faster."
            repository.comment(task.number("pull"), f"{mark}\n{text}")
    return None


STEPS: dict[str, Step] = {"begin": begin, "measure": measure}
