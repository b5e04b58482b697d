"""The runner: measures one pair of commits for the publisher and holds no key, token or address of a database.

Reads a job as JSON from standard input; answers with lines of JSON: `{"progress": ...}`, then one with the answer or
`{"error": ...}`. Partner: `bot/running.py` starts it.
"""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import msgspec

from bot import pipeline, settings
from bot.core.job import Failure, Job, Line
from bot.errors import MeasureError, PerfwrightError, TransientError, UserError, out_of_space
from bot.git import Repository
from bot.sandbox import Driver, Options, driver
from bot.settings import Settings
from bot.workbench import Workbench


class _Told:
    """Progress for the publisher: the stage, and what is being done."""

    def __init__(self) -> None:
        self._stage = ""

    def stage(self, name: str) -> None:
        """A stage of the path begins."""
        self._stage = name
        _say(Line(progress=name))

    def step(self, text: str, *, done: int = 0, total: int | None = None) -> None:
        """What is being done now."""
        count = f" {done} of {total}" if total else ""
        _say(Line(progress=f"{self._stage}: {text}{count}"))


def _say(line: Line) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Do the job that standard input holds."""
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    try:
        known = settings.read("runner")
        with Workbench(Repository(Path(job.store)), sandbox_for(job, known), known.home, _Told()) as bench:
            _stop_on_signals(bench)
            answer = _do(bench, job)
    except PerfwrightError as error:
        kinds = (UserError, MeasureError, TransientError)
        kind = next((one.__name__ for one in kinds if isinstance(error, one)), "MeasureError")
        detail = error.detail if isinstance(error, MeasureError) else ""
        _say(Line(error=Failure(str(error), detail, kind)))
    except OSError as error:
        if not out_of_space(error):
            raise
        _say(Line(error=Failure(f"{error.strerror}: tried again later", kind=TransientError.__name__)))
    else:
        _say(answer)


def sandbox_for(job: Job, known: Settings) -> Driver:
    """The driver that the settings name; none for the repositories of their list, but for what comes from forks."""
    options = Options(runtime=known.runtime, state=known.home)
    if job.repository.lower() in known.unsandboxed and not job.fork:
        return driver("none", options, unsandboxed=True)
    return driver(known.sandbox, options)


def _do(bench: Workbench, job: Job) -> Line:
    request = pipeline.Request(job.base, job.head)
    if job.purpose == "sweep":
        return Line(swept=pipeline.sweep(bench, request, judge=True, known=job.known))
    if job.purpose == "bisect":
        return Line(found=pipeline.bisect(bench, request, job.select or ""))
    return Line(report=pipeline.check(bench, replace(request, select=job.select)))


def _stop_on_signals(bench: Workbench) -> None:
    def stop(_number: int, _frame: object) -> NoReturn:
        bench.interrupt()
        raise SystemExit(3)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


if __name__ == "__main__":
    main()
