from __future__ import annotations

import time

import pytest

from bot.core.sweeping import own_code


@pytest.mark.parametrize(
    "path",
    [
        "external/a.py", "src/vendors/a.py", "third-party/x/a.py", "third_party/a.py", "pkg/_vendor/a.py",
        "pkg/api_pb2.py", "tests/a.py", "build/lib/pkg/a.py", "venv/a.py", "pkg/scripts/a.py",
    ],
)  # fmt: skip
def test_what_is_copied_in_or_generated_is_not_looked_at(path):
    assert own_code([path, "pkg/__init__.py", "build/lib/pkg/__init__.py"]) == ["pkg/__init__.py"]


@pytest.mark.parametrize(
    ("path", "is_own"),
    [
        pytest.param("src/build/env.py", True, id="a package that is called so"),
        pytest.param("Build/env.py", True, id="at the root, in capitals"),
        pytest.param("pkg/scripts/build/a.py", True, id="two of them"),
        pytest.param("pkg/testing/dist/a.py", False, id="one that is none, in one"),
        pytest.param("pkg/tests/a.py", False, id="tests are tests"),
        pytest.param("pkg/_vendor/a.py", False, id="and copies are copies"),
    ],
)
def test_a_package_is_looked_at_by_whatever_name(path, is_own):
    places = ("src/build", "Build", "pkg/scripts", "pkg/scripts/build", "pkg/testing", "pkg/tests", "pkg/_vendor")
    assert (path in own_code([path, *(f"{place}/__init__.py" for place in places)])) is is_own


@pytest.mark.parametrize(
    ("place", "text", "is_own"),
    [
        pytest.param("", "gen.py linguist-generated", False, id="a name at any depth"),
        pytest.param("", "pkg/sub/*.py linguist-generated=true", False, id="in its directory"),
        pytest.param("", "*.py text linguist-vendored", False, id="behind another attribute"),
        pytest.param("", "/pkg/** linguist-vendored", False, id="all below a directory"),
        pytest.param("", "**/sub/** linguist-vendored", False, id="a directory anywhere"),
        pytest.param("pkg", "sub/* linguist-generated", False, id="in a directory's own file"),
        pytest.param("", "sub/*.py linguist-generated", True, id="a slash counts from the directory of the file"),
        pytest.param("pkg/sub", "sub/* linguist-generated", True, id="another directory"),
        pytest.param("", "*.py linguist-generated=false", True, id="said not to be"),
        pytest.param("", "*.py linguist-generated\ngen.py -linguist-generated", True, id="the last word counts"),
        pytest.param("", "# *.py linguist-generated", True, id="a comment"),
        pytest.param("", "*.py linguist-detectable", True, id="another attribute"),
        pytest.param("", "[*.py linguist-generated", True, id="an odd pattern"),
    ],
)
def test_attributes_say_what_is_not_own(place, text, is_own):
    path = "pkg/sub/gen.py"
    assert own_code([path], {place: text}) == ([path] if is_own else [])


def test_no_pattern_takes_long():
    began = time.process_time()
    own_code(["a" * 250 + ".py"] * 10, {"": "*a" * 100 + " linguist-generated\n" + "*a*a*a/b linguist-generated\n"})
    assert time.process_time() - began < 5
