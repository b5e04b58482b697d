"""The first half of measure: an environment for each side, and base's benchmark files laid over head.

Partner: `bot/environment.py` builds what `bot/core/requirements.py` reads from the declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from bot.core import packages
from bot.core.config import Config
from bot.core.locks import LOCK, locked
from bot.core.model import Plan, Side
from bot.core.requirements import InstallPlan, declaration_paths, determining_paths
from bot.environment import Environment, Recipe
from bot.errors import MeasureError
from bot.git import Variant
from bot.interpreters import Interpreter, choose
from bot.runners import runners
from bot.stages.meter import Sides
from bot.store import key
from bot.workbench import Checkout, Workbench


class Preparer:
    """Makes checkouts for one check: same interpreter, same build set, same paths."""

    def __init__(self, bench: Workbench, plan: Plan, config: Config, *, aged: bool = False) -> None:
        """`aged` takes the packages of the time of the commit: those of the lock file, where there is one."""
        self._bench, self._plan, self._config, self._aged = bench, plan, config, aged
        suites = plan.suites or plan.head_suites
        self._imports = frozenset(name for suite in suites for name in suite.imports)
        self._suites = tuple(path for suite in suites for path in suite.paths)
        known = runners()
        self._packages = tuple(dict.fromkeys(name for suite in suites for name in known[suite.runner].PACKAGES))
        self._version = bench.repository.nearest_version(plan.revisions.merge_base_sha)
        self._date = bench.repository.date(plan.revisions.head_sha)
        self._scope = key(bench.repository.identity)[:16]
        head_sha = plan.revisions.head_sha
        self._origin = "" if head_sha == plan.revisions.merge_base_sha else f"{head_sha}-"
        self._interpreter: Interpreter | None = None
        self.notes: tuple[str, ...] = ()

    def of(self, plan: Plan) -> Preparer:
        """The same for another head: base's environment serves that one as well."""
        other = Preparer(self._bench, plan, self._config, aged=self._aged)
        other._interpreter, other._date = self._interpreter, self._date
        return other

    def sides(self) -> Sides:
        """Base, head with base's benchmark files, and head with its own."""
        repository, revisions = self._bench.repository, self._plan.revisions
        base = Variant(repository.tree(revisions.merge_base_sha), {})
        own = Variant(repository.tree(revisions.head_sha), {})
        laid = (*_definitions(self._plan), *_new_conftests(self._plan, own))
        head = Variant(own.tree, {path: base.data(path) for path in laid})
        first = self.checkout("base", base, None)
        second = self.checkout("head", head, first.environment)
        return Sides(first, second, replace(second, variant=own))

    def checkout(self, side: Side, variant: Variant, like: Environment | None) -> Checkout:
        """One variant with its environment; package versions are `like` the other side's where they can be."""
        self._bench.progress.step(f"preparing the environment of {side}")
        plan, determining = self._install_plan(variant)
        interpreter = self._choose(variant, plan)
        origin = "" if like is None else self._origin
        aged = _locked(variant) if self._aged else None
        recipe = Recipe(interpreter, self._config, plan, self._version, self._date, self._scope, aged, origin)
        try:
            environment = self._bench.environments.prepare(recipe, variant, determining, like)
        except MeasureError as error:
            older = self._find(variant, plan, self._date)
            if like is not None or older == interpreter:
                raise
            try:
                recipe = replace(recipe, interpreter=older)
                environment = self._bench.environments.prepare(recipe, variant, determining, None)
            except MeasureError:
                raise error from None
            self._interpreter = older
            self.notes += (f"nothing installs with CPython {interpreter.minor}: {older.minor} was taken",)
        return Checkout(side, variant, environment, self._config.env)

    def importable(self, variant: Variant) -> set[str]:
        """The top-level packages that are installed from a variant."""
        plan, _ = self._install_plan(variant)
        return packages.importable(plan, variant.paths)

    def _install_plan(self, variant: Variant) -> tuple[InstallPlan, tuple[str, ...]]:
        paths = declaration_paths(variant.paths)
        variant.load(paths)
        files = {path: text for path in paths if (text := variant.text(path)) is not None}
        plan = packages.install_plan(
            files, variant.paths, suites=self._suites, imports=self._imports, runner_packages=self._packages
        )
        if self._config.install is None:
            self.notes = tuple(dict.fromkeys((*self.notes, *packages.notes(plan), *_undeclared(plan))))
        return plan, determining_paths(variant.paths, files)

    def _choose(self, variant: Variant, plan: InstallPlan) -> Interpreter:
        """Base is prepared first and its interpreter serves every other variant."""
        if self._interpreter is None:
            self._interpreter = self._find(variant, plan, self._date if self._aged else None)
        return self._interpreter

    def _find(self, variant: Variant, plan: InstallPlan, date: str | None) -> Interpreter:
        metadata = "\n".join(variant.text(path) or "" for path in ("pyproject.toml", "setup.cfg", "setup.py"))
        return choose(self._config.python, plan.python, metadata, date=date)


def _locked(variant: Variant) -> Mapping[str, str]:
    files = {path: text for path in variant.paths if LOCK.search(path) and (text := variant.text(path)) is not None}
    return locked(files)


def _undeclared(plan: InstallPlan) -> tuple[str, ...]:
    if not plan.undeclared:
        return ()
    return (f"the benchmarks import what the repository does not declare: {', '.join(plan.undeclared)}",)


def _definitions(plan: Plan) -> tuple[str, ...]:
    return tuple(path for suite in plan.suites for path in suite.definition)


def _new_conftests(plan: Plan, head: Variant) -> tuple[str, ...]:
    """What head adds and base's benchmarks would load unasked: it is not there while they are measured."""
    known = set(_definitions(plan))
    above = {str(parent) for path in known for parent in PurePosixPath(path).parents}
    conftests = [path for path in head.paths if PurePosixPath(path).name == "conftest.py" and path not in known]
    return tuple(path for path in conftests if str(PurePosixPath(path).parent) in above)
