"""The whole bot in one process, against the stand-in for GitHub: real signatures, inbox, tasks, git and GitHub's API.

Only measuring is played: `bot.finds` says what the runner would report. Partner: `tests/github`.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from a2wsgi import ASGIMiddleware

from bot.core.bisect import Found
from bot.core.job import Job, Line
from bot.core.model import Fix, Opportunity, Report, Revisions, Suspect, Swept, TestCount, Verdict
from bot.core.patch import make_patch
from bot.database import Database
from bot.git import Repository as Store
from bot.github import App
from bot.inbox import Inbox
from bot.mirror import Mirrors
from bot.settings import Settings
from bot.tasks import Tasks
from bot.work import Desk
from bot.worker import Worker
from tests.github.fake import FakeGitHub
from tests.github.people import PullRequest
from tests.reports.samples import MACHINE

SLOW = '''"""Parses."""


def parse(words):
    """The words that come once, in their order."""
    seen = []
    found = []
    for word in words:
        if word not in seen:
            seen.append(word)
            found.append(word)
    return found
'''
FAST = SLOW.replace("seen = []", "seen = set()").replace("seen.append", "seen.add")
FILES = {"parser.py": FAST, "README.md": "A parser.\n", "tests/test_bench.py": "def test_parse(benchmark): ...\n"}
BENCHMARK = "tests/test_bench.py::test_parse"
Finds = Callable[[Job], Report]


def report(job: Job, word: str = "regression", ratio: float = 2.5, **more: Any) -> Report:
    """A report on a job's commits with one benchmark in it."""
    base = Store(Path(job.store)).revisions(job.base, job.head)
    interval = (ratio * 0.996, ratio * 1.004)
    verdict = Verdict(BENCHMARK, word, ratio, interval, 1e6, 1e6 * ratio, rounds=3, runner="pytest")  # type: ignore[arg-type]
    fields = {"verdicts": (verdict,), **more}
    return Report(
        Revisions(base.base_sha, base.head_sha, base.merge_base_sha), word, "instructions", 71.3, MACHINE, **fields  # type: ignore[arg-type]
    )  # fmt: skip


def regression(job: Job) -> Report:
    """parse became slow; the fix is verified."""
    head = Store(Path(job.store)).tree(job.head).text("parser.py") or ""
    lines = head.splitlines()
    first, last = lines.index("    seen = []") + 1, next(n for n, line in enumerate(lines, 1) if "seen.append" in line)
    fixed = head.replace("seen = []", "seen = set()").replace("seen.append", "seen.add")
    suspect = Suspect(
        BENCHMARK, "parser.py", "parse", "@@ -4,9 +4,9 @@", (first, last), 0.97,
        "taking its changes back leaves 1,000,100 of 2,500,000 instructions (base: 1,000,000)",
    )  # fmt: skip
    fix = Fix(
        "list_membership_in_loop", "parser.py", "parse", make_patch("parser.py", head, fixed), "verified", BENCHMARK,
        0.4, (0.398, 0.402), TestCount(12, 0),
    )  # fmt: skip
    return report(job, suspects=(suspect,), fixes=(fix,))


def sweep(job: Job) -> Swept:
    """One verified opportunity, one that nothing reaches, one that may be unsafe."""
    text = Store(Path(job.store)).tree(job.head).text("parser.py") or ""
    fixed = text.replace("seen = []", "seen = set()").replace("seen.append", "seen.add")
    found = []
    if fixed != text:
        patch = make_patch("parser.py", text, fixed)
        tests = TestCount(12, 0)
        interval = (0.398, 0.402)
        fix = Fix("list_membership_in_loop", "parser.py", "parse", patch, "verified", BENCHMARK, 0.4, interval, tests)
        found.append(Opportunity(fix, 8, 9, "safe", 0.93))
    other = Fix("regex_compiled_per_call", "README.md", "late", "", "unverified")
    doubtful = Fix("pop_front_in_loop", "README.md", "later", "", "unverified", reason="it may be a <b>subclass</b>")
    found += [Opportunity(other, 3, 3, "safe"), Opportunity(doubtful, 4, 6, "unsafe")]
    return Swept(job.head, 7, 12.0, tuple(found), "instructions", MACHINE)


def unchanged(job: Job) -> Report:
    """Nothing changed."""
    return report(job, "no change", 1.0003)


class Bot:
    """Receives webhooks over HTTP; `work` does all that is to be done, on a clock that the test moves."""

    def __init__(self, github: FakeGitHub, place: Path) -> None:
        self.github, self.finds, self.ran = github, regression, []
        self.sweeps = sweep
        self.bisects: Callable[[Job], Found] = lambda job: Found((job.head,), 3)
        self._ahead, self._looks = 0.0, itertools.count()
        self.settings = Settings(
            home=place / "home", data=place, github_url=github.url, api_url=github.api_url,
            webhook_secret=github.app.webhook_secret,
        )  # fmt: skip
        database = Database(f"sqlite:///{place}/bot.db")
        self.inbox, self.tasks = Inbox(database), Tasks(database)
        self.desk = Desk(
            app=App(github.api_url, str(github.app.id), github.app.private_key, lambda _installation: 0.0),
            tasks=self.tasks,
            mirrors=Mirrors(place / "mirrors"),
            run=self._run,
            github_url=github.url,
            public_url="https://perf.example.org",
            owner="worker",
            call=lambda _names, _queue: None,
            machine_lock=nullcontext,
            clock=self.clock,
        )
        self.worker = Worker(self.inbox, self.desk)

    def clock(self) -> float:
        """Seconds since the epoch, as far ahead as the test wants; never the same twice, though GitHub's are whole."""
        return github_time(self.github) + self._ahead + next(self._looks) / 1e6

    def _run(self, job: Job, tell: Callable[[str], None], still_wanted: Callable[[], bool]) -> Line:
        tell("plan")
        tell("measure: counting instructions 1 of 2")
        self.ran.append(job.head)
        if job.purpose == "sweep":
            return Line(swept=self.sweeps(job))
        if job.purpose == "bisect":
            return Line(found=self.bisects(job))
        return Line(report=self.finds(job))

    def work(self) -> None:
        """Until nothing is left to do now."""
        self.github.settle()
        while self.step():
            self.github.settle()

    def work_until(self, reached: Callable[[], object]) -> None:
        """Until something is there, and no further."""
        self.github.settle()
        while not reached():
            assert self.step(), "nothing is left to do"
            self.github.settle()

    def step(self) -> bool:
        """One delivery, or one step of a task."""
        for delivery in self.inbox.due(self.clock() + 11, 1):
            self.worker.deliver(delivery)
            return True
        return any(self.worker.work(queue) for queue in ("tasks", "bench"))  # type: ignore[arg-type]

    def later(self, seconds: float) -> None:
        """Let time pass, for leases and retries."""
        self._ahead += seconds


def github_time(github: FakeGitHub) -> float:
    return float(github.world.now().timestamp())


def seen(pull: PullRequest) -> str:
    """All that a person sees of the bot on a pull request, as one text."""
    parts = [f"# {pull.issue.title}"]
    if pull.author.endswith("[bot]"):
        parts.append(pull.issue.body or "")
    for run in pull.runs():
        now = run.now
        buttons = ", ".join(f"[{one['label']}]" for one in now.actions)
        parts.append(f"## Check: {now.status} {now.conclusion or ''}\n\n{now.title}\n\n{now.summary}\n\n{buttons}")
        for one in now.annotations:
            place = f"{one['path']} {one['start_line']}-{one['end_line']}"
            parts.append(f"### Annotation: {place}\n\n{one['title']}\n\n{one['message']}")
    for said in pull.comments():
        parts.append(f"## Comment by {said.author}\n\n{said.body}")
    for note in pull.notes():
        parts.append(f"## Review comment on {note.now.place.path}\n\n{note.body}")
    for other in pull.repo.pulls("all"):
        if other.number != pull.number and other.author.endswith("[bot]"):
            parts.append(f"## Pull request by {other.author}: {other.issue.title}\n\n{other.issue.body}")
    for issue in pull.repo.issues("all"):
        parts.append(f"## Issue by {issue.author}: {issue.issue.title}\n\n{issue.issue.body}")
    return told("\n\n".join(parts)) + "\n"


def told(text: str) -> str:
    """A text with what differs from run to run taken out."""
    text = re.sub(r"http://127\.0\.0\.1:\d+", "https://github.example.org", text)
    names: dict[str, str] = {}
    text = re.sub(
        r"\b[0-9a-f]{40}\b|\b[0-9a-f]{10}\b", lambda sha: names.setdefault(sha[0][:10], f"SHA{len(names) + 1}"), text
    )
    text = re.sub(r"check:\d+:", "check:REPOSITORY:", text)
    text = re.sub(r"(perfwright:answer:[a-z]+)\d+", r"\1N", text)
    # What was asked, without the number of the delivery or comment that asked it, which may begin with letters.
    return re.sub(r"(check:REPOSITORY:\d+:SHA\d+:[a-z]*?)(?:[0-9a-f]{8}-[0-9a-f-]{27}|\d)[\w-]*", r"\1", text)


class Listener:
    """The web process, on a port of its own."""

    def __init__(self, application: Any) -> None:
        self._server = make_server("127.0.0.1", 0, ASGIMiddleware(application), handler_class=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the tests look at what came of it."""
