from __future__ import annotations

import os

import pytest

from bot.errors import UserError
from bot.git import Repository, Variant
from tests.conftest import git, write


def test_head_is_compared_with_where_it_left_base(make_repository):
    place = make_repository({"a": "1"}, {"a": "2"})
    git(place, "checkout", "-q", "-b", "feature", "c0")
    write(place, {"b": "1"})
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "feature")
    revisions = Repository(place).revisions("main", "feature")
    assert revisions.merge_base_sha == git(place, "rev-parse", "c0")
    assert not revisions.backwards


def test_an_ancestor_as_head_is_compared_directly(make_repository):
    place = make_repository({"a": "1"}, {"a": "2"})
    revisions = Repository(place).revisions("c1", "c0")
    assert revisions.merge_base_sha == revisions.base_sha
    assert revisions.backwards


def test_the_same_revision_twice_is_not_backwards(make_repository):
    place = make_repository({"a": "1"})
    assert not Repository(place).revisions("c0", "c0").backwards


@pytest.mark.parametrize("revision", ["nowhere", "--upload-pack=x", "", "c0:a"])
def test_an_unknown_revision_is_one_line(make_repository, revision):
    place = make_repository({"a": "1"})
    with pytest.raises(UserError, match="unknown revision") as error:
        Repository(place).commit(revision)
    assert "\n" not in str(error.value)


def test_unrelated_histories_are_refused(make_repository):
    place = make_repository({"a": "1"})
    git(place, "checkout", "-q", "--orphan", "other")
    git(place, "commit", "-q", "--allow-empty", "-m", "other")
    with pytest.raises(UserError, match="share no history"):
        Repository(place).revisions("main", "other")


def test_a_directory_without_git_is_refused(tmp_path):
    with pytest.raises(UserError, match="not a git repository"):
        Repository(tmp_path)


def test_conflicts_are_named(make_repository):
    place = make_repository({"a": "1\n", "b": "1\n"}, {"a": "2\n"})
    git(place, "checkout", "-q", "-b", "feature", "c0")
    write(place, {"a": "3\n"})
    git(place, "commit", "-q", "-a", "-m", "feature")
    repository = Repository(place)
    assert repository.conflicts(repository.revisions("main", "feature")) == ("a",)
    assert repository.conflicts(repository.revisions("c0", "feature")) == ()


def test_an_export_holds_bytes_modes_and_inner_links_but_no_git(make_repository, tmp_path):
    place = make_repository({"run.sh": b"#!/bin/sh\r\n\xff", "pkg/mod.py": "x = 1\n", ".gitattributes": "*.md text\n"})
    (place / "run.sh").chmod(0o755)
    (place / "pkg/inner").symlink_to("mod.py")
    (place / "outer").symlink_to("../../etc/passwd")
    (place / "absolute").symlink_to("/etc/passwd")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "links")
    target = tmp_path / "export"
    Repository(place).tree(Repository(place).commit("HEAD")).export(target)
    assert (target / "run.sh").read_bytes() == b"#!/bin/sh\r\n\xff"
    assert os.access(target / "run.sh", os.X_OK)
    assert (target / "pkg/inner").read_text() == "x = 1\n"
    assert not (target / "outer").is_symlink()
    assert not (target / "absolute").is_symlink()
    assert not (target / ".git").exists()


def test_a_hostile_repository_configuration_runs_nothing(make_repository, tmp_path):
    place = make_repository({"a.py": "x = 1\n", ".gitattributes": "*.py diff=evil filter=evil\n"}, {"a.py": "x = 2\n"})
    marker = tmp_path / "fired"
    evil = f"touch {marker}; cat"
    for name in ("diff.evil.textconv", "diff.evil.command", "filter.evil.smudge", "core.fsmonitor", "core.pager"):
        git(place, "config", name, evil)
    hook = place / ".git/hooks/post-checkout"
    hook.write_text(f"#!/bin/sh\n{evil}\n")
    hook.chmod(0o755)
    repository = Repository(place)
    revisions = repository.revisions("c0", "c1")
    repository.diff(revisions.merge_base_sha, revisions.head_sha)
    repository.conflicts(revisions)
    repository.tree(revisions.head_sha).export(tmp_path / "export")
    assert not marker.exists()


def test_a_variant_replaces_adds_and_removes(make_repository, tmp_path):
    place = make_repository({"a": "1", "b": "2", "c": "3"})
    tree = Repository(place).tree(Repository(place).commit("c0"))
    variant = Variant(tree, {"a": b"one", "b": None, "new/d": b"4", "c": b"3"})
    assert variant.paths == ("a", "c", "new/d")
    assert variant.text("a") == "one"
    assert variant.text("b") is None
    assert "c" not in variant.replaced
    variant.export(tmp_path / "export")
    assert sorted(p.name for p in (tmp_path / "export").rglob("*") if p.is_file()) == ["a", "c", "d"]


def test_variants_with_equal_files_have_equal_digests(make_repository):
    place = make_repository({"a": "1"})
    tree = Repository(place).tree(Repository(place).commit("c0"))
    assert Variant(tree, {"a": b"1"}).digest == tree.digest
    assert Variant(tree, {"a": b"2"}).digest == Variant(tree, {"a": b"2"}).digest != tree.digest
    assert Variant(tree, {"a": None}).digest != Variant(tree, {"a": b""}).digest
