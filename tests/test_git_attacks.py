"""What a hostile repository may try with git's own objects: nothing gets outside, nothing runs, nothing bursts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bot import git as module
from bot.core import diff, patch
from bot.core.model import Fix
from bot.errors import PerfwrightError, UserError
from bot.git import Repository, Variant
from bot.mirror import Mirrors
from bot.work._proposal import fixed
from tests.conftest import git


class Crafted:
    """Objects that no ordinary command makes."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def object(self, kind: str, data: bytes) -> str:
        command = ["git", "-C", str(self.place), "hash-object", "-w", "-t", kind, "--literally", "--stdin"]
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode().strip()

    def tree(self, *entries: tuple[str, str, str]) -> str:
        """A tree of (mode, name, sha), in the order given, whatever git thinks of it."""
        return self.object("tree", b"".join(f"{m} {n}\0".encode() + bytes.fromhex(sha) for m, n, sha in entries))

    def commit(self, *entries: tuple[str, str, str]) -> str:
        return git(self.place, "commit-tree", self.tree(*entries), "-m", "crafted")


@pytest.fixture
def crafted(make_repository) -> Crafted:
    return Crafted(make_repository({"a.py": "x = 1\n"}))


def export(crafted: Crafted, sha: str, target: Path, replaced=None) -> Path:
    target.mkdir()
    Variant(Repository(crafted.place).tree(sha), replaced or {}).export(target)
    return target


def everything(place: Path) -> set[str]:
    return {path.relative_to(place).as_posix() for path in place.rglob("*")}


@pytest.mark.parametrize("name", [".git", ".GIT", ".Git"])
def test_a_directory_of_gits_own_is_refused(crafted, tmp_path, name):
    blob = crafted.object("blob", b"[core]\n\tfsmonitor = evil\n")
    sha = crafted.commit(("40000", name, crafted.tree(("100644", "config", blob))))
    with pytest.raises(UserError, match="leaves its tree"):
        export(crafted, sha, tmp_path / "export")


@pytest.mark.parametrize("name", ["..", "../outside", "/tmp/outside"])
def test_a_name_that_leaves_the_tree_is_refused(crafted, tmp_path, name):
    sha = crafted.commit(("100644", name, crafted.object("blob", b"x")))
    with pytest.raises(UserError):
        export(crafted, sha, tmp_path / "export")
    assert not (tmp_path / "outside").exists()


LINKS = [
    pytest.param([("d/q", ".."), ("d/p", "q/../../outside")], id="by way of another link"),
    pytest.param([("p", "../outside")], id="upwards"),
    pytest.param([("p", "/etc")], id="from the root"),
    pytest.param([("p", "d/../../outside")], id="down and up"),
    pytest.param([("p", "")], id="to nothing"),
]


@pytest.mark.parametrize("links", LINKS)
def test_no_link_leaves_the_tree(crafted, tmp_path, links):
    (tmp_path / "outside").mkdir()
    inner = [(name[2:], goal) for name, goal in links if name.startswith("d/")]
    entries = [("120000", name, crafted.object("blob", goal.encode())) for name, goal in links if "/" not in name]
    keep = ("100644", "keep", crafted.object("blob", b"x"))
    under = [("120000", name, crafted.object("blob", goal.encode())) for name, goal in inner]
    place = export(crafted, crafted.commit(("40000", "d", crafted.tree(keep, *under)), *entries), tmp_path / "export")
    for path in place.rglob("*"):
        assert path.resolve().is_relative_to(place.resolve())


def test_nothing_is_written_through_a_link(crafted, tmp_path):
    """A crafted tree names a link and a directory of the same name; whichever wins, the file stays inside."""
    (tmp_path / "outside").mkdir()
    inside = crafted.tree(("100644", "file", crafted.object("blob", b"x")))
    sha = crafted.commit(("120000", "d", crafted.object("blob", b"../outside")), ("40000", "d", inside))
    export(crafted, sha, tmp_path / "export")
    assert everything(tmp_path / "outside") == set()


@pytest.mark.parametrize("data", [b"base's", None], ids=["replaced", "removed"])
def test_nor_is_a_file_of_base_laid_through_a_link_of_head(crafted, tmp_path, data):
    target = crafted.tree(("100644", "it.py", crafted.object("blob", b"head's")))
    link = ("120000", "benchmarks", crafted.object("blob", b"src"))
    sha = crafted.commit(link, ("40000", "src", target))
    place = export(crafted, sha, tmp_path / "export", {"benchmarks/it.py": data})
    assert (place / "src/it.py").read_bytes() == b"head's"
    assert data is None or (place / "benchmarks/it.py").read_bytes() == data


def test_names_that_differ_by_case_alone_are_two_files(crafted, tmp_path):
    one, two = crafted.object("blob", b"1"), crafted.object("blob", b"2")
    place = export(crafted, crafted.commit(("100644", "A.py", one), ("100644", "a.py", two)), tmp_path / "export")
    assert ((place / "A.py").read_bytes(), (place / "a.py").read_bytes()) == (b"1", b"2")


def test_pointers_and_submodules_stay_what_they_are(crafted, tmp_path):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    entries = [("100644", "big", crafted.object("blob", pointer)), ("160000", "sub", "1" * 40)]
    attributes = crafted.object("blob", b"* filter=lfs diff=lfs\n")
    place = export(crafted, crafted.commit(("100644", ".gitattributes", attributes), *entries), tmp_path / "export")
    assert (place / "big").read_bytes() == pointer
    assert not (place / "sub").exists()


def test_what_no_file_can_be_called_is_one_line(crafted, tmp_path):
    blob = crafted.object("blob", b"x")
    long_name = crafted.commit(("100644", "n" * 300, blob))
    with pytest.raises(UserError, match="no file can have"):
        export(crafted, long_name, tmp_path / "name")
    long_goal = crafted.commit(("120000", "link", crafted.object("blob", b"a" * 5000)))
    with pytest.raises(UserError, match="no file can have"):
        export(crafted, long_goal, tmp_path / "goal")


def test_a_missing_object_is_one_line(crafted, tmp_path):
    with pytest.raises(UserError, match=r"the clone lacks a\.py: clone it again without"):
        export(crafted, crafted.commit(("100644", "a.py", "1" * 40)), tmp_path / "export")


def test_names_that_are_no_utf8_can_be_told(crafted):
    """A report is JSON, which cannot hold them as they are."""
    base = git(crafted.place, "rev-parse", "c0")
    blob = crafted.object("blob", b"def f():\n    return 1\n")
    tree = crafted.object("tree", b"100644 \xff.py\0" + bytes.fromhex(blob))
    sha = git(crafted.place, "commit-tree", tree, "-m", "crafted")
    repository = Repository(crafted.place)
    changes = diff.parse_diff(repository.diff(base, sha))
    assert all(change.path.encode() for change in changes)
    assert any("\N{REPLACEMENT CHARACTER}.py" in change.path for change in changes)


@pytest.mark.parametrize("name", ["--output=EMPTIED", "HEAD", "", "a" * 39, "A" * 40])
def test_only_the_whole_name_of_a_commit_gets_to_git(crafted, tmp_path, name):
    """Names come from the runner's answer too, and a runner that is broken into may say anything."""
    precious = tmp_path / "EMPTIED"
    precious.write_text("kept")
    name = name.replace("EMPTIED", str(precious))
    repository, sha = Repository(crafted.place), git(crafted.place, "rev-parse", "c0")
    for ask in (repository.subject, repository.date, repository.parents, repository.nearest_version, repository.tree):
        with pytest.raises(UserError, match="whole name"):
            ask(name)
    with pytest.raises(UserError, match="whole name"):
        repository.diff(name, sha)
    assert precious.read_text() == "kept"


def test_set_id_bits_of_a_mode_are_dropped(crafted, tmp_path):
    place = export(crafted, crafted.commit(("106755", "run", crafted.object("blob", b"x"))), tmp_path / "export")
    assert not (place / "run").exists() or (place / "run").stat().st_mode & 0o6000 == 0


# ---- A little that stands for very much


def bomb(crafted: Crafted, depth: int, width: int = 10) -> str:
    tree = crafted.tree(("100644", "f", crafted.object("blob", b"x" * 1000)))
    for _ in range(depth):
        tree = crafted.tree(*(("40000", f"d{n}", tree) for n in range(width)))
    return git(crafted.place, "commit-tree", tree, "-m", "bomb")


@pytest.fixture
def tight(monkeypatch):
    monkeypatch.setattr(module, "_MOST_OUTPUT_BYTES", 1 << 20)
    monkeypatch.setattr(Repository._run, "__kwdefaults__", {**Repository._run.__kwdefaults__, "limit": 1 << 20})
    monkeypatch.setattr(module, "MOST_FILES", 1000)
    monkeypatch.setattr(module, "MOST_BYTES", 1 << 20)


def test_a_tree_of_ten_thousand_million_files_is_one_line(crafted, tight, tmp_path):
    with pytest.raises(UserError, match="too large") as caught:
        export(crafted, bomb(crafted, 10), tmp_path / "export")
    assert "\n" not in str(caught.value)


def test_a_tree_with_more_files_than_allowed_is_one_line(crafted, tight, tmp_path):
    with pytest.raises(UserError, match="holds over 1,000 files"):
        export(crafted, bomb(crafted, 3, 11), tmp_path / "export")


def test_one_blob_named_many_times_counts_each_time(crafted, tight, tmp_path):
    blob = crafted.object("blob", b"x" * 10_000)
    sha = crafted.commit(*(("100644", f"f{n}", blob) for n in range(200)))
    with pytest.raises(UserError, match="holds over"):
        export(crafted, sha, tmp_path / "export")


def test_a_diff_of_such_a_tree_ends(crafted, tight):
    sha = bomb(crafted, 5)
    with pytest.raises(UserError):
        Repository(crafted.place).diff(git(crafted.place, "rev-parse", "c0"), sha)


# ---- Words that are options


@pytest.mark.parametrize(
    "word", ["--upload-pack=touch x", "-c", "--output=x", "--exec=x", "--", "c0 --output=x", "c0\n--all", "@{u}", ":/x"]
)
def test_a_revision_is_never_an_option(crafted, tmp_path, monkeypatch, word):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="unknown revision"):
        Repository(crafted.place).commit(word)
    assert everything(tmp_path) <= {"repository", *(f"repository/{one}" for one in everything(tmp_path / "repository"))}


@pytest.mark.parametrize(
    "url", ["ext::sh -c touch% x", "file:///etc", "ssh://-oProxyCommand=x/y", "git://127.0.0.1/x", "-u"]
)
def test_a_mirror_speaks_https_and_nothing_else(tmp_path, url):
    with pytest.raises(PerfwrightError):
        Mirrors(tmp_path).fetch(1, url, "token", ["1" * 40])


def test_objects_of_another_store_are_not_borrowed(crafted, tmp_path):
    """Alternates come from a store's own files, which a fetch never writes."""
    store = Mirrors(tmp_path / "mirrors").store(1)
    assert not (store / "objects/info/alternates").exists()
    assert oct(store.stat().st_mode & 0o027) in ("0o0", "0o20")


# ---- Fixes


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.py", "setup.py", "noxfile.py", "conftest.py", "tests/conftest.py", "pyproject.toml",
        "Makefile", "../x.py", "/x.py", "pkg/.hidden/a.py", "a.pyc", "a\\b.py", ".pre-commit-config.yaml",
    ],
)  # fmt: skip
def test_no_fix_touches_what_configures_tools_or_ci(path):
    assert not patch.may_fix(path)


@pytest.mark.parametrize("path", ["a.py", "src/pkg/a.py", "pkg/tasks.py", "pkg/my_setup.py", "pkg/setup/a.py"])
def test_a_fix_may_touch_code(path):
    assert patch.may_fix(path)


def test_a_patch_for_another_file_than_a_codemod_was_given_is_refused(make_repository):
    place = make_repository({"a.py": "x = 1\n", "setup.py": "y = 1\n"})
    (place / "link.py").symlink_to("a.py")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "link")
    store, sha = Repository(place), git(place, "rev-parse", "HEAD")

    def of(path: str, before: str | None) -> dict[str, bytes]:
        return fixed(store, sha, Fix("rule", path, "f", patch.make_patch(path, before, "z = 2\n"), "verified"))

    assert of("a.py", "x = 1\n") == {"a.py": b"z = 2\n"}
    for path, before in (("setup.py", "y = 1\n"), ("link.py", "a.py"), ("new.py", None)):
        with pytest.raises(PerfwrightError):
            of(path, before)


def test_the_bots_git_reads_no_configuration_of_the_machine(crafted, monkeypatch, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f"[core]\n\tfsmonitor = touch {tmp_path}/fired\n\thooksPath = {home}\n")
    for name, value in {
        "HOME": str(home),
        "GIT_DIR": "/nonexistent",
        "GIT_EXTERNAL_DIFF": f"touch {tmp_path}/fired",
    }.items():
        monkeypatch.setenv(name, value)
    repository = Repository(crafted.place)
    repository.diff(repository.commit("c0"), repository.commit("c0"))
    assert not (tmp_path / "fired").exists()
    assert os.environ["GIT_DIR"] == "/nonexistent"
