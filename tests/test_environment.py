"""Environments are built once for what determines them, and are either whole or not there. None needs the network."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bot import environment, sandbox
from bot.core.config import Config
from bot.core.requirements import install_plan
from bot.environment import Built, Recipe, Workshop
from bot.errors import MeasureError
from bot.git import Repository, Variant
from bot.interpreters import Interpreter, installed
from bot.sandbox import Command
from bot.sandbox.process import run
from tests.conftest import write

FILES = {"pkg/__init__.py": "", "pkg/a.py": "x = 1\n", "pyproject.toml": "[project]\nname = 'pkg'\nversion = '1'\n"}
DETERMINING = ("pyproject.toml",)


@pytest.fixture(scope="module")
def driver():
    found = sandbox.drivers()["bubblewrap"]
    if problem := found.problem():
        pytest.skip(problem)
    return found


@pytest.fixture
def place(tmp_path) -> Path:
    return tmp_path / "environments"


@pytest.fixture
def workshop(place, driver) -> Workshop:
    return Workshop(place, driver)


@pytest.fixture
def variant(make_repository):
    repository = Repository(make_repository(FILES))
    tree = repository.tree(repository.commit("c0"))

    def variant(changes: dict[str, str | None] | None = None) -> Variant:
        encoded = {path: None if text is None else text.encode() for path, text in (changes or {}).items()}
        return Variant(tree, encoded)

    return variant


@pytest.fixture
def recipe():
    interpreter = next(one for one in installed() if one.path.exists())
    # Nothing but what `install` says: the declarations themselves would need the package index.
    plan = replace(install_plan({}, imports=frozenset(), runner_packages=(), local=frozenset()), project=False)

    def recipe(install: str = "true", **more: object) -> Recipe:
        config = Config(install=install, **{name: more.pop(name) for name in ("env",) if name in more})
        chosen = {"version": None, "date": "2024-01-01T00:00:00+00:00", "scope": "scope", **more}
        return Recipe(interpreter, config, plan, **chosen)

    return recipe


def left(place: Path) -> list[str]:
    """What is in the workshop, but locks and package caches."""
    return (
        sorted(p.name for p in place.iterdir() if p.suffix != ".lock" and p.name != "packages")
        if place.exists()
        else []
    )


def test_it_is_built_once(workshop, recipe, variant, place, monkeypatch):
    first = workshop.prepare(recipe(), variant(), DETERMINING, None)
    before = (first.place / "built.json").stat()
    monkeypatch.setattr(environment.gate, "install", lambda *_, **__: pytest.fail("it was built again"))
    again = workshop.prepare(recipe(), variant(), DETERMINING, None)
    after = (again.place / "built.json").stat()
    assert again == first
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert left(place) == [first.key]
    assert first.built.packages == ()
    assert first.sources == ()


def test_what_nobody_uses_is_removed_when_something_is_built(workshop, recipe, variant, place):
    old = workshop.prepare(recipe(), variant(), DETERMINING, None)
    packages = place / "packages" / "scope"
    for one in (old.place, packages):
        os.utime(one, (0, 0))
    new = workshop.prepare(recipe(scope="another"), variant(), DETERMINING, None)
    assert left(place) == [new.key]
    assert not packages.exists()


def test_what_is_used_is_kept(workshop, recipe, variant, place):
    used = workshop.prepare(recipe(), variant(), DETERMINING, None)
    os.utime(used.place, (0, 0))
    workshop.prepare(recipe(), variant(), DETERMINING, None)
    workshop.prepare(recipe(scope="another"), variant(), DETERMINING, None)
    assert used.key in left(place)


def test_it_runs_where_it_was_built_for(workshop, recipe, variant, driver):
    built = workshop.prepare(recipe(), variant(), DETERMINING, None)
    finished = run(driver, Command(("python", "-c", "import sys; print(sys.prefix)"), "run", mounts=built.mounts))
    assert finished.output == f"{sandbox.ENVIRONMENT}\n", finished


BACKEND = """
import zipfile

def build_wheel(directory, *_):
    name = "good-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{directory}/{name}", "w") as wheel:
        wheel.writestr("good-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: good\\nVersion: 1\\n")
        tags = "Generator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr("good-1.dist-info/WHEEL", "Wheel-Version: 1.0\\n" + tags)
        wheel.writestr("good-1.dist-info/RECORD", "")
    return name

build_editable = build_wheel
"""
BUILD = """
project = {{ name = "{0}", version = "1" }}
build-system = {{ requires = [], build-backend = "own", backend-path = ["."] }}
"""


@pytest.mark.parametrize("places", [["good", "bad"], ["bad", "worse"]], ids=["one builds", "none builds"])
def test_of_several_packages_those_that_build_are_there(workshop, recipe, variant, places):
    tree = {f"{place}/pyproject.toml": BUILD.format(place) for place in places}
    tree |= {f"{place}/own.py": BACKEND if place == "good" else "raise SystemExit('no compiler')\n" for place in places}
    first, *beside = (replace(recipe().plan, project=True, editable=False, place=place) for place in places)
    wanted = replace(recipe(), config=Config(), plan=replace(first, beside=tuple(beside)))
    if "good" not in places:
        with pytest.raises(MeasureError, match="does not install"):
            workshop.prepare(wanted, variant(tree), DETERMINING, None)
        return
    built = workshop.prepare(wanted, variant(tree), DETERMINING, None).built
    assert built.warnings == ("not installed, since it does not build: bad; what imports it was not measured",)


def test_files_that_do_not_determine_it_share_it(workshop, recipe, variant, place):
    first = workshop.prepare(recipe(), variant(), DETERMINING, None)
    other = workshop.prepare(recipe(), variant({"pkg/a.py": "x = 2\n", "new.py": ""}), DETERMINING, None)
    assert other.key == first.key
    assert left(place) == [first.key]


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        pytest.param({"pyproject.toml": "[project]\nname = 'pkg'\nversion = '2'\n"}, {}, id="other declarations"),
        pytest.param({"pyproject.toml": None}, {}, id="no declarations"),
        pytest.param({}, {"install": "true again"}, id="another command"),
        pytest.param({}, {"env": {"NO_EXTENSIONS": "1"}}, id="another variable"),
        pytest.param({}, {"version": "v2.0"}, id="another version"),
        pytest.param({}, {"scope": "another repository"}, id="another repository"),
    ],
)
def test_another_key(workshop, recipe, variant, changes, more):
    first = workshop.prepare(recipe(), variant(), DETERMINING, None)
    second = workshop.prepare(recipe(**more), variant(changes), DETERMINING, None)
    assert second.key != first.key
    assert second.place != first.place
    assert (first.place / "built.json").exists()


def test_the_day_of_the_commit_is_no_part_of_it(workshop, recipe, variant):
    first = workshop.prepare(recipe(), variant(), DETERMINING, None)
    assert workshop.prepare(recipe(date="2020-01-01T00:00:00+00:00"), variant(), DETERMINING, None).key == first.key


@pytest.mark.parametrize(
    "install",
    [
        pytest.param("echo first; seq 1 100; echo the reason >&2; exit 7", id="failing"),
        pytest.param("echo the reason\nexit 7\n", id="failing, in two lines"),
    ],
)
def test_a_failing_install_is_one_line_with_its_tail(workshop, recipe, variant, place, install):
    with pytest.raises(MeasureError) as error:
        workshop.prepare(recipe(install), variant(), DETERMINING, None)
    assert "\n" not in str(error.value)
    assert "does not install" in str(error.value)
    assert "ended with status 7" in str(error.value)
    assert error.value.detail.endswith("the reason")
    assert len(error.value.detail.splitlines()) <= 20
    assert left(place) == []


@pytest.mark.parametrize(
    ("as_of", "newer"),
    [
        pytest.param(None, False, id="today's packages"),
        pytest.param("2022-03-30T11:13:16-04:00", True, id="before all build systems knew editable installs"),
        pytest.param("2024-01-01T00:00:00+00:00", False, id="later"),
    ],
)
def test_packages_of_a_day_are_built_by_what_knows_editable_installs(recipe, as_of, newer):
    plan = replace(recipe().plan, project=True, build_requirements=("setuptools",))
    made = environment._commands(replace(recipe(), config=Config(), plan=plan), newer=environment._newer(as_of))
    building = [str(line) for line in made if "uv pip install" in line or "uv pip compile" in line]
    assert ["setuptools=2023" in line for line in building] == [newer, newer]


def test_a_failure_is_not_remembered(workshop, recipe, variant, place):
    for _ in range(2):
        with pytest.raises(MeasureError):
            workshop.prepare(recipe("false"), variant(), DETERMINING, None)
    assert left(place) == []


def test_the_files_of_the_bot_are_not_shown_to_it(workshop, recipe, variant, tmp_path):
    workshop.prepare(recipe(f"test ! -e {tmp_path} && test ! -e /etc/passwd"), variant(), DETERMINING, None)


def test_what_building_leaves_in_the_tree_is_kept_and_laid_over_a_checkout(workshop, recipe, variant, driver, tmp_path):
    install = (
        "mkdir -p build pkg/data; echo 5 > pkg/_version.py; echo 6 > pkg/data/t; echo 7 > build/x; echo 8 > pkg/a.py"
    )
    built = workshop.prepare(recipe(install), variant(), DETERMINING, None)
    (products,) = built.sources
    assert sorted(p.relative_to(products).as_posix() for p in products.rglob("*") if p.is_file()) == [
        "pkg/_version.py",
        "pkg/data/t",
    ]
    checkout = tmp_path / "checkout"
    variant().export(checkout)
    command = Command(("cat", "pkg/_version.py", "pkg/a.py"), "run", (checkout, *built.sources), built.mounts)
    assert run(driver, command).output == "5\nx = 1\n"


def test_what_building_leaves_takes_no_more_room_on_the_host_than_it_took_itself(workshop, recipe, variant):
    made = (
        "truncate -s 200M pkg/holes; head -c 1M /dev/zero > pkg/data; for n in $(seq 100); do ln pkg/data pkg/$n; done"
    )
    built = workshop.prepare(recipe(made), variant(), DETERMINING, None)
    (products,) = built.sources
    taken = subprocess.run(["du", "-s", "--block-size=1M", products], capture_output=True, text=True, check=True)
    assert int(taken.stdout.split()[0]) <= 2


@pytest.mark.parametrize("made", ["touch pkg/x; chmod 0 pkg/x", "touch $(printf 'pkg/\\377.so')"])
def test_what_building_leaves_may_be_unreadable_or_have_any_name(workshop, recipe, variant, made):
    assert workshop.prepare(recipe(made), variant(), DETERMINING, None).built.extensions == ()


def test_links_and_pipes_that_building_leaves_are_not_kept(workshop, recipe, variant):
    built = workshop.prepare(
        recipe("ln -s /etc/hosts pkg/link && ln -s /etc dir && mkfifo pkg/pipe && mkdir none"),
        variant(),
        DETERMINING,
        None,
    )
    assert built.sources == ()


def test_compiled_modules_make_every_file_part_of_the_key(workshop, recipe, variant, place):
    compiling = recipe("touch pkg/fast.cpython-312-x86_64-linux-gnu.so")
    first = workshop.prepare(compiling, variant(), DETERMINING, None)
    assert first.built.extensions == ("pkg/fast",)
    assert workshop.prepare(compiling, variant(), DETERMINING, None) == first
    second = workshop.prepare(compiling, variant({"pkg/a.py": "x = 2\n"}), DETERMINING, None)
    assert second.key != first.key


@pytest.mark.parametrize(
    ("install", "shared"),
    [
        pytest.param("uv pip install .", False, id="the root"),
        pytest.param("uv pip install ./packages/good", False, id="a package below it"),
        pytest.param("uv pip install -e .", True, id="editable"),
    ],
)
def test_code_that_is_installed_as_a_copy_makes_every_file_part_of_the_key(workshop, recipe, variant, install, shared):
    project = {"pyproject.toml": BUILD.format("good"), "own.py": BACKEND, "src/good/a.py": "x = 1\n"}
    tree = {**project, **{f"packages/good/{path}": text for path, text in project.items()}}
    first = workshop.prepare(recipe(install), variant(tree), DETERMINING, None)
    assert first.built.copied is not shared
    assert workshop.prepare(recipe(install), variant(tree), DETERMINING, None) == first
    changed = variant({**tree, "src/good/a.py": "x = 2\n"})
    head = workshop.prepare(recipe(install, origin="aaaa-"), changed, DETERMINING, first)
    assert (head.key == first.key) is shared


COPY = "d=$(echo $VIRTUAL_ENV/lib/python3*/site-packages); mkdir -p $d/good; cp src/good/* $d/good; "


@pytest.mark.parametrize(
    ("more", "roots"),
    [
        pytest.param("true", ("src",), id="a plain copy"),
        pytest.param("echo made > $d/good/made.py; echo made > src/good/made.py", ("src",), id="with what was made"),
        pytest.param("echo 'x = 2' > $d/good/a.py", (), id="what building has changed"),
        pytest.param("mkdir -p $d/pkg; cp pkg/* $d/pkg; rm -r $d/good", (), id="of a package at the root"),
        pytest.param("mkdir $d/near; cp src/near/* $d/near", ("src",), id="beside another plain copy"),
        pytest.param("mkdir $d/near; echo 'x = 2' > $d/near/__init__.py", (), id="beside what building has changed"),
        pytest.param("mkdir $d/near; touch $d/near/__init__.so", (), id="beside what building has compiled"),
    ],
)
def test_the_tree_comes_before_a_copy_of_it(workshop, recipe, variant, more, roots):
    project = {"pyproject.toml": BUILD.format("good"), "own.py": BACKEND}
    tree = {**project, "src/good/__init__.py": "", "src/good/a.py": "x = 1\n", "samples/good/__init__.py": "y = 1\n"}
    tree["src/near/__init__.py"] = ""
    built = workshop.prepare(recipe(f"uv pip install . && {COPY}{more}"), variant(tree), DETERMINING, None)
    assert built.built.roots == roots
    assert built.variables == ({"PYTHONPATH": f"{sandbox.REPOSITORY}/src"} if roots else {})


def test_what_is_installed_is_compared_with_one_call_of_git(make_repository, tmp_path, monkeypatch):
    files = {f"good/{name}.py": f"x = {name!r}\n" for name in ("__init__", "a", "b")}
    write(tmp_path / "venv/site-packages", files)
    repository = Repository(make_repository({f"src/{path}": text for path, text in files.items()}))
    tree, calls, blobs = Variant(repository.tree(repository.commit("c0")), {}), [], repository.blobs
    monkeypatch.setattr(repository, "blobs", lambda shas: calls.append(shas) or blobs(shas))
    assert environment._copies(tmp_path / "venv", tree, {"good": ["src/good"]}) == {"good": "src/good"}
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("extension", "own"),
    [
        pytest.param("good/_fast.so", ("good/_fast",), id="a package deep in the tree"),
        pytest.param("inner/_fast.so", (), id="another's, named as a directory inside a package"),
    ],
)
def test_compiled_modules_of_the_trees_packages_are_known(workshop, recipe, variant, extension, own):
    install = f"d=$(echo $VIRTUAL_ENV/lib/python3*/site-packages); mkdir -p $d/good $d/inner; touch $d/{extension}"
    deep = {f"bindings/python/source/{path}/__init__.py": "" for path in ("good", "good/inner")}
    built = workshop.prepare(recipe(install), variant({**deep, "__init__.py": ""}), DETERMINING, None).built
    assert built.extensions == own


def test_what_was_interrupted_is_not_taken_for_whole(workshop, recipe, variant, place, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(environment, "_inspect", interrupted)
        with pytest.raises(KeyboardInterrupt):
            workshop.prepare(recipe(), variant(), DETERMINING, None)
    assert left(place) == []
    assert (workshop.prepare(recipe(), variant(), DETERMINING, None).place / "built.json").exists()


@pytest.mark.parametrize(
    "kept", [pytest.param(None, id="nothing written"), b"", b'{"extensions": ', b'{"packages": 5}']
)
def test_half_an_environment_is_built_again(workshop, recipe, variant, kept):
    first = workshop.prepare(recipe(), variant(), DETERMINING, None)
    shutil.rmtree(first.place / "venv")
    (first.place / "built.json").unlink()
    if kept is not None:
        (first.place / "built.json").write_bytes(kept)
    again = workshop.prepare(recipe(), variant(), DETERMINING, None)
    assert again == first
    assert os.path.lexists(again.place / "venv/bin/python")


@pytest.mark.real
@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is missing")
def test_a_compiled_extension_is_found(workshop, recipe, variant):
    files = {
        "setup.py": "from setuptools import Extension, setup\n"
        "setup(name='pkg', version='1', packages=['pkg'], ext_modules=[Extension('pkg.fast', ['pkg/fast.c'])])\n",
        "pkg/fast.c": '#include <Python.h>\nstatic struct PyModuleDef d = {PyModuleDef_HEAD_INIT, "fast"};\n'
        "PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&d); }\n",
        "pyproject.toml": None,
    }
    built = workshop.prepare(recipe("uv pip install -e ."), variant(files), ("setup.py",), None)
    assert built.built.extensions == ("pkg/fast",)


@pytest.mark.real
@pytest.mark.parametrize("install", ["pip install -e .", "python -m pip install .", "pip3 install -e . && uv pip list"])
def test_pip_may_install_it(workshop, recipe, variant, install):
    files = {"pyproject.toml": '[project]\nname = "pkg"\nversion = "1"\ndependencies = ["six"]\n'}
    built = workshop.prepare(recipe(install), variant(files), ("pyproject.toml",), None)
    assert any(line.startswith("six==") for line in built.built.packages)


# ---- What an install does to the host


def test_a_tree_that_is_too_deep_for_python_is_removed(workshop, recipe, variant, place):
    deep = 'python3 -c \'import os\nfor _ in range(3000):\n    os.mkdir("d" * 9); os.chdir("d" * 9)\n\''
    built = workshop.prepare(
        recipe(f"{deep}; mkdir shut && touch shut/x && chmod 0 shut"), variant(), DETERMINING, None
    )
    assert left(place) == [built.key]


def test_links_out_of_an_environment_are_not_followed(workshop, recipe, variant, tmp_path):
    (tmp_path / "outside/pkg").mkdir(parents=True)
    (tmp_path / "outside/pkg/secret.so").write_text("")
    link = f"d=$(echo $VIRTUAL_ENV/lib/python3*/site-packages); ln -s {tmp_path}/outside/pkg $d/pkg"
    assert workshop.prepare(recipe(link), variant(), DETERMINING, None).built.extensions == ()


def test_what_is_written_to_the_host_is_bounded(workshop, recipe, variant, monkeypatch):
    limits = replace(environment._INSTALL_LIMITS, disk_bytes=8 * sandbox.MEBIBYTE)
    monkeypatch.setattr(environment, "_INSTALL_LIMITS", limits)
    with pytest.raises(MeasureError, match="wrote more than 8 MiB"):
        workshop.prepare(recipe("head -c 30M /dev/zero > x; sleep 60"), variant(), DETERMINING, None)


def test_an_install_has_no_network_but_the_gate(workshop, recipe, variant):
    code = "import socket; socket.create_connection(('192.0.2.1', 443), 5)"
    with pytest.raises(MeasureError) as error:
        workshop.prepare(recipe(f'python3 -c "{code}"'), variant(), DETERMINING, None)
    assert "unreachable" in error.value.detail


def test_what_the_gate_refused_is_said(workshop, recipe, variant):
    ask = "python3 -c 'import urllib.request as u; u.urlopen(\"http://127.0.0.1:8417/elsewhere\")'"
    with pytest.raises(MeasureError) as error:
        workshop.prepare(recipe(ask), variant(), DETERMINING, None)
    assert error.value.detail.endswith("refused: GET /elsewhere: it is no page of an index")


# ---- Whose code has built it


@pytest.fixture
def builds(workshop, monkeypatch, place) -> list[str]:
    """The names of what is built, without building."""
    made: list[str] = []

    def build(name, recipe, *_):
        made.append(name)
        built = Built((), ())
        (place / name).mkdir(parents=True)
        (place / name / "built.json").write_bytes(msgspec.json.encode(built))
        return built

    monkeypatch.setattr(workshop, "_build", build)
    return made


def test_what_a_pull_request_has_built_serves_neither_base_nor_another(workshop, recipe, variant, builds):
    tree, ours, theirs = variant(), recipe(origin="aaaa-"), recipe(origin="bbbb-")
    keys = [workshop.prepare(one, tree, (), None).key for one in (ours, theirs, recipe())]
    assert len(set(keys)) == 3
    assert builds == keys


def test_what_base_has_built_serves_every_pull_request(workshop, recipe, variant, builds):
    base = workshop.prepare(recipe(), variant(), (), None)
    assert workshop.prepare(recipe(origin="aaaa-"), variant(), (), base).key == base.key
    assert len(builds) == 1


def test_an_interpreter_that_was_built_anew_gets_its_own(workshop, recipe, variant, builds, monkeypatch):
    before = workshop.prepare(recipe(), variant(), (), None)
    monkeypatch.setattr(Interpreter, "build", "another")
    assert workshop.prepare(recipe(), variant(), (), None).key != before.key
    assert len(builds) == 2


def test_one_head_builds_once(workshop, recipe, variant, builds):
    ours, tree = recipe(origin="aaaa-"), variant()
    assert workshop.prepare(ours, tree, (), None) == workshop.prepare(ours, tree, (), None)
    assert len(builds) == 1


# ---- The harness


def test_the_harness_comes_with_bytecode_that_nobody_else_may_change(workshop, recipe, place):
    interpreter = recipe().interpreter
    made = workshop.harness(interpreter)
    sources = {path.stem for path in made.glob("*.py")}
    assert sources == {path.stem for path in environment._HARNESS.glob("*.py")}
    compiled = list((made / "__pycache__").glob("*.pyc"))
    assert {path.name.split(".")[0] for path in compiled} == sources
    assert {path.stat().st_uid for path in (made, *made.rglob("*"))} == {os.geteuid()}
    assert workshop.harness(interpreter) == made
    assert left(place) == [made.name]


def test_another_harness_is_compiled_anew(workshop, recipe, monkeypatch, tmp_path):
    made = workshop.harness(recipe().interpreter)
    other = tmp_path / "inside"
    shutil.copytree(environment._HARNESS, other)
    (other / "serve.py").write_text("print('another')\n")
    monkeypatch.setattr(environment, "_HARNESS", other)
    again = workshop.harness(recipe().interpreter)
    assert again != made
    assert (again / "serve.py").read_text() == "print('another')\n"


def test_an_interpreter_that_does_not_run_is_one_line(workshop, recipe, place):
    with pytest.raises(MeasureError, match=r"^CPython 3\.\d+\.\d+ does not run in the sandbox: "):
        workshop.harness(replace(recipe().interpreter, path=Path("/usr/bin/false")))
    assert left(place) == []
