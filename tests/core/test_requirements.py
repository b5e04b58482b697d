from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from bot.core.requirements import InstallPlan, declaration_paths, determining_paths, install_plan, oldest_python
from bot.errors import UserError

DATA = Path(__file__).parent / "data"
BUILD = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
PROJECT = BUILD + '[project]\nname = "thing"\ndependencies = ["numpy>=1"]\n'


def recorded(name: str) -> dict[str, str]:
    """The declaration files of a real project.

    pyproject.toml and *.py are kept as *.txt, so that the tools that check this repository do not take them for ours.
    """
    root = DATA / name
    paths = [path for path in root.rglob("*") if path.is_file()]
    texts = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return {path.replace(".toml.txt", ".toml").replace(".py.txt", ".py"): text for path, text in texts.items()}


def plan(files: dict[str, str], *imports: str, runner: tuple[str, ...] = ("pytest",)) -> InstallPlan:
    return install_plan(files, imports=frozenset(imports), runner_packages=runner)


def words(made: InstallPlan) -> str:
    """What comes after `uv pip install --python P`."""
    return "; ".join(" ".join(command[5:]) for command in made.argv("P"))


@pytest.mark.parametrize(
    ("name", "imports", "expected"),
    [
        pytest.param(
            "yarl-1.24.5",
            ("pytest", "pytest_codspeed", "yarl"),
            "-e . -r requirements/codspeed.txt",
            id="a benchmark file that includes the test file is enough",
        ),
        pytest.param(
            "yarl-1.15.2.dev0",
            ("pytest_codspeed", "yarl"),
            "-e . -r requirements/test.txt",
            id="the test file where nothing is named for benchmarks",
        ),
        pytest.param(
            "packaging-26.4.dev0",
            ("packaging",),
            "-e . --group benchmark --group test",
            id="PEP 735 groups, and an asv matrix of environment variables only",
        ),
        pytest.param(
            "bluetooth-data-tools-1.29.21",
            ("pytest_codspeed", "bluetooth_data_tools"),
            "-e . pytest-benchmark<6,>=4 pytest<10.0,>=9.0 pytest-codspeed<6.0.0,>=5.0.3",
            id="a poetry group for benchmarks, and the needed lines of dev without coverage",
        ),
        pytest.param(
            "rich-14.3.3",
            ("rich",),
            "-e . pytest<8.0.0,>=7.0.0",
            id="one line of poetry's old dev-dependencies, and no old setuptools from the asv matrix",
        ),
        pytest.param(
            "aioesphomeapi-45.13.1",
            ("aioesphomeapi", "google", "pytest_asyncio", "pytest_codspeed"),
            "-e . -r requirements/test.txt protobuf<8,>=6",
            id="a setup.py that reads its requirements, and google for protobuf",
        ),
        pytest.param(
            "attrs-24.3.0",
            ("attr", "attrs", "hypothesis", "pytest"),
            "-e .[benchmark,tests]",
            id="extras that name the project itself",
        ),
        pytest.param(
            "attrs-25.4.0",
            ("attr", "hypothesis", "pytest"),
            "-e . --group benchmark --group tests",
            id="groups that include groups",
        ),
        pytest.param(
            "networkx-3.6",
            ("numpy", "networkx", "pytest", "pygraphviz"),
            "-e .[benchmarking,test] numpy>=1.25",
            id="extras that repeat the requirement files, and a feature that is only tried",
        ),
        pytest.param(
            "aiohttp-3.13.2",
            ("aiohttp", "pytest", "pytest_codspeed", "multidict", "yarl"),
            "-e . -r requirements/test.txt",
            id="compiled files are preferred to their sources",
        ),
        pytest.param(
            "jsonschema-4.25.1",
            ("jsonschema", "pyperf", "rpds", "referencing"),
            "-e . --group test pytest pyperf",
            id="benchmark tools that nobody declares",
        ),
        pytest.param(
            "simpy-4.1.1",
            ("simpy", "py", "pytest", "_pytest"),
            "-e . pytest py pytest-benchmark",
            id="test dependencies in tox.ini only",
        ),
        pytest.param(
            "fastjsonschema-2.21.2",
            ("fastjsonschema", "pytest"),
            "-e . pytest pytest-benchmark pytest-cache",
            id="a devel extra in setup.py",
        ),
    ],
)
def test_real_project(name: str, imports: tuple[str, ...], expected: str) -> None:
    made = plan(recorded(name), *imports)
    assert words(made) == expected
    assert made.project
    assert made.editable
    assert made.undeclared == ()


def test_what_is_only_tried() -> None:
    made = plan(recorded("networkx-3.6"), "pygraphviz")
    assert made.optional_argv("P") == [["uv", "pip", "install", "--python", "P", "pygraphviz>=1.14"]]


DEVELOPMENT = PROJECT + '[dependency-groups]\ndev = ["pytest>=7", "pytest-mock", "pytest-cov", "black"]\n'


def test_what_runs_the_tests_is_tried_where_the_suite_does_without_it():
    made = plan({"pyproject.toml": DEVELOPMENT}, "thing", runner=())
    assert (words(made), made.optional) == ("-e .", ("pytest>=7", "pytest-mock"))


def test_what_runs_the_tests_is_part_of_the_install_where_it_runs_the_suite():
    made = plan({"pyproject.toml": DEVELOPMENT}, "thing")
    assert (words(made), made.optional) == ("-e . pytest>=7 pytest-mock", ())


@pytest.mark.parametrize(
    ("line", "optional"),
    [
        pytest.param("-e .[full]", ("httpx>=0.22", "jinja2"), id="editable"),
        pytest.param("--editable=.[full,docs]  # both", ("httpx>=0.22", "jinja2", "sphinx"), id="two of them"),
        pytest.param("-e .", (), id="none"),
        pytest.param("-e ./other[full]", (), id="of another project"),
    ],
)
def test_extras_that_a_requirement_file_with_pytest_names_are_tried(line, optional):
    extras = '[project.optional-dependencies]\nfull = ["httpx>=0.22", "jinja2"]\ndocs = ["sphinx"]\n'
    made = plan({"pyproject.toml": PROJECT + extras, "requirements.txt": f"{line}\npytest==7.2.0\n"}, "thing")
    assert (words(made), made.optional) == ("-e . pytest==7.2.0", optional)


def test_what_runs_the_tests_is_not_made_up():
    assert plan({"pyproject.toml": PROJECT}, "thing", runner=()).optional == ()


def test_what_a_real_project_builds_with() -> None:
    made = plan(recorded("bluetooth-data-tools-1.29.21"))
    assert made.build_requirements == ("setuptools>=77.0", "Cython", "poetry-core>=2.0.0")
    assert made.python == ">=3.10"


@pytest.mark.parametrize(
    ("files", "imports", "expected"),
    [
        pytest.param({}, (), "pytest", id="nothing declared"),
        pytest.param({"requirements.txt": "numpy"}, ("numpy",), "-r requirements.txt pytest", id="no project"),
        pytest.param({"setup.py": "syntax error("}, (), "-e . pytest", id="a setup.py that cannot be read"),
        pytest.param({"pyproject.toml": "[tool.ruff]\n"}, (), "pytest", id="a pyproject.toml for tools only"),
        pytest.param({"setup.cfg": "[metadata]\nname = x\n"}, (), "pytest", id="a setup.cfg alone is no project"),
        pytest.param(
            {"pyproject.toml": '[project]\nname = "x"\ndependencies = ["numpy"]\n[dependency-groups]\ntest = ["a"]\n'},
            (),
            "--group test numpy pytest",
            id="a virtual project: its dependencies, not itself",
        ),
        pytest.param({"pyproject.toml": '[project]\nname = "x"\n'}, (), "-e . pytest", id="setuptools by default"),
        pytest.param(
            {"pyproject.toml": PROJECT + '[dependency-groups]\ndev = ["mypy", "sphinx", "pytest>=8", "pytest-cov"]\n'},
            (),
            "-e . pytest>=8",
            id="of dev only what is needed",
        ),
        pytest.param(
            {"pyproject.toml": PROJECT + '[dependency-groups]\ntest = ["pytest"]\ndev = ["mypy", "pytest-asyncio"]\n'},
            (),
            "-e . --group test",
            id="nothing of dev where the tests have their own group",
        ),
        pytest.param(
            {"pyproject.toml": PROJECT + '[dependency-groups]\ndev = ["pytest", "pytest-asyncio", "pytest-xdist"]\n'},
            (),
            "-e . pytest pytest-asyncio",
            id="plugins come along with pytest, those that disturb a measurement do not",
        ),
        pytest.param(
            {"pyproject.toml": PROJECT + '[dependency-groups]\ndocs = ["sphinx"]\ntyping-tests = ["mypy"]\n'},
            (),
            "-e . pytest",
            id="never documentation or typing",
        ),
        pytest.param(
            {"pyproject.toml": PROJECT + '[project.optional-dependencies]\nall = ["PyYAML>=6"]\n'},
            ("yaml",),
            "-e . pytest PyYAML>=6",
            id="yaml is PyYAML",
        ),
        pytest.param(
            {"pyproject.toml": PROJECT + '[tool.uv]\ndev-dependencies = ["pytest==8.0"]\n'},
            (),
            "-e . pytest==8.0",
            id="uv's old dev-dependencies",
        ),
        pytest.param(
            {"pyproject.toml": PROJECT + '[tool.pdm.dev-dependencies]\ntest = ["pytest>=7", "-e file:///x"]\n'},
            (),
            "-e . pytest>=7",
            id="PDM",
        ),
        pytest.param(
            {
                "pyproject.toml": PROJECT
                + '[project.optional-dependencies]\nx = ["a"]\n'
                + '[tool.hatch.envs.bench]\nfeatures = ["x"]\nextra-dependencies = ["pyperf>=2"]\n'
            },
            (),
            "-e .[x] pyperf>=2 pytest",
            id="a hatch environment with features",
        ),
        pytest.param(
            {"setup.py": "setup()", "setup.cfg": "[options.extras_require]\ntesting =\n  pytest>=3\n  numpy\n"},
            ("numpy",),
            "-e .[testing]",
            id="extras in setup.cfg",
        ),
        pytest.param(
            {
                "setup.py": "from setuptools import setup\nT = ['pytest']\nE = {'test': T + ['numpy']}\n"
                "E['docs'] = ['sphinx']\nsetup(name='x', extras_require=E, python_requires='>=3.9')\n"
            },
            ("numpy", "x"),
            "-e .[test]",
            id="extras put together in setup.py",
        ),
        pytest.param(
            {
                "pyproject.toml": '[build-system]\nrequires = ["flit"]\nbuild-backend = "flit.buildapi"\n'
                '[tool.flit.metadata]\nmodule = "x"\nrequires-python = ">=3.8"\n'
                '[tool.flit.metadata.requires-extra]\ntest = ["pytest"]\n'
            },
            ("x",),
            "-e .[test]",
            id="flit's old metadata",
        ),
        pytest.param(
            {
                "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
                '[project]\nname = "x"\ndynamic = ["optional-dependencies"]\n'
                '[tool.setuptools.dynamic.optional-dependencies]\ntest = {file = ["requirements-test.txt"]}\n',
                "requirements-test.txt": "pytest==8.0",
            },
            (),
            "-e .[test]",
            id="extras that setuptools reads from a file",
        ),
        pytest.param(
            {"pyproject.toml": PROJECT, "benchmarks/asv.conf.json": '{"matrix": {"req": {"scipy": []}}} // end'},
            (),
            "-e . pytest scipy",
            id="an asv matrix",
        ),
        pytest.param(
            {"pyproject.toml": PROJECT, "asv.conf.json": '{"matrix": {"scipy": ["1.10", "1.11",], "wheel": []},}'},
            ("scipy",),
            "-e . pytest scipy==1.11",
            id="an old asv matrix with trailing commas",
        ),
        pytest.param(
            {"pyproject.toml": PROJECT, "asv.conf.json": '{"matrix": {"req": {"numpy": ["1.8"]}}}'},
            ("numpy",),
            "-e . pytest",
            id="no pin of the matrix against what the project asks for",
        ),
        pytest.param(
            {"pyproject.toml": PROJECT, "requirements-dev.txt": "pytest==8.1 \\\n  --hash=sha256:ab # why\nmypy\n"},
            (),
            "-e . pytest==8.1",
            id="a line of a requirement file without its hash",
        ),
        pytest.param(
            {"pyproject.toml": PROJECT, "tests/requirements.txt": "-e .\npytest\n", "docs/requirements.txt": "furo"},
            (),
            "-e . -r tests/requirements.txt",
            id="a requirement file among the tests",
        ),
    ],
)
def test_plan(files: dict[str, str], imports: tuple[str, ...], expected: str) -> None:
    made = plan(files, *imports)
    assert words(made) == expected
    assert made.undeclared == ()


def test_undeclared_imports_are_reported_and_never_installed() -> None:
    made = install_plan(
        {"pyproject.toml": PROJECT},
        imports=frozenset({"numpy", "json", "thing", "conftest_tools", "surprise", "pytest_benchmark"}),
        runner_packages=("pytest",),
        local=frozenset({"conftest_tools"}),
    )
    assert made.undeclared == ("surprise",)
    assert made.requirements == ("pytest", "pytest-benchmark")


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        pytest.param(("rich",), ("rich", "scipy"), id="imported by a benchmark"),
        pytest.param((), ("rich", "scipy"), id="named by the matrix alone"),
    ],
)
def test_what_is_declared_is_installed_even_if_a_module_of_the_tree_has_its_name(imports, expected) -> None:
    files = {
        "pyproject.toml": PROJECT,
        "asv.conf.json": '{"matrix": {"req": {"rich": [""], "scipy": [], "other": []}}}',
    }
    made = install_plan(
        files,
        imports=frozenset(imports),
        runner_packages=(),
        local=frozenset({"thing", "rich"}),
        siblings=frozenset({"other"}),
    )
    assert (tuple(sorted(made.requirements)), made.undeclared) == (expected, ())


@pytest.mark.parametrize(
    "declaration",
    [
        pytest.param('[tool.poetry.group.bench.dependencies]\nx = {git = "https://h/x"}\n', id="poetry, from git"),
        pytest.param('[tool.poetry.group.bench.dependencies]\nx = {path = "../x"}\n', id="poetry, from a path"),
        pytest.param(
            '[tool.poetry.group.bench.dependencies]\nx = {version = "1", source = "ours"}\n',
            id="poetry, from a private index",
        ),
        pytest.param('[dependency-groups]\ndev = ["x @ https://h/x.zip"]\n', id="a line with a URL"),
        pytest.param(
            '[dependency-groups]\ndev = ["x"]\n[tool.uv.sources]\nx = {index = "ours"}\n', id="a source of uv"
        ),
    ],
)
def test_what_comes_from_elsewhere_is_not_taken_from_the_index(declaration: str) -> None:
    made = plan({"pyproject.toml": PROJECT + declaration}, "x", runner=())
    assert made.requirements == ()
    assert len(made.notes) == 1


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        pytest.param('"^1.2.3"', "x<2.0.0,>=1.2.3", id="caret"),
        pytest.param('"^0.2.3"', "x<0.3.0,>=0.2.3", id="caret below one"),
        pytest.param('"^0.0.3"', "x<0.0.4,>=0.0.3", id="caret far below one"),
        pytest.param('"^0"', "x<1,>=0", id="caret zero"),
        pytest.param('"~1.2.3"', "x<1.3.0,>=1.2.3", id="tilde"),
        pytest.param('"~1"', "x<2,>=1", id="tilde of a major version"),
        pytest.param('"~=1.4"', "x~=1.4", id="compatible release"),
        pytest.param('"1.2.*"', "x==1.2.*", id="wildcard"),
        pytest.param('"*"', "x", id="any"),
        pytest.param('"1.2"', "x==1.2", id="exact"),
        pytest.param('">= 1, !=1.5 <2"', "x!=1.5,<2,>=1", id="a list with and without commas"),
        pytest.param('"^1.0 || ^2.0"', "x<3.0,>=2.0", id="alternatives"),
        pytest.param('{version = "^1", extras = ["a", "b"]}', "x[a,b]<2,>=1", id="extras"),
        pytest.param(
            '{version = "1", python = "<3.11"}', 'x==1; python_full_version < "3.11"', id="only for some Pythons"
        ),
        pytest.param('{version = "1", platform = "linux"}', 'x==1; sys_platform == "linux"', id="only on a platform"),
        pytest.param(
            '{version = "1", markers = "os_name == \'nt\' or extra == \'y\'", python = "^3.8"}',
            'x==1; (os_name == "nt" or extra == "y") and python_full_version >= "3.8" and python_full_version < "4.0"',
            id="markers",
        ),
    ],
)
def test_poetry_constraint(constraint: str, expected: str) -> None:
    text = PROJECT + f"[tool.poetry.group.bench.dependencies]\nx = {constraint}\n"
    assert plan({"pyproject.toml": text}, runner=()).requirements == (expected,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('[project]\nname = "x"\nrequires-python = ">= 3.9, <4"\n', ">=3.9,<4", id="requires-python"),
        pytest.param('[tool.poetry.dependencies]\npython = "^3.9"\n', ">=3.9,<4.0", id="poetry's caret"),
        pytest.param('[tool.poetry.dependencies]\npython = "~2.7 || ^3.6"\n', ">=3.6,<4.0", id="alternatives"),
        pytest.param('[tool.poetry.dependencies]\npython = "*"\n', None, id="any"),
        pytest.param('[project]\nname = "x"\nrequires-python = "new"\n', None, id="nonsense"),
        pytest.param("", None, id="nothing said"),
    ],
)
def test_python(text: str, expected: str | None) -> None:
    assert plan({"pyproject.toml": text}).python == expected


@pytest.mark.parametrize(
    ("files", "oldest"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param(
            {"pyproject.toml": '[project]\nrequires-python = ">=3.10.4"\n'}, (3, 10), id="a later release of it"
        ),
        pytest.param({"pyproject.toml": '[project]\nrequires-python = "!=3.0.*,>=2.7"\n'}, (3, 1), id="an old one"),
        pytest.param({"setup.cfg": "[options]\npython_requires = ~=3.12\n"}, (3, 12), id="setup.cfg"),
        pytest.param(
            {"setup.py": "from setuptools import setup\nsetup(python_requires='>3.7')\n"}, (3, 7), id="setup.py"
        ),
        pytest.param(
            {"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.9"\n', "tox.ini": ""}, (3, 9), id="poetry"
        ),
        pytest.param(
            {
                "pyproject.toml": '[project]\nrequires-python = ">=3.12"\n',
                "a/pyproject.toml": '[project]\nrequires-python = ">=3.8"\n',
                "b/pyproject.toml": "nonsense",
            },
            (3, 8),
            id="the oldest of all projects",
        ),
    ],
)
def test_the_oldest_python_of_a_tree(files, oldest):
    assert oldest_python(files) == oldest


@pytest.mark.parametrize(
    ("system", "editable"),
    [
        pytest.param('requires = ["meson-python"]\nbuild-backend = "mesonpy"', False, id="not for mesonpy"),
        pytest.param('requires = ["maturin>=1"]\nbuild-backend = "maturin"', False, id="not for maturin"),
        pytest.param(
            'requires = ["setuptools", "setuptools-rust"]\nbuild-backend = "setuptools.build_meta"',
            False,
            id="not for setuptools-rust",
        ),
        pytest.param('requires = ["hatchling"]\nbuild-backend = "hatchling.build"', True, id="hatchling"),
    ],
)
def test_editable(system: str, editable: bool) -> None:
    made = plan({"pyproject.toml": f"[build-system]\n{system}\n"}, runner=())
    assert words(made) == ("-e ." if editable else ".")


@pytest.mark.parametrize(
    ("requires", "expected"),
    [
        pytest.param(
            '["setuptools>=42,<59", "wheel"]',
            "setuptools>=64 wheel; --no-build-isolation -e .",
            id="held below what knows editable installs",
        ),
        pytest.param('["setuptools==58.0.4"]', "setuptools>=64; --no-build-isolation -e .", id="one old version"),
        pytest.param('["setuptools==58.*"]', "setuptools>=64; --no-build-isolation -e .", id="old versions"),
        pytest.param('["setuptools>=42,<81"]', "-e .", id="held below what knows them too"),
        pytest.param('["setuptools>=42", "wheel<0.40"]', "-e .", id="another one is held"),
        pytest.param('["setuptools<59", "setuptools-rust"]', ".", id="old, and not to be installed that way anyhow"),
    ],
)
def test_old_setuptools_know_no_editable_installs(requires: str, expected: str) -> None:
    made = plan({"pyproject.toml": f"[build-system]\nrequires = {requires}\n", "setup.py": ""}, runner=())
    assert words(made) == expected


@pytest.mark.parametrize(
    ("files", "note"),
    [
        pytest.param({"asv.conf.json": "{"}, "asv.conf.json: not valid JSON", id="JSON"),
        pytest.param({"setup.cfg": "no section"}, "setup.cfg: not a valid INI file", id="INI"),
        pytest.param({"hatch.toml": "="}, "hatch.toml: not valid TOML", id="an optional TOML file"),
        pytest.param({"setup.py": "("}, "setup.py: cannot be read", id="Python"),
        pytest.param({"requirements-test.txt": "?!"}, "'?!' is not a requirement", id="a requirement line"),
        pytest.param({"requirements-test.txt": "-r x.txt"}, "includes x.txt, which was not read", id="a missing file"),
        pytest.param({"requirements-test.txt": "-e ../x"}, "'-e ../x'", id="an editable path elsewhere"),
        pytest.param(
            {"pyproject.toml": '[dependency-groups]\na = [{include-group = "a"}]\n'}, "group a", id="a circular group"
        ),
    ],
)
def test_what_cannot_be_read_is_noted(files: dict[str, str], note: str) -> None:
    notes = plan(files).notes
    assert any(note in text for text in notes)
    assert all(text.isprintable() for text in notes)


def test_a_broken_pyproject_is_one_line() -> None:
    with pytest.raises(UserError, match=r"^pyproject\.toml: not valid TOML: .*line 2.*; mend the file$"):
        plan({"pyproject.toml": '[project]\nname = "x\n'})


def test_files_that_include_each_other_end() -> None:
    files = {f"requirements/test{n}.txt": f"-r test{(n + 1) % 40}.txt\n" * 2 + "pytest" for n in range(40)}
    assert plan(files).requirements == ("pytest",)


def test_groups_that_include_groups_twice_end() -> None:
    groups = "\n".join(f'g{n} = [{{include-group = "g{n + 1}"}}, {{include-group = "g{n + 1}"}}]' for n in range(60))
    assert words(plan({"pyproject.toml": f'[dependency-groups]\n{groups}\ng60 = ["pytest==8"]\n'})) == "pytest==8"


def test_sums_in_setup_py_do_not_grow_without_end() -> None:
    plan({"setup.py": "a = ['x']\n" + "a = a + a\n" * 200 + "setup(install_requires=a)"})


TREE = [
    *("pyproject.toml", "setup.py", "build_ext.py", "README.md", "LICENSE", "noxfile.py", "uv.lock", "meson.build"),
    *("requirements.txt", "requirements/test.txt", "requirements/test.in", "constraints.txt", "dev-requirements.txt"),
    *("tests/requirements.txt", "tests/fixtures/requirements.txt", "docs/requirements.txt", "a/b/c/requirements.txt"),
    *("benchmarks/asv.conf.json", "src/pkg/_fast.pyx", "src/pkg/core.py", "src/pkg/core.pxd", "src/pkg/other.py"),
    *("src/lib.rs", "Cargo.toml", "backend/hooks.py", "tests/test_core.py", "src/requirements.py"),
]


def test_declaration_paths() -> None:
    assert set(declaration_paths(TREE)) == {
        *("pyproject.toml", "setup.py", "build_ext.py", "requirements.txt", "requirements/test.txt"),
        *("requirements/test.in", "constraints.txt", "dev-requirements.txt", "tests/requirements.txt"),
        *("benchmarks/asv.conf.json", "noxfile.py"),
    }


def test_determining_paths() -> None:
    expected = {
        *declaration_paths(TREE),
        *("uv.lock", "meson.build", "src/pkg/_fast.pyx", "src/pkg/core.py", "src/pkg/core.pxd", "src/lib.rs"),
        "Cargo.toml",
    }
    assert set(determining_paths(TREE)) == expected


@pytest.mark.parametrize(
    ("files", "also"),
    [
        pytest.param(
            {"build_ext.py": 'TO_CYTHONIZE = ["src/pkg/other.py"]'}, {"src/pkg/other.py"}, id="what a script compiles"
        ),
        pytest.param(
            {"setup.py": "from mypyc.build import mypycify"},
            {"src/pkg/other.py", "src/requirements.py", "backend/hooks.py", "noxfile.py"},
            id="everything, with mypyc",
        ),
        pytest.param(
            {"pyproject.toml": '[build-system]\nbackend-path = ["backend"]\n'}, {"backend/hooks.py"}, id="the backend"
        ),
        pytest.param({"pyproject.toml": "="}, set(), id="nothing more from a broken file"),
    ],
)
def test_determining_python_files(files: dict[str, str], also: set[str]) -> None:
    assert set(determining_paths(TREE, files)) == {*determining_paths(TREE), *also}


SHAPES = st.recursive(
    st.one_of(st.sampled_from(["pytest", "numpy>=1", "^1", "x @ https://h", "*", ""]), st.integers(), st.booleans()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["test", "dev", "version"]), inner),
    max_leaves=5,
)


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else repr(value)


KEYS = [
    *("project", "project.dependencies", "project.optional-dependencies", "project.name", "project.requires-python"),
    *("dependency-groups", "build-system", "build-system.requires", "build-system.backend-path", "tool", "tool.uv"),
    *("tool.uv.sources", "tool.uv.dev-dependencies", "tool.pdm", "tool.pdm.dev-dependencies", "tool.hatch.envs"),
    *("tool.poetry", "tool.poetry.dependencies", "tool.poetry.dev-dependencies", "tool.poetry.group"),
    *("tool.poetry.group.test.dependencies", "tool.poetry.extras", "tool.poetry.packages", "tool.poetry.build"),
    *("tool.flit.metadata", "tool.flit.module", "tool.setuptools.dynamic.optional-dependencies"),
]


@given(st.sampled_from(KEYS), SHAPES)
def test_declarations_of_any_shape_give_a_plan(key: str, value: object) -> None:
    files = {"pyproject.toml": f"{key} = {toml(value)}\n"}
    made = plan(files, "numpy")
    determining_paths(["a.py"], files)
    for line in (*made.requirements, *made.optional, *made.build_requirements):
        Requirement(line)


@given(st.sampled_from(["setup.py", "setup.cfg", "tox.ini", "asv.conf.json", "requirements-test.txt"]), st.text())
def test_any_text_of_an_optional_file_gives_a_plan(path: str, text: str) -> None:
    made = plan({path: text}, "numpy")
    assert all(note.isprintable() for note in made.notes)
    for line in (*made.requirements, *made.optional):
        Requirement(line)


@given(st.text())
def test_any_pyproject_gives_a_plan_or_one_line(text: str) -> None:
    assert plan_or_message(text).isprintable()


def plan_or_message(text: str) -> str:
    try:
        return "".join(plan({"pyproject.toml": text}).notes)
    except UserError as error:
        return str(error)


NOX = """
import nox

@nox.session(python=["3.12"])
def benchmarks(session):
    session.install("-e", ".", "pyyaml>=6", "-r", "requirements.txt")
    session.install("attrs", *session.posargs)

@nox.session
def docs(session):
    session.install("sphinx")
"""
TOX = """
[env_run_base]
deps = ["pyyaml>=6", "-r requirements.txt", {replace = "ref"}]
[env.docs]
deps = ["sphinx"]
"""


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"noxfile.py": NOX}, id="nox"),
        pytest.param({"tox.toml": TOX}, id="tox in a file of its own"),
        pytest.param({"tox.ini": "[testenv]\ndeps =\n    pyyaml>=6\n    -r{toxinidir}/x.txt\n"}, id="tox"),
    ],
)
def test_what_a_benchmark_imports_is_found_where_other_tools_install_it(files: dict[str, str]) -> None:
    assert words(plan({"pyproject.toml": PROJECT, **files}, "yaml")) == "-e . pytest pyyaml>=6"


def test_a_noxfile_that_is_no_python_is_said() -> None:
    assert any("noxfile.py" in note for note in plan({"pyproject.toml": PROJECT, "noxfile.py": "def (:"}).notes)
