"""Small projects of every kind are really built and imported in the sandbox; needs the package index."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import pytest

from bot.core import packages
from bot.core.config import Config
from bot.core.requirements import declaration_paths, determining_paths
from bot.environment import Environment, Recipe, Workshop
from bot.git import Repository, Variant
from bot.interpreters import choose, installed
from bot.sandbox import Command, driver
from bot.sandbox.process import run
from bot.settings import read

MODULE = "def value():\n    return 5\n"
C_SOURCE = """
#include <Python.h>
static PyObject *value(PyObject *self, PyObject *args) { return PyLong_FromLong(5); }
static PyMethodDef methods[] = {{"value", value, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "NAME", "", -1, methods};
PyMODINIT_FUNC PyInit_NAME(void) { return PyModule_Create(&module); }
"""
PROJECT = '[project]\nname = "thing"\nversion = "1"\ndependencies = ["iniconfig"]\n'
MESON = """
project('thing', 'c', version: '1')
python = import('python').find_installation(pure: false)
python.install_sources(['thing/__init__.py'], subdir: 'thing')
python.extension_module('fast', 'fast.c', subdir: 'thing', install: true)
"""
EXTENSION = """
from setuptools import Extension, setup
setup(name="thing", version="1", packages=["thing"], ext_modules=[Extension("thing.fast", ["fast.c"])],
      install_requires=["iniconfig"], extras_require={"test": ["pluggy"]})
"""


def backend(requires: str, name: str) -> str:
    return f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{name}"\n'


@dataclass(frozen=True)
class Kind:
    files: dict[str, str]
    imports: str = "thing, iniconfig"
    suite: str = "benchmarks/test_x.py"
    compiled: tuple[str, ...] = ()


POETRY = """
[tool.poetry]
name = "thing"
version = "1"
description = ""
authors = []
[tool.poetry.dependencies]
python = ">=3.8"
iniconfig = "^2"
[tool.poetry.group.bench.dependencies]
pluggy = "*"
"""
KINDS = {
    "setuptools": Kind({"pyproject.toml": PROJECT}),
    "setuptools with an extension and an extra": Kind(
        {"setup.py": EXTENSION, "fast.c": C_SOURCE.replace("NAME", "fast")}, "thing, thing.fast, pluggy",
        compiled=("thing/fast",),
    ),
    "hatch, with an environment": Kind({
        "pyproject.toml": backend("hatchling", "hatchling.build") + PROJECT
        + '[tool.hatch.envs.bench]\ndependencies = ["pluggy"]\n',
    }, "thing, iniconfig, pluggy"),
    "poetry, with a group": Kind(
        {"pyproject.toml": backend("poetry-core", "poetry.core.masonry.api") + POETRY}, "thing, iniconfig, pluggy"
    ),
    "pdm, with development dependencies": Kind({
        "pyproject.toml": backend("pdm-backend", "pdm.backend") + PROJECT
        + '[tool.pdm.dev-dependencies]\ntest = ["pluggy"]\n',
    }, "thing, iniconfig, pluggy"),
    "flit": Kind({
        "pyproject.toml": backend("flit_core>=3.4", "flit_core.buildapi") + PROJECT + 'description = "x"\n',
    }),
    "uv, with a dependency group": Kind({
        "pyproject.toml": backend("uv_build", "uv_build") + PROJECT
        + '[tool.uv.build-backend]\nmodule-root = ""\n[dependency-groups]\nbench = ["pluggy"]\n',
    }, "thing, iniconfig, pluggy"),
    "meson-python": Kind(
        {"pyproject.toml": backend("meson-python", "mesonpy") + PROJECT, "meson.build": MESON,
         "fast.c": C_SOURCE.replace("NAME", "fast")},
        "thing, thing.fast, iniconfig", compiled=("thing/fast",),
    ),
    "requirement files alone": Kind(
        {"requirements.txt": "iniconfig\n", "requirements-test.txt": "-r requirements.txt\npluggy\n"},
        "thing, iniconfig, pluggy",
    ),
    "several packages": Kind({
        "one/pyproject.toml": PROJECT.replace("thing", "one").replace("iniconfig", "two"), "one/one.py": MODULE,
        "two/pyproject.toml": backend("hatchling", "hatchling.build") + PROJECT.replace("thing", "two"),
        "two/two.py": MODULE, "pyproject.toml": '[dependency-groups]\ntest = ["pluggy"]\n',
    }, "one, two, iniconfig, pluggy", suite="one/benchmarks/test_x.py"),
}  # fmt: skip
QUICK = "several packages"


@pytest.fixture
def built(make_repository, tmp_path):
    """The environment of a kind, built anew, and whether its imports work where benchmarks run."""
    confined = driver("bubblewrap")

    def built(kind: Kind, python: str | None = None) -> tuple[Environment, str]:
        files = {"thing/__init__.py": MODULE, kind.suite: "def test_x(benchmark): pass\n", **kind.files}
        repository = Repository(make_repository(files, name=f"repository-{python}"))
        tree = Variant(repository.tree(repository.commit("c0")), {})
        declared = {path: tree.text(path) or "" for path in declaration_paths(tree.paths)}
        imports = frozenset(kind.imports.replace("thing.fast", "thing").split(", "))
        plan = packages.install_plan(declared, tree.paths, suites=(kind.suite,), imports=imports, runner_packages=())
        recipe = Recipe(
            choose(python, plan.python, ""), Config(), plan, None, "2026-01-01T00:00:00+00:00", "environments"
        )
        # The downloads are kept, the environments are not.
        shared = read().home / "real" / "packages"
        shared.mkdir(parents=True, exist_ok=True)
        (tmp_path / "environments").mkdir(exist_ok=True)
        if not (tmp_path / "environments" / "packages").exists():
            (tmp_path / "environments" / "packages").symlink_to(shared)
        workshop = Workshop(tmp_path / "environments", confined)
        environment = workshop.prepare(recipe, tree, determining_paths(tree.paths, declared), None)
        checkout = tmp_path / f"checkout-{python}"
        tree.export(checkout)
        command = Command(
            ("python", "-c", f"import sys, {kind.imports}; print(sys.version_info[1])"), "run",
            (checkout, *environment.sources), environment.mounts,
        )  # fmt: skip
        finished = run(confined, command)
        assert finished.status == 0, finished.errors
        return environment, finished.output.strip()

    return built


def _marks(name: str) -> list[pytest.MarkDecorator]:
    return [] if name == QUICK else [pytest.mark.real]


@pytest.mark.parametrize("name", [pytest.param(name, marks=_marks(name), id=name) for name in KINDS])
def test_a_project_is_built_and_its_imports_work(built, name):
    kind = KINDS[name]
    if kind.compiled and shutil.which("gcc") is None:
        pytest.skip("gcc is missing")
    environment, _ = built(kind)
    assert environment.built.extensions == kind.compiled


@pytest.mark.real
@pytest.mark.parametrize("minor", dict.fromkeys(one.minor for one in installed()))
def test_every_interpreter_of_this_machine_will_do(built, minor):
    _, said = built(Kind({"pyproject.toml": PROJECT}), minor)
    assert f"3.{said}" == minor
