"""Which attributes count as caches that a patch brings back: those that the patched files handle as base does."""

from __future__ import annotations

import pytest

from bot.core.caches import Cache, Texts, brought_back

BASE = """\
class Version:
    __slots__ = ("_hash", "parts")

    def __init__(self, text):
        self._hash = None
        self.parts = text.split(".")

    def __hash__(self):
        if self._hash is None:
            self._hash = hash(tuple(self.parts))
        return self._hash

    def set(self, parts):
        self.parts = parts
        self._hash = None


def words(text):
    return text.split()
"""
HEAD = """\
class Version:
    __slots__ = ("parts",)

    def __init__(self, text):
        self.parts = text.split(".")

    def __hash__(self):
        return hash(tuple(self.parts))

    def set(self, parts):
        self.parts = parts


def words(text):
    return text.split(" ")
"""
FOUND = (Cache("Version", "_hash", "None"),)
NEW_WAY = """

def made(parts):
    version = Version.__new__(Version)
    return version
"""


@pytest.mark.parametrize(
    ("base", "head", "patched", "expected"),
    [
        pytest.param(BASE, HEAD, BASE, FOUND, id="all of it comes back"),
        pytest.param(BASE, HEAD, BASE.replace("split()", 'split(" ")'), FOUND, id="what has nothing to do with it"),
        pytest.param(
            BASE, HEAD, BASE.replace("= parts\n        self._hash = None\n", "= parts\n"), (),
            id="who changes the object forgets it",
        ),
        pytest.param(BASE, HEAD + NEW_WAY, BASE + NEW_WAY, (), id="head makes objects in another way"),
        pytest.param(
            BASE, HEAD, BASE + "\n\ndef grow(version):\n    version.parts += ['0']\n", (), id="head changes objects too"
        ),
        pytest.param(BASE, BASE, BASE, (), id="head has it as well"),
        pytest.param(*(one.replace("None", "hash(text)") for one in (BASE, HEAD, BASE)), (), id="it is no literal"),
        pytest.param(*(one.replace("_hash", "hash_") for one in (BASE, HEAD, BASE)), (), id="it is not private"),
        pytest.param(
            *(one.replace("None", "{}") for one in (BASE, HEAD, BASE)), (Cache("Version", "_hash", "{}"),), id="a dict"
        ),
        pytest.param(BASE, HEAD, BASE + "def (", (), id="a file that cannot be read"),
        pytest.param("", HEAD, HEAD, (), id="nothing comes back"),
    ],
)  # fmt: skip
def test_caches(base, head, patched, expected):
    assert brought_back([Texts(base, head, patched)]) == expected


def test_every_file_counts():
    other = Texts("def f(v):\n    v._hash = 0\n", "def f(v):\n    pass\n", "def f(v):\n    pass\n")
    assert brought_back([Texts(BASE, HEAD, BASE), other]) == ()
    assert brought_back([Texts(BASE, HEAD, BASE), Texts("A = 1\n", "A = 2\n", "A = 2\n")]) == FOUND
