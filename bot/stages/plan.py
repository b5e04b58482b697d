"""plan: revisions, diff, configuration and suites, from git objects alone; nothing of the repository runs.

Partner: `bot/runners` finds the suites.
"""

from __future__ import annotations

from bot.core.config import Config, parse_config
from bot.core.diff import parse_diff
from bot.core.model import Plan, Suite
from bot.core.tree import Tree
from bot.errors import MeasureError, UserError
from bot.git import Repository
from bot.runners import runners

CONFIG_PATH = ".github/perfwright.yml"


def read_config(repository: Repository, sha: str) -> Config:
    """The configuration of a revision; defaults where it has none."""
    text = repository.tree(sha).data(CONFIG_PATH)
    if text is None:
        return parse_config("")
    try:
        return parse_config(text.decode(), source=CONFIG_PATH)
    except UnicodeDecodeError:
        raise UserError(f"{CONFIG_PATH} is not UTF-8: save it as UTF-8") from None


def plan(repository: Repository, base: str, head: str, config: Config | None) -> tuple[Plan, Config]:
    """What to compare, and how; `config` stands in for the one in the base revision."""
    revisions = repository.revisions(base, head)
    config = config or read_config(repository, revisions.merge_base_sha)
    base_tree, head_tree = repository.tree(revisions.merge_base_sha), repository.tree(revisions.head_sha)
    notes = []
    if base_tree.submodules or head_tree.submodules:
        shown = ", ".join(sorted({*base_tree.submodules, *head_tree.submodules})[:3])
        notes.append(f"the repository has submodules ({shown}): their files are not part of the measurement")
    if conflicts := repository.conflicts(revisions):
        notes.append(f"head conflicts with base in {', '.join(conflicts[:5])}: head was compared with their merge base")
    if revisions.backwards:
        notes.append("head is an ancestor of base: the two were compared directly, backwards")
    changes = parse_diff(repository.diff(revisions.merge_base_sha, revisions.head_sha))
    suites, head_suites = discover(base_tree, config), discover(head_tree, config)
    if not suites and not head_suites:
        raise MeasureError(
            "no benchmarks found: write tests with the `benchmark` fixture of pytest-benchmark or pytest-codspeed,"
            " or an asv suite, or name them under `benchmarks:` in .github/perfwright.yml"
        )
    return Plan(revisions, changes, suites, head_suites, tuple(notes)), config


def discover(tree: Tree, config: Config) -> tuple[Suite, ...]:
    """The suites that the configuration names, or every one that a runner recognises."""
    known = runners()
    if not config.benchmarks:
        return tuple(suite for runner in known.values() if (suite := runner.discover(tree, ())))
    found = []
    for wanted in config.benchmarks:
        runner = known.get(wanted.runner)
        if runner is None:
            raise UserError(
                f"benchmarks: runner {wanted.runner!r} is not supported yet: use {', '.join(sorted(known))}"
            )
        if suite := runner.discover(tree, wanted.paths):
            found.append(suite)
    return tuple(found)
