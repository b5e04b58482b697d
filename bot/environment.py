"""Builds and keeps environments: an interpreter with what a repository needs, made in the sandbox's install phase.

An environment is keyed by what determines it, so that two revisions with the same declarations share one, and the
second check of a repository builds none. Where building compiles extensions, or copies the tree's own code into the
environment, every file of the tree belongs to the key.
Partner: `bot/core/requirements.py` reads the declarations.
"""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import msgspec
from packaging.utils import canonicalize_name
from uv import find_uv_bin

from bot import room, sandbox
from bot.core import packages
from bot.core.config import Config
from bot.core.requirements import InstallPlan
from bot.core.text import plain
from bot.errors import MeasureError
from bot.git import Variant
from bot.interpreters import Interpreter
from bot.sandbox import Command, Driver, Limits, Mount, gate
from bot.sandbox.bubblewrap import let_read
from bot.sandbox.indexes import Indexes, indexes
from bot.sandbox.process import Finished, run
from bot.store import key

_RECIPE = 7
"""Raised whenever an environment would be built differently than before from the same key."""
_INSTALL_LIMITS = Limits(
    wall_s=1200,
    memory_bytes=8192 * sandbox.MEBIBYTE,
    disk_bytes=4096 * sandbox.MEBIBYTE,
    file_bytes=2048 * sandbox.MEBIBYTE,
)
_LEAST_FREE_BYTES = 2 * _INSTALL_LIMITS.disk_bytes
_PIP = re.compile(r"(?<!uv )\bpip3?\b")
_LEFT_OUT = "does not install: "
"""How a line begins that names the directory of a package; no line of `uv pip freeze` does."""
_FROM_TREE = f" @ file://{sandbox.REPOSITORY}"
"""What `uv pip freeze` says of a package that was built from the tree and is not editable."""
_AGED = "the benchmarks fail with today's packages"
_BUILDERS = ("flit-core", "pdm-pep517", "poetry-core", "setuptools")
_EDITABLE_SINCE = "2023-01-01T00:00:00+00:00"
"""When all of these knew editable installs (PEP 660): earlier ones would build a copy, or nothing."""
_CONSTRAINTS_BYTES = 256 * 1024
_HARNESS = Path(__file__).parent / "inside"
_EXTENSIONS = (".so", ".pyd")


@dataclass(frozen=True, slots=True)
class Built:
    """What is known of an environment besides its files."""

    extensions: tuple[str, ...]
    """Compiled modules of the project itself, as dotted or slashed stems without the platform's tag."""
    packages: tuple[str, ...]
    """What is installed, as `name==version`."""
    as_of: str | None = None
    """The date whose packages were taken, where today's do not build; None means today's."""
    warnings: tuple[str, ...] = ()
    copied: bool = False
    """Whether something of the tree is installed as a copy, which no later tree changes."""

    roots: tuple[str, ...] = ()
    """Directories of the tree that come before such copies, so that what runs is known by its place in the tree."""

    @property
    def serves_one_tree(self) -> bool:
        """Whether it holds code of the tree that it was built from."""
        return self.copied or bool(self.extensions)


@dataclass(frozen=True, slots=True)
class Environment:
    """A built environment on disk."""

    key: str
    place: Path
    interpreter: Interpreter
    built: Built

    @property
    def sources(self) -> tuple[Path, ...]:
        """What building left in the tree, to be copied over a checkout."""
        products = self.place / "products"
        return (products,) if products.is_dir() else ()

    @property
    def variables(self) -> Mapping[str, str]:
        """How Python is told where to look first."""
        roots = ":".join(f"{sandbox.REPOSITORY}/{root}" for root in self.built.roots)
        return {"PYTHONPATH": roots} if roots else {}

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """What a command needs to be shown to use it."""
        return (Mount(self.place / "venv", sandbox.ENVIRONMENT), *_interpreter_mounts(self.interpreter))


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what an environment will hold, but the tree itself."""

    interpreter: Interpreter
    config: Config
    plan: InstallPlan
    version: str | None
    """What build systems that ask git for a version are told; the same for both sides."""
    date: str
    """When head was committed (ISO 8601): whose packages are tried when today's do not install."""
    scope: str
    """Environments are never shared between scopes, so that one repository cannot poison another's."""
    aged: Mapping[str, str] | None = None
    """Where today's packages are known not to do: versions of a lock file by name; none, those of `date` are taken."""
    origin: str = ""
    """Which head builds it, or nothing for base: building runs its code, which may leave more than it declares."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One way of installing; the next one is tried when it fails."""

    prefer: bool
    as_of: str | None = None
    why: str = "today's packages do not install"
    locked: Mapping[str, str] = field(default_factory=dict)
    apart: bool = False
    """Each of several packages alone, where together they do not install: those that do are there."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the report should know when this is the one that worked."""
        if self.as_of:
            return (f"{self.why}: those of {self.as_of[:10]} were taken",)
        return (f"{self.why}: those of the lock file were taken",) if self.locked else ()


def _attempts(recipe: Recipe, like: Environment | None) -> tuple[_Attempt, ...]:
    """Today's packages, then those of the day of the commit; the other side's versions first, and its day always."""
    if like is not None and like.built.as_of is not None:
        return (_Attempt(True, like.built.as_of), _Attempt(False, like.built.as_of))
    if recipe.aged is not None:
        pinned = _Attempt(like is not None, why=_AGED, locked=recipe.aged)
        return (*((pinned,) if recipe.aged else ()), _Attempt(False, recipe.date, _AGED))
    latest = (_Attempt(True), _Attempt(False)) if like else (_Attempt(False),)
    several = sum(one.project for one in recipe.plan.alone()) > 1 and recipe.config.install is None
    apart = (_Attempt(like is not None, apart=True),) if several else ()
    return (*latest, _Attempt(False, recipe.date), *apart)


def _interpreter_mounts(interpreter: Interpreter) -> tuple[Mount, ...]:
    if interpreter.prefix.is_relative_to("/usr"):
        return ()
    return (Mount(interpreter.prefix, str(interpreter.prefix)),)


class Workshop:
    """Where environments are built and kept."""

    def __init__(self, place: Path, driver: Driver, packages: Indexes | None = None) -> None:
        self._place, self._driver = place, driver
        self._packages = packages or indexes(os.environ, Path.home())

    def prepare(
        self, recipe: Recipe, tree: Variant, determining: tuple[str, ...], like: Environment | None
    ) -> Environment:
        """The environment of a tree, built if it is new.

        `like` is the other side's: its package versions are preferred, so that both sides differ only where the
        repository's declarations do. Raises MeasureError with the end of the installer's output.
        """
        digest = key(
            _RECIPE, recipe.interpreter.build, recipe.config.install, dict(recipe.config.env), recipe.version,
            recipe.scope, self._driver.NAME, _commands(recipe), tree.digests(determining),
            *(() if recipe.aged is None else (recipe.date, dict(recipe.aged))),
        )  # fmt: skip
        names = (digest, f"{digest[:40]}-{tree.digest[:20]}")
        if recipe.origin:
            # What base has built serves a pull request; what a pull request builds serves that one head alone.
            for name in names:
                if (built := self._find(name)) is not None and (name != digest or not built.serves_one_tree):
                    return Environment(name, self._place / name, recipe.interpreter, built)
        for shared, name in zip((True, False), (f"{recipe.origin}{one}" for one in names), strict=True):
            with self._locked(name):
                built = self._find(name)
                if built is None:
                    built = self._build(name, recipe, tree, like)
                if not (shared and built.serves_one_tree):
                    return Environment(name, self._place / name, recipe.interpreter, built)
        raise AssertionError("the second name always returns")

    def harness(self, interpreter: Interpreter) -> Path:
        """The harness with the bytecode that this interpreter makes of it; nothing of a repository has a part in that.

        A sandbox cannot keep any, and compiling it anew takes longer than everything else at a start under valgrind.
        """
        files = sorted(_HARNESS.glob("*.py"))
        name = key("harness", interpreter.version, [path.read_bytes() for path in files])
        with self._locked(name):
            if not (self._place / name).is_dir():
                with tempfile.TemporaryDirectory(dir=self._place, prefix="building-") as temporary:
                    made, place = Path(temporary) / "made", Path(temporary) / "harness"
                    made.mkdir()
                    for path in files:
                        shutil.copy(path, made)
                    self._compile(made, interpreter)
                    shutil.copytree(made, place)  # so that it belongs to the bot
                    let_read(place)
                    os.rename(place, self._place / name)
            room.used(self._place / name)
        return self._place / name

    def _compile(self, place: Path, interpreter: Interpreter) -> None:
        made = ("-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", sandbox.HARNESS)
        mounts = (Mount(place, sandbox.HARNESS, writable=True), *_interpreter_mounts(interpreter))
        answer = run(self._driver, Command((str(interpreter.path), "-I", "-S", *made), "run", mounts=mounts))
        if answer.status != 0:
            last = (answer.errors.strip().splitlines() or [answer.stopped or "no message"])[-1]
            raise MeasureError(f"CPython {interpreter.version} does not run in the sandbox: {plain(last, 200)}")

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        self._place.mkdir(parents=True, exist_ok=True)
        with (self._place / f"{name[:16]}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _find(self, name: str) -> Built | None:
        try:
            room.used(self._place / name)
            return msgspec.json.decode((self._place / name / "built.json").read_bytes(), type=Built)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def _build(self, name: str, recipe: Recipe, tree: Variant, like: Environment | None) -> Built:
        # Built under a temporary name: an environment that was interrupted is never mistaken for a whole one.
        # Each pull request has environments and packages of its own.
        kept = [one for one in self._place.glob("*") if one.is_dir() and one.name != "packages"]
        room.make([*kept, *self._place.glob("packages/*")], _LEAST_FREE_BYTES)
        with tempfile.TemporaryDirectory(dir=self._place, prefix="building-") as temporary:
            place = Path(temporary) / "environment"
            try:
                built = self._fill(place, recipe, tree, like)
                target = self._place / name
                room.remove(target)
                os.rename(place, target)
            finally:
                room.remove(place)
        return built

    def _fill(self, place: Path, recipe: Recipe, tree: Variant, like: Environment | None) -> Built:
        (place / "venv").mkdir(parents=True)
        checkout = place / "checkout"
        checkout.mkdir()
        tree.export(checkout)
        for attempt in _attempts(recipe, like):
            _prefer(place, like if attempt.prefer else None, attempt.locked)
            answer = self._install(recipe, place, attempt)
            if _installs(answer, recipe.plan) or answer.stopped:
                break
            room.remove(place / "venv")
            (place / "venv").mkdir()
        if not _installs(answer, recipe.plan) or answer.stopped:
            raise _failure(recipe, answer)
        built = _inspect(place, tree, answer.output, attempt)
        room.remove(checkout)
        (place / "built.json").write_bytes(msgspec.json.encode(built))
        return built

    def _install(self, recipe: Recipe, place: Path, attempt: _Attempt) -> Finished:
        cache = self._place / "packages" / f"{recipe.origin}{recipe.scope}"
        cache.mkdir(parents=True, exist_ok=True)
        room.used(cache)
        lines = _commands(recipe, apart=attempt.apart, newer=_newer(attempt.as_of))
        script = " && ".join(shlex.join(line) if not isinstance(line, str) else line for line in lines)
        env = {
            **_version_variables(recipe.version),
            **recipe.config.env,
            "UV_CACHE_DIR": sandbox.CACHE,
            "UV_LINK_MODE": "copy",
            "UV_COMPILE_BYTECODE": "1",
            "UV_CONSTRAINT": "/job/constraints.txt",
            "UV_BUILD_CONSTRAINT": "/job/build-constraints.txt",
            "PIP_CONSTRAINT": "/job/constraints.txt",
            "UV_NO_PROGRESS": "1",
            **({"UV_EXCLUDE_NEWER": attempt.as_of} if attempt.as_of else {}),
            "VIRTUAL_ENV": sandbox.ENVIRONMENT,
        }
        mounts = (
            Mount(place / "checkout", sandbox.REPOSITORY, writable=True),
            Mount(place / "venv", sandbox.ENVIRONMENT, writable=True),
            Mount(place / "constraints.txt", "/job/constraints.txt"),
            Mount(place / "build-constraints.txt", "/job/build-constraints.txt", writable=True),
            Mount(cache, sandbox.CACHE, writable=True),
            Mount(Path(find_uv_bin()).resolve(), f"{sandbox.TOOLS}/uv"),
            *_interpreter_mounts(recipe.interpreter),
        )
        command = Command(("/bin/sh", "-c", script), "install", (), mounts, env, _INSTALL_LIMITS)
        python, signing = str(recipe.interpreter.path), gate.key(cache.parent / "gate.key")
        return gate.install(self._driver, command, python=python, packages=self._packages, key=signing)


def _prefer(place: Path, like: Environment | None, locked: Mapping[str, str]) -> None:
    """Ask for the versions of another environment, of the packages and of what builds them; for locked ones first."""
    build = like.place / "build-constraints.txt" if like else None
    others = [
        line
        for line in (like.built.packages if like else ())
        if canonicalize_name(line.partition("==")[0]) not in locked
    ]
    wanted = [*others, *(f"{name}=={version}" for name, version in locked.items())]
    (place / "constraints.txt").write_text("".join(f"{line}\n" for line in wanted))
    # An installer wrote it, or what it ran: nothing says that it is short.
    usable = build is not None and build.exists() and build.stat().st_size <= _CONSTRAINTS_BYTES
    (place / "build-constraints.txt").write_bytes(build.read_bytes() if build and usable else b"")


def _newer(as_of: str | None) -> tuple[str, ...]:
    """What uv is told besides that day: packages of then are built as today, by what knows how."""
    if as_of is None or as_of >= _EDITABLE_SINCE:
        return ()
    return tuple(word for name in _BUILDERS for word in ("--exclude-newer-package", f"{name}={_EDITABLE_SINCE}"))


def _pin_build_set(requirements: tuple[str, ...], python: str, newer: tuple[str, ...]) -> str:
    """One build set for both sides: isolated builds would float with whatever was released in between."""
    target = "/job/build-constraints.txt"
    wanted = shlex.join(["printf", "%s\\n", *requirements])
    plainly = ("--quiet", "--no-header", "--no-annotate", "--python", python)
    resolve = shlex.join(["uv", "pip", "compile", *plainly, *newer, "-"])
    return f"( test -s {target} || {wanted} | {resolve} > {target} || true )"


def _commands(recipe: Recipe, *, apart: bool = False, newer: tuple[str, ...] = ()) -> list[list[str] | str]:
    python = f"{sandbox.ENVIRONMENT}/bin/python"
    # uv needs no pip in there; where the repository's own command does, its environment has one.
    seed = ["--seed"] if _PIP.search(recipe.config.install or "") else []
    target = ["--python", str(recipe.interpreter.path), sandbox.ENVIRONMENT]
    made: list[list[str] | str] = [["uv", "venv", "--quiet", "--allow-existing", *seed, *target]]
    if building := packages.build_requirements(recipe.plan):
        made.append(_pin_build_set(building, python, newer))
    if recipe.config.install is not None:
        made.append(f"( {recipe.config.install} ) >&2")
    elif apart:
        made += [_alone(one, python, newer) for one in recipe.plan.alone() if one.argv(python)]
    else:
        made += [f"{shlex.join([*line, *newer])} >&2" for line in recipe.plan.argv(python)]
    made += [f"( {shlex.join([*line, *newer])} >&2 || true )" for line in recipe.plan.optional_argv(python)]
    return [*made, ["uv", "pip", "freeze", "--quiet", "--exclude-editable", "--python", python]]


def _alone(plan: InstallPlan, python: str, newer: tuple[str, ...]) -> str:
    """Install one package, or say on standard output that it does not install; what runs then cannot write there."""
    lines = " && ".join(f"{shlex.join([*line, *newer])} >&2" for line in plan.argv(python))
    return f"( {lines} || {shlex.join(['echo', f'{_LEFT_OUT}{plan.place}'])} )"


def _left_out(output: str) -> list[str]:
    return [line.removeprefix(_LEFT_OUT) for line in output.splitlines() if line.startswith(_LEFT_OUT)]


def _installs(answer: Finished, plan: InstallPlan) -> bool:
    """Whether there is something to measure: the package, or one of several at least."""
    places = {one.place for one in plan.alone() if one.project}
    return answer.status == 0 and not (places and places <= {*_left_out(answer.output)})


def _version_variables(version: str | None) -> Mapping[str, str]:
    number = "".join(c for c in (version or "").lstrip("v") if c.isalnum() or c in ".+-") or "0.0.0"
    number = number if number[0].isdigit() else "0.0.0"
    names = ("SETUPTOOLS_SCM_PRETEND_VERSION", "PDM_BUILD_SCM_VERSION", "PBR_VERSION")
    return {**dict.fromkeys(names, number), "POETRY_DYNAMIC_VERSIONING_BYPASS": number}


def _failure(recipe: Recipe, answer: Finished) -> MeasureError:
    tail = "\n".join(answer.errors.strip().splitlines()[-20:])
    why = answer.stopped or f"ended with status {answer.status}"
    what = f"`{plain(recipe.config.install)}`" if recipe.config.install else "the install that its declarations suggest"
    return MeasureError(
        f"the repository does not install: {what} {why}; set `install:` in .github/perfwright.yml", detail=tail
    )


def _inspect(place: Path, tree: Variant, freeze: str, attempt: _Attempt) -> Built:
    """Keep what building left in the tree, and list the project's own compiled modules."""
    checkout, products = place / "checkout", place / "products"
    known = set(tree.paths)
    extensions = set()
    for path in sorted(_files(checkout)):
        name = path.relative_to(checkout)
        if name.parts[0] in ("build", ".git") or "__pycache__" in name.parts:
            continue
        if name.as_posix() in known:
            continue
        _link(path, products / name)
        if path.suffix in _EXTENSIONS and str(name).isprintable():
            extensions.add(name.with_name(name.name.split(".")[0]).as_posix())
    packages = tuple(line for line in freeze.split("\n") if "==" in line and " @ " not in line)
    tops, copied = _tops(known), any(_FROM_TREE in line for line in freeze.split("\n"))
    extensions |= _own_extensions(place / "venv", tops)
    copies = _copies(place / "venv", tree, tops) if copied else {}
    _lay_over(place / "venv", products, known, copies)
    left = plain(", ".join(_left_out(freeze)), 200)
    without = (f"not installed, since it does not build: {left}; what imports it was not measured",) if left else ()
    warnings = (*attempt.warnings, *without)
    roots = tuple(sorted({str(PurePosixPath(copy).parent) for copy in copies.values()}))
    return Built(tuple(sorted(extensions)), packages, attempt.as_of, warnings, copied, roots)


def _tops(known: set[str]) -> dict[str, list[str]]:
    """The packages of the tree that lie in no other one, by name."""
    packages = {PurePosixPath(path).parent for path in known if path.endswith("/__init__.py")}
    tops: dict[str, list[str]] = {}
    for package in packages:
        if package.parent not in packages:
            tops.setdefault(package.name, []).append(str(package))
    return tops


def _copies(venv: Path, tree: Variant, tops: Mapping[str, list[str]]) -> dict[str, str]:
    """Installed packages by name, each with the one package of the tree that it is a plain copy of.

    What lies at the root of the tree is not among them: there it comes first in any case. Nor is what lies beside a
    package that is installed and no such copy: their directory would hide that one as well.
    """
    found = {name: set(places) for name, places in tops.items() if name not in places}
    modules = [(path, inside) for path, inside in _installed(venv) if inside[0] in found and path.suffix == ".py"]
    tree.load({"/".join((place, *rest)) for _, (name, *rest) in modules for place in found[name]})
    for path, (name, *rest) in modules:
        found[name] = {place for place in found[name] if _is_same(path, tree.data("/".join((place, *rest))))}
    there = {inside[0] for _, inside in modules}
    copies = {name: place for name in there if len(found[name]) == 1 for place in found[name]}
    others = {place for _, (name, *_) in _installed(venv) for place in tops.get(name, ()) if copies.get(name) != place}
    hiding = {PurePosixPath(place).parent for place in others}
    return {name: place for name, place in copies.items() if PurePosixPath(place).parent not in hiding}


def _is_same(path: Path, data: bytes | None) -> bool:
    """Whether building left a file as it is; it may have made what the tree does not have."""
    return data is None or (path.stat().st_size == len(data) and path.read_bytes() == data)


def _lay_over(venv: Path, products: Path, known: set[str], copies: Mapping[str, str]) -> None:
    """What building made for a package of the tree that was installed as a copy.

    The tree comes first where Python looks for modules, so its package hides the installed one.
    """
    for path, (package, *rest) in _installed(venv):
        place = package if f"{package}/__init__.py" in known else copies.get(package)
        name = "/".join((place or "", *rest))
        if place and name not in known and path.suffix != ".pyc" and not os.path.lexists(products / name):
            _link(path, products / name)


def _link(path: Path, target: Path) -> None:
    """Take in a file that a job has written, without reading it: a copy may be many times what the job could write."""
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(path, target, follow_symlinks=False)


def _own_extensions(venv: Path, tops: Container[str]) -> set[str]:
    """Compiled modules in the environment that belong to a package of the tree, however deep it lies."""
    found = set()
    for path, inside in _installed(venv):
        if path.suffix in _EXTENSIONS and inside[0] in tops and str(path).isprintable():
            found.add("/".join((*inside[:-1], inside[-1].split(".")[0])))
    return found


def _installed(venv: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The files of installed packages, each with its way from where Python finds modules."""
    for path in _files(venv):
        parts = path.relative_to(venv).parts
        inside = parts[parts.index("site-packages") + 1 :] if "site-packages" in parts else ()
        if len(inside) > 1:
            yield path, inside


def _files(tree: Path) -> Iterator[Path]:
    """The regular files of a tree that a job has written: no link is followed, and no depth is too deep."""
    waiting = [tree]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:  # deeper than a path can name: nothing that is imported lies there
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path)
