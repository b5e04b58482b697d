from __future__ import annotations

from bot.core.diagnose import Cost, changed_functions, suspects
from bot.core.diff import parse_diff
from bot.core.source import functions
from bot.git import Repository

BASE = """\
import functools

LIMIT = 3


class URL:
    @functools.cache
    def build(self):
        return 1

    def other(self):
        return 2


def helper():
    def inner():
        return 3
    return inner()
"""
HEAD = BASE.replace("    @functools.cache\n", "").replace("LIMIT = 3", "LIMIT = 4").replace("return 3", "return 30")


def changed(make_repository, base, head):
    repository = Repository(make_repository(base, head))
    base_sha, head_sha = repository.commit("c0"), repository.commit("c1")
    changes = parse_diff(repository.diff(base_sha, head_sha))
    return changed_functions(changes, repository.tree(base_sha), repository.tree(head_sha))


def test_functions_start_at_their_first_decorator():
    assert [(f.name, f.start) for f in functions(BASE)] == [("URL.build", 7), ("URL.other", 11), ("helper", 15)]


def test_functions_in_branches_are_found():
    source = "try:\n    import x\nexcept ImportError:\n    def f():\n        pass\nelse:\n    def g():\n        pass\n"
    assert {f.name for f in functions(source)} == {"f", "g"}


def test_a_file_that_cannot_be_read_has_no_functions():
    assert functions("def f(:\n") == ()
    assert functions("(" * 5000) == ()


def test_the_diff_names_the_functions_it_touches(make_repository):
    found = {one.name: one for one in changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})}
    assert set(found) == {"<module>", "URL.build", "helper"}
    assert found["URL.build"].lines == (7, 7), "a removed decorator points at the function it decorated"


def test_a_moved_function_is_the_same_function(make_repository):
    text = BASE + "\n".join(f"x{n} = {n}" for n in range(40)) + "\n"
    found = changed(make_repository, {"a.py": text}, {"a.py": None, "b.py": text.replace("return 2", "return 20")})
    (one,) = found
    assert (one.base_path, one.path, one.name) == ("a.py", "b.py", "URL.other")
    assert one.base is not None
    assert one.head is not None


def test_shares_follow_the_growth_and_name_the_largest_first(make_repository):
    candidates = changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})
    by_name = {one.name: one for one in candidates}
    nothing = dict.fromkeys(candidates, Cost())
    head = {**nothing, by_name["URL.build"]: Cost(10, 900, 0), by_name["helper"]: Cost(1, 100, 0)}
    found = suspects("b", candidates, nothing, head, growth=1000, experiments={})
    assert [(one.function, one.share) for one in found] == [("URL.build", 0.9), ("helper", 0.1)]


def test_cost_that_moved_between_functions_is_no_growth(make_repository):
    candidates = changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})
    by_name = {one.name: one for one in candidates}
    nothing = dict.fromkeys(candidates, Cost())
    base = {**nothing, by_name["helper"]: Cost(1, 1000, 0)}
    head = {**nothing, by_name["URL.build"]: Cost(1, 1010, 0)}
    (only,) = suspects("b", candidates, base, head, growth=10_000, experiments={})
    assert only.share < 0.11


def test_a_function_that_got_cheaper_is_no_suspect(make_repository):
    candidates = changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})
    base = dict.fromkeys(candidates, Cost(1, 500, 0))
    assert (
        suspects("b", candidates, base, dict.fromkeys(candidates, Cost(1, 100, 0)), growth=-400, experiments={}) == ()
    )
