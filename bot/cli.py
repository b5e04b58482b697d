"""The command line: one function a command; every expected failure is one line on standard error.

Exit status: 0 nothing regressed, 1 a regression was found, 2 usage or configuration, 3 could not measure.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal, NoReturn, cast, get_args

import click
from rich.console import Console

import bot
import rules as catalogue
from bot import accounts, guide, pipeline, settings
from bot import doctor as doctoring
from bot.core import card as cards
from bot.core.config import Config, parse_config
from bot.core.model import Gate, Opportunity, Report
from bot.core.slash import nearest
from bot.core.text import plain
from bot.errors import MeasureError, PerfwrightError, TransientError, UserError, out_of_space
from bot.git import Repository
from bot.progress import TerminalProgress
from bot.reports import _bisect as bisect_report
from bot.reports import _explain as explaining
from bot.reports import _sweep as sweep_report
from bot.reports import json as json_report
from bot.reports import markdown as markdown_report
from bot.reports import terminal as terminal_report
from bot.reports._sarif import as_sarif
from bot.sandbox import Driver, Options, driver
from bot.stages.sweep import Together
from bot.workbench import Workbench


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(bot.__version__, prog_name="perfwright")
def cli() -> None:
    """Benchmark changes to Python repositories, name the cause of a regression, and offer a verified fix."""


@cli.command()
@click.argument("repository", default=".", type=click.Path(path_type=Path))
@click.option("--base", required=True, metavar="REV", help="The revision before; measured at the merge base.")
@click.option("--head", required=True, metavar="REV", help="The revision after.")
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="Use this configuration, not base's.")
@click.option("--select", metavar="REGEX", help="Measure only the benchmarks whose id matches.")
@click.option("--metric", type=click.Choice(get_args(Gate)), help="What to measure.")
@click.option("--sandbox", "sandbox_name", default="bubblewrap", show_default=True, help="The sandbox driver.")
@click.option("--json", "json_file", metavar="FILE", help="Write the report as JSON; - for standard output.")
@click.option("--markdown", "markdown_file", metavar="FILE", help="Write it as Markdown; - for standard output.")
def check(
    repository: Path, base: str, head: str, config_file: Path | None, select: str | None, metric: str | None,
    sandbox_name: str, json_file: str | None, markdown_file: str | None,
) -> int:  # fmt: skip
    """Compare HEAD with where it left BASE.

    REPOSITORY is a git repository; without it, the current directory.
    """
    request = pipeline.Request(base, head, _read_config(config_file), cast(Gate | None, metric), _checked(select))
    with _bench(repository, sandbox_name) as bench:
        report = pipeline.check(bench, request)
    _publish(report, json_file, markdown_file)
    return _status(report)


@contextmanager
def _bench(repository: Path, sandbox_name: str) -> Iterator[Workbench]:
    """What one command works with; a signal ends all that it has started."""
    with (
        TerminalProgress(Console(stderr=True)) as progress,
        Workbench(Repository(repository), _driver(sandbox_name), settings.read().home, progress) as bench,
    ):
        _stop_on_signals(bench)
        yield bench


def _driver(name: str) -> Driver:
    """The sandbox that was asked for; none at all only by its name."""
    known = settings.read()
    return driver(name, Options(runtime=known.runtime, state=known.home), unsandboxed=name == "none")


def _read_config(path: Path | None) -> Config | None:
    if path is None:
        return None
    try:
        return parse_config(path.read_text(encoding="utf-8"), source=str(path))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8: save it as UTF-8") from None


def _checked(select: str | None) -> str | None:
    try:
        re.compile(select or "")
    except re.error as error:
        raise UserError(f"--select {select!r} is no regular expression: {error}") from None
    return select


def _publish(report: Report, json_file: str | None, markdown_file: str | None) -> None:
    console = Console()
    for file, render in ((json_file, json_report.render), (markdown_file, markdown_report.render)):
        _give(file, partial(render, report))
    if "-" not in (json_file, markdown_file):
        sys.stdout.write(terminal_report.render(report, width=console.width, colour=console.is_terminal))


def _status(report: Report) -> int:
    if report.verdict == "regression":
        return 1
    compared = [one for one in report.verdicts if one.verdict not in ("added", "removed")]
    if compared and all(one.verdict == "failed" for one in compared):
        return MeasureError.exit_status
    return 0


@cli.command()
@click.argument("repository", default=".", type=click.Path(path_type=Path))
@click.option("--good", required=True, metavar="REV", help="A revision that is fast.")
@click.option("--bad", required=True, metavar="REV", help="A later one that is slow.")
@click.option("--benchmark", required=True, metavar="ID", help="The benchmark, by the id that `check` shows.")
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="Use this configuration, not GOOD's.")
@click.option("--sandbox", "sandbox_name", default="bubblewrap", show_default=True, help="The sandbox driver.")
@click.option("--json", "json_file", metavar="FILE", help="Write the answer as JSON; - for standard output.")
def bisect(
    repository: Path, good: str, bad: str, benchmark: str, config_file: Path | None, sandbox_name: str,
    json_file: str | None,
) -> int:  # fmt: skip
    """Find the first commit that made a benchmark slower.

    REPOSITORY is a git repository; without it, the current directory.
    Merges count as one commit: the range is walked along first parents.
    """
    request = pipeline.Request(good, bad, _read_config(config_file))
    with _bench(repository, sandbox_name) as bench:
        found = pipeline.bisect(bench, request, benchmark)
        told = bisect_report.Told(
            benchmark, good, bad, found, {sha: bench.repository.subject(sha) for sha in found.candidates},
            {sha: bench.repository.parents(sha) for sha in found.candidates},
        )  # fmt: skip
    _give(json_file, lambda: bisect_report.as_json(told))
    if json_file != "-":
        sys.stdout.write(bisect_report.as_text(told))
    return 1 if found.candidates else 0


@cli.command()
@click.argument("repository", default=".", type=click.Path(path_type=Path))
@click.option("--rev", default="HEAD", show_default=True, metavar="REV", help="The revision to look at.")
@click.option("--rule", "only", multiple=True, metavar="NAME", help="Only this rule; may be given several times.")
@click.option("--verify", "judge", is_flag=True, help="Rank by benchmarks, and verify the most promising ones.")
@click.option("--apply", "write", is_flag=True, help="Write the safe (or verified) rewrites into the work tree.")
@click.option("--sandbox", "sandbox_name", default="bubblewrap", show_default=True, help="The sandbox driver.")
@click.option("--json", "json_file", metavar="FILE", help="Write the answer as JSON; - for standard output.")
@click.option("--sarif", "sarif_file", metavar="FILE", help="Write the answer as SARIF; - for standard output.")
def sweep(
    repository: Path, rev: str, only: tuple[str, ...], judge: bool, write: bool, sandbox_name: str,
    json_file: str | None, sarif_file: str | None,
) -> int:  # fmt: skip
    """Find opportunities in the whole of one revision.

    REPOSITORY is a git repository; without it, the current directory. Exit status 1 when there are some.
    """
    if json_file == "-" == sarif_file:
        raise UserError("--json and --sarif cannot both be -: give one of them a file")
    for name in only:
        if name not in catalogue.names():
            raise UserError(f"no rule {name!r}: `perfwright rules` lists them")
    with _bench(repository, sandbox_name) as bench:
        place = bench.repository.work_tree() if write else repository
        swept = pipeline.sweep(bench, pipeline.Request(rev, rev), only, judge=judge)
        patches = pipeline.together(bench, swept, only) if write else ()
    every = {name: cards.parse(catalogue.load(name)) for name in catalogue.names()}
    _give(json_file, lambda: sweep_report.as_json(swept))
    _give(sarif_file, lambda: as_sarif(swept, every))
    if "-" not in (json_file, sarif_file):
        sys.stdout.write(sweep_report.as_text(swept))
    _apply(place, patches)
    return 1 if swept.opportunities else 0


def _give(file: str | None, render: Callable[[], str]) -> None:
    """An answer, made only where it is wanted: into a file, or - for standard output."""
    if file == "-":
        sys.stdout.write(render())
    elif file is not None:
        try:
            Path(file).write_text(render(), encoding="utf-8")
        except OSError as error:
            if out_of_space(error):
                raise
            raise UserError(f"{file} cannot be written: {error.strerror}") from None


def _apply(work_tree: Path, patches: Sequence[Together]) -> None:
    """One patch a file; where the file differs from the revision, what still fits of it."""
    for one in patches:
        missed = [] if _applied(work_tree, one.patch) else one.taken
        for each in missed:
            if not _applied(work_tree, each.fix.patch):
                _say(f"{_place(each)} is not applied: the file differs from the revision, or from another fix", 0)
        for each in one.left:
            _say(f"{_place(each)} is not applied: it touches what another fix does; commit that and run again", 0)


def _place(one: Opportunity) -> str:
    return f"{one.fix.path}:{one.line}"


def _applied(work_tree: Path, patch: str) -> bool:
    """`git apply` writes all of a patch or nothing, but only below the directory in which it runs."""
    command = ["git", "-C", str(work_tree), "apply", "--whitespace=nowarn", "--recount", "-"]
    return not patch or subprocess.run(command, input=patch.encode(), capture_output=True, check=False).returncode == 0


@cli.command()
@click.argument("name", nargs=-1, required=True)
def explain(name: tuple[str, ...]) -> int:
    """Print the card of a rule, or what a word of a report means."""
    wanted = " ".join(name)
    meanings = guide.meanings()
    if wanted in catalogue.names():
        click.echo(explaining.card(wanted, catalogue.load(wanted)))
    elif wanted.lower() in meanings:
        click.echo(explaining.word(wanted.lower(), guide.unlinked(meanings[wanted.lower()])))
    else:
        meant = nearest(wanted, [*catalogue.names(), *meanings])
        hint = f"did you mean {meant!r}?" if meant else "`perfwright rules` lists the rules, docs/glossary.md the words"
        raise UserError(f"no rule or word {plain(wanted, 120)!r}: {hint}")
    return 0


@cli.command("rules")
def list_rules() -> int:
    """List the catalogue."""
    for name in catalogue.names():
        card = cards.parse(catalogue.load(name))
        click.echo(f"{name:32} {card.fix:13} {card.description}")
    return 0


@cli.command()
def up() -> int:
    """Run the whole app on this machine.

    Web, workers and scheduler, and a queue server if REDIS_URL names none.
    """
    from bot import up as running  # the app's packages are not loaded for a check

    ended = threading.Event()
    running.stop_on_signals(ended)
    known = settings.read("web")
    if os.geteuid() == 0:
        _places(known).prepare()
    accounts.shield()
    running.up(known, lambda line: click.echo(plain(line, 500)), ended)
    return 0


@cli.command()
def serve() -> int:
    """Run the web process."""
    accounts.enter("web", _places(settings.read("web")))
    os.execvp(sys.executable, [sys.executable, "-m", "gunicorn", "--config", "python:bot.gunicorn"])  # noqa: S606


@cli.command()
@click.option(
    "--queue", "queues", multiple=True, type=click.Choice(["deliveries", "tasks", "bench"]),
    default=("deliveries", "tasks", "bench"), show_default=True,
    help="What it does; several are taken in this order, and while it measures (bench) it does nothing else.",
)  # fmt: skip
@click.option("--burst", is_flag=True, help="End when nothing is left to do.")
def worker(queues: tuple[Literal["deliveries", "tasks", "bench"], ...], burst: bool) -> int:
    """Run a worker: it talks with GitHub and starts benchmarks."""
    from bot import worker as working

    known = settings.read("worker")
    if os.geteuid() == 0 and known.runner is None and "bench" in queues:
        os.environ["PERFWRIGHT_RUNNER"] = str(_places(known).socket)
        subprocess.Popen([sys.executable, "-m", "bot", "runner"], preexec_fn=accounts.end_with_parent)
    accounts.enter("worker", _places(known))
    working.main(queues, burst=burst)
    return 0


@cli.command()
def scheduler() -> int:
    """Run the scheduler: one is enough, more do no harm."""
    from bot import scheduler as scheduling

    accounts.enter("worker", _places(settings.read("worker")))
    scheduling.main()
    return 0


@cli.command()
def runner() -> int:
    """Run the runner of an account of its own.

    It measures for the workers of this machine, and holds no secret.
    """
    from bot import running

    accounts.enter("runner", _places(settings.read("runner")))
    known = settings.read("runner")
    try:
        driver(known.sandbox, Options(runtime=known.runtime, state=known.home))
    except UserError as error:
        _say(f"no job will run: {error}", error.exit_status)  # each is told so, and does where this was mended
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    running.serve(known.runner or known.home / "runner.sock", running.Where(known.home, os.environ), ended)
    return 0


def _places(known: settings.Settings) -> accounts.Places:
    return accounts.Places(known.data, known.home)


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--event", required=True, help="The event, as X-GitHub-Event names it.")
def replay(file: Path, event: str) -> int:
    """Show which tasks a saved webhook delivery leads to."""
    from bot import handlers

    try:
        body = file.read_bytes()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    if event not in handlers.events():
        raise UserError(f"the event {event!r} means nothing here: use one of {', '.join(handlers.events())}")
    tasks = handlers.handle(event, body, "replayed")
    for task in tasks:
        click.echo(f"{task.name} {json.dumps(dict(task.details))}")
    if not tasks:
        click.echo("nothing is to be done")
    return 0


@cli.command()
def doctor() -> int:
    """Say what is missing here, and the command that mends it."""
    findings = doctoring.examine()
    for finding in findings:
        click.echo(f"{'ok  ' if finding.ok else 'MEND'} {finding.what}: {finding.says}")
    return 0 if all(finding.ok or not finding.required for finding in findings) else MeasureError.exit_status


def main() -> NoReturn:
    """Run, and turn every expected failure into one line and an exit status."""
    try:
        status = cli.main(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        status = _say("interrupted: what was measured is kept, run the same command again to go on", 3)
    except click.ClickException as error:
        asked = error.ctx.info_name if isinstance(error, click.UsageError) and error.ctx and error.ctx.parent else None
        where = f"perfwright {asked}" if asked else "perfwright"
        status = _say(f"{error.format_message()} (see `{where} --help`)", UserError.exit_status)
    except PerfwrightError as error:
        if isinstance(error, MeasureError) and error.detail:
            sys.stderr.write("\n".join(plain(line, 300) for line in error.detail.splitlines()[-20:]) + "\n")
        status = _say(str(error), error.exit_status)
    except OSError as error:
        if not out_of_space(error):
            raise
        place = f" ({error.filename})" if error.filename else ""
        status = _say(f"{error.strerror}{place}: free some space and run again", TransientError.exit_status)
    sys.exit(status if isinstance(status, int) else 0)


def _stop_on_signals(bench: Workbench) -> None:
    def stop(_number: int, _frame: object) -> NoReturn:
        bench.interrupt()
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _say(message: str, status: int) -> int:
    sys.stderr.write(f"perfwright: {plain(' '.join(message.split()), 600)}\n")
    return status
