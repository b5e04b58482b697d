"""Programs that a fix called safe once broke: none may again, alone or beside the others.

Its partner is `tests/codemods/test_wrong_fixes.py`, with programs that other tools broke.
"""

from __future__ import annotations

import pytest

from codemods import Finding, find
from codemods._apply import replace
from tests.codemods.test_codemods import answers


def safe(source: str) -> list[Finding]:
    found = find(source)
    assert found.problems == ()
    return [item for item in found.found if item.site.fix == "safe"]


def assert_safe(source: str) -> None:
    expected = answers(source)
    for item in safe(source):
        assert answers(item.rewritten(source)) == expected, (item.rule, item.site)


WORDS_JOIN = """\
import re
import fnmatch
import os


def pattern(x):
    return re.compile("a")if x else None


def held(x):
    y = list(x)
    return 1 in list(y)and y


def lower(xs):
    text = "AB"
    return [text.lower()if x else x for x in xs]


def named(xs):
    return [x for x in xs if fnmatch.fnmatch(x, "b")if x]


CALLS = ["pattern(1).pattern", "held([1])", "lower([1, 0])", "named(['b', ''])"]
"""


def test_a_fix_keeps_words_apart() -> None:
    assert {item.rule for item in safe(WORDS_JOIN)} >= {
        "regex_compiled_per_call", "membership_in_copy", "invariant_method_in_loop", "fnmatch_of_constant",
    }  # fmt: skip
    assert_safe(WORDS_JOIN)


@pytest.mark.parametrize(
    "expression",
    [
        "c == bool(p & q)",
        "bool(p & q) == c",
        "1 + bool(p & q)",
        "bool(p & q) * 2",
        "bool(p & q) | c",
        "~bool(p & q)",
        "-bool(p & q)",
        "bool(p & q) in [c]",
        "bool(p & q).real",
        "bool(p & q).__class__",
        "not bool(p & q)",
        "bool(p & q) and c",
        "[bool(p & q), *[1]]",
        "1 if bool(p & q) else 2",
    ],
)
def test_an_operator_takes_all_of_what_comes_in_its_place(expression: str) -> None:
    source = f"""\
def asked(x, y, c):
    p = set(x)
    q = set(y)
    return {expression}


CALLS = ["asked([1], [1], True)", "asked([1], [2], True)", "asked([1], [2], False)"]
"""
    assert [item.rule for item in safe(source)] == ["intersection_for_truth"]
    assert_safe(source)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_a_length_is_compared_as_before_from_either_side() -> None:
    operators = ["==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in"]
    sides = ["len(p & q) {} {}", "len(p.intersection(q)) {} {}", "{1} {0} len(p & q)", "not {1} {0} len(p & q)"]
    asked = [side.format(operator, n) for side in sides for operator in operators for n in ("0", "1", "2")]
    head = "def f{}(x, y):\n    p = set(x)\n    q = set(y)\n    return {}\n"
    calls = [f"f{n}('{x}', 'ab')" for n in range(len(asked)) for x in ("", "b", "ab", "abc")]
    source = "\n\n".join(head.format(n, one) for n, one in enumerate(asked)) + f"\n\nCALLS = {calls}\n"
    found = safe(source)
    assert {item.rule for item in found} == {"intersection_for_truth"}
    assert len(found) == len(sides) * 5
    assert answers(replace(source, [part for item in found for part in item.replacements])) == answers(source)


@pytest.mark.parametrize(
    "statement",
    [
        "match thing:\n        case list: pass",
        "match [thing]:\n        case [*list]: list = list[0]",
        "match [thing]:\n        case [*list]: pass",
        "match {1: thing}:\n        case {**list}: pass",
        "match thing:\n        case object() as list: pass",
        "[(list := thing) for _ in [1]]",
        "if not thing:\n        del list",
        "if not thing:\n        del (x, (list, y))",
    ],
)
def test_a_name_may_be_bound_where_the_scopes_see_nothing(statement: str) -> None:
    source = f"""\
import re


def make(thing, items):
    x = y = 1
    {statement}
    return list(item for item in items)


def search(thing, text):
    x = y = 1
    {statement.replace("list", "re")}
    return re.search("a+", text)


class Fake:
    def __call__(self, items):
        return "mine"

    def search(self, *arguments):
        return "fake"


CALLS = ["make(Fake(), [1])", "search(Fake(), 'aa')"]
"""
    assert_safe(source)


@pytest.mark.parametrize(
    "statement",
    [
        "vars()['{}'] = Fake()",
        "locals()['{}'] = Fake()",
        "globals()['{}'] = Fake()",
        "exec('{} = Fake()')",
        "eval('({} := Fake())')",
        "space = vars\nspace()['{}'] = Fake()",
        "Fake.__call__.__globals__['{}'] = Fake()",
        "(lambda: exec('global {0}; {0} = Fake()'))()",
    ],
)
def test_a_name_may_be_bound_behind_the_back_of_the_syntax(statement: str) -> None:
    source = f"""\
import re


class Fake:
    def __call__(self, items):
        return "mine"

    def search(self, *arguments):
        return "fake"


{statement.format("list")}
{statement.format("re")}


def make(items):
    return list(item for item in items)


def search(text):
    return re.search("a+", text)


CALLS = ["make([1])", "search('aa')"]
"""
    assert safe(source) == []


@pytest.mark.parametrize(
    "statement",
    [
        "SEEN = vars(re)",
        "class A:\n    locals()['list'] = 3",
        "exec('list = 3', {})",
        "def f():\n    return locals(), vars()",
        "re.exec, re.eval",
        "class A:\n    def eval(self, exec):\n        return exec(self)",
        "def f(x):\n    def eval(y):\n        return y\n    return map(eval, x)",
        "SEEN = re.search.__globals__['x'], globals().get('y'), 'z' in globals()",
    ],
)
def test_another_namespace_is_none_of_the_module(statement: str) -> None:
    source = f"import re\n\n{statement}\n\n\ndef make(items):\n    return list(item for item in items)\n"
    assert [item.rule for item in safe(source)] == ["collection_of_generator"]


def test_a_module_is_not_patched_where_it_is_only_read() -> None:
    source = """\
import re
from re import error as Wrong


def search(text):
    try:
        return re.search("a+", text)
    except re.error:
        return None
"""
    assert [item.rule for item in safe(source)] == ["regex_compiled_per_call"]
    assert safe(source + "\n\nfor re.error in [ValueError]:\n    pass\n") == []


TWO_RULES_ONE_NAME = """\
import re
from enum import Enum


class F(Enum):
    PATTERN = "p"
    OTHER = "o"


def f(text):
    return re.search("a+", text)


def g():
    return F.PATTERN.value


CALLS = ["f('caat')", "g()"]
"""


def test_two_rules_give_two_names() -> None:
    found = safe(TWO_RULES_ONE_NAME)
    assert {item.rule for item in found} == {"regex_compiled_per_call", "enum_value_in_function"}
    every = sorted((part for item in found for part in item.replacements), key=lambda part: (part.start, part.end))
    assert answers(replace(TWO_RULES_ONE_NAME, every)) == answers(TWO_RULES_ONE_NAME)
    assert find(TWO_RULES_ONE_NAME) == find(TWO_RULES_ONE_NAME)


@pytest.mark.parametrize(
    ("value", "is_text"),
    [
        ("'{}'.format(word)", False),
        ("'{1}{0!s:}'.format(word, '')", False),
        ("''.format(word)", False),
        ("empty.format(word)", False),
        ("'{}:'.format(word)", True),
        ("'{{}}'.format(word)", True),
        ("'}'.format(word)", False),
        ("f'{word}'", False),
        ("f'{word}\\\n'", False),
        ("f'{word}.'", True),
        ("'' + word", False),
    ],
)
def test_what_formats_a_value_alone_may_give_any_kind_of_text(value: str, is_text: bool) -> None:
    source = f"""\
class Word(str):
    def __format__(self, spec):
        return self

    def __radd__(self, other):
        return self

    def __add__(self, other):
        return Word("?")


def f(words):
    empty = "{{}}"
    text = ""
    for word in words:
        part = {value}
        text = part + text
    return text


CALLS = ["f([])", "f([Word('a')])", "f([Word('a'), Word('b')])", "f('ab')"]
"""
    assert bool(safe(source)) is is_text
    assert_safe(source)


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            "def f(key):\n    table = [\"x\", \"y\", \"a\" '''b\n    c''']\n    return key in table\n\n\n"
            "CALLS = [\"f('ab\\\\n    c')\"]\n",
            id="a part of a text",
        ),
        pytest.param(
            'def f(items):\n    text = "  a"\n    if items:\n        return [text.strip("""x\ny""") for _ in items]\n'
            '\n\nCALLS = ["f([1])"]\n',
            id="an argument",
        ),
        pytest.param(
            'import re\n\n\ndef f(text):\n    return re.search("""a\n    b""", text)\n\n\n'
            "CALLS = [\"f('a\\\\n    b')\"]\n",
            id="a pattern",
        ),
    ],
)
def test_a_text_of_several_lines_keeps_its_spaces(source: str, newline: str) -> None:
    assert_safe(source.replace("\n", newline))


CALLED_BEFORE_THE_CONSTANT = """\
import os


def f(text):
    return re.search("a+", text).group()


def g(name):
    return fnmatch.fnmatch(name, "*.py")


import re, fnmatch; VALUE = f("caat"), g("a.py")
CALLS = ["VALUE", "f('aa')", "g('b.py')"]
"""


def test_a_function_that_is_called_before_its_constant_is_not_safe() -> None:
    assert safe(CALLED_BEFORE_THE_CONSTANT) == []
    assert {item.rule for item in find(CALLED_BEFORE_THE_CONSTANT).found} >= {"regex_compiled_per_call"}


IMPORTED_LATER = """\
def f(rows):
    queue = list(rows)
    rows = sorted(rows, key=lambda row: row[1])
    while queue:
        row = queue.pop(0)
        rows.append(row)
    return rows, sum([[row] for row in rows], [])


VALUE = f(["ab", "ba"])
{}
CALLS = ["VALUE"]
"""


@pytest.mark.parametrize(
    "imports",
    [
        "from collections import deque\nfrom itertools import chain\nfrom operator import itemgetter",
        "import collections, itertools, operator",
    ],
)
def test_a_function_that_is_called_before_an_import_does_not_use_it(imports: str) -> None:
    assert safe(IMPORTED_LATER.format(imports)) == []
    above = f"{imports}\n\n\n" + IMPORTED_LATER.format("")
    assert {item.rule for item in safe(above)} == {"lambda_item_key", "pop_front_in_loop", "sum_of_lists"}
    assert_safe(above)


TAKES_OVER = """\
from collections import deque


class Taker:
    def __radd__(self, other):
        return [type(other).__name__]


def f(items, more):
    queue = list(items)
    found = []
    while queue:
        item = queue.pop(0)
        found.append(item)
        if item == 1:
            queue += {}
    return found


CALLS = ["f([1, 2], Taker())", "f([1, 2], [5])", "f([], 0)", "f([1], 'ab')", "f([1], None)"]
"""


@pytest.mark.parametrize(
    ("added", "fix"), [("more", "unsafe"), ("[item + 1]", "safe"), ("(item + 1,)", "safe"), ("more[:]", "unsafe")]
)
def test_what_is_added_to_a_queue_may_take_over_the_operator(added: str, fix: str) -> None:
    source = TAKES_OVER.replace("{}", added)
    assert [(item.rule, item.site.fix) for item in find(source).found] == [("pop_front_in_loop", fix)]
    assert_safe(source)


USED_UP = """\
def f(names):
    table = {"a": 1}
    wanted = {}
    if set(table).intersection(wanted):
        return list(wanted)
    return None


CALLS = ["f(iter('ab'))", "f('ab')", "f([])", "f(n for n in 'xay')", "f(None)"]
"""


@pytest.mark.parametrize(("wanted", "fix"), [("names", "unsafe"), ("list(names)", "safe"), ("set(names)", "safe")])
def test_what_is_intersected_with_keys_may_be_an_iterator(wanted: str, fix: str) -> None:
    source = USED_UP.replace("{}", wanted)
    found = [item for item in find(source).found if item.rule == "keys_copied_to_intersect"]
    assert [item.site.fix for item in found] == [fix]
    assert_safe(source)


MISSING_PART = """\
def f(asked):
    wanted = len(asked)
    flag = False
    for first, second in [("a", "b"), ("c",)]:
        if wanted == 1:
            flag = True
    return flag


CALLS = ["f('a')", "f('ab')"]
"""


def test_an_item_that_cannot_be_unpacked_is_still_looked_at() -> None:
    assert {item.site.fix for item in find(MISSING_PART).found} == {"unsafe"}
    assert_safe(MISSING_PART)


MOVED = """\
import abc
import functools
import types
from contextlib import contextmanager
from typing import overload


def moved(function):
    return types.FunctionType(function.__code__, {"__builtins__": __builtins__})


class Around:
    {decorator}
    def f(key):
        table = ["a", "b", "c"]
        return key in table

    @staticmethod
    def prop(fget=None):
        return fget


CALLS = ["hasattr(Around.f, '__get__')"]
"""


@pytest.mark.parametrize(
    ("decorator", "fix"),
    [
        ("@staticmethod", "safe"),
        ("@property", "safe"),
        ("@functools.lru_cache(maxsize=None)", "safe"),
        ("@staticmethod\n    @abc.abstractmethod", "safe"),
        ("@contextmanager", "safe"),
        ("@overload", "safe"),
        ("@moved", "unsafe"),
        ("@staticmethod\n    @moved", "unsafe"),
        ("@unknown.task(a=1)", "unsafe"),
        ("@(lambda function: function)", "unsafe"),
    ],
)
def test_a_new_name_of_the_module_is_safe_only_where_the_code_stays(decorator: str, fix: str) -> None:
    found = find(MOVED.replace("{decorator}", decorator)).found
    assert [(item.rule, item.site.fix) for item in found] == [("constant_built_per_call", fix)]


def test_the_functions_and_classes_around_may_be_moved_too() -> None:
    inner = "        def f(key):\n            table = [1, 2, 3]\n            return key in table\n        return f\n"
    for head in ("@moved\nclass A:\n    def g(self):\n", "class A:\n    @moved\n    def g(self):\n"):
        assert [item.site.fix for item in find(head + inner).found] == ["unsafe"]


@pytest.mark.parametrize(("decorator", "fix"), [("", "safe"), ("@moved\n", "unsafe")])
def test_an_import_that_the_function_did_not_use_is_a_new_name_too(decorator: str, fix: str) -> None:
    source = (
        f"from operator import itemgetter\n\n\n{decorator}def f(rows):\n    return max(rows, key=lambda row: row[1])\n"
    )
    assert [(item.rule, item.site.fix) for item in find(source).found] == [("lambda_item_key", fix)]


def test_names_that_the_function_had_are_not_new() -> None:
    source = "x = 1\n\n\n@moved\ndef f(items):\n    return list(item.x for item in items)\n"
    assert [item.site.fix for item in find(source).found] == ["safe"]


def test_nothing_is_safe_in_a_function_that_is_compiled() -> None:
    source = "import numba\n\n\n@numba.njit(cache=True)\ndef f(items):\n    return list(item for item in items)\n"
    assert [item.site.fix for item in find(source).found] == ["unsafe"]


WITH_A_CONSTANT = """\
def pick(key):
    table = ["a", "b", "c"]
    return key in table
"""
WITHOUT_ONE = """\
def pick(items):
    return list(len(item) for item in items)
"""
A_LAYER = """\
class Layer({}):
    def forward(self, items):
        return list(len(item) for item in items)


class Other(Layer):
    def forward(self, items):
        return tuple(len(item) for item in items)
"""


@pytest.mark.parametrize(
    ("source", "fixes"),
    [
        pytest.param("import torch\n\n" + WITH_A_CONSTANT, ["unsafe"], id="torch may script what calls it"),
        pytest.param("from torch import nn\n\n" + WITH_A_CONSTANT, ["unsafe"], id="a part of torch"),
        pytest.param("from .torch import nn\n\n" + WITH_A_CONSTANT, ["safe"], id="another torch"),
        pytest.param("import torchlike as torch\n\n" + WITH_A_CONSTANT, ["safe"], id="another package by that name"),
        pytest.param("import torch\n\n" + WITHOUT_ONE, ["safe"], id="no new name"),
        pytest.param(
            "import torch\n\n" + WITHOUT_ONE + "\nfast = torch.jit.script(pick)\n", ["unsafe"], id="scripted by name"
        ),
        pytest.param(
            "import numba as nb\n\n" + WITHOUT_ONE + "\nfast = nb.njit(cache=True)(pick)\n",
            ["unsafe"],
            id="compiled by name, with options",
        ),
        pytest.param(
            "try:\n    from numba import njit\nexcept ImportError:\n    pass\n\n"
            "def made(scale):\n    def pick(items):\n        return list(len(i) for i in items)\n"
            "    return njit(functools.partial(pick, scale=scale))\n",
            ["unsafe"],
            id="compiled within another function",
        ),
        pytest.param(
            "import torch\n\n" + WITHOUT_ONE + "\nvalues = torch.tensor(pick('a'))\n", ["safe"], id="only its result"
        ),
        pytest.param("import torch.nn as nn\n\n" + A_LAYER.format("nn.Module"), ["unsafe"] * 2, id="a layer of torch"),
        pytest.param("import torch.nn as nn\n\n" + A_LAYER.format("object"), ["safe"] * 2, id="classes of its own"),
    ],
)
def test_what_a_compiler_may_be_given_is_not_safe(source: str, fixes: list[str]) -> None:
    assert [item.site.fix for item in find(source).found] == fixes


@pytest.mark.parametrize(
    "statement",
    [
        "if True:\n        {}",
        "for _ in [1]:\n        {}",
        "with open(os.devnull):\n        {}",
        "try:\n        {}\n    finally:\n        pass",
    ],
)
@pytest.mark.parametrize(
    "binding",
    ["value = property(lambda self: 7)", "def value(self): return 7", "value: object = property(lambda self: 7)"],
)
def test_the_value_of_a_member_may_be_defined_in_a_block(statement: str, binding: str) -> None:
    source = f"""\
import os
from enum import Enum


class E(Enum):
    A = 1
    {statement.format(binding)}


def f():
    return E.A.value


CALLS = ["f"]
"""
    assert safe(source) == []


@pytest.mark.parametrize(
    "binding",
    [
        "value, other = property(lambda self: 7), 1",
        "value: object = property(lambda self: 7)",
        "(value := property(lambda self: 7))",
        "from os import path as value",
        "def g(self, x=(value := property(lambda self: 7))): pass",
        "A2 = [A for A in [1]]\n    del A2",
        "A: int = 2",
        "if True:\n        A = 2",
    ],
)
def test_the_value_of_a_member_may_be_defined_in_other_ways(binding: str) -> None:
    head = "from enum import Enum\n\n\nclass E(Enum):\n    A = 1\n    "
    source = f"{head}{binding}\n\n\ndef f():\n    return E.A.value\n"
    assert safe(source) == []


def test_methods_of_an_enumeration_may_use_the_names_of_its_members() -> None:
    source = (
        "from enum import Enum\n\n\nclass E(Enum):\n    A = 1\n\n    def f(self, value):\n        A = value\n"
        "        return A, E.A.value\n"
    )
    assert [item.rule for item in safe(source)] == ["enum_value_in_function"]


HOISTED = {
    "a condition binds it": """\
def f(items, asked):
    log = []
    if asked:
        text = "ABC"
    for item in items:
        log.append(text.lower())
    return log
""",
    "the condition that binds it is asked again": """\
def f(items, asked):
    log = []
    if asked:
        text = "ABC"
    for item in items:
        if asked:
            log.append(text.lower())
    return log
""",
    "an outer loop binds it later": """\
def f(items, asked):
    log = []
    for item in items:
        for _ in range(len(log)):
            log.append(text.upper())
        text = "abc"
        log.append(item)
    return log
""",
    "a loop that may have no turns binds it": """\
def f(items, asked):
    log = []
    for text in ("a", "b"):
        pass
    for item in items:
        log.append(text.upper())
    return log
""",
    "a handler binds it": """\
def f(items, asked):
    log = []
    try:
        log += asked
        text = "ABC"
    except TypeError:
        pass
    for item in items:
        log.append(text.lower())
    return log
""",
    "text that cannot be encoded": """\
def f(items, asked):
    text = "\\ud800"
    log = []
    for item in items:
        log.append(text.encode())
    return log
""",
    "an error that is caught": """\
def f(items, asked):
    text = "caf\\u00e9"
    log = []
    for item in items:
        try:
            log.append(text.encode("ascii"))
        except UnicodeEncodeError:
            log.append(None)
    return log
""",
    "an argument of another type": """\
def f(items, asked):
    text = "caf"
    log = []
    for item in items:
        log.append(text.strip(b"x"))
    return log
""",
    "an argument that it does not take": """\
def f(items, asked):
    text = "caf"
    log = []
    for item in items:
        log.append(text.lower("x"))
    return log
""",
    "a method that bytes do not have": """\
def f(items, asked):
    text = b"caf"
    log = []
    for item in items:
        log.append(text.casefold() if asked else item)
    return log
""",
}


@pytest.mark.parametrize("source", HOISTED.values(), ids=HOISTED)
def test_what_may_raise_stays_in_its_loop(source: str) -> None:
    source += "\n\nCALLS = ['f([], False)', 'f([], True)', 'f([1], False)', 'f([1, 2], True)', 'f([1, 2, 3], False)']\n"
    found = find(source, rules=["invariant_method_in_loop"]).found
    assert {item.site.fix for item in found} <= {"unsafe"}
    assert_safe(source)


@pytest.mark.parametrize("body", ["text = 'ABC'", "for text in ['ABC']:\n    if 1:"])
def test_what_cannot_raise_leaves_its_loop(body: str) -> None:
    indent = "        " if "for" in body else ""
    head, loop = body.replace("\n", "\n    "), f"{indent}try:\n    {indent}    for item in items: use(text.strip('A'))"
    source = f"def f(items):\n    {head}\n    {loop}\n    {indent}finally:\n    {indent}    pass\n"
    assert [item.rule for item in safe(source)] == ["invariant_method_in_loop"]


MERGED = """\
def f(items):
    table = {}
    for item in items:
        table = {**table, item: 1}
    return table
"""
POSSESSIVE = """\
import re


def f(text):
    return re.search(r"\\d++x", text)
"""
GUARDED = """\
import re
import sys


def f(text):
    if sys.version_info >= (3, 12):
        return re.search("a+", text)
    return None
"""


@pytest.mark.parametrize(
    ("source", "oldest", "fixes"),
    [
        pytest.param(MERGED, (3, 8), [], id="dictionaries have no |= before 3.9"),
        pytest.param(MERGED, (3, 9), ["safe"], id="dictionaries have |="),
        pytest.param(MERGED, None, ["safe"], id="every Python that is maintained has |="),
        pytest.param(POSSESSIVE, (3, 10), [], id="no possessive quantifier before 3.11"),
        pytest.param(POSSESSIVE, (3, 11), ["safe"], id="possessive quantifiers"),
        pytest.param(POSSESSIVE, None, ["unsafe"], id="nobody says which Python it is for"),
        pytest.param(POSSESSIVE.replace("d++", "+[*+]+"), None, ["safe"], id="no possessive quantifier at all"),
        pytest.param(GUARDED, (3, 12), ["unsafe"], id="asked for a version"),
        pytest.param(GUARDED.replace("sys.version_info >= (3, 12)", "sys.argv"), (3, 8), ["safe"], id="asked for else"),
    ],
)
def test_nothing_needs_a_newer_python_than_the_oldest(
    source: str, oldest: tuple[int, int] | None, fixes: list[str]
) -> None:
    assert [item.site.fix for item in find(source, oldest=oldest).found] == fixes


def test_a_new_name_is_not_safe_where_the_module_runs_text() -> None:
    source = 'exec("_KIND_TABLE = 7")\n\n\ndef kind(name):\n    return {"a": 1, "b": 2, "c": 3}[name]\n'
    assert [item.site.fix for item in find(source).found] == ["unsafe"]


CHANGED_MEANWHILE = {
    "an == changes the list": """\
def f(make):
    items = [1, 2, 3]
    probe = make(items)
    return probe in list(items)
""",
    "an == in the same function changes the list": """\
def f(make):
    items = [1, 2, 3]

    class Probe:
        def __eq__(self, other):
            items.clear()
            return other == 3

    return Probe() in tuple(items)
""",
    "the list has a second name": """\
def f(make):
    items = same = [1, 2, 3]
    probe = make(same)
    return probe in list(items)
""",
    "an == changes the dictionary": """\
def f(make):
    table = {1: 1, 2: 2, 3: 3}
    probe = make(table)
    return probe in list(table.values())
""",
    "the truth of a value changes the dictionary": """\
def f(make):
    table = {}
    table["a"] = make(table)
    if table.get("a"):
        return table.get("a")
    return None
""",
    "an attribute changes the dictionary": """\
def f(make):
    table = {"a": 1}
    other = make(table)
    if table.get("a") is not None:
        return other.cleared, table.get("a")
    return None
""",
    "an item counts how often it is asked": """\
def f(make):
    item = make([])
    items = (item, 1)
    if items.count(1):
        return items.count(1), item.asked
    return None
""",
}


@pytest.mark.parametrize("source", CHANGED_MEANWHILE.values(), ids=CHANGED_MEANWHILE)
def test_what_others_hold_may_change_meanwhile(source: str) -> None:
    source += """\


class Other:
    def __init__(self, held):
        self.held = held
        self.asked = 0

    def __eq__(self, other):
        self.asked += 1
        self.held.clear()
        return other == 3

    def __bool__(self):
        return self.cleared

    @property
    def cleared(self):
        self.held.clear()
        return True


CALLS = ["f(Other)", "f(lambda held: 2)"]
"""
    assert_safe(source)


@pytest.mark.parametrize(
    "lines",
    [
        "    items.append(probe)\n    return probe in list(items)",
        "    return probe in list(items) and (items, probe)",
        "    return probe in list(items), sorted(items), len(items), items[0]",
        "    items[0] = probe\n    for item in items:\n        items.extend(item)\n    return probe in tuple(items)",
        "    table = dict(items)\n    table['a'] = 1\n    return probe in list(table.values())",
        "    table = dict(items)\n    table.update(probe)\n    return table.get('a') if table.get('a') else len(table)",
    ],
)
def test_what_nobody_else_holds_stays_the_same(lines: str) -> None:
    assert len(safe(f"def f(values, probe):\n    items = list(values)\n{lines}\n")) == 1


PATCHED = """\
import re
from enum import Enum
from unittest import mock


class E(Enum):
    A = "a"


def f(text):
    return E.A.value, re.search("a+", text)


def patch(*names):
    for name in names:
        if name == "search":
            {search}
        else:
            {value}


CALLS = ["f('aa')"]
"""


@pytest.mark.parametrize(
    ("search", "value"),
    [
        ("re.search = None", "E.value = 7"),
        ("setattr(re, name, None)", "setattr(E, name, 7)"),
        ("mock.patch('re.search').start()", "mock.patch(f'{__name__}.E.value').start()\n            delattr(E, name)"),
        ("mock.patch.object(re, name).start()", "mock.patch.object(E, name).start()"),
        ("mock.patch.multiple(re, search=None).start()", "mock.patch('case.E.value', 7).start()"),
    ],
)
def test_an_attribute_may_be_patched_later(search: str, value: str) -> None:
    assert {item.rule for item in safe(PATCHED.format(search="pass", value="pass"))} == {
        "enum_value_in_function", "regex_compiled_per_call",
    }  # fmt: skip
    assert safe(PATCHED.format(search=search, value=value)) == []


def test_a_name_may_be_called_global_where_it_is() -> None:
    assert_safe(
        "import re\n\n\ndef f(text):\n    return re.search('a', text)\n\n\nglobal re\nCALLS = [\"f('a')\", \"f('')\"]\n"
    )


REFLECTED = """\
import inspect
import sys
{alias}


def f(items):
    found = []
    texts = []
    for item in items:
        found.insert(0, item)
        texts.append(list({asked}))
    return found, texts


CALLS = ["f([])", "f([1, 2])"]
"""


@pytest.mark.parametrize(
    ("alias", "asked"),
    [
        ("space = locals", "space()['found']"),
        ("run = [eval]", "run[0]('found')"),
        ("from inspect import currentframe as here", "here().__getattribute__('f_' + 'locals')['found']"),
        ("frame = sys._getframe", "frame().__getattribute__('f_' + 'locals')['found']"),
        ("class Space:\n    now = staticmethod(locals)", "Space.now()['found']"),
    ],
)
def test_the_look_at_local_variables_may_have_another_name(alias: str, asked: str) -> None:
    assert_safe(REFLECTED.format(alias=alias, asked=asked))


@pytest.mark.parametrize(
    "alias",
    [
        "from inspect import currentframe",
        "NAMES = dir(sys)",
        "DEPTH = sys._getframe(0)",
        "class Model:\n    def eval(self): return 1\n    dir = 3",
        "FLAGS = dict(eval=1)",
    ],
)
def test_a_look_that_no_function_takes_is_none(alias: str) -> None:
    assert len(safe(REFLECTED.format(alias=alias, asked="items"))) == 1


@pytest.mark.parametrize(
    ("comment", "fix"),
    [
        ("###{standalone", "unsafe"),
        ("# [START kinds]", "unsafe"),
        ("# --8<-- [start:kinds]", "unsafe"),
        ("# BEGIN of what is copied", "unsafe"),
        ("# <kinds>", "unsafe"),
        ("# begin: kinds", "unsafe"),
        ("# begin with the kinds", "safe"),
        ("# <- the kinds", "safe"),
        ("# region kinds", "safe"),
    ],
)
def test_a_new_name_is_not_safe_where_a_part_of_the_file_is_taken_without_it(comment: str, fix: str) -> None:
    kinds = '\n\ndef kind(name):\n    return {"a": 1, "b": 2, "c": 3}[name]\n'
    for source in (f"import sys\n\n{comment}\n{kinds}", f"import sys\n\n\ndef f(): pass\n\n\n{comment}\n{kinds}"):
        assert [item.site.fix for item in find(source).found] == [fix]
