"""Lock files of every kind: what they pin, and nothing that is more than a name and a version."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.locks import LOCK, locked

UV = """
version = 1
[[package]]
name = "Some_Package"
version = "1.2.3"
source = { registry = "https://index.example.org/simple" }
[[package]]
name = "project"
version = "0.1"
source = { editable = "." }
[[package]]
name = "twice"
version = "1.0"
source = { registry = "https://index.example.org/simple" }
[[package]]
name = "twice"
version = "2.0"
source = { registry = "https://index.example.org/simple" }
"""
POETRY = """
[[package]]
name = "one"
version = "1!2.0.post1+local"
files = [{file = "one.whl", hash = "sha256:0"}]
[[package]]
name = "private"
version = "3.0"
[package.source]
type = "legacy"
url = "https://index.example.org/simple"
reference = "private"
[[package]]
name = "forked"
version = "4.0"
[package.source]
type = "git"
url = "https://example.org/forked.git"
reference = "main"
"""
PDM = """
[[package]]
name = "one"
version = "1.0"
requires_python = ">=3.8"
[[package]]
name = "here"
version = "1.0"
path = "./here"
"""
PYLOCK = """
lock-version = "1.0"
[[packages]]
name = "one"
version = "1.0"
index = "https://index.example.org/simple"
[[packages]]
name = "fetched"
version = "1.0"
vcs = { type = "git", url = "https://example.org/fetched.git", commit-id = "0" }
"""
PIPFILE = """
{"_meta": {}, "default": {"one": {"version": "==1.0"}, "here": {"path": "."}}, "develop": {"two": {"version": "==2"}}}
"""


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("uv.lock", UV, {"some-package": "1.2.3"}),
        ("poetry.lock", POETRY, {"one": "1!2.0.post1+local", "private": "3.0"}),
        ("pdm.lock", PDM, {"one": "1.0"}),
        ("pylock.toml", PYLOCK, {"one": "1.0"}),
        ("Pipfile.lock", PIPFILE, {"one": "1.0", "two": "2"}),
    ],
)
def test_each_kind(path, text, found):
    assert LOCK.search(path)
    assert locked({path: text}) == found


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("a @ https://evil.example.org/a.whl", "1.0"),
        ("a", "1.0\\n--index-url https://evil.example.org"),
        ("a", "1.0 ; python_version"),
        ("-r", "1.0"),
        ("a", ""),
        ("", "1"),
    ],
)
def test_what_is_more_than_a_name_and_a_version_is_left_out(name, version):
    assert locked({"uv.lock": f'[[package]]\nname = "{name}"\nversion = "{version}"\n'}) == {}


@given(path=st.sampled_from(["uv.lock", "pylock.toml", "Pipfile.lock"]), text=st.text())
def test_no_text_crashes_it(path, text):
    assert isinstance(locked({path: text}), dict)


@pytest.mark.parametrize(
    "value",
    [
        "5",
        "[]",
        "'x'",
        "[1, 'a', {}]",
        "[{name = 5, version = []}]",
        "[{source = 5}]",
        "[{source = {type = []}}]",
        "{a = 1}",
    ],
)
def test_no_shape_crashes_it(value):
    assert locked({"uv.lock": f"package = {value}"}) == {}


@pytest.mark.parametrize("text", ["[]", "5", '{"default": []}', '{"default": {"a": 5}}', "[" * 100_000])
def test_no_shape_of_a_pipfile_crashes_it(text):
    assert locked({"Pipfile.lock": text}) == {}
