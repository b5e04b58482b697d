"""Diffs as repositories really have them: answered in bounded time, nothing crashes, what was left out is said."""

from __future__ import annotations

import multiprocessing
import resource
from concurrent.futures import ProcessPoolExecutor

import pytest

from bot.core import cuts
from bot.core.changed import changed_functions, left_out
from bot.core.config import parse_config
from bot.git import Repository, Variant
from bot.stages import plan as planning
from tests.conftest import git

BENCH = {"tests/test_bench.py": "def test_it(benchmark):\n    benchmark(len, [])\n"}
GOOD = "def f(x):\n    return 1\n\n\ndef g(x):\n    return 2\n"
NEWER = "type Pair[T] = tuple[T, T]\n\n\ndef f[T](x: T) -> T:\n    return {}\n\n\ndef g(x):\n    return 2\n"


class Looked:
    """All that plan, diagnose and fix read of a diff, without running anything."""

    def __init__(self, place):
        repository = Repository(place)
        self.plan, _ = planning.plan(repository, "c0", "c1", parse_config(""))
        base = Variant(repository.tree(self.plan.revisions.merge_base_sha), {})
        head = Variant(repository.tree(self.plan.revisions.head_sha), {})
        self.functions = changed_functions(self.plan.changes, base, head)
        self.notes = (*self.plan.notes, *left_out(self.plan.changes, base, head))
        self.cuts = cuts.whole(self.functions)
        self.needs = cuts.needs(self.cuts[:50], base, head)
        self.parts = [part for one in self.cuts[:50] for part in cuts.apart(one, base, head)]
        self.taken_back = cuts.taken_back(self.cuts, base, head)
        self.names = {one.name for one in self.functions}


def edit(text):
    return text.replace("return 2", "return x + 2")


@pytest.mark.parametrize(
    ("base", "head", "names"),
    [
        pytest.param({"m.py": GOOD}, {"m.py": edit(GOOD)}, {"g"}, id="nothing unusual"),
        pytest.param({"m.py": GOOD.replace("\n", "\r\n")}, {"m.py": edit(GOOD).replace("\n", "\r\n")}, {"g"}, id="CRLF"),  # noqa: E501
        pytest.param({"m.py": GOOD}, {"m.py": GOOD.replace("\n", "\r\n")}, set(), id="CRLF is new"),
        pytest.param({"m.py": GOOD.rstrip()}, {"m.py": edit(GOOD).rstrip()}, {"g"}, id="no newline at the end"),
        pytest.param({"m.py": GOOD}, {"m.py": edit(GOOD).rstrip()}, {"g"}, id="the last newline is gone"),
        pytest.param({"m.py": GOOD + "\f\nX = '\x0b\x85\u2028'\n"}, {"m.py": edit(GOOD) + "\f\nX = '\x0b\x85\u2028'\n"}, {"g"}, id="form feeds and other line ends"),  # noqa: E501
        pytest.param({"m.py": "\ufeff" + GOOD}, {"m.py": "\ufeff" + edit(GOOD)}, {"g"}, id="a byte order mark"),
        pytest.param({"m.py": NEWER}, {"m.py": edit(NEWER)}, {"g"}, id="a newer Python"),
        pytest.param({"m.py": GOOD}, {"m.py": edit(GOOD) + "def broken(:\n"}, {"g", "broken"}, id="a syntax error is new"),  # noqa: E501
        pytest.param({"m.py": GOOD + "((\n"}, {"m.py": edit(GOOD)}, {"g", "<module>"}, id="a syntax error is gone"),
        pytest.param({"m.py": ""}, {"m.py": GOOD}, {"f", "g", "<module>"}, id="an empty file is filled"),
        pytest.param({"m.py": GOOD}, {"m.py": ""}, {"f", "g", "<module>"}, id="a file is emptied"),
        pytest.param({"m.py": GOOD}, {"m.py": None}, {"f", "g", "<module>"}, id="a file is deleted"),
        pytest.param({"m.py": GOOD}, {"m.py": None, "n.py": edit(GOOD)}, {"g"}, id="a file is renamed and changed"),
        pytest.param({"a b/\u00e9 'm'.py": GOOD}, {"a b/\u00e9 'm'.py": edit(GOOD)}, {"g"}, id="an odd path"),
        pytest.param({"m.py": GOOD}, {"m.py": b"\x00\x01" + GOOD.encode()}, set(), id="Python becomes binary"),
        pytest.param({"m.py": "x = '\u00e9'\n".encode("latin-1")}, {"m.py": GOOD}, {"f"}, id="no UTF-8 at base"),
        pytest.param({"m.py": GOOD}, {"m.py": "x = '\u00e9'\n".encode("latin-1")}, {"f"}, id="no UTF-8 at head"),
        pytest.param({"d.bin": b"\0\1"}, {"d.bin": b"\0\2", "m.py": GOOD}, {"f", "g", "<module>"}, id="binaries"),
        pytest.param({"m.py": "x = " + "(" * 3000 + ")" * 3000}, {"m.py": "x = " + "(" * 3001 + ")" * 3001}, {"<module>"}, id="deep nesting"),  # noqa: E501
        pytest.param({"m.py": "X = [\n" + "1,\n" * 9000 + "]\n"}, {"m.py": "X = [\n" + "2,\n" * 9000 + "]\n"}, {"<module>"}, id="a generated table"),  # noqa: E501
    ],
)  # fmt: skip
def test_a_diff_is_answered(make_repository, base, head, names):
    looked = Looked(make_repository({**BENCH, **base}, head))
    assert looked.names - {"<module>"} == names - {"<module>"}


@pytest.mark.parametrize(
    ("head", "said"),
    [
        pytest.param({"m.py": "x = '\u00e9'\n".encode("latin-1")}, "not UTF-8", id="no UTF-8"),
        pytest.param({"m.py": b"\0" * 100}, "binary", id="binary"),
        pytest.param({"m.py": "#" * 2_100_000}, "too large", id="too large"),
        pytest.param({"m.py": "def f(:\n"}, "indentation", id="no Python"),
    ],
)
def test_what_was_left_out_is_said(make_repository, head, said):
    assert any(said in note and "m.py" in note for note in Looked(make_repository({**BENCH, "m.py": GOOD}, head)).notes)


def test_a_submodule_is_said_and_left_out(make_repository):
    place = make_repository({**BENCH, "m.py": GOOD}, {"m.py": edit(GOOD)})
    sha = git(place, "rev-parse", "HEAD")
    git(place, "update-index", "--add", "--cacheinfo", f"160000,{sha},docs/theme")
    git(place, "commit", "-q", "-m", "a submodule")
    git(place, "tag", "-f", "c1")
    looked = Looked(place)
    assert looked.names == {"g"}
    assert any("docs/theme" in note for note in looked.notes)


def test_a_link_and_a_mode_are_no_code(make_repository):
    place = make_repository({**BENCH, "m.py": GOOD, "n.py": GOOD}, {"m.py": edit(GOOD)})
    (place / "n.py").chmod(0o755)
    (place / "link.py").symlink_to("m.py")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "a link")
    git(place, "tag", "-f", "c1")
    assert Looked(place).names - {"<module>"} == {"g"}


def test_five_thousand_hunks_are_looked_into_with_little_memory(make_repository):
    def source(value):
        return "".join(f"def f{n}(x):\n    y = {value}\n    z = x\n    return y\n\n\n" for n in range(2500))

    place = make_repository({**BENCH, "a.py": source(1), "b.py": source(1)}, {"a.py": source(2), "b.py": source(2)})
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        hunks, functions, files, peak_kb = alone.submit(sizes, place).result()
    assert (hunks, functions, files) == (5000, 5000, 2)
    assert peak_kb < 500_000


def sizes(place):
    """What is seen of a diff, and the most memory that the process has had."""
    looked = Looked(place)
    hunks = sum(len(change.hunks) for change in looked.plan.changes)
    return hunks, len(looked.functions), len(looked.taken_back), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
