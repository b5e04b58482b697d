from __future__ import annotations

import contextlib
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.diff import parse_diff
from bot.core.patch import lines_of, make_patch, revert
from bot.errors import UserError
from bot.git import Repository
from tests.conftest import git


def changes_of(place):
    repository = Repository(place)
    return parse_diff(repository.diff(repository.commit("c0"), repository.commit("c1")))


def test_a_hunk_knows_the_lines_of_both_sides(make_repository):
    place = make_repository({"a.py": "1\n2\n3\n4\n"}, {"a.py": "1\ntwo\nmore\n3\n4\n"})
    (change,) = changes_of(place)
    (hunk,) = change.hunks
    assert (change.path, change.status) == ("a.py", "modified")
    assert (hunk.old_changed, hunk.new_changed) == ((2,), (2, 3))


def test_a_rename_is_found_and_keeps_its_hunks(make_repository):
    text = "".join(f"line {n}\n" for n in range(50))
    place = make_repository({"old.py": text}, {"old.py": None, "new name.py": text.replace("line 7\n", "seven\n")})
    (change,) = changes_of(place)
    assert (change.status, change.old_path, change.path) == ("renamed", "old.py", "new name.py")
    assert len(change.hunks) == 1


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        pytest.param({"a": "1\n"}, {"a": None, "b": "other\n" * 9}, ["deleted", "added"], id="deleted and added"),
        pytest.param({"a": b"\0\1"}, {"a": b"\0\2"}, ["modified"], id="a binary file has no hunks"),
        pytest.param({"a": "x\r\ny\r\n"}, {"a": "x\r\nz\r\n"}, ["modified"], id="carriage returns stay in the lines"),
        pytest.param({"a": "x\fy\n"}, {"a": "x\fz\n"}, ["modified"], id="a form feed ends no line"),
        pytest.param({"a": "x"}, {"a": "y"}, ["modified"], id="no newline at the end"),
        pytest.param({"ünï.py": "1\n"}, {"ünï.py": "2\n"}, ["modified"], id="a name beyond ASCII"),
        pytest.param({"a b.py": "1\n"}, {"a b.py": "2\n"}, ["modified"], id="a name with a space"),
        pytest.param(
            {"a": b"\xff\xfe caf\xe9\n"}, {"a": b"\xff\xfe th\xe9\n"}, ["modified"], id="text that is no UTF-8"
        ),
    ],
)
def test_odd_files_are_read(make_repository, before, after, status):
    assert [change.status for change in changes_of(make_repository(before, after))] == status


@pytest.mark.parametrize("name", ['a"b.py', "a\tb.py", "a\\b.py", "a\x01\x7fb.py", '"q"'])
def test_names_that_git_puts_between_quotes_are_themselves(make_repository, name):
    (change,) = changes_of(make_repository({name: "1\n"}, {name: "2\n"}))
    assert (change.path, change.old_path) == (name, name)
    assert len(change.hunks) == 1


@pytest.mark.parametrize("name", ['a"b.py', "a\tb.py"])
def test_so_are_they_in_a_rename(make_repository, name):
    text = "".join(f"line {n}\n" for n in range(50))
    (change,) = changes_of(make_repository({"a.py": text}, {"a.py": None, name: text}))
    assert (change.status, change.path, change.old_path) == ("renamed", name, "a.py")


def test_a_mode_change_alone_has_no_hunks(make_repository):
    place = make_repository({"a": "1\n"})
    (place / "a").chmod(0o755)
    git(place, "commit", "-q", "-a", "-m", "mode")
    git(place, "tag", "c1")
    assert all(not change.hunks for change in changes_of(place))


def test_thousands_of_hunks_are_read_in_bounded_time(make_repository):
    before = "".join(f"{n}\nsame\n" for n in range(5000))
    place = make_repository({"a.py": before}, {"a.py": before.replace("same", "other")})
    (change,) = changes_of(place)
    assert len(change.hunks) == 5000


def test_garbage_is_one_line():
    with pytest.raises(UserError, match="cannot be read"):
        parse_diff("--- a/x\n+++ b/x\n@@ -1,5 +1,5 @@\n-1\n")


@given(st.text(max_size=300))
def test_arbitrary_text_is_read_or_refused(text):
    with contextlib.suppress(UserError):
        parse_diff(text)


TEXTS = st.lists(st.sampled_from(["a", "b", "", "c\r", "\f", "é"]), max_size=12).map("\n".join)


@given(TEXTS, TEXTS)
def test_reverting_every_hunk_gives_the_old_text(tmp_path_factory, before, after):
    place = tmp_path_factory.mktemp("diff")
    (place / "before").write_bytes(before.encode())
    (place / "after").write_bytes(after.encode())
    command = ["git", "diff", "--no-index", "--unified=0", "--no-color", "--text", "before", "after"]
    diff = subprocess.run(command, cwd=place, capture_output=True, check=False).stdout.decode()
    changes = parse_diff(diff)
    hunks = changes[0].hunks if changes else ()
    assert revert(before, after, hunks) == before
    assert revert(before, after, ()) == after


@given(TEXTS, TEXTS)
def test_git_applies_the_patches_that_we_make(tmp_path_factory, before, after):
    patch = make_patch("pkg/a.py", before, after)
    if not patch:
        assert before == after
        return
    place = tmp_path_factory.mktemp("patch")
    (place / "pkg").mkdir()
    (place / "pkg/a.py").write_bytes(before.encode())
    subprocess.run(["git", "init", "-q"], cwd=place, check=True)
    command = ["git", "apply", "--unidiff-zero", "--whitespace=nowarn", "-"]
    subprocess.run(command, cwd=place, input=patch.encode(), check=True, capture_output=True)
    assert (place / "pkg/a.py").read_bytes().decode() == after


@given(st.text())
def test_lines_join_to_the_text(text):
    assert "".join(lines_of(text)) == text
