"""Which of a repository's packages a suite needs, where there is more than one (a monorepo); nothing of it is run.

Partner: `bot/core/requirements.py` reads the declarations of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from bot.core import requirements
from bot.core.requirements import InstallPlan, Project

ROOT = "."
_ASIDE = {"setup", "tests", "test", "docs", "src", "benchmarks", "conftest", "noxfile"}
"""Names beside a project's declaration that are not its modules."""


def install_plan(
    files: Mapping[str, str],
    paths: Sequence[str],
    *,
    suites: Sequence[str],
    imports: frozenset[str],
    runner_packages: tuple[str, ...],
) -> InstallPlan:
    """How to install what the files `suites` need: the packages they lie in, and those that these or they import.

    `files` are the declarations (path to text), `paths` the whole tree.
    """
    found = _projects(files)
    needed = _needed(found, paths, suites, imports)
    local = frozenset(part for path in paths if path.endswith(".py") for part in _modules(path))
    siblings = frozenset(project.name for project in found.values() if project.name)
    plans = [
        replace(
            requirements.install_plan(
                _own(files, place, found),
                imports=imports,
                runner_packages=runner_packages,
                local=local,
                siblings=siblings,
            ),
            place=place,
        )
        for place in [ROOT, *(place for place in needed if place != ROOT)]
    ]
    first, *beside = plans
    if beside:
        # What one of them declares is declared; at the root there may be nothing but tools.
        undeclared = set(first.undeclared).intersection(*(plan.undeclared for plan in beside))
        first = replace(first, project=first.project and ROOT in needed, undeclared=tuple(sorted(undeclared)))
        first = replace(first, python=beside[0].python or first.python, extras=first.extras if first.project else ())
    return replace(first, beside=tuple(beside))


def build_requirements(plan: InstallPlan) -> tuple[str, ...]:
    """What builds all of the packages."""
    return tuple(dict.fromkeys(line for one in (plan, *plan.beside) if one.project for line in one.build_requirements))


def importable(plan: InstallPlan, paths: Sequence[str]) -> set[str]:
    """The top-level packages of what is installed: beside each declaration, or in its directory `src`."""
    places = [one.place for one in (plan, *plan.beside) if one.project] or [ROOT]
    tops = {PurePosixPath(place, inner) for place in places for inner in ("", "src")}
    packages = {PurePosixPath(path).parent for path in paths if PurePosixPath(path).name == "__init__.py"}
    found = {package.name for package in packages if package.parent in tops and package.name.isidentifier()}
    return found - _ASIDE


def notes(plan: InstallPlan) -> tuple[str, ...]:
    """What a reader should know of all of them, each once."""
    return tuple(dict.fromkeys(note for one in (plan, *plan.beside) for note in one.notes))


def _projects(files: Mapping[str, str]) -> dict[str, Project]:
    """Every project of the tree by its directory."""
    names = ("pyproject.toml", "setup.py", "setup.cfg")
    places = sorted({str(PurePosixPath(path).parent) for path in files if PurePosixPath(path).name in names})
    projects = {place: requirements.project(_below(files, place)) for place in places}
    return {place: project for place, project in projects.items() if project is not None}


def _needed(
    found: Mapping[str, Project], paths: Sequence[str], suites: Sequence[str], imports: frozenset[str]
) -> list[str]:
    waiting = [place for path in suites if (place := _nearest(path, found)) is not None]
    waiting += [place for place in found if _modules_of(place, paths, found) & imports]
    waiting = waiting or [place for place in found if place == ROOT]
    named = {project.name: place for place, project in found.items() if project.name}
    needed: list[str] = []
    while waiting:
        place = waiting.pop(0)
        if place not in needed:
            needed.append(place)
            waiting += [named[name] for name in sorted(found[place].requires) if name in named]
    return needed


def _nearest(path: str, found: Iterable[str]) -> str | None:
    """The project that a file lies in."""
    above = {str(parent) for parent in PurePosixPath(path).parents}
    return max((place for place in found if place in above), key=len, default=None)


def _modules_of(place: str, paths: Sequence[str], projects: Iterable[str]) -> set[str]:
    """Names that the package's own modules are imported by: beside its declaration, or in its directory `src`."""
    tops = ("src/", "") if place == ROOT else (f"{place}/src/", f"{place}/")
    others = tuple(f"{other}/" for other in projects if place == ROOT != other)
    found = set()
    for path in paths:
        top = next((top for top in tops if path.startswith(top)), None)
        if top is not None and path.endswith(".py") and not path.startswith(others):
            found.add(path.removeprefix(top).split("/")[0].removesuffix(".py"))
    return found - _ASIDE


def _own(files: Mapping[str, str], place: str, found: Iterable[str]) -> dict[str, str]:
    """The declarations of one project, named from its directory; those of projects inside it are their own."""
    inner = [other for other in found if other not in (place, ROOT) and _is_inside(other, place)]
    return {
        path: text
        for path, text in _below(files, place).items()
        if not any(_is_inside(path if place == ROOT else f"{place}/{path}", other) for other in inner)
    }


def _below(files: Mapping[str, str], place: str) -> dict[str, str]:
    if place == ROOT:
        return dict(files)
    return {path.removeprefix(f"{place}/"): text for path, text in files.items() if path.startswith(f"{place}/")}


def _is_inside(path: str, place: str) -> bool:
    return place == ROOT or path.startswith(f"{place}/")


def _modules(path: str) -> tuple[str, ...]:
    """Names that a file may be imported by: every directory above it, and itself."""
    return tuple(part.removesuffix(".py") for part in path.split("/"))
