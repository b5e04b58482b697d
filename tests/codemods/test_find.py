"""Looks at whole texts with every rule at once: the same sites as one rule alone, ignored lines, and bad input."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods import LATE, Finding, _engine, find, merge, rewrite
from codemods._apply import replace
from codemods._edit import Edit

HERE = Path(__file__).parent
BEFORE = sorted(HERE.glob("*/*.before.py"))
KEEP = sorted(HERE.glob("*/*.keep.py"))

SLOW = """\
def unique(words):
    seen = []
    found = []
    for word in words:
        if word not in seen:
            seen.append(word)
            found.append(word)
    return found
"""


def name_of(path: Path) -> str:
    return f"{path.parent.name}: {path.name.partition('.')[0].replace('_', ' ')}"


@pytest.mark.parametrize("path", BEFORE, ids=name_of)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_finds_what_one_rule_rewrites_and_one_at_a_time(path: Path, mark: str) -> None:
    rule, source = path.parent.name, mark + path.read_bytes().decode()
    found = find(source.encode(), rules=[rule])
    sites = rewrite(rule, source).sites
    assert (found.problems, found.source, found.encoding) == ((), source, "utf-8")
    assert sorted(item.site.line for item in found.found) == sorted(site.line for site in sites)
    for item in found.found:
        one = [rewrite(rule, source, only=n).source for n in range(len(sites)) if sites[n] == item.site]
        assert item.rewritten(source) in one


@pytest.mark.parametrize("path", BEFORE, ids=name_of)
def test_finds_it_among_all_rules_and_each_patch_stands_alone_or_with_others(path: Path) -> None:
    found = find(path.read_bytes())
    assert found.problems == ()
    assert path.parent.name in {item.rule for item in found.found}
    for item in found.found:
        compile(item.rewritten(found.source), str(path), "exec")
    merged = merge(path.read_bytes(), found.found.__contains__)
    assert merged.taken
    compile(replace(found.source, merged.replacements), str(path), "exec")


@pytest.mark.parametrize("path", KEEP, ids=name_of)
def test_keeps_what_it_has_to_keep(path: Path) -> None:
    assert find(path.read_bytes(), rules=[path.parent.name]).found == ()


@pytest.mark.parametrize(
    ("line", "comment", "is_kept"),
    [
        pytest.param(2, "# perfwright: ignore[list_membership_in_loop]", True, id="its first line"),
        pytest.param(6, "# perfwright: ignore[other, list_membership_in_loop]", True, id="a line that it changes"),
        pytest.param(1, "#perfwright:ignore", True, id="the def line, every rule"),
        pytest.param(1, "# noqa  # perfwright: ignore[list_membership_in_loop]", True, id="behind another comment"),
        pytest.param(1, "# perfwright: ignore[other]", False, id="another rule"),
        pytest.param(8, "# perfwright: ignore", False, id="a line that it does not change"),
        pytest.param(1, "# perfwright: ignored", False, id="another word"),
        pytest.param(2, "# perfwright: ignore[list_membership_in_loop,]", True, id="a comma behind it"),
        pytest.param(2, "# perfwright: ignore [list_membership_in_loop]", True, id="a space before it"),
        pytest.param(1, "# perfwright: ignore[other,]", False, id="a comma behind another rule"),
        pytest.param(1, "# perfwright: ignore[]", False, id="no rule in the brackets"),
        pytest.param(1, "# perfwright: ignore[ , ]", False, id="a comma in the brackets"),
        pytest.param(1, "# perfwright: ignore[other", False, id="brackets that stay open"),
    ],
)
def test_a_comment_keeps_a_line_or_a_function(line: int, comment: str, is_kept: bool) -> None:
    lines = SLOW.splitlines()
    lines[line - 1] += f"  {comment}"
    source = "\n".join(lines) + "\n"
    found = find(source, rules=["list_membership_in_loop"])
    assert bool(found.found) is not is_kept
    assert bool(rewrite("list_membership_in_loop", source).sites) is not is_kept


@pytest.mark.parametrize(
    ("source", "is_kept"),
    [
        pytest.param("def f(a):\n    {}\n    return list(i for i in a)\n", True, id="above it"),
        pytest.param("def f(a):\n    {}\n    # why\n    return list(i for i in a)\n", True, id="above it and another"),
        pytest.param("{}\ndef f(a):\n    return list(i for i in a)\n", True, id="above the function"),
        pytest.param("import x\n{}\n@x.y\ndef f(a):\n    return list(i for i in a)\n", True, id="above a decorator"),
        pytest.param("def f(a):\n    return list(\n        {}\n        i for i in a)\n", True, id="inside it"),
        pytest.param("def f(a):\n    {}\n\n    return list(i for i in a)\n", False, id="above an empty line"),
        pytest.param("def f(a):\n    a = a  {}\n    return list(i for i in a)\n", False, id="behind the line above"),
        pytest.param("def f(a):\n    return list('{}' for i in a)\n", False, id="in a text"),
        pytest.param("def f(a):\n    return f'{{a}} {}', list(i for i in a)\n", False, id="in a formatted text"),
        pytest.param('def f(a):\n    """\n    {}"""\n    return list(i for i in a)\n', False, id="in a text above"),
    ],
)
def test_a_comment_of_its_own_keeps_what_is_below(source: str, is_kept: bool) -> None:
    marked = source.replace("{}", "# perfwright: ignore[collection_of_generator]", 1)
    assert bool(find(marked).found) is not is_kept


def test_a_comment_on_the_class_keeps_all_of_it() -> None:
    method = re.sub("^", "    ", SLOW, flags=re.MULTILINE).rstrip(" ")
    assert find(f"class A:\n{method}", rules=["list_membership_in_loop"]).found
    assert not find(f"class A:  # perfwright: ignore\n{method}").found


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        pytest.param("def f(:\n", "syntax error on line 1", id="broken syntax"),
        pytest.param("print 'a'\n", "syntax error on line 1: this looks like Python 2", id="print statement"),
        pytest.param("x = 1\nraise E, 'a'\n", "syntax error on line 2: .*Python 2", id="raise with a comma"),
        pytest.param("print 'a'\nx = 1\n", "syntax error on line 1: .*Python 2", id="something behind it"),
        pytest.param("def f():\n    x = (1\n\n\ny = 2\n", "syntax error on line 2", id="a bracket that stays open"),
        pytest.param(b"\xff\xfea\x00", "nul byte", id="UTF-16"),
        pytest.param(b"# coding: latin-9000\n", "encoding that Python does not know", id="unknown encoding"),
        pytest.param(b"x = '\xe4'\n", "encoding", id="Latin-1 that does not say so"),
        pytest.param(b"\n\nx = '\xe4'\n", "not in the encoding that it declares, utf-8", id="later in the file"),
        pytest.param("x = '\ud800'\n", "can be encoded", id="half a surrogate pair"),
        pytest.param("\U00031350", "syntax error: a name", id="a letter that is newer than this Python"),
        pytest.param("x\0", "nul byte", id="a nul byte"),
        pytest.param("x = 1\n" * 400_000, "larger than", id="a huge file"),
        pytest.param("x = " + "-" * 100_000 + "1\n", "too deep", id="many signs"),
        pytest.param("def f():\n x = " + "(" * 150 + "1" + ")" * 150, None, id="deep, but not too deep"),
        pytest.param("def f():\n x = [b''" + " + b''" * 2900 + "]\n", "too deep", id="a long sum"),
        pytest.param("x = [\n" + "(1, 'a', [b'']),\n" * 20_000 + "]\n", None, id="a long table"),
    ],
)
def test_bad_input_is_one_line(source: str | bytes, problem: str | None) -> None:
    found = find(source)
    assert found.found == ()
    if problem is None:
        assert found.problems == ()
    else:
        assert re.search(problem, found.problems[0])
        assert "\n" not in found.problems[0]


def test_gives_the_bytes_back_in_their_own_encoding() -> None:
    source = ("# coding: latin-1\nNAME = 'ä'\n\n\n" + SLOW).encode("latin-1")
    found = find(source, rules=["list_membership_in_loop"])
    [item] = found.found
    assert found.encoding == "iso8859-1"
    assert b"NAME = '\xe4'" in item.rewritten(found.source).encode(found.encoding)
    assert "seen = set()" in item.rewritten(found.source)


def test_most_texts_need_no_slow_parser() -> None:
    assert not find("def f(a):\n    return a + 1\n").parsed
    assert find(SLOW).parsed


@settings(max_examples=100)
@given(st.one_of(st.binary(), st.text(), st.text().map(lambda text: SLOW + text)))
def test_never_raises(source: str | bytes) -> None:
    assert all("\n" not in line for line in find(source).problems)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param('def f(a):\n    return f"{set(i for i in a)}"\n', id="braces would become a brace"),
        pytest.param('def f(a):\n    return f"{list(i for i in a)=}"\n', id="the text shows its own source"),
        pytest.param('def f(a):\n    return t"{list(i for i in a)}"\n', id="a template hands its source on"),
        pytest.param(
            'from operator import attrgetter\ndef f(a):\n    return f"{max(a, key=lambda r: r.x)}"\n',
            id="quotes within quotes are new in Python 3.12",
        ),
        pytest.param("def f(a):\n    return list(eval('f') for _ in a)\n", id="eval sees other variables"),
        pytest.param(
            "class A:\n    def f(self, a):\n        return list(super().x for _ in a)\n", id="super of a generator"
        ),
        pytest.param(
            "import builtins\nbuiltins.list = 3\ndef f(a):\n    return list(i for i in a)\n", id="another list"
        ),
        pytest.param(
            "import enum\nclass E(enum.Enum):\n    A = 1\nE.A._value_ = 2\ndef f():\n    return E.A.value\n",
            id="a member that gets another value",
        ),
        pytest.param(
            "from operator import attrgetter\ndef f(a):\n    return max(a, key=lambda x: x.\ufb01eld)\n",
            id="a name that Python takes for another one",
        ),
    ],
)
def test_nothing_is_called_safe_that_is_not(source: str) -> None:
    assert [item for item in find(source).found if item.site.fix == "safe"] == []


@pytest.mark.parametrize(
    ("source", "level"),
    [
        pytest.param(
            "def f(q):\n    d = {1: 2}\n    if d.get(q.get()):\n        return d.get(q.get())\n",
            "unsafe",
            id="an argument takes something away",
        ),
        pytest.param(
            "def f(o):\n    d = {1: 2}\n    if d.get(o.key):\n        return d.get(o.key)\n", "unsafe", id="a property"
        ),
        pytest.param(
            "def f(o):\n    d = {1: 2}\n    if d.get(o):\n        return d.get(o)\n", "unsafe", id="an unknown argument"
        ),
        pytest.param(
            "def f(o):\n    d = {1: 2}\n    k = len(o)\n    if d.get(k):\n        return d.get(k, )\n",
            None,
            id="not quite the same call",
        ),
        pytest.param(
            "def f(o):\n    d = {1: 2}\n    k = len(o)\n    if d.get(k):\n        return d.get(k)\n",
            "safe",
            id="a number as argument",
        ),
        pytest.param(
            "def take(it):\n    return next(it)\n\n\ndef f(it, xs):\n    return list(take(it) + x for x in xs)\n",
            "unsafe",
            id="a function of the module that says next",
        ),
        pytest.param(
            "def one(it):\n    return next(it)\n\n\ndef take(it):\n    return one(it)\n\n\n"
            "def f(its):\n    return ''.join(take(it) for it in its)\n",
            "unsafe",
            id="a function that calls one which says next",
        ),
        pytest.param(
            "def f(it, n):\n    read = it.__next__\n    return ''.join(read() for _ in range(n))\n",
            "unsafe",
            id="a variable that is the next of something",
        ),
        pytest.param(
            "def f(read, n):\n    return tuple(read() for _ in range(n))\n", "unsafe", id="a call without the item"
        ),
        pytest.param("def f(xs):\n    return list(x for x in xs())\n", "safe", id="the source is evaluated outside"),
        pytest.param("def f(g, xs):\n    return tuple(g(x) for x in xs)\n", "safe", id="a call with the item"),
        pytest.param(
            "class A:\n    def __next__(self):\n        return tuple(self.g(x) for x in self.xs)\n",
            "unsafe",
            id="in what may raise StopIteration itself",
        ),
        pytest.param(
            "def f(g, xs):\n    try:\n        return list(g(x) for x in xs)\n    except RuntimeError:\n        pass\n",
            "unsafe",
            id="the RuntimeError is caught",
        ),
        pytest.param("def f(c, xs):\n    return [tuple(c.send(x) for x in xs)]\n", None, id="send ends a generator"),
        pytest.param("def f(g, xs):\n    return frozenset(g(x) for x in xs)\n", "unsafe", id="may not be hashable"),
        pytest.param("def f(xs):\n    return frozenset(len(x) for x in xs)\n", "safe", id="certainly hashable"),
        pytest.param(
            "def f(xs):\n    return dict((\n        x, # k\n        x) for x in xs)\n", None, id="comment in a pair"
        ),
        pytest.param(
            "def f(xs):\n    return list((  # why\n        x for x in xs))\n", None, id="comment before the item"
        ),
        pytest.param(
            "def f(xs):\n    return ','.join((  # why\n        (x for x in xs)))\n", None, id="comment in join"
        ),
        pytest.param("def f(xs):\n    return list(x for x in  # why\n        xs)\n", "safe", id="a comment that stays"),
        pytest.param(
            "x = []\n\n\ndef f():\n    return [x for x in range(x in [1, 2, 3, 4])]\n",
            "unsafe",
            id="what a comprehension runs over knows none of its variables",
        ),
        pytest.param(
            "def f(k):\n    d = {k: 1}\n    return 'a' in list(d), 'b' in list({k}), 'c' in tuple(d.keys())\n",
            "unsafe",
            id="keys that may be anything",
        ),
        pytest.param(
            "def f(k):\n    d = {'a': 1}\n    d[k] = 2\n    return 'a' in list(d)\n",
            "unsafe",
            id="a key that comes later",
        ),
        pytest.param(
            "def f(k):\n    d = {'a': k, 'b': 2}\n    return 'a' in list(d), k, 1 in list(d.values())\n",
            "safe",
            id="keys that are written out",
        ),
        pytest.param(
            "def f(xs):\n    s = set()\n    for x in xs:\n        s = s | {x}\n    return list(s)\n",
            "unsafe",
            id="the order of a set is seen",
        ),
        pytest.param(
            "def f(xs):\n    s = set()\n    for x in xs:\n        s = s | {x}\n    return len(s), 3 in s\n",
            "safe",
            id="the order of a set is not seen",
        ),
        pytest.param(
            "def f(xs):\n    s = {}\n    for x in xs:\n        try:\n            s = {**s, x: 1, 2: x}\n"
            "        except ValueError:\n            pass\n    return s\n",
            "unsafe",
            id="a part of a merge is seen",
        ),
        pytest.param(
            "def f(xs):\n    d = {0: 0, 40: 0}\n    return list(set(d) & {40, 0})\n",
            "unsafe",
            id="the order of keys is seen",
        ),
        pytest.param(
            "def f(xs):\n    d = {True: 0}\n    return set(d).intersection({1})\n",
            "unsafe",
            id="which of equals is seen",
        ),
        pytest.param(
            "def f(xs):\n    d = {True: 0}\n    return len(set(d) & {1})\n", "safe", id="the number of keys is seen"
        ),
        pytest.param("def f(xs):\n    return bool(set(xs).intersection(()))\n", "unsafe", id="an empty tuple"),
        pytest.param(
            "import operator\n\n\ndef f(xs):\n    xs.sort(key=lambda r: r.a)\n", "unsafe", id="the sort of anything"
        ),
        pytest.param(
            "import operator\n\n\ndef f(xs):\n    xs = list(xs)\n    ys = [*xs]\n    ys.sort(key=lambda r: r.a)\n",
            "safe",
            id="the sort of a list",
        ),
        pytest.param(
            "import operator\n\n\ndef f(xs):\n    return sorted(xs, key=lambda r: r[-'a'])\n", None, id="minus a text"
        ),
    ],
)
def test_what_is_not_certain_is_found_and_not_called_safe(source: str, level: str | None) -> None:
    found = find(source)
    assert found.problems == ()
    assert {item.site.fix for item in found.found} == ({level} if level else set())


def test_a_rule_that_fails_at_one_site_finds_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _engine._finding

    def broken(name: str, edit: Edit, *rest: object) -> Finding:
        if edit.function.node.name.value == "broken":
            raise IndexError("no\nsuch thing")
        return whole(name, edit, *rest)

    monkeypatch.setattr(_engine, "_finding", broken)
    found = find(
        "".join(f"def {name}(a):\n    return list(i for i in a)\n" for name in ("one", "broken", "two", "broken"))
    )
    assert [item.site.function for item in found.found] == ["one", "two"]
    assert found.problems == ("the rule collection_of_generator could not look (IndexError: no)",)


def test_what_was_found_before_it_is_late_is_told_and_that_it_is_not_all() -> None:
    asked: list[None] = []

    def is_late() -> bool:
        asked.append(None)
        return len(asked) > 2

    found = find("".join(f"def {name}(a):\n    return list(i for i in a)\n" for name in "abcd"), is_late=is_late)
    assert [item.site.function for item in found.found] == ["a", "b"]
    assert found.problems == (LATE,)
