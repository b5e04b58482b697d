"""Finds the commit of a pull request that made a benchmark slower, and says it. Partner: `bot/core/bisect.py`."""

from __future__ import annotations

from bot.core.bisect import Found
from bot.core.job import Job
from bot.core.task import Next, Task
from bot.core.text import code_span, prose
from bot.errors import MeasureError, UserError
from bot.git import Repository as Store
from bot.reports._bisect import evidence
from bot.work import Desk, Step
from bot.work.check import approved


def begin(desk: Desk, task: Task) -> Next | None:
    """Measuring takes its turn."""
    with desk.repository(task) as (repository, _token):
        base_sha = repository.pull(task.number("pull")).base.sha
    return Next("measure", "bench", {"base_sha": base_sha})


def measure(desk: Desk, task: Task) -> Next | None:
    """Along the commits from the merge base to head."""
    base_sha, head_sha, benchmark = task.text("base_sha"), task.text("head_sha"), task.text("benchmark")
    with desk.machine_lock(), desk.repository(task) as (repository, token):
        store = desk.mirrors.fetch(task.where.repository, desk.clone_url(repository), token, [base_sha, head_sha])
        try:
            fork = repository.pull(task.number("pull")).from_fork
            if fork and not approved(desk, task, Store(store), base_sha):
                raise UserError("Code of a fork runs after someone has written `/perf approve` for this head")
            merge_base = Store(store).revisions(base_sha, head_sha).merge_base_sha
            job = Job(
                str(store), merge_base, head_sha, "bisect", benchmark, repository=repository.full_name, fork=fork
            )  # fmt: skip
            found = desk.run(job, lambda _text: None, lambda: desk.wanted(task)).found
            told = _told(Store(store), benchmark, found) if found else ""
        except (UserError, MeasureError) as error:
            told = prose(str(error), 600)
        mark = f"<!-- perfwright:bisect:{task.name} -->"
        if repository.marked_comment(task.number("pull"), mark) is None:
            repository.comment(task.number("pull"), f"{mark}\n\n{told}")
    return None


def _told(store: Store, benchmark: str, found: Found) -> str:
    if not found.candidates:
        return f"{code_span(benchmark)} is not slower at head than at the merge base: there is nothing to find."
    commits = [f"- {sha} {code_span(store.subject(sha), limit=100)}" for sha in found.candidates]
    known = prose(evidence(found), 400)
    if len(commits) == 1:
        return f"The first commit that makes {code_span(benchmark)} slower:\n\n{commits[0]}\n\n{known}"
    head = f"One of these makes {code_span(benchmark)} slower; those before the last could not be measured:"
    return "\n".join([head, "", *commits, "", known])


STEPS: dict[str, Step] = {"begin": begin, "measure": measure}
