"""Programs that other tools' fixes break, or may break: no fix of ours, not even an unsafe one, may break them.

One of them cannot be told apart by syntax: there a fix is unsafe, and only `verify` lets it through or not.
The number is the issue or pull request in the tool's own tracker in which somebody reports or warns of it; the programs
are our own.
"""

from __future__ import annotations

import pytest

from codemods import find
from tests.codemods.test_codemods import answers

IN_TRY = """\
def first(items):
    try:
        return list(items)[0]
    except IndexError:
        return None


CALLS = ["first([])", "first(iter(()))", "first('ab')"]
"""
IN_SUPPRESS = """\
import contextlib


def first(items):
    with contextlib.suppress(IndexError):
        return list(n for n in items if n)[0]
    return "none"


CALLS = ["first([])", "first([0, 3])"]
"""
SHORT_SLICE = """\
def head(items):
    return list(items)[:1], [item for item in items][:1]


CALLS = ["head([])", "head([1, 2])"]
"""
LAST_PART = """\
def parts(address):
    return address.split(".")[0], address.split(".")[-1], address.rsplit(".")[0], address.split()[-1]


CALLS = ["parts('www.example.com')", "parts('')", "parts('a b.c')"]
"""
LIMIT_IN_KEYWORDS = """\
def first(text, **options):
    return text.split(",", **options)[0], text.rsplit(",", **options)[-1]


CALLS = ["first('a,b,c', maxsplit=0)", "first('a,b,c')"]
"""
WHITESPACE_RUNS = """\
def words(text):
    return text.split()[0], text.split()[-1], text.split(None)[0]


CALLS = ["words(' a  b ')", "words('')"]
"""
UNHASHABLE_PROBE = """\
def known(value):
    return value in (None, True, False), value not in ["a", "b", "c", "d"]


def every(values):
    return [value for value in values if value in ["a", "b", "c", "d"]]


CALLS = ["known([])", "known({})", "known(True)", "every(['a', []])"]
"""
UNHASHABLE_ITEMS = """\
def known(value):
    first, second = [1, 2], [3, 4]
    return value in (first, second), value in ([1], [2], [3], [4])


CALLS = ["known([1, 2])", "known(7)", "known([4])"]
"""
TUPLE_OF_ONE = """\
def ordered(rows):
    return sorted(rows, key=lambda row: (row[1],)), [*map(lambda row: (row[0],), rows)]


CALLS = ["ordered([(1, 'b'), (2, 'a')])"]
"""
INDEX_FROM_THE_ARGUMENT = """\
def ordered(rows):
    rows = sorted(rows, key=lambda row: row[len(row) - 1])
    return sorted(rows, key=lambda row: (row[row[0]], row[1]))


CALLS = ["ordered([(1, 2), (0, 1)])", "ordered([])"]
"""
TWO_DIMENSIONS = """\
def ordered(tables, i, j):
    return sorted(tables, key=lambda table: table[0, 1]), sorted(tables, key=lambda table: table[i, j])


CALLS = ["ordered([{(0, 1): 2}, {(0, 1): 1}], 0, 1)"]
"""
INDEX_CHANGES_LATER = """\
def getters():
    found = []
    for index in range(3):
        found.append(lambda row: row[index])
    return [get("abc") for get in found]


CALLS = ["getters()"]
"""
KEYS_BUT_NO_DICTIONARY = """\
class Element:
    def keys(self):
        return ["a", "b"]

    def __iter__(self):
        return iter("xyz")


class Bare:
    def keys(self):
        return ["a"]


def asked(thing, name):
    return name in thing.keys(), [key for key in thing.keys()], list(thing.keys())[0]


CALLS = ["asked(Element(), 'a')", "asked(Element(), 'x')", "asked(Bare(), 'a')", "asked({'a': 1}, 'a')"]
"""
ITEMS_BUT_NO_DICTIONARY = """\
class Pairs:
    def items(self):
        return [("a", 1), ("a", 2)]


def values(thing):
    return [value for _, value in thing.items()], [key for key, _ in thing.items()]


CALLS = ["values(Pairs())", "values({1: 2})"]
"""
GET_IS_MISSING = """\
class Table:
    def __init__(self):
        self.rows = {"a": 1}

    def __getitem__(self, key):
        return self.rows[key]

    def __iter__(self):
        return iter(self.rows)


def look(table, key):
    if key in table:
        value = table[key]
    else:
        value = None
    return value


CALLS = ["look(Table(), 'a')", "look(Table(), 'b')", "look({}, 'b')"]
"""
GENERATORS_APPENDED = """\
def collect():
    found = []
    for i in range(3):
        found.append(j for j in [i])
    return [list(item) for item in found]


CALLS = ["collect()"]
"""
GENERATOR_IN_PARENTHESES = """\
def collect(n):
    return list((1 for _ in range(n))), tuple((i for i in range(n))), set((i for i in range(n)))


CALLS = ["collect(0)", "collect(2)"]
"""
LIST_READ_WHILE_IT_GROWS = """\
def numbers(n):
    found = [0, 1]
    for _ in range(n):
        found.append(sum(found[-2:]))
    return found


CALLS = ["numbers(0)", "numbers(8)"]
"""
APPENDED_BY_KEY = """\
def grouped(rows):
    groups = {"a": [], "b": []}
    for row in rows:
        groups[row[0]].append(row)
    return groups


CALLS = ["grouped(['ab', 'ba', 'ac'])", "grouped(['c'])"]
"""
COPIED_BECAUSE_IT_GROWS = """\
def doubled(items):
    items = list(items)
    for item in list(items):
        items.append(item)
        items.append(item * 2)
    return items


CALLS = ["doubled([1, 2])", "doubled([])"]
"""
COPIED_BECAUSE_IT_SHRINKS = """\
def split(factors):
    factors = list(factors)
    for _ in range(2):
        for factor in list(factors):
            number = 2
            while number < factor:
                if factor % number == 0:
                    factors.remove(factor)
                    factors.extend([number, factor // number])
                    break
                number += 1
    return factors


CALLS = ["split([12, 7])", "split([])"]
"""
EVERYONE_IS_ASKED = """\
class Worker:
    asked = 0

    def wait(self):
        Worker.asked += 1
        return False


def wait_for_all(count):
    workers = [Worker() for _ in range(count)]
    return all([worker.wait() for worker in workers]), any([worker.wait() for worker in workers]), Worker.asked


CALLS = ["wait_for_all(3)"]
"""
PREFIXES_IN_A_VARIABLE = """\
def begins(text):
    several = ("hello", "world")
    one = "a"
    return text.startswith(several) or text.startswith(one)


CALLS = ["begins('hello')", "begins('abc')", "begins('x')"]
"""
DIFFERENT_ENDS = """\
def either(first, second):
    return first.startswith("a") or first.endswith("b"), first.startswith("a") or second.startswith("b")


CALLS = ["either('ab', 'b')", "either('b', 'b')", "either('x', 'a')", "either('', '')"]
"""
LAST_OF_EQUALS = """\
def largest(words):
    return sorted(words, key=len)[-1], sorted(words, key=len, reverse=True)[0], sorted(words, reverse=True)[-1]


CALLS = ["largest(['a', 'b'])", "largest([1, True, 1.0])", "largest(['a', 'A', 'aa'])"]
"""
TURN_DECIDES = """\
class Thing:
    pass


def assign():
    thing = Thing()
    for word in ["v1", "v2"]:
        if word == "v1":
            thing.first = True
        elif word == "v2":
            thing.second = True
    return vars(thing)


CALLS = ["assign()"]
"""
FILTER_OF_THE_ITEM = """\
def keys():
    found = []
    for record in ({"a": 4}, {"b": 8}):
        found.append(tuple(k for k in record if k in ("b", "c")))
    return found


CALLS = ["keys()"]
"""
GOES_ON_AFTER_AN_ERROR = """\
def numbers(texts):
    found = []
    for text in texts:
        try:
            found.append(int(text))
        except ValueError:
            continue
    return found


CALLS = ["numbers(['1', 'x', '2'])", "numbers([])"]
"""
ITEM_DELETED = """\
def rest():
    items = ["a", "b", "c"]
    del items[0]
    return items


CALLS = ["rest()", "rest()"]
"""
TUPLES_ARE_OTHER_KEYS = """\
class Frame:
    def __getitem__(self, key):
        return type(key).__name__


def columns():
    names = ["a", "b"]
    return Frame()[names]


CALLS = ["columns()"]
"""
COPY_OF_A_VARIABLE = """\
def changed(items):
    copied = list(items)
    copied.append(1)
    return copied, items


CALLS = ["changed([])", "changed((1,))"]
"""
SUM_WITH_START = """\
def totals(rows):
    return sum([row * 2 for row in rows], 10), sum([[row, row] for row in rows], [])


CALLS = ["totals([])", "totals([1, 2])"]
"""
EMPTY_SET = """\
def unique(items):
    empty = set([])
    for item in items:
        empty.add(item)
    return empty


CALLS = ["unique([])", "unique('ab')"]
"""


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(IN_TRY, id="ruff 7019, 7795: another exception than the one that is caught"),
        pytest.param(IN_SUPPRESS, id="ruff 7019: another exception than the one that is suppressed"),
        pytest.param(SHORT_SLICE, id="ruff 6148: a slice of nothing is no error"),
        pytest.param(LAST_PART, id="ruff 18383: the last part is not behind the first separator"),
        pytest.param(LIMIT_IN_KEYWORDS, id="ruff 19387: the keywords may hold the limit already"),
        pytest.param(WHITESPACE_RUNS, id="ruff 20033: words are separated by runs of white space"),
        pytest.param(UNHASHABLE_ITEMS, id="ruff 8096, 9928: what is looked through cannot be hashed"),
        pytest.param(TUPLE_OF_ONE, id="ruff 11075: a tuple of one item is not the item"),
        pytest.param(INDEX_FROM_THE_ARGUMENT, id="ruff 11573, 23076: the index depends on the argument"),
        pytest.param(TWO_DIMENSIONS, id="ruff 11714: one index of two numbers is not two indices"),
        pytest.param(INDEX_CHANGES_LATER, id="ruff 11573: the index is looked up when the lambda is called"),
        pytest.param(KEYS_BUT_NO_DICTIONARY, id="ruff 4481, 12578, 27224: keys of what is no dictionary"),
        pytest.param(ITEMS_BUT_NO_DICTIONARY, id="ruff 9351: items of what is no dictionary"),
        pytest.param(GET_IS_MISSING, id="ruff 15814: no get in what is no dictionary"),
        pytest.param(GENERATORS_APPENDED, id="ruff 19204: a generator is appended, not its items"),
        pytest.param(GENERATOR_IN_PARENTHESES, id="ruff 11603: a generator with parentheses of its own"),
        pytest.param(LIST_READ_WHILE_IT_GROWS, id="ruff 6210: each item depends on the ones before"),
        pytest.param(APPENDED_BY_KEY, id="ruff 5494: the list depends on the item"),
        pytest.param(COPIED_BECAUSE_IT_GROWS, id="ruff 8746: a copy, because the loop appends"),
        pytest.param(COPIED_BECAUSE_IT_SHRINKS, id="ruff 9925: a copy, because an inner loop removes"),
        pytest.param(EVERYONE_IS_ASKED, id="ruff 4320: a list, because everyone has to be asked"),
        pytest.param(PREFIXES_IN_A_VARIABLE, id="ruff 8906: a variable holds a tuple of prefixes already"),
        pytest.param(DIFFERENT_ENDS, id="codemodder 197: another end or another text"),
        pytest.param(LAST_OF_EQUALS, id="ruff 22204: the last of equal items is not the first"),
        pytest.param(TURN_DECIDES, id="perflint 14: what the turn decides is not the same in each"),
        pytest.param(FILTER_OF_THE_ITEM, id="perflint 17: a condition on the item of a comprehension"),
        pytest.param(GOES_ON_AFTER_AN_ERROR, id="perflint 17: the loop goes on after an error"),
        pytest.param(ITEM_DELETED, id="perflint 57: an item of the list is deleted"),
        pytest.param(TUPLES_ARE_OTHER_KEYS, id="perflint 17: a list as key is not a tuple as key"),
        pytest.param(COPY_OF_A_VARIABLE, id="refurb 18: making a list of something else is no detour"),
        pytest.param(
            SUM_WITH_START, id="codemodder 6.5.4, in our own comparison: what a sum starts with is part of it"
        ),
        pytest.param(EMPTY_SET, id="codemodder 192: no literal for an empty set"),
    ],
)
def test_no_fix_breaks_what_another_tool_broke(source: str) -> None:
    found = find(source.encode())
    expected = answers(source)
    assert found.problems == ()
    for item in found.found:
        assert answers(item.rewritten(found.source)) == expected, (item.rule, item.site)


def test_what_only_types_would_tell_is_never_called_safe() -> None:
    """Ruff 20510 and 24131: what is looked for cannot be hashed; the recorded calls show it, the text does not."""
    found = find(UNHASHABLE_PROBE.encode()).found
    assert {(item.rule, item.site.fix) for item in found} == {("constant_list_membership", "unsafe")}
