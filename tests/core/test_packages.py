"""Repositories with several packages: the ones that a suite needs are installed, each with its own declarations."""

from __future__ import annotations

import pytest

from bot.core import packages

BUILD = '[build-system]\nrequires = ["{0}"]\nbuild-backend = "{0}.build"\n'


def project(name: str, *requires: str, more: str = "", backend: str = "hatchling") -> str:
    lines = ", ".join(f'"{one}"' for one in requires)
    return BUILD.format(backend) + f'[project]\nname = "{name}"\ndependencies = [{lines}]\n{more}'


def argv(files: dict[str, str], *suites: str, imports: tuple[str, ...] = (), paths: tuple[str, ...] = ()) -> str:
    plan = packages.install_plan(
        files, sorted({*files, *suites, *paths}), suites=suites, imports=frozenset(imports), runner_packages=("pytest",)
    )
    (command,) = plan.argv("P")
    return " ".join(command[5:])


TWO = {
    "packages/a/pyproject.toml": project("a", "b>=1", more='[dependency-groups]\nbench = ["pyyaml"]\n'),
    "packages/b/pyproject.toml": project("b", "numpy"),
    "packages/c/pyproject.toml": project("c"),
    "pyproject.toml": '[dependency-groups]\ndev = ["pytest<9"]\n',
}


def test_the_package_that_a_suite_lies_in_is_installed_with_those_of_the_tree_that_it_needs():
    said = argv(TWO, "packages/a/benchmarks/test_x.py")
    assert said == "pytest<9 -e ./packages/a --group packages/a/pyproject.toml:bench pytest -e ./packages/b pytest"


def test_a_suite_beside_the_packages_gets_those_that_it_imports():
    said = argv(TWO, "benchmarks/test_x.py", imports=("c",), paths=("packages/c/src/c/__init__.py",))
    assert said == "pytest<9 -e ./packages/c pytest"


def test_one_package_at_the_root_is_as_before():
    files = {"pyproject.toml": project("a", more='[project.optional-dependencies]\ntest = ["pytest"]\n')}
    assert argv(files, "tests/test_x.py") == "-e .[test]"


def test_a_package_at_the_root_is_left_out_where_only_another_is_measured():
    files = {"pyproject.toml": project("root"), "plugins/x/setup.py": "from setuptools import setup\nsetup(name='x')\n"}
    assert argv(files, "plugins/x/tests/test_x.py") == "pytest -e ./plugins/x pytest"
    files["plugins/x/setup.py"] = "from setuptools import setup\nsetup(name='x', install_requires=['root'])\n"
    assert argv(files, "plugins/x/tests/test_x.py") == "-e . pytest -e ./plugins/x pytest"


@pytest.mark.parametrize(
    ("imports", "said"),
    [
        pytest.param(("root",), "-e . pytest -e ./benchmarks pytest", id="the package at the root, which they import"),
        pytest.param(("x",), "pytest -e ./benchmarks pytest -e ./x pytest", id="not the root for the name of another"),
        pytest.param(("json", "tests"), "pytest -e ./benchmarks pytest", id="only themselves"),
    ],
)
def test_benchmarks_that_are_a_package_of_their_own_get_what_they_import(imports, said):
    files = {path: project(name) for path, name in (("pyproject.toml", "root"), ("x/pyproject.toml", "x"))}
    files["benchmarks/setup.py"] = "from setuptools import setup\nsetup(name='benchmarks')\n"
    paths = ("src/root/__init__.py", "x/x/__init__.py", "tests/test_root.py", "benchmarks/benchmarks/json.py")
    assert argv(files, "benchmarks/benchmarks/bench_x.py", imports=imports, paths=paths) == said


def test_requirement_files_belong_to_the_package_that_they_lie_in():
    files = {**TWO, "packages/a/requirements-test.txt": "attrs\n", "packages/c/requirements-test.txt": "flask\n"}
    said = argv(files, "packages/a/tests/test_x.py")
    assert "-r packages/a/requirements-test.txt" in said
    assert "packages/c" not in said


def test_poetry_packages_that_name_each_other_by_path():
    poetry = BUILD.format("poetry.core.masonry.api").replace(".build", "")
    files = {
        "libs/a/pyproject.toml": poetry
        + '[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\nb = {path = "../b"}\n',
        "libs/b/pyproject.toml": poetry + '[tool.poetry]\nname = "b"\n',
    }
    assert argv(files, "libs/a/tests/test_x.py") == "pytest -e ./libs/a pytest -e ./libs/b pytest"


@pytest.mark.parametrize("backend", ["mesonpy", "maturin"])
def test_what_must_not_be_editable_is_not_in_a_monorepo_either(backend):
    files = {"native/pyproject.toml": project("native", backend=backend), "pyproject.toml": "[tool.uv]\n"}
    assert argv(files, "native/benchmarks/test_x.py") == "pytest ./native pytest"


def test_samples_among_the_tests_are_no_packages():
    from bot.core.requirements import declaration_paths

    paths = ["pyproject.toml", "tests/samples/x/pyproject.toml", "packages/a/pyproject.toml", "docs/setup.py"]
    assert declaration_paths(paths) == ("packages/a/pyproject.toml", "pyproject.toml")


def test_what_one_package_declares_is_declared():
    plan = packages.install_plan(
        TWO, sorted(TWO), suites=("packages/a/b.py",), imports=frozenset({"yaml", "numpy", "nowhere"}),
        runner_packages=(),
    )  # fmt: skip
    assert plan.undeclared == ("nowhere",)
    assert packages.build_requirements(plan) == ("hatchling",)


@pytest.mark.parametrize(
    ("files", "paths", "found"),
    [
        pytest.param({}, ("a/__init__.py", "a/b/__init__.py", "c.py", "d/e.py"), {"a"}, id="without a declaration"),
        pytest.param({"pyproject.toml": project("a")}, ("src/a/__init__.py", "lib/b/__init__.py"), {"a"}, id="in src"),
        pytest.param(
            {}, ("tests/__init__.py", "docs/__init__.py", "my-app/__init__.py"), set(), id="what is no module"
        ),
        pytest.param(
            TWO,
            ("packages/a/a/__init__.py", "packages/b/src/b/__init__.py", "packages/c/c/__init__.py", "x/__init__.py"),
            {"a", "b"},
            id="of several, those that are installed",
        ),
    ],
)
def test_packages_that_can_be_imported(files, paths, found):
    suites = ("packages/a/benchmarks/test_x.py",) if files is TWO else ("bench.py",)
    plan = packages.install_plan(
        files, sorted({*files, *paths}), suites=suites, imports=frozenset(), runner_packages=("pytest",)
    )
    assert packages.importable(plan, paths) == found
