from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.patch import Lined, apply_all, make_patch, make_patches
from bot.errors import UserError

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "\n", "x\x0cy\n", "z"]), max_size=12).map("".join)


def apply(before: str, patch: str) -> str:
    return apply_all({"a.py": before}.get, patch)["a.py"]


@given(TEXTS, TEXTS)
def test_a_patch_that_was_made_applies(before, after):
    if before != after:
        assert apply(before, make_patch("a.py", before, after)) == after


@given(TEXTS, TEXTS)
def test_a_patch_undone(before, after):
    if before != after:
        assert apply(after, make_patch("a.py", after, before)) == before


@pytest.mark.parametrize(
    "text",
    [pytest.param("a\nX\nc\n", id="another line"), pytest.param("a\n", id="too short"), pytest.param("", id="none")],
)
def test_a_patch_for_another_text_is_refused(text):
    patch = make_patch("a.py", "a\nb\nc\n", "a\nB\nc\n")
    with pytest.raises(UserError, match="does not fit"):
        apply(text, patch)


def test_a_patch_of_several_files_changes_each_and_makes_the_missing_one():
    files = {"a.py": "a\n", "b.py": "b\nc"}
    after = {"a.py": "A\n", "b.py": "b\nC", "c.py": "new\n"}
    assert apply_all(files.get, make_patches(files.get, after)) == after


def test_a_patch_of_a_file_that_is_not_there_is_refused():
    with pytest.raises(UserError, match=r"b\.py is not there"):
        apply_all({}.get, make_patch("b.py", "a\n", "b\n"))


@given(TEXTS.map(lambda text: text * 5), st.data())
def test_a_patch_made_of_changes_is_one_of_the_changed_text(before, data):
    places = sorted(data.draw(st.lists(st.integers(0, len(before)), max_size=8)))
    texts = st.sampled_from(["", "b\n", "x", "q\nr\n", "\n"])
    changes = [(start, end, data.draw(texts)) for start, end in zip(places[::2], places[1::2], strict=False)]
    after, at = "", 0
    for start, end, text in changes:
        after += before[at:start] + text
        at = end
    after += before[at:]
    patch = Lined.of(before).patch("a.py", changes)
    assert (apply(before, patch) if patch else before) == after
    assert bool(patch) == bool(make_patch("a.py", before, after))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("a b/\u00e4.py", id="space and umlaut"),
        pytest.param('a "b".py', id="quotes"),
        pytest.param("a\\b.py", id="a backslash"),
        pytest.param("a\tb.py", id="a tab"),
        pytest.param("a.py\n+++ b/.github/workflows/x.yml\n@@ -0,0 +1 @@\n+evil", id="lines of a patch"),
        pytest.param("caf\udce9.py", id="no UTF-8"),
    ],
)
def test_a_name_cannot_say_what_a_patch_is_about(tmp_path, name):
    patch = make_patch(name, "a\n", "b\n")
    assert apply_all({name: "a\n"}.get, patch) == {name: "b\n"}
    if "/" not in name.replace("a b/", ""):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("a\n")
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        subprocess.run(["git", "-C", tmp_path, "apply", "-"], input=patch.encode(), check=True)
        assert file.read_text() == "b\n"
