"""The nightly sweep of a default branch: a few fix pull requests, the rest on the dashboard issue, then the next night.

Partners: `bot/stages/sweep.py` finds and verifies; `bot/reports/_dashboard.py` has the words.
"""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
from croniter import croniter

from bot.core.config import Config
from bot.core.job import Job
from bot.core.model import FixStatus, Known, Opportunity, Report, Revisions, Site, Swept
from bot.core.sites import follow, seen
from bot.core.task import OUR_BRANCHES, Next, Task, Where
from bot.core.text import code_span, prose
from bot.errors import MeasureError, UserError
from bot.git import Repository as Store
from bot.github.api import Repository
from bot.reports import _dashboard as dashboard
from bot.stages.plan import read_config
from bot.work import Desk, Step
from bot.work._proposal import Proposal, put, withdraw, withdrawn

_MERGED = b"merged "
_ORDER: tuple[FixStatus, ...] = ("verified", "unverified", "rejected")


def plan_next(desk: Desk, where: Where, schedule: str) -> None:
    """Add the next night's task, which waits in the database until it is due; a plan made before counts no more.

    Whoever does not know the configuration plans with the default: at that hour the task looks at it.
    """
    moment = croniter(schedule, datetime.fromtimestamp(desk.clock(), UTC)).get_next(datetime)
    due = float(calendar.timegm(moment.utctimetuple()))
    task = Task(f"sweep:{where.repository}:{due:.0f}", "sweep", where, due=due)
    desk.tasks.learn("next sweep", where.repository, "name", task.name.encode(), desk.clock())
    desk.add(task)


def is_planned(desk: Desk, repository: int) -> bool:
    """Whether a next night is waited for, at whichever hour."""
    name = desk.tasks.fact("next sweep", repository, "name")
    kept = desk.tasks.get(name.decode()) if name else None
    return kept is not None and kept.state in ("waiting", "leased")


def begin(desk: Desk, task: Task) -> Next | None:
    """Of planned ones, that which was planned last; it plans the next at once, so that none that fails is the last."""
    if not task.due:
        return Next("look")
    if desk.tasks.fact("next sweep", task.where.repository, "name") != task.name.encode():
        return None
    plan_next(desk, task.where, Config().sweep.schedule)
    return Next("look", details={"hour": task.due})


def look(desk: Desk, task: Task) -> Next | None:
    """Where the default branch stands, and whether it wants to be swept at this hour; an archived one is left alone."""
    where, began = task.where, desk.clock()
    with desk.repository(task) as (repository, token):
        now = repository.now(where.repository)
        sha = None if now.archived else repository.head_of(now.default_branch)
        if sha is None:
            return None
        store = Store(desk.mirrors.fetch(where.repository, desk.clone_url(repository), token, [sha]))
    following = Next("measure", "bench", {"sha": sha, "at": began, "branch": now.default_branch})
    hour = task.details.get("hour")
    if not isinstance(hour, float):
        return following  # a person has asked for it
    schedule = _config(store, sha).sweep.schedule
    plan_next(desk, where, schedule)
    return following if croniter.match(schedule, datetime.fromtimestamp(hour, UTC)) else None


def measure(desk: Desk, task: Task) -> Next | None:
    """The sweep itself, in a runner."""
    sha, where = task.text("sha"), task.where
    with desk.machine_lock(), desk.repository(task) as (repository, token):
        store = desk.mirrors.fetch(where.repository, desk.clone_url(repository), token, [sha])
        try:
            known = _known(desk, repository, where.repository)
            job = Job(str(store), sha, sha, "sweep", repository=repository.full_name, fork=False, known=known)
            swept = desk.run(job, lambda _text: None, lambda: desk.wanted(task)).swept
        except (UserError, MeasureError):
            swept = None  # a repository without benchmarks: nothing can be verified, so nothing is proposed
    if swept is not None:
        desk.tasks.learn("swept", where.repository, task.name, msgspec.json.encode(swept), desk.clock())
    return Next("publish")


def publish(desk: Desk, task: Task) -> Next | None:
    """Fix pull requests up to the limit, stale ones closed, the dashboard up to date."""
    where, sha = task.where, task.text("sha")
    kept = desk.tasks.fact("swept", where.repository, task.name)
    with desk.repository(task) as (repository, token):
        store = Store(desk.mirrors.fetch(where.repository, desk.clone_url(repository), token, [sha]))
        config = _config(store, sha)
        if kept is not None:
            swept = msgspec.json.decode(kept, type=Swept)
            found = follow(swept.opportunities, _before(desk, where.repository))
            swept = _heeded(desk, task, replace(swept, opportunities=found))
            _remember(desk, where.repository, swept)
            opened = _propose(desk, repository, task, swept, config)
            _keep_sites(desk, where.repository, found)
            _show(desk, repository, where, swept, opened)
    return None


def _config(store: Store, sha: str) -> Config:
    try:
        return read_config(store, sha)
    except UserError:
        return Config(fixes="off")  # pull requests say what is wrong with it; until then nothing is opened


def _heeded(desk: Desk, task: Task, swept: Swept) -> Swept:
    """Without what people do not want to hear about, and what was mended while the sweep ran."""
    ignored, landed = desk.ignored(task.where.repository), _landed(desk, task.where.repository)
    began = float(task.text("at"))
    wanted = (one for one in swept.opportunities if one.fix.rule not in ignored and landed.get(one.key, 0.0) <= began)
    return replace(swept, opportunities=tuple(wanted))


def _propose(desk: Desk, repository: Repository, task: Task, swept: Swept, config: Config) -> dict[str, int]:
    """The open fix pull requests by what they mend, after new ones were opened and stale ones closed."""
    where = task.where.repository
    best = sorted(swept.opportunities, key=lambda one: _ORDER.index(one.fix.status))
    mine = _tended(desk, repository, task, swept, {one.key: one for one in reversed(best)}, config)
    declined, landed = _declined(desk, where, mine), _landed(desk, where)
    wanted = [one for one in best if one.fix.status == "verified" and config.fixes != "off"]
    for one in wanted:
        key = one.key
        if key in mine or key in declined or len(mine) >= config.sweep.open_pull_requests:
            continue
        # What was merged and is there again, some person may have taken back: nobody merges it unseen a second time.
        merge = config.fixes == "auto-merge" and key not in landed
        opened = put(desk, repository, task, _proposal(task, swept, one), merge=merge)
        if opened is not None:
            mine[key] = opened
            desk.tasks.learn("sweep pull", where, key, str(opened).encode(), desk.clock())
    return mine


def _tended(
    desk: Desk, repository: Repository, task: Task, swept: Swept, found: Mapping[str, Opportunity], config: Config
) -> dict[str, int]:
    """Those that are open and stay so, at the newest commit; stale ones are closed."""
    where = task.where.repository
    ignored = desk.ignored(where).union(config.rules.ignore)
    mine = {}
    for key, number in _open(desk, repository, where).items():
        one = found.get(key)
        why = _stale(key, one, swept, ignored)
        if why and withdraw(desk, repository, task, number, why):
            continue
        mine[key] = number
        if one and one.fix.status == "verified":
            put(desk, repository, task, _proposal(task, swept, one))
    return mine


def _known(desk: Desk, repository: Repository, identity: int) -> Known:
    """What the sweep need not find out again."""
    open_ = _open(desk, repository, identity)
    tried = tuple(key for _, key, _ in desk.tasks.facts("tried", identity))
    declined = (*_declined(desk, identity, open_), *desk.ignored(identity))
    return replace(_before(desk, identity), open=tuple(open_), declined=declined, tried=tried)


def _before(desk: Desk, repository: int) -> Known:
    """What was proposed, and how it looked."""
    return Known(proposed=tuple(_proposed(desk, repository)), sites=_sites(desk, repository))


def _sites(desk: Desk, repository: int) -> tuple[Site, ...]:
    kept = desk.tasks.fact("sites", repository, "all")
    return msgspec.json.decode(kept, type=tuple[Site, ...]) if kept else ()


def _keep_sites(desk: Desk, repository: int, found: Sequence[Opportunity]) -> None:
    """How what was proposed looks now, so that it is known when it looks otherwise."""
    sites = seen(found, _sites(desk, repository), _proposed(desk, repository).keys())
    desk.tasks.learn("sites", repository, "all", msgspec.json.encode(sites), desk.clock())


def _remember(desk: Desk, repository: int, swept: Swept) -> None:
    """What was tried and did not pass; what has passed, or is there no more, is forgotten."""
    passed = {one.key for one in swept.opportunities if one.fix.status == "verified"}
    left = {one.key for one in swept.opportunities} - passed
    for _, key, _ in desk.tasks.facts("tried", repository):
        if key not in left:
            desk.tasks.forget("tried", repository, key)
    for key in swept.tried:
        if key in left:
            desk.tasks.learn("tried", repository, key, b"", desk.clock())


def _proposed(desk: Desk, repository: int) -> dict[str, int]:
    """The newest pull request for what was ever proposed, and not merged since."""
    facts = desk.tasks.facts("sweep pull", repository)
    return {key: int(value) for _, key, value in facts if not value.startswith(_MERGED)}


def _landed(desk: Desk, repository: int) -> dict[str, float]:
    """When what was proposed was merged."""
    facts = desk.tasks.facts("sweep pull", repository)
    return {key: float(value.removeprefix(_MERGED)) for _, key, value in facts if value.startswith(_MERGED)}


def merged(desk: Desk, repository: int, pull: int) -> None:
    """A fix has landed: what is found under its key from now on is something else."""
    for key, number in _proposed(desk, repository).items():
        if number == pull:
            desk.tasks.learn("sweep pull", repository, key, _MERGED + str(desk.clock()).encode(), desk.clock())


def _open(desk: Desk, repository: Repository, identity: int) -> dict[str, int]:
    """The pull requests of sweeps that are open."""
    open_ = {pull.number for pull in repository.pulls() if pull.head.ref.startswith(OUR_BRANCHES)}
    return {key: number for key, number in _proposed(desk, identity).items() if number in open_}


def _declined(desk: Desk, repository: int, open_: Collection[str]) -> set[str]:
    """What people have closed: it is not proposed again."""
    return {
        key for key, number in _proposed(desk, repository).items()
        if key not in open_ and not withdrawn(desk, repository, number)
    }  # fmt: skip


def _stale(key: str, one: Opportunity | None, swept: Swept, ignored: Collection[str]) -> str | None:
    """Why a fix is not wanted any more; what was only not verified tonight may be good still."""
    rule, _, _ = key.partition(":")
    if rule in ignored:
        return f"The rule {code_span(rule)} is ignored in this repository"
    if one is None:
        return "What this mends is not there any more"
    if one.fix.status == "rejected":
        return f"At {code_span(swept.rev_sha[:10])} this fix does not pass ({prose(one.fix.reason or '', 300)})"
    return None


def _proposal(task: Task, swept: Swept, one: Opportunity) -> Proposal:
    fix, key = one.fix, one.key
    branch = f"{OUR_BRANCHES}sweep-{fix.rule.replace('_', '-')}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"
    again = f"perfwright sweep --rev {swept.rev_sha} --rule {fix.rule} --verify"
    return Proposal(fix, _as_report(swept), branch, task.text("branch"), again=again)


def _as_report(swept: Swept) -> Report:
    """What the words of a fix pull request need of a report."""
    revisions = Revisions(swept.rev_sha, swept.rev_sha, swept.rev_sha)
    assert swept.machine is not None, "nothing is verified without a machine"
    return Report(revisions, "no change", swept.metric, swept.seconds, swept.machine, ())


def _show(desk: Desk, repository: Repository, where: Where, swept: Swept, opened: dict[str, int]) -> None:
    """One issue, edited in place; one that a person has closed stays closed and as it is."""
    if not repository.now(where.repository).has_issues:
        return
    proposed = opened.keys() | _declined(desk, where.repository, opened)
    left = [one for one in swept.opportunities if one.key not in proposed]
    issues = repository.issues(dashboard.LABEL)
    known = next((one for one in issues if (one.body or "").startswith(dashboard.MARK)), None)
    body = dashboard.body(
        swept, sorted(opened.values()), left,
        lambda one: desk.lines_url(where, swept.rev_sha, one.fix.path, (one.line, one.end_line)),
    )  # fmt: skip
    if known is None and (left or opened):
        repository.open_issue(dashboard.TITLE, body, dashboard.LABEL)
    elif known is not None and known.state == "open" and known.body != body:
        repository.edit_issue(known.number, body=body)


STEPS: dict[str, Step] = {"begin": begin, "look": look, "measure": measure, "publish": publish}
