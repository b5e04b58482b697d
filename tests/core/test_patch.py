from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.patch import apply, apply_all, make_patch, make_patches
from bot.errors import UserError

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "\n", "x\x0cy\n", "z"]), max_size=12).map("".join)


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


def test_a_patch_of_two_files_is_refused():
    two = make_patch("a.py", "a\n", "b\n") + make_patch("b.py", "a\n", "b\n")
    with pytest.raises(UserError, match="not about one file"):
        apply("a\n", two)


def test_a_patch_of_several_files_changes_each_and_makes_the_missing_one():
    files = {"a.py": "a\n", "b.py": "b\nc"}
    after = {"a.py": "A\n", "b.py": "b\nC", "c.py": "new\n"}
    assert apply_all(files.get, make_patches(files.get, after)) == after


def test_a_patch_of_a_file_that_is_not_there_is_refused():
    with pytest.raises(UserError, match=r"b\.py is not there"):
        apply_all({}.get, make_patch("b.py", "a\n", "b\n"))
