"""How to install a repository for benchmarking, worked out from its own declarations; nothing of it is run.

Pure: the caller lists a tree, reads `declaration_paths` of it, and runs `InstallPlan.argv` in the sandbox
(`bot/sandbox`). `install` in the configuration (`bot/core/config.py`) replaces all of this.
"""

from __future__ import annotations

import ast
import configparser
import json
import posixpath
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from fnmatch import fnmatchcase
from typing import Any, Literal

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bot.core.locks import LOCK
from bot.errors import UserError


@dataclass(frozen=True, slots=True)
class InstallPlan:
    """What to install so that the benchmarks and the tests can be imported, and what a reader should know about it."""

    project: bool
    """Is there something to install at its place?"""
    editable: bool = True
    """False for build backends whose editable install rebuilds on import, or builds without optimisation."""
    building: tuple[str, ...] = ()
    """What to build the project with in the environment itself, where its build system knows no editable installs."""
    requirements: tuple[str, ...] = ()
    requirement_files: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    build_requirements: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    """Worth trying, one by one (`optional_argv`); a failure must not fail the install."""
    python: str | None = None
    """The specifier of the Python versions that the project declares, such as `>=3.9`."""
    place: str = "."
    """The directory of the project, for one of several in a repository (`bot/core/packages.py`)."""
    beside: tuple[InstallPlan, ...] = ()
    """Other projects of the repository that are installed with it, in the same resolution."""
    undeclared: tuple[str, ...] = ()
    """Imports that no declaration explains. Never installed: anyone can register such a name at the index."""
    notes: tuple[str, ...] = ()

    def argv(self, python: str) -> list[list[str]]:
        """The commands to run, in order, in the root of the tree; one resolution, so that nothing is replaced later."""
        plans = (self, *self.beside)
        wanted = [word for plan in plans for word in plan._words()]
        building = list(dict.fromkeys(line for plan in plans for line in plan.building))
        if building:
            return [[*_uv(python), *building], [*_uv(python), "--no-build-isolation", *wanted]]
        return [[*_uv(python), *wanted]] if wanted else []

    def alone(self) -> tuple[InstallPlan, ...]:
        """A plan for each project of the repository, and one for what is wanted beside them."""
        return tuple(replace(plan, beside=()) for plan in (self, *self.beside))

    def optional_argv(self, python: str) -> list[list[str]]:
        """Commands to run after `argv`, each of which may fail."""
        return [[*_uv(python), requirement] for plan in (self, *self.beside) for requirement in plan.optional]

    def _words(self) -> list[str]:
        words = self._project_words()
        words += [word for path in self.requirement_files for word in ("-r", posixpath.join(self._prefix, path))]
        groups = [name if self.place == "." else f"{self.place}/pyproject.toml:{name}" for name in self.groups]
        return [*words, *(word for group in groups for word in ("--group", group)), *self.requirements]

    @property
    def _prefix(self) -> str:
        return "" if self.place == "." else self.place

    def _project_words(self) -> list[str]:
        if not self.project:
            return []
        target = self.place if self.place == "." else f"./{self.place}"
        target += f"[{','.join(self.extras)}]" if self.extras else ""
        return ["-e", target] if self.editable else [target]


@dataclass(frozen=True, slots=True)
class Project:
    """What a project says of itself, as far as others of the same repository need to know."""

    name: str | None
    requires: frozenset[str]
    """Names of the distributions that it needs at run time."""


def project(files: Mapping[str, str]) -> Project | None:
    """The project that the declarations in `files` describe; None where there is nothing to install."""
    pyproject = _read_pyproject(files.get("pyproject.toml", ""))
    if not _is_project(files, pyproject):
        return None
    setup = _read_setup(files, lambda _: None)
    names = [_table(pyproject, "project").get("name"), _table(pyproject, "tool", "poetry").get("name"), setup.name]
    declared = _declarations(files, pyproject, setup, lambda _: None)
    runtime = {name for item in declared if item.kind == "project" for name in item.names()}
    poetry = {canonicalize_name(name) for name in _table(pyproject, "tool", "poetry", "dependencies")}
    found = next((name for name in names if isinstance(name, str)), None)
    return Project(canonicalize_name(found) if found else None, frozenset(runtime | poetry))


def install_plan(
    files: Mapping[str, str],
    *,
    imports: frozenset[str],
    runner_packages: tuple[str, ...],
    local: frozenset[str] = frozenset(),
    siblings: frozenset[str] = frozenset(),
) -> InstallPlan:
    """Choose from the declarations in `files` (path to text).

    `local` are names of modules that the tree holds anywhere, `siblings` the distributions that are built from it.

    Benchmark groups and test groups are taken whole. Single lines of other groups are taken when a benchmark imports
    what they install. Only a broken pyproject.toml is an error; whatever else cannot be read is told in `notes`.
    """
    notes: list[str] = []
    pyproject = _read_pyproject(files.get("pyproject.toml", ""))
    setup = _read_setup(files, notes.append)
    declared = list(_declarations(files, pyproject, setup, notes.append))
    project = _is_project(files, pyproject)
    chosen = _chosen(declared, project=project)
    own = _own_names(pyproject, setup) | siblings
    choice = _Choice(declared, chosen, own, local, imports, runner_packages)
    elsewhere = _elsewhere(pyproject, notes.append)
    return InstallPlan(
        project=project,
        editable=_is_editable(pyproject),
        building=_building(pyproject) if project else (),
        requirements=_except([*_chosen_lines(chosen, project=project), *choice.lines], elsewhere),
        requirement_files=_unique(item.name for item in chosen if item.kind == "file"),
        extras=_unique(item.name for item in chosen if item.kind == "extra" and project),
        groups=_unique(item.name for item in chosen if item.kind == "group"),
        build_requirements=_build_requirements(files, pyproject),
        optional=_except(choice.optional, elsewhere),
        python=_python(pyproject, setup),
        undeclared=choice.undeclared,
        notes=_unique(_one_line(note) for note in notes),
    )


def oldest_python(files: Mapping[str, str]) -> tuple[int, int] | None:
    """The oldest Python that a project of the tree says it is for, by the declarations; None where none says any."""
    found = []
    for place in {posixpath.dirname(path) for path in files}:
        names = ("pyproject.toml", "setup.py", "setup.cfg")
        own = {name: files[path] for name in names if (path := posixpath.join(place, name)) in files}
        try:
            requires = _python(_read_pyproject(own.get("pyproject.toml", "")), _read_setup(own, lambda _: None))
        except UserError:  # whoever installs it says so
            continue
        if requires is not None:
            found += _minors(SpecifierSet(requires))
    return min(found, default=None)


def _minors(requires: SpecifierSet) -> list[tuple[int, int]]:
    """The minor versions of which a specifier allows some release."""
    return [(3, minor) for minor in range(30) if any(f"3.{minor}.{micro}" in requires for micro in range(30))]


# ---- Which files of a tree to read, and which decide what an environment contains

_SOURCE = re.compile(
    r"\.(pyx|pxd|pxi|c|h|cc|cpp|cxx|hpp|hh|inl|rs|f|f90|cu|S|asm|zig)(\.in)?$|\.(cmake|pyx\.tp)$"
    r"|(^|/)(meson\.build|meson_options\.txt|meson\.options|CMakeLists\.txt|Cargo\.(toml|lock)|rust-toolchain(\.toml)?"
    r"|build\.rs|build\.zig)$"
)
_ROOT_DECLARATION = re.compile(
    r"^(pyproject\.toml|setup\.(py|cfg)|tox\.(ini|toml)|hatch\.toml|noxfile\.py|[\w-]*build[\w-]*\.py)$"
)
_PROJECT_FILE = re.compile(r"(^|/)(pyproject\.toml|setup\.(py|cfg)|tox\.ini|hatch\.toml)$")
_DEEPEST = 3
"""Directories above a project; deeper ones belong to samples and vendored code."""
_REQUIREMENT_FILE = re.compile(
    r"(^|/)[\w.-]*(requirement|constraint)s?[\w.-]*\.(txt|in)$|(^|/)(requirements?|reqs|requires)/[\w./-]*\.(txt|in)$"
)
_ASV_FILE = re.compile(r"(^|/)asv\.conf\.jsonc?$")
_SAMPLES = {"data", "docs", "doc", "example", "examples", "fixture", "fixtures", "samples", "testdata", "vendor"}


def declaration_paths(paths: Iterable[str]) -> tuple[str, ...]:
    """The paths in a tree whose text `install_plan` and `determining_paths` want."""
    return tuple(sorted(path for path in paths if _is_declaration(path)))


def determining_paths(paths: Iterable[str], files: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The paths whose content decides what an environment contains: declarations, build scripts, compiled sources.

    With the texts of the declarations, also the Python files that the build compiles or runs.
    """
    listing = sorted(set(paths))
    decides = {path for path in listing if _is_declaration(path) or LOCK.search(path) or _SOURCE.search(path)}
    return tuple(sorted(decides | _built_python(listing, files or {})))


def _is_declaration(path: str) -> bool:
    if _ROOT_DECLARATION.search(path):
        return True
    parents = path.lower().split("/")[:-1]
    if _SAMPLES.intersection(parents) or path.startswith("-"):
        return False
    if _PROJECT_FILE.search(path):
        return len(parents) <= _DEEPEST and not {"test", "tests"}.intersection(parents)
    shallow = len(parents) - (parents[-1:] == ["requirements"]) < _DEEPEST
    return shallow and bool(_ASV_FILE.search(path) or _REQUIREMENT_FILE.search(path))


def _built_python(listing: list[str], files: Mapping[str, str]) -> set[str]:
    """Python files of the build backend, and those that become extension modules (Cython, mypyc)."""
    modules = [path for path in listing if path.endswith(".py") and path.split("/")[0] not in ("tests", "docs")]
    augmented = {path for path in modules if f"{path[:-3]}.pxd" in listing}
    scripts = {path: text for path, text in files.items() if re.fullmatch(r"[^/]+\.py", path) and path != "noxfile.py"}
    try:
        pyproject = _read_pyproject(files.get("pyproject.toml", ""))
    except UserError:
        pyproject = {}
    text = "\n".join(scripts.values())
    if "mypyc" in text or "mypyc" in json.dumps(_table(pyproject, "tool", "hatch"), default=str) + "".join(
        _strings(_table(pyproject, "build-system").get("requires"))
    ):
        return set(modules)
    named = {posixpath.normpath(name) for name in re.findall(r"""["']([^"'\n]*\.py)["']""", text)}
    build = _table(pyproject, "tool", "poetry", "build").get("script")
    backend = [
        f"{posixpath.normpath(path)}/" for path in _strings(_table(pyproject, "build-system").get("backend-path"))
    ]
    return augmented | {
        path
        for path in modules
        if path == build or path.startswith(tuple(backend)) or any(fnmatchcase(path, name) for name in named)
    }


# ---- What a name says: benchmarks and tests are wanted, documentation and linters are not


class _Rank(IntEnum):
    BENCH = 0
    TEST = 1
    DEV = 2
    OTHER = 3
    NEVER = 4


_TEST_WORDS = {"test", "tests", "testing", "pytest", "unittest", "unittests"}
_DEV_WORDS = {"dev", "develop", "development", "devel", "all", "full", "complete", "local", "ci", "default", "hatch"}
_NEVER_WORDS = {
    *("doc", "docs", "documentation", "sphinx", "mkdocs", "rtd", "spelling", "tutorial", "changelog", "towncrier"),
    *("lint", "linting", "linter", "linters", "style", "format", "formatting", "ruff", "flake8", "pylint", "black"),
    *("typing", "types", "type", "typecheck", "mypy", "pyright", "static", "coverage", "cov", "cover"),
    *("release", "publish", "deploy", "packaging", "build", "pre", "precommit", "security", "audit"),
}
_FILE_WORDS = {"requirements", "requirement", "reqs", "req", "requires", "deps", "dependencies", "pip", "txt", "in"}


def _rank(name: str) -> _Rank:
    words = set(re.findall(r"[a-z0-9]+", name.lower()))
    if words & _NEVER_WORDS:
        return _Rank.NEVER
    if any("bench" in word or "codspeed" in word or word.startswith("perf") or word == "asv" for word in words):
        return _Rank.BENCH
    if words and words <= _TEST_WORDS:
        return _Rank.TEST
    return _Rank.DEV if words & (_DEV_WORDS | _TEST_WORDS) else _Rank.OTHER


def _rank_of_path(path: str) -> _Rank:
    words = set(re.findall(r"[a-z0-9]+", path.lower())) - _FILE_WORDS
    return _rank(" ".join(sorted(words)))


# ---- Readers: one per format, from text to `_Declared`

_Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Declared:
    """A set of requirements under one name: an extra, a PEP 735 group, a file for `-r`, or lines of some tool."""

    name: str
    kind: Literal["project", "extra", "group", "file", "lines", "asv"]
    rank: _Rank
    lines: tuple[str, ...]
    optional: tuple[str, ...] = ()
    includes: frozenset[str] = frozenset()
    """Files that this one names with `-r`."""
    extras: frozenset[str] = frozenset()
    """The project's own, which a requirement file installs it with."""

    def find(self, names: frozenset[str]) -> tuple[str, ...]:
        """The lines that install one of the distributions."""
        return tuple(line for line in (*self.lines, *self.optional) if _name(line) in names)

    def names(self) -> set[str]:
        return {_name(line) for line in self.lines}


@dataclass(frozen=True, slots=True)
class _Setup:
    """What setup.cfg and setup.py say, in this order of trust."""

    name: str | None = None
    python: str | None = None
    requires: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    extras: Mapping[str, list[str]] | None = None


def _declarations(
    files: Mapping[str, str], pyproject: dict[str, Any], setup: _Setup, note: _Note
) -> Iterator[_Declared]:
    yield from _from_project(pyproject, setup, files, note)
    yield from _from_groups(pyproject, note)
    yield from _from_poetry(pyproject, note)
    yield from _from_lists(pyproject, note)
    yield from _from_hatch(pyproject, files, note)
    yield from _from_requirement_files(files, note)
    yield from _from_tox(files, note)
    yield from _from_tox_toml(pyproject, files, note)
    yield from _from_nox(files.get("noxfile.py", ""), note)
    for path in sorted(files):
        if _ASV_FILE.search(path):
            yield from _from_asv(path, files[path], note)


def _read_pyproject(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(_one_line(f"pyproject.toml: not valid TOML: {error}; mend the file")) from None


def _from_project(
    pyproject: dict[str, Any], setup: _Setup, files: Mapping[str, str], note: _Note
) -> Iterator[_Declared]:
    tables = _table(pyproject, "project"), _table(pyproject, "tool", "flit", "metadata")
    runtime = [*_strings(tables[0].get("dependencies")), *_strings(tables[1].get("requires")), *setup.requires]
    yield _Declared("the project", "project", _Rank.OTHER, _clean(runtime, "the project", note))
    extras: dict[str, Any] = {**(setup.extras or {}), **_dynamic_extras(pyproject, files, note)}
    extras |= {**_table(tables[1], "requires-extra"), **_table(tables[0], "optional-dependencies")}
    for name, lines in extras.items():
        if _is_name(name):
            yield _Declared(name, "extra", _rank(name), _clean(_strings(lines), f"extra {name}", note))
    if setup.tests:
        yield _Declared("tests_require", "lines", _Rank.TEST, _clean(setup.tests, "tests_require", note))


def _dynamic_extras(pyproject: dict[str, Any], files: Mapping[str, str], note: _Note) -> dict[str, list[str]]:
    """Extras that setuptools reads from requirement files."""
    table = _table(pyproject, "tool", "setuptools", "dynamic", "optional-dependencies")
    found = {}
    for name, source in table.items():
        paths = _strings(source.get("file")) if isinstance(source, dict) else []
        found[name] = [line for path in paths for line in _read_requirements(path, files, note)[0]]
    return found


def _from_groups(pyproject: dict[str, Any], note: _Note) -> Iterator[_Declared]:
    groups: dict[str, Any] = {
        canonicalize_name(name): items for name, items in _table(pyproject, "dependency-groups").items()
    }
    for name in groups:
        if not _is_name(name):
            continue
        try:
            lines = _group_lines(name, groups, {})
        except (ValueError, RecursionError) as error:
            note(f"dependency group {name}: {error}; not used")
            continue
        yield _Declared(name, "group", _rank(name), _clean(lines, f"dependency group {name}", note))


def _group_lines(name: str, groups: Mapping[str, Any], known: dict[str, list[str] | None]) -> list[str]:
    """The lines of a group with those of the groups that it includes; `known` holds None while one is being read."""
    if known.setdefault(name, None) is not None:
        return []
    if not isinstance(groups.get(name), list):
        raise ValueError(f"group {name!r} is missing or not a list")
    lines: list[str] = []
    for item in groups[name]:
        included = _table(item).get("include-group")
        if isinstance(item, str):
            lines.append(item)
        elif isinstance(included, str) and canonicalize_name(included) not in _open(known):
            lines += _group_lines(canonicalize_name(included), groups, known)
        else:
            raise ValueError(f"{item!r} is neither a requirement nor an include that ends")
    known[name] = lines
    return lines


def _open(known: Mapping[str, list[str] | None]) -> set[str]:
    return {name for name, lines in known.items() if lines is None}


def _from_lists(pyproject: dict[str, Any], note: _Note) -> Iterator[_Declared]:
    """Development dependencies of PDM, and of uv before PEP 735."""
    for name, lines in _table(pyproject, "tool", "pdm", "dev-dependencies").items():
        yield _Declared(name, "lines", _rank(name), _clean(_strings(lines), f"PDM group {name}", note))
    legacy = _strings(_table(pyproject, "tool", "uv").get("dev-dependencies"))
    yield _Declared("dev", "lines", _Rank.DEV, _clean(legacy, "tool.uv.dev-dependencies", note))


def _from_hatch(pyproject: dict[str, Any], files: Mapping[str, str], note: _Note) -> Iterator[_Declared]:
    envs = dict(_table(pyproject, "tool", "hatch", "envs"))
    try:
        envs |= _table(tomllib.loads(files.get("hatch.toml", "")), "envs")
    except (ValueError, RecursionError):
        note("hatch.toml: not valid TOML, not used")
    extras = _table(pyproject, "project", "optional-dependencies")
    for name, env in envs.items():
        rank = _Rank.TEST if name == "hatch-test" else _rank(name)
        lines = [*_strings(_table(env).get("dependencies")), *_strings(_table(env).get("extra-dependencies"))]
        yield _Declared(name, "lines", rank, _clean(lines, f"hatch environment {name}", note))
        for feature in _strings(_table(env).get("features")):
            if feature in extras:
                yield _Declared(feature, "extra", rank, _clean(_strings(extras[feature]), f"extra {feature}", note))


# Poetry: its own constraints, and extras that name optional dependencies


def _from_poetry(pyproject: dict[str, Any], note: _Note) -> Iterator[_Declared]:
    poetry = _table(pyproject, "tool", "poetry")
    runtime = _table(poetry, "dependencies")
    required = {name: spec for name, spec in runtime.items() if not _table(spec).get("optional")}
    yield _Declared("the project", "project", _Rank.OTHER, _poetry_lines(required, note))
    for name, members in _table(poetry, "extras").items():
        wanted = {canonicalize_name(member) for member in _strings(members)}
        specs = {member: spec for member, spec in runtime.items() if canonicalize_name(member) in wanted}
        if _is_name(name) and "project" not in pyproject:
            yield _Declared(name, "extra", _rank(name), _poetry_lines(specs, note))
    groups = _table(poetry, "group")
    for name in groups:
        yield _Declared(name, "lines", _rank(name), _poetry_lines(_poetry_group(name, groups, set()), note))
    yield _Declared("dev", "lines", _Rank.DEV, _poetry_lines(_table(poetry, "dev-dependencies"), note))


def _poetry_group(name: str, groups: dict[str, Any], seen: set[str]) -> dict[str, Any]:
    """The dependencies of a group with those of the groups that it includes."""
    seen.add(name)
    specs: dict[str, Any] = {}
    for included in _strings(_table(groups, name).get("include-groups")):
        if included not in seen:
            specs |= _poetry_group(included, groups, seen)
    return specs | _table(groups, name, "dependencies")


def _poetry_lines(specs: Mapping[str, Any], note: _Note) -> tuple[str, ...]:
    lines: list[str] = []
    for name, spec in specs.items():
        if name.lower() == "python":
            continue
        for one in spec if isinstance(spec, list) else [spec]:
            try:
                lines.append(_poetry_line(name, one if isinstance(one, dict) else {"version": one}))
            except (ValueError, TypeError) as error:
                note(f"poetry dependency {name}: {error}; not installed")
    return _clean(lines, "poetry", note)


def _poetry_line(name: str, spec: dict[str, Any]) -> str:
    elsewhere = [key for key in ("git", "path", "url", "file", "source") if key in spec]
    if elsewhere:
        raise ValueError(f"comes from a {elsewhere[0]}, not from the package index")
    extras = f"[{','.join(_strings(spec.get('extras')))}]" if spec.get("extras") else ""
    markers = [f"({spec['markers']})"] if spec.get("markers") else []
    if spec.get("python"):
        markers += [_python_marker(_pep440(str(spec["python"])))]
    if spec.get("platform"):
        markers += [f"sys_platform == '{spec['platform']}'"]
    line = f"{name}{extras}{_pep440(str(spec.get('version', '*')))}"
    return f"{line}; {' and '.join(marker for marker in markers if marker)}" if any(markers) else line


def _python_marker(specifier: str) -> str:
    parts = [re.fullmatch(r"([<>=!~]+)(.*)", part) for part in specifier.split(",") if part]
    return " and ".join(f"python_full_version {part[1]} '{part[2]}'" for part in parts if part)


def _pep440(constraint: str) -> str:
    """Poetry's constraint as a PEP 440 specifier; of alternatives (`||`) the last, which is the newest by custom."""
    last = re.split(r"\s*\|\|?\s*", constraint.strip())[-1]
    parts = re.findall(r"(\^|~=|~|[<>=!]=?=?)?\s*([^\s,<>=!~^]+)", last)
    specifier = ",".join(filter(None, (_pep440_part(operator, version) for operator, version in parts)))
    SpecifierSet(specifier)
    return specifier


def _pep440_part(operator: str, version: str) -> str:
    if version == "*":
        return ""
    if operator == "^":
        return f">={version},<{_caret_end(Version(version).release)}"
    if operator == "~":
        release = Version(version).release
        return f">={version},<{_bumped(release, min(1, len(release) - 1))}"
    return f"{'==' if operator in ('', '=') else operator}{version}"


def _caret_end(release: tuple[int, ...]) -> str:
    """The first version that breaks: one more in the leftmost part that is not zero."""
    return _bumped(release, next((at for at, part in enumerate(release) if part), len(release) - 1))


def _bumped(release: tuple[int, ...], at: int) -> str:
    return ".".join(str(part) for part in (*release[:at], release[at] + 1, *(0 for _ in release[at + 1 :])))


# Requirement files


def _from_requirement_files(files: Mapping[str, str], note: _Note) -> Iterator[_Declared]:
    for path in sorted(files):
        if not _REQUIREMENT_FILE.search(path) or "constraint" in posixpath.basename(path):
            continue
        lines, includes = _read_requirements(path, files, note)
        compiled = path.endswith(".in") and f"{path[:-3]}.txt" in files
        rank = max(_rank_of_path(path), _Rank.OTHER) if compiled else _rank_of_path(path)
        extras = frozenset(extra for one in includes for extra in _own_extras(files.get(one, "")))
        yield _Declared(path, "file", rank, _clean(lines, path, note), (), frozenset(includes - {path}), extras)


def _own_extras(text: str) -> list[str]:
    """Of lines such as `-e .[full]`."""
    found = [re.match(r"((-e|--editable)[ =]*)?(file:)?\.\[([^]]*)\]", line) for line in _logical_lines(text)]
    return [extra.strip() for one in found if one for extra in one[4].split(",")]


def _read_requirements(
    path: str, files: Mapping[str, str], note: _Note, seen: set[str] | None = None
) -> tuple[list[str], set[str]]:
    """The requirement lines of a file and of all files that it includes, each once, and all their paths."""
    lines: list[str] = []
    seen = set() if seen is None else seen
    seen.add(path)
    for line in _logical_lines(files.get(path, "")):
        option = re.match(r"(?:-r|--requirement)[ =]*(\S.*)", line)
        if option is None:
            lines += _requirement_of_line(line, path, note)
            continue
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), option[1].strip("\"'")))
        if target not in files:
            note(f"{path} includes {target}, which was not read")
        elif target not in seen:
            lines += _read_requirements(target, files, note, seen)[0]
    return lines, seen


def _logical_lines(text: str) -> list[str]:
    joined = re.sub(r"\\\r?\n", " ", text.removeprefix("\ufeff"))
    return [line for line in (re.sub(r"(^|\s)#.*$", "", raw).strip() for raw in joined.splitlines()) if line]


def _requirement_of_line(line: str, path: str, note: _Note) -> list[str]:
    if line.startswith(("-c", "--constraint")) or re.match(r"((-e|--editable)[ =]*)?(file:)?\.(/|\[|#|$)", line):
        return []
    if line.startswith(("-", "/", "../")) or "://" in line:
        note(f"{path} holds {line[:80]!r}, which the sandbox may not be able to follow")
        return []
    return [re.split(r"\s--?[a-z]", line)[0]]


def _from_tox(files: Mapping[str, str], note: _Note) -> Iterator[_Declared]:
    parser = _read_ini("tox.ini", files, note)
    for section in parser.sections():
        rank = _Rank.DEV if section == "testenv" else max(_Rank.DEV, _rank(section.removeprefix("testenv:")))
        lines = [re.sub(r"^[\w.,{}!-]+:\s*", "", line) for line in _ini_lines(parser.get(section, "deps", fallback=""))]
        simple = [line for line in lines if _is_plain(line)]
        yield _Declared(f"tox {section}", "lines", rank, _clean(simple, "tox.ini", note))


def _from_tox_toml(pyproject: dict[str, Any], files: Mapping[str, str], note: _Note) -> Iterator[_Declared]:
    """The same in tox's own TOML; what is not plain text there refers to something else."""
    try:
        table = tomllib.loads(files.get("tox.toml", "")) or _table(pyproject, "tool", "tox")
    except (ValueError, RecursionError):
        note("tox.toml: not valid TOML, not used")
        return
    for name, env in {"testenv": table.get("env_run_base"), **_table(table, "env")}.items():
        simple = [line for line in _strings(_table(env).get("deps")) if _is_plain(line)]
        rank = _Rank.DEV if name == "testenv" else max(_Rank.DEV, _rank(name))
        yield _Declared(f"tox {name}", "lines", rank, _clean(simple, "tox.toml", note))


def _from_nox(text: str, note: _Note) -> Iterator[_Declared]:
    """What sessions install, as far as it is written out; noxfile.py is read, never run."""
    try:
        functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        note("noxfile.py: cannot be read as Python, not used")
        return
    for function in functions:
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        installs = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "install"]
        words = [_literal(word, {}) for call in installs for word in call.args]
        simple = [word for word in words if isinstance(word, str) and _is_plain(word)]
        yield _Declared(f"nox {function.name}", "lines", max(_Rank.DEV, _rank(function.name)), _clean(simple, "", note))


def _is_plain(line: str) -> bool:
    """Whether a line is a requirement by name, and neither an option, a path, an address nor a substitution."""
    return bool(re.match(r"[A-Za-z0-9]", line)) and not re.search(r"[{/\\]|\.(txt|in|whl)$", line)


# asv: the matrix names what its environments hold

_BUILD_TOOLS = {"build", "cython", "pip", "poetry", "poetry-core", "setuptools", "setuptools-scm", "wheel", "python"}


def _from_asv(path: str, text: str, note: _Note) -> Iterator[_Declared]:
    try:
        conf = json.loads(_plain_json(text))
    except (ValueError, RecursionError):
        note(f"{path}: not valid JSON, its matrix is not used")
        return
    matrix = _table(conf, "matrix")
    wanted = _table(matrix, "req") if {"req", "env", "env_nobuild"} & matrix.keys() else matrix
    conda = _table(conf).get("environment_type") in ("conda", "mamba", "rattler")
    sure: list[str] = []
    unsure: list[str] = []
    for name, versions in wanted.items():
        line = _asv_line(name, versions, conda=conda)
        doubtful = "==" in line or (conda and not name.startswith("pip+")) or None in _listed(versions)
        (unsure if doubtful else sure).append(line)
    yield _Declared(path, "asv", _Rank.BENCH, _clean(sure, path, note), optional=_clean(unsure, path, note))


def _asv_line(name: str, versions: object, *, conda: bool) -> str:
    known = [str(version) for version in _listed(versions) if version is not None]
    version = known[-1].strip() if known and "" not in known else ""
    if version and version[0].isdigit():
        version = f"=={version}.*" if conda and "*" not in version else f"=={version}"
    return f"{name.removeprefix('pip+')}{version}"


def _plain_json(text: str) -> str:
    """JSON without the comments and trailing commas that asv allows."""
    quoted = r'("(?:\\.|[^"\\\n])*")'
    bare = re.sub(rf"{quoted}|//[^\n]*|/\*.*?\*/", lambda match: match[1] or " ", text, flags=re.DOTALL)
    return re.sub(rf"{quoted}|,(?=\s*[\]}}])", lambda match: match[1] or " ", bare)


# setup.cfg and setup.py


def _read_setup(files: Mapping[str, str], note: _Note) -> _Setup:
    cfg = _read_ini("setup.cfg", files, note)
    keywords = _setup_keywords(files.get("setup.py", ""), note)
    extras = {name: _strings(lines) for name, lines in _table(keywords, "extras_require").items()}
    if cfg.has_section("options.extras_require"):
        extras |= {name: _ini_lines(value) for name, value in cfg.items("options.extras_require")}
    name, python = keywords.get("name"), keywords.get("python_requires")
    return _Setup(
        name=cfg.get("metadata", "name", fallback=name if isinstance(name, str) else None),
        python=cfg.get("options", "python_requires", fallback=python if isinstance(python, str) else None),
        requires=(*_ini_lines(cfg.get("options", "install_requires", fallback="")), *_setup_list(keywords, "install")),
        tests=(*_ini_lines(cfg.get("options", "tests_require", fallback="")), *_setup_list(keywords, "tests")),
        extras={name.split(":")[0]: lines for name, lines in extras.items() if not name.startswith(":")},
    )


def _setup_list(keywords: Mapping[str, Any], key: str) -> list[str]:
    value = keywords.get({"install": "install_requires", "tests": "tests_require"}[key])
    return _ini_lines(value) if isinstance(value, str) else _strings(value)


def _read_ini(path: str, files: Mapping[str, str], note: _Note) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(files.get(path, ""))
    except configparser.Error:
        note(f"{path}: not a valid INI file, not used")
        return configparser.ConfigParser()
    return parser


def _ini_lines(value: str) -> list[str]:
    """One requirement per line; a line of setup.cfg may also hold a marker after a semicolon."""
    return [line.strip() for line in value.splitlines() if line.strip() and not line.strip().startswith("#")]


def _setup_keywords(text: str, note: _Note) -> dict[str, Any]:
    """The arguments of `setup()` that are written out; setup.py is read, never run."""
    try:
        tree = ast.parse(text)
        names = _constants(tree)
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_setup(node.func)]
        found: dict[str, Any] = {}
        for keyword in (keyword for call in calls for keyword in call.keywords):
            value = _literal(keyword.value, names)
            found |= {keyword.arg: value} if keyword.arg else _table(value)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        note("setup.py: cannot be read as Python, not used")
        return {}
    return found


def _is_setup(function: ast.expr) -> bool:
    return (isinstance(function, ast.Name) and function.id == "setup") or (
        isinstance(function, ast.Attribute) and function.attr == "setup"
    )


def _constants(tree: ast.Module) -> dict[str, Any]:
    """Values of simple assignments at the top of the module, `extras["test"] = [...]` included."""
    names: dict[str, Any] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target, value = node.targets[0], _literal(node.value, names)
        if isinstance(target, ast.Name):
            names[target.id] = value
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            holder, key = names.get(target.value.id), _literal(target.slice, names)
            if isinstance(holder, dict) and isinstance(key, str):
                holder[key] = value
    return names


def _literal(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """The value of what is written out; None for everything that would have to be run."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return names.get(name)
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [_literal(item, names) for item in items]
        case ast.Dict(keys=keys, values=values):
            pairs = [
                (_literal(key, names), _literal(value, names)) for key, value in zip(keys, values, strict=True) if key
            ]
            return {key: value for key, value in pairs if isinstance(key, str)}
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = _literal(left, names), _literal(right, names)
            same = isinstance(first, list | str) and type(first) is type(second)
            return (first + second if same else first or second) if _is_short(first, second) else None
        case ast.Subscript(value=value, slice=key):
            return _table(_literal(value, names)).get(str(_literal(key, names)))
        case _:
            return None


def _is_short(*values: object) -> bool:
    """Sums of sums could grow without end."""
    return sum(len(value) for value in values if isinstance(value, list | str)) < 10_000


# ---- The project at the root

_NOT_EDITABLE = ("mesonpy", "maturin")
_EDITABLE_SETUPTOOLS = "setuptools>=64"


def _is_project(files: Mapping[str, str], pyproject: dict[str, Any]) -> bool:
    tool = _table(pyproject, "tool")
    if _table(tool, "poetry").get("package-mode") is False or _table(tool, "uv").get("package") is False:
        return False
    if "build-backend" in _table(pyproject, "build-system") or "setup.py" in files:
        return True
    if "build-system" in pyproject:
        return "name" in _table(pyproject, "project") or "[metadata]" in files.get("setup.cfg", "")
    return "name" in _table(pyproject, "project") and not _is_virtual(pyproject)


def _is_virtual(pyproject: dict[str, Any]) -> bool:
    """What uv calls a virtual project: no build system, so only its dependencies are installed."""
    uv = _table(pyproject, "tool", "uv")
    return uv.get("package") is not True and ("uv" in _table(pyproject, "tool") or "dependency-groups" in pyproject)


def _is_editable(pyproject: dict[str, Any]) -> bool:
    """Mesonpy rebuilds on import; maturin and setuptools-rust build without optimisation when editable."""
    system = _table(pyproject, "build-system")
    requires = {_name(line) for line in _strings(system.get("requires"))}
    backend = str(system.get("build-backend", ""))
    return not backend.startswith(_NOT_EDITABLE) and "setuptools-rust" not in requires


def _building(pyproject: dict[str, Any]) -> tuple[str, ...]:
    """Setuptools knows editable installs since 64 (PEP 660): who holds it below that is built by a newer one."""
    lines = _clean(_strings(_table(pyproject, "build-system").get("requires")), "build-system", lambda _: None)
    if not _is_editable(pyproject) or not any(_is_old_setuptools(Requirement(line)) for line in lines):
        return ()
    return (_EDITABLE_SETUPTOOLS, *(line for line in lines if _name(line) != "setuptools"))


def _is_old_setuptools(requirement: Requirement) -> bool:
    if canonicalize_name(requirement.name) != "setuptools":
        return False
    bounds = (one for one in requirement.specifier if one.operator in ("<", "<=", "==", "~="))
    return any(Version(one.version.removesuffix(".*")) < Version("64") for one in bounds)


def _build_requirements(files: Mapping[str, str], pyproject: dict[str, Any]) -> tuple[str, ...]:
    requires = _strings(_table(pyproject, "build-system").get("requires"))
    default = ["setuptools"] if _is_project(files, pyproject) else []
    return _clean(requires, "build-system", lambda _: None) or tuple(default)


def _python(pyproject: dict[str, Any], setup: _Setup) -> str | None:
    poetry = _table(pyproject, "tool", "poetry", "dependencies").get("python")
    flit = _table(pyproject, "tool", "flit", "metadata").get("requires-python")
    for value in (_table(pyproject, "project").get("requires-python"), poetry, flit, setup.python):
        if isinstance(value, str):
            try:
                return _pep440(value) or None
            except (InvalidSpecifier, InvalidVersion):
                continue
    return None


def _own_names(pyproject: dict[str, Any], setup: _Setup) -> frozenset[str]:
    """The distribution's name, and the modules that the declarations say it holds."""
    tool = _table(pyproject, "tool")
    names = [_table(pyproject, "project").get("name"), _table(tool, "poetry").get("name"), setup.name]
    names += [_table(tool, "flit", "metadata").get("module"), _table(tool, "flit", "module").get("name")]
    packages = _table(tool, "poetry").get("packages")
    names += [_table(item).get("include") for item in packages] if isinstance(packages, list) else []
    return frozenset(canonicalize_name(name) for name in names if isinstance(name, str))


def _elsewhere(pyproject: dict[str, Any], note: _Note) -> set[str]:
    """Distributions that uv takes from elsewhere: by name alone the index would give something else."""
    sources = _table(pyproject, "tool", "uv", "sources")
    for name in sources:
        note(f"{name} comes from tool.uv.sources, so it is never installed by its name alone")
    return {canonicalize_name(name) for name in sources}


def _except(lines: Iterable[str], names: set[str]) -> tuple[str, ...]:
    return _unique(line for line in lines if _name(line) not in names)


# ---- Choosing

_KNOWN_TOOLS = {
    "asv_runner": "asv_runner",
    "pyperf": "pyperf",
    "pytest": "pytest",
    "pytest_benchmark": "pytest-benchmark",
    "pytest_codspeed": "pytest-codspeed",
}
_DISTURBING = {
    *("pytest-cov", "pytest-xdist", "pytest-forked", "pytest-parallel", "pytest-rerunfailures"),
    *("pytest-randomly", "pytest-random-order", "pytest-reverse", "pytest-watch", "pytest-watcher"),
    *("pytest-black", "pytest-flake8", "pytest-mypy", "pytest-pylint", "pytest-ruff", "pytest-mypy-plugins"),
}
_DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "OpenSSL": ("pyopenssl",),
    "PIL": ("pillow", "pillow-simd"),
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "bson": ("pymongo",),
    "cv2": ("opencv-python", "opencv-python-headless", "opencv-contrib-python"),
    "Crypto": ("pycryptodome",),
    "Cryptodome": ("pycryptodomex",),
    "dns": ("dnspython",),
    "dotenv": ("python-dotenv",),
    "fitz": ("pymupdf",),
    "git": ("gitpython",),
    "google": ("protobuf", "google-api-core", "googleapis-common-protos", "google-auth"),
    "grpc": ("grpcio",),
    "jwt": ("pyjwt",),
    "magic": ("python-magic",),
    "markdown_it": ("markdown-it-py",),
    "MySQLdb": ("mysqlclient",),
    "mpl_toolkits": ("matplotlib",),
    "nacl": ("pynacl",),
    "odf": ("odfpy",),
    "osgeo": ("gdal",),
    "pkg_resources": ("setuptools",),
    "progressbar": ("progressbar2",),
    "psycopg2": ("psycopg2", "psycopg2-binary"),
    "pylab": ("matplotlib",),
    "ruamel": ("ruamel-yaml",),
    "serial": ("pyserial",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn",),
    "snappy": ("python-snappy",),
    "socks": ("pysocks",),
    "tables": ("tables", "pytables"),
    "tlz": ("toolz",),
    "umap": ("umap-learn",),
    "usb": ("pyusb",),
    "win32api": ("pywin32",),
    "yaml": ("pyyaml",),
    "zmq": ("pyzmq",),
}


def _chosen(declared: list[_Declared], *, project: bool) -> list[_Declared]:
    """What is taken whole: benchmark-like first, then test-like; without a project also its runtime requirements."""
    wanted = sorted((item for item in declared if item.rank <= _Rank.TEST), key=lambda item: item.rank)
    if not project:
        wanted += [item for item in declared if item.name == "requirements.txt" or item.kind == "project"]
    reached = {path for item in wanted for path in item.includes}
    named = {name for item in wanted if item.kind in ("extra", "group") for name in item.names()}
    return [item for item in wanted if item.kind != "file" or not (item.name in reached or item.names() <= named)]


def _chosen_lines(chosen: list[_Declared], *, project: bool) -> list[str]:
    """Lines to name one by one; of two groups that name the same distribution the first is believed."""
    kinds = ("lines",) if project else ("lines", "extra", "project")
    taken: dict[str, _Declared] = {}
    found = []
    for item in (item for item in chosen if item.kind in kinds):
        found += [line for line in item.lines if taken.setdefault(_name(line), item) is item]
    return found


class _Choice:
    """The single lines that the runner and the imports still need, beyond what is taken whole."""

    def __init__(
        self,
        declared: list[_Declared],
        chosen: list[_Declared],
        own: frozenset[str],
        local: frozenset[str],
        imports: frozenset[str],
        runner_packages: tuple[str, ...],
    ) -> None:
        whole = [item for item in chosen if item.kind != "asv"]
        runtime = [item for item in declared if item.kind == "project"]
        self._covered = {name for item in (*whole, *runtime) for name in item.names()}
        self._rest = sorted((item for item in declared if item not in whole), key=lambda item: item.rank)
        self._own = {canonicalize_name(name) for name in own}
        self._local = {canonicalize_name(name) for name in local}
        self._found: list[str] = []
        self._doubtful: list[str] = []
        self._undeclared: list[str] = []
        for package in runner_packages:
            self._need(frozenset({_name(package)}), otherwise=package)
        for module in sorted(imports):
            self._need_module(module)
        self._take_plugins()
        self._take_tests()
        self._take_matrix()
        self.lines = _unique(self._found)
        self.undeclared = _unique(self._undeclared)
        unsure = [line for item in self._matrices() for line in item.optional if self._is_new(line)]
        self.optional = _unique([*self._doubtful, *unsure])

    def _need_module(self, module: str) -> None:
        top = module.split(".")[0]
        if not top or top in sys.stdlib_module_names or canonicalize_name(top) in self._own | self._covered:
            return
        names = _distributions(top)
        if names & self._own or self._need(names, otherwise=None):
            return
        # A module of that name may be the tree's own, or lie deep in it as an adapter for what is declared.
        if not names & self._local and not self._need(names, otherwise=_KNOWN_TOOLS.get(top)):
            self._undeclared.append(top)

    def _need(self, names: frozenset[str], *, otherwise: str | None) -> bool:
        if names & self._covered:
            return True
        item = next((item for item in self._rest if item.find(names)), None)
        found = item.find(names) if item else ((otherwise,) if otherwise else ())
        # An extra for a feature may need a compiler, and the import of it is often guarded: try it, do not insist.
        feature = item is not None and item.kind == "extra" and item.rank >= _Rank.OTHER
        (self._doubtful if feature else self._found).extend(found)
        self._covered |= {_name(line) for line in found}
        return bool(found)

    def _take_plugins(self) -> None:
        """Where pytest itself comes from a development group, so do the plugins that its configuration expects."""
        if not any(_name(line) == "pytest" for line in self._found):
            return
        for item in (item for item in self._rest if item.rank == _Rank.DEV):
            wanted = {name for name in item.names() if name.startswith("pytest-") or name == "hypothesis"}
            for name in sorted(wanted - _DISTURBING):
                self._need(frozenset({name}), otherwise=None)
        self._take_extras()

    def _take_extras(self) -> None:
        """So do the extras that a requirement file installs the project with: what it tests imports what they hold."""
        wanted = next((item.extras for item in self._rest if "pytest" in item.names()), frozenset())
        for item in self._rest:
            if item.kind == "extra" and item.name in wanted:
                self._doubtful += [line for line in item.lines if self._is_new(line)]
                self._covered |= item.names()

    def _take_tests(self) -> None:
        """What runs the tests, which a fix has to pass; measuring does without it, so it may fail to install."""
        before = len(self._found)
        if "pytest" not in self._covered and self._need(frozenset({"pytest"}), otherwise=None):
            self._take_plugins()
            self._doubtful += self._found[before:]
            del self._found[before:]

    def _take_matrix(self) -> None:
        self._found += [line for item in self._matrices() for line in item.lines if self._is_new(line)]

    def _matrices(self) -> list[_Declared]:
        return [item for item in self._rest if item.kind == "asv"]

    def _is_new(self, line: str) -> bool:
        return _name(line) not in self._covered | self._own | _BUILD_TOOLS


def _distributions(module: str) -> frozenset[str]:
    """Names that a declaration may have for what installs a module; only declared names are ever installed."""
    plain = canonicalize_name(module.lstrip("_") or module)
    usual = {plain, f"python-{plain}", f"py{plain}", f"{plain}-python", f"{plain}-py"}
    return frozenset(usual | set(_DISTRIBUTIONS.get(module, ())))


# ---- Small things


def _uv(python: str) -> list[str]:
    return ["uv", "pip", "install", "--python", python]


def _clean(lines: Iterable[str], where: str, note: _Note) -> tuple[str, ...]:
    """The lines in PEP 508's own spelling; what does not parse, or comes from elsewhere than the index, is left out."""
    found = []
    for line in lines:
        try:
            requirement = Requirement(line)
        except (InvalidRequirement, RecursionError):
            note(f"{where}: {line[:80]!r} is not a requirement (PEP 508), not used")
            continue
        if requirement.url:
            note(f"{where}: {requirement.name} comes from a URL, not from the package index")
        else:
            found.append(str(requirement))
    return tuple(found)


def _one_line(text: str) -> str:
    """Text of strangers, fit for a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def _name(line: str) -> str:
    match = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", line)
    return canonicalize_name(match[1]) if match else ""


def _is_name(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", name) is not None


def _table(value: object, *keys: str) -> dict[str, Any]:
    """The mapping under the keys, or an empty one: declarations of strangers have any shape."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _strings(value: object) -> list[str]:
    return [item for item in _listed(value) if isinstance(item, str)]


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
