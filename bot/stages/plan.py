"""plan: revisions, diff, configuration and suites, from git objects alone; nothing of the repository runs.

Partner: `bot/runners` finds the suites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from bot.core.config import BenchmarksConfig, Config, parse_config
from bot.core.diff import parse_diff
from bot.core.model import Plan, Suite
from bot.core.text import plain, several
from bot.core.tree import Tree
from bot.errors import MeasureError, UserError
from bot.git import Repository
from bot.runners import command, runners

_ASIDE = frozenset({"doc", "docs", "test", "tests", "testdata", "example", "examples", "fixtures", ".github"})
"""Directories that a build does without."""
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
    """What to compare, and how; `config` stands in for base's.

    That is base's as it is now, not as it was at the merge base: where a branch begins is its author's choice.
    """
    revisions = repository.revisions(base, head)
    config = config or read_config(repository, revisions.base_sha)
    base_tree, head_tree = repository.tree(revisions.merge_base_sha), repository.tree(revisions.head_sha)
    notes = []
    if submodules := sorted({*base_tree.submodules, *head_tree.submodules}):
        notes.append(_without_submodules(submodules, config))
    if missing := sorted({*base_tree.missing, *head_tree.missing}):
        named = plain(", ".join(missing[:3]), 200)
        notes.append(f"the clone is a partial one, and was measured without {several(len(missing), 'file')}: {named}")
    if conflicts := repository.conflicts(revisions):
        notes.append(f"head conflicts with base in {', '.join(conflicts[:5])}: head was compared with their merge base")
    if revisions.backwards:
        notes.append("head is an ancestor of base: the two were compared directly, backwards")
    changes = parse_diff(repository.diff(revisions.merge_base_sha, revisions.head_sha))
    suites, head_suites = discover(base_tree, config), discover(head_tree, config)
    if not suites and not head_suites:
        if config.benchmarks:
            raise MeasureError(f"no benchmarks found where `benchmarks:` in {CONFIG_PATH} says that they are: mend it")
        suites, head_suites = _tests(base_tree), _tests(head_tree)
        if not suites:
            raise MeasureError(
                "no benchmarks found, and no tests that could stand in: write tests with the `benchmark` fixture of"
                " pytest-benchmark or pytest-codspeed, or an asv suite, or name what is there under `benchmarks:` in"
                f" {CONFIG_PATH}"
            )
        notes.append("the repository has no benchmarks: its slowest stable tests that reach the change stand in")
        notes += _scripts(base_tree)
    return Plan(revisions, changes, suites, head_suites, tuple(notes)), config


def _without_submodules(submodules: Sequence[str], config: Config) -> str:
    """A note where what is built and measured does without them; else a refusal (docs/decisions/environments.md)."""
    needed = [path for path in submodules if not _ASIDE.intersection(path.lower().split("/"))]
    if needed and config.install is None and not config.env:
        raise UserError(
            f"the repository has submodules ({', '.join(needed[:3])}), which are never fetched: if it builds without"
            f" them, say how with `install:` or `env:` in {CONFIG_PATH}"
        )
    return f"the repository has submodules ({', '.join(submodules[:3])}): their files are not part of the measurement"


def discover(tree: Tree, config: Config) -> tuple[Suite, ...]:
    """The suites that the configuration names, one a runner, or every one that a runner recognises."""
    known = runners()
    entries: dict[str, list[BenchmarksConfig]] = {}
    for entry in config.benchmarks:
        if entry.runner not in known:
            near = get_close_matches(entry.runner, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"
            raise UserError(f"benchmarks: there is no runner {entry.runner!r}; {hint}")
        entries.setdefault(entry.runner, []).append(entry)
    asked: Mapping[str, Sequence[BenchmarksConfig]] = entries or dict.fromkeys(known, ())
    return tuple(suite for name, wanted in asked.items() if (suite := known[name].discover(tree, wanted)))


def _scripts(tree: Tree) -> list[str]:
    """How to measure a script that no runner understands, where there is one that looks like it."""
    return [
        f"{path} may be a script of benchmarks: `benchmarks: [{{runner: command, command: [python {path}]}}]` in"
        f" {CONFIG_PATH} measures it"
        for path in (plain(one, 100) for one in command.scripts(tree)[:1])
    ]


def _tests(tree: Tree) -> tuple[Suite, ...]:
    """What stands in for benchmarks where a repository has none."""
    suite = runners()["tests"].discover(tree, (BenchmarksConfig("tests"),))
    return (suite,) if suite else ()
