"""Plausible rewrites that are wrong, at least one for each rule; the calls that their own tests make see nothing."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Wrong:
    rule: str
    why: str
    before: str
    after: str
    calls: tuple[str, ...]


def wrong(rule: str, why: str, before: str, after: str, *calls: str) -> Wrong:
    return Wrong(rule, why, dedent(before).lstrip(), dedent(after).lstrip(), calls)


def lines(head: str, *body: str) -> str:
    return "\n".join([head, *(f"    {line}" for line in body)]) + "\n"


CONCATENATE = lines("def concatenate(parts):", "return [item for part in parts for item in part]") + "\n\n"
"""What numpy and pandas do with arrays and frames, for an interpreter that has neither."""

DRAIN = "\n\n" + lines("async def drained(values):", "return [one async for one in values]")
STORES = "import functools\nimport weakref\n\nKEPT = weakref.WeakKeyDictionary()\n\n\n"


def box(decorator: str, *body: str) -> str:
    """A class whose objects change after they were made."""
    made = ("def __init__(self, n):", "    self.items = list(range(n))")
    method = (*filter(None, [decorator]), "def total(self):", *(f"    {line}" for line in body))
    return STORES + lines("class Box:", *made, *method, "def add(self, one):", "    self.items.append(one)")


ELSEWHERE = "MADE = 0\nSEEN = []\n\n\n" + lines("def count(one):", "SEEN.append(one)")
"""Another module of the repository, which no fix changes."""
SUM = "return sum(self.items)"
IN_MODULE = ("if self not in KEPT:", "    KEPT[self] = sum(self.items)", "return KEPT[self]")
BAG = (
    lines("class Bag:", "def __init__(self):", "    self.items = []", "")
    + "    @property\n"
    + lines("    def total(self):", "    return sum(item for item in self.items)")
    + "\n\n"
    + lines(
        "def f(items):",
        "bag, out = Bag(), []",
        "for item in items:",
        "    bag.items.append(item)",
        "    out.append(bag.total)",
        "return out",
    )
)

WRONG = [
    wrong(
        "partial_revert",
        "the quick way where the length is right drops zeros in front",
        lines("def f(data):", "return '%08x' % int.from_bytes(data, 'little')"),
        lines(
            "def f(data):",
            "if type(data) is bytes and len(data) == 4:",
            "    return data[::-1].hex().lstrip('0')",
            "return '%08x' % int.from_bytes(data, 'little')",
        ),
        "f(bytes([17, 18, 19, 20]))",
        "f(bytes([33, 34, 35, 36]))",
    ),
    wrong(
        "any_in_return",
        "an object that is true is not True",
        *(
            lines("def f(xs):", "for x in xs:", "    if x:", f"        return {value}", "return False")
            for value in ("x", "True")
        ),
        "bool(f([0, 1]))",
        "f([0])",
        "f([True])",
    ),
    wrong(
        "any_in_return",
        "the last match in place of the first",
        lines("def f(xs):", "for x in xs:", "    if x > 1:", "        return x", "return None"),
        lines("def f(xs):", "return next((x for x in reversed(xs) if x > 1), None)"),
        "f([1, 2])",
        "f([0, 1])",
        "f([])",
    ),
    wrong(
        "attribute_concat_in_loop",
        "the attribute is not there when the loop ends early",
        lines(
            "class Log:",
            "def __init__(self):",
            "    self.text = ''",
            "def add(self, words):",
            "    for word in words:",
            "        self.text += word.strip()",
        ),
        lines(
            "class Log:",
            "def __init__(self):",
            "    self.text = ''",
            "def add(self, words):",
            "    parts = []",
            "    for word in words:",
            "        parts.append(word.strip())",
            "    self.text = ''.join(parts)",
        ),
        "Log().add(['a', 'b '])",
        "Log().add([])",
    ),
    wrong(
        "bytes_concat_in_loop",
        "a bytearray is not bytes",
        lines("def f(parts):", "out = b''", "for part in parts:", "    out += part", "return out"),
        lines("def f(parts):", "out = bytearray()", "for part in parts:", "    out += part", "return out"),
        "f([b'a', b'b']) == b'ab'",
        "f([b'x']) == b'x'",
    ),
    wrong(
        "collection_of_generator",
        "order is lost",
        lines("def f(words):", "return list(word for word in words)"),
        lines("def f(words):", "return list({word for word in words})"),
        "sorted(f(['a', 'b', 'c', 'd', 'e']))",
        "f(['a'])",
    ),
    wrong(
        "collection_of_generator",
        "an iterator is not a list",
        lines("def f(xs):", "return list(x + 1 for x in xs)"),
        lines("def f(xs):", "return map(lambda x: x + 1, xs)"),
        "list(f([1, 2]))",
        "list(f([]))",
    ),
    wrong(
        "collection_rebuilt_in_loop",
        "what is rebuilt changes in the loop",
        lines(
            "def f(xs):", "out = []", "for x in xs:", "    if x not in set(out):", "        out.append(x)", "return out"
        ),
        lines(
            "def f(xs):",
            "out = []",
            "seen = set(out)",
            "for x in xs:",
            "    if x not in seen:",
            "        out.append(x)",
            "return out",
        ),
        "f([1, 2])",
        "f(['a'])",
    ),
    wrong(
        "constant_built_per_call",
        "a constant that somebody changes",
        lines("def f(x):", "out = [1, 2]", "if x:", "    out.append(x)", "return out"),
        "OUT = [1, 2]\n\n\n" + lines("def f(x):", "out = OUT", "if x:", "    out.append(x)", "return out"),
        "f(0)",
        "len(f(0))",
        "f(None)",
    ),
    wrong(
        "constant_built_per_call",
        "all callers share one dict",
        lines("def f(key):", "table = {'a': 1, 'b': 2}", "return table, table.get(key)"),
        "TABLE = {'a': 1, 'b': 2}\n\n\n" + lines("def f(key):", "return TABLE, TABLE.get(key)"),
        "f('a')",
        "f('z')",
    ),
    wrong(
        "constant_list_membership",
        "a name is left out",
        lines("def f(word):", "return word in ['if', 'while', 'return']"),
        lines("def f(word):", "return word in {'if', 'while'}"),
        "f('if')",
        "f('x')",
        "f('')",
    ),
    wrong(
        "constant_list_membership",
        "text within a text",
        lines("def f(word):", "return word in ['GET', 'POST']"),
        lines("def f(word):", "return word in 'GET POST'"),
        "f('GET')",
        "f('PUT')",
        "f('POST')",
    ),
    wrong(
        "count_in_loop",
        "counted without what the filter leaves out",
        lines("def f(xs):", "return {x: xs.count(x) for x in xs}"),
        lines(
            "def f(xs):",
            "out = {}",
            "for x in xs:",
            "    out[x] = out.get(x, 0) + 1",
            "    out = dict(sorted(out.items()))",
            "return out",
        ),
        "f([1, 1, 2])",
        "f(['a'])",
    ),
    wrong(
        "enum_value_in_function",
        "a name in place of a value",
        "import enum\n\n\n"
        + lines("class C(enum.Enum):", "RED = 'red'", "BLUE = 'azure'")
        + "\n\n"
        + lines("def f(x):", "return [C.RED.value, C.BLUE.value][x]"),
        "import enum\n\n\n"
        + lines("class C(enum.Enum):", "RED = 'red'", "BLUE = 'azure'")
        + "\n\n_V = ('red', 'blue')\n\n\n"
        + lines("def f(x):", "return _V[x]"),
        "f(0)",
        "f(-2)",
    ),
    wrong(
        "first_of_copy",
        "another exception for nothing",
        lines("def f(xs):", "return [x for x in xs if x][0]"),
        lines("def f(xs):", "return next(x for x in xs if x)"),
        "f([0, 1])",
        "f(['a'])",
    ),
    wrong(
        "first_of_copy",
        "the least, not the first",
        lines("def f(xs):", "return list(xs)[0]"),
        lines("def f(xs):", "return min(xs)"),
        "f([1, 2])",
        "f(['a'])",
    ),
    wrong(
        "flag_loop_without_break",
        "what follows in the loop has effects",
        lines(
            "def f(xs, log):",
            "found = False",
            "for x in xs:",
            "    log.append(x)",
            "    if x == 1:",
            "        found = True",
            "return found",
        ),
        lines(
            "def f(xs, log):",
            "found = False",
            "for x in xs:",
            "    log.append(x)",
            "    if x == 1:",
            "        found = True",
            "        break",
            "return found",
        ),
        "f([0, 1], [])",
        "f([], [])",
    ),
    wrong(
        "fnmatch_of_constant",
        "case does not count any more",
        "import fnmatch\n\n\n" + lines("def f(name):", "return fnmatch.fnmatchcase(name, '*.py')"),
        lines("def f(name):", "return name.lower().endswith('.py')"),
        "f('a.py')",
        "f('a.c')",
    ),
    wrong(
        "index_in_loop",
        "the last place in place of the first",
        lines("def f(xs):", "return [xs.index(x) for x in xs]"),
        lines("def f(xs):", "at = {x: n for n, x in enumerate(xs)}", "return [at[x] for x in xs]"),
        "f([1, 2])",
        "f(['a', 'b'])",
    ),
    wrong(
        "insert_front_in_loop",
        "not turned round",
        lines("def f(xs):", "out = []", "for x in xs:", "    out.insert(0, x)", "return out"),
        lines("def f(xs):", "out = []", "for x in xs:", "    out.append(x)", "return out"),
        "f([1])",
        "f(['a', 'a'])",
    ),
    wrong(
        "insert_front_in_loop",
        "a deque is not a list",
        lines("def f(xs):", "out = []", "for x in xs:", "    out.insert(0, x)", "return out"),
        "from collections import deque\n\n\n"
        + lines("def f(xs):", "out = deque()", "for x in xs:", "    out.appendleft(x)", "return out"),
        "list(f([1, 2]))",
        "list(f([]))",
    ),
    wrong(
        "intersection_for_truth",
        "a set in place of its truth",
        lines("def f(a, b):", "return bool(set(a) & set(b))"),
        lines("def f(a, b):", "return set(a) <= set(b)"),
        "f([1], [1])",
        "f([1], [2])",
    ),
    wrong(
        "invariant_method_in_loop",
        "called though the loop never runs",
        lines("def f(xs, word):", "out = []", "for x in xs:", "    out.append(x + word.lower())", "return out"),
        lines("def f(xs, word):", "low = word.casefold()", "return [x + low for x in xs]"),
        "f(['a'], 'B')",
        "f([], 'b')",
    ),
    wrong(
        "join_of_generator",
        "doubles are lost",
        lines("def f(words):", "return ' '.join(word for word in words)"),
        lines("def f(words):", "return ' '.join(dict.fromkeys(words))"),
        "f(['a', 'b'])",
        "f([])",
    ),
    wrong(
        "keys_copied_to_intersect",
        "in another order",
        lines("def f(a, b):", "return [key for key in list(a.keys()) if key in b]"),
        lines("def f(a, b):", "return sorted(a.keys() & b.keys())"),
        "f({'a': 1, 'b': 2}, {'a': 1, 'b': 0})",
        "f({'x': 1}, {})",
    ),
    wrong(
        "lambda_item_key",
        "sorted by all of it",
        lines("def f(rows):", "return sorted(rows, key=lambda row: row[0])"),
        lines("def f(rows):", "return sorted(rows)"),
        "f([('b', 1), ('a', 2)])",
        "f([('a', 1)])",
    ),
    wrong(
        "list_membership_in_loop",
        "built once, of an iterator that is used up",
        lines("def f(xs, ys):", "ys = list(ys)", "return [x for x in xs if x in ys], len(ys)"),
        lines("def f(xs, ys):", "known = set(ys)", "return [x for x in xs if x in known], len(known)"),
        "f([1, 2], [2])",
        "f(['a'], ['b'])",
    ),
    wrong(
        "list_membership_in_loop",
        "an argument is changed",
        lines("def f(xs, ys):", "return [x for x in xs if x in ys]"),
        lines("def f(xs, ys):", "ys.sort()", "return [x for x in xs if x in set(ys)]"),
        "f([1, 2], [2, 3])",
        "f(['a'], ['b'])",
    ),
    wrong(
        "list_searched_in_loop",
        "1 and True are one key",
        lines("def f(rows, key):", "for one in rows:", "    if one[0] is key:", "        return one[1]", "return None"),
        lines("def f(rows, key):", "return {one[0]: one[1] for one in reversed(rows)}.get(key)"),
        "f([(1, 'a'), (2, 'b')], 1)",
        "f([(1, 'a')], 3)",
    ),
    wrong(
        "listdir_then_isfile",
        "hidden files are left out",
        "import os\n\n\n"
        + lines("def f(place):", "return sorted(one for one in os.listdir(place) if os.path.isfile(one))"),
        "import glob\nimport os\n\n\n"
        + lines("def f(place):", "return sorted(one for one in glob.glob('t*') if os.path.isfile(one))"),
        "f('.')  or True",
        "'test_all.py' in f('.')",
    ),
    wrong(
        "loop_in_property",
        "the instance changes between two reads",
        BAG,
        "from functools import cached_property\n\n\n" + BAG.replace("@property", "@cached_property"),
        "f([1])",
        "f([])",
    ),
    wrong(
        "membership_in_copy",
        "an iterator is read where none was before",
        lines("def f(x, table):", "return x in list(table.keys())"),
        lines("def f(x, table):", "return table.get(x) is not None"),
        "f('a', {'a': 1})",
        "f('b', {'a': 1})",
    ),
    wrong(
        "module_list_membership",
        "a list that grows",
        "KNOWN = [1, 2]\n\n\n" + lines("def f(x):", "if x not in KNOWN:", "    KNOWN.append(x)", "return len(KNOWN)"),
        "KNOWN = [1, 2]\n_KNOWN = frozenset(KNOWN)\n\n\n"
        + lines("def f(x):", "if x not in _KNOWN:", "    KNOWN.append(x)", "return len(KNOWN)"),
        "f(1)",
        "f(2)",
        "f(3)",
    ),
    wrong(
        "nested_loop_join",
        "the last match wins",
        lines(
            "def f(a, b):",
            "out = []",
            "for x in a:",
            "    for y in b:",
            "        if x[0] == y[0]:",
            "            out.append((x[1], y[1]))",
            "            break",
            "return out",
        ),
        lines(
            "def f(a, b):",
            "there = {y[0]: y[1] for y in b}",
            "return [(x[1], there[x[0]]) for x in a if x[0] in there]",
        ),
        "f([[1, 2]], [[1, 3]])",
        "f([], [[1, 3]])",
    ),
    wrong(
        "nested_loop_join",
        "doubles are lost",
        lines("def f(a, b):", "return [x for x in a for y in b if x == y]"),
        lines("def f(a, b):", "there = set(b)", "return [x for x in a if x in there]"),
        "f([1, 2], [2, 3])",
        "f(['a'], [])",
    ),
    wrong(
        "pop_front_in_loop",
        "the argument is no longer emptied",
        lines("def f(queue):", "out = []", "while queue:", "    out.append(queue.pop(0))", "return out"),
        "from collections import deque\n\n\n"
        + lines(
            "def f(queue):",
            "queue = deque(queue)",
            "out = []",
            "while queue:",
            "    out.append(queue.popleft())",
            "return out",
        ),
        "f([1, 2])",
        "f([])",
    ),
    wrong(
        "rebind_accumulate_in_loop",
        "the list that was given grows",
        lines("def f(out, xs):", "for x in xs:", "    out = out + [x]", "return out"),
        lines("def f(out, xs):", "for x in xs:", "    out += [x]", "return out"),
        "f([], [1])",
        "f([0], [1, 2])",
    ),
    wrong(
        "recursion_without_memo",
        "all callers share one list",
        lines("def f(n):", "return [n] if n < 2 else f(n - 1) + f(n - 2)"),
        "from functools import lru_cache\n\n\n@lru_cache(None)\n"
        + lines("def f(n):", "return [n] if n < 2 else f(n - 1) + f(n - 2)"),
        "f(5)",
        "f(1)",
    ),
    wrong(
        "recursion_without_memo",
        "what it reads may change",
        "BASE = [0]\n\n\n" + lines("def f(n):", "BASE[0] += 1", "return BASE[0] if n < 1 else f(n - 1)"),
        "from functools import lru_cache\n\nBASE = [0]\n\n\n@lru_cache(None)\n"
        + lines("def f(n):", "BASE[0] += 1", "return BASE[0] if n < 1 else f(n - 1)"),
        "f(3) > 0",
        "f(0) > 0",
    ),
    wrong(
        "regex_compiled_per_call",
        "found anywhere, not at the beginning",
        "import re\n\n\n" + lines("def f(text):", "return bool(re.match('a+', text))"),
        "import re\n\n_A = re.compile('a+')\n\n\n" + lines("def f(text):", "return bool(_A.search(text))"),
        "f('aab')",
        "f('bc')",
    ),
    wrong(
        "regex_compiled_per_call",
        "without its flags",
        "import re\n\n\n" + lines("def f(text):", "return re.sub('x', '-', text, flags=re.I)"),
        "import re\n\n_X = re.compile('x')\n\n\n" + lines("def f(text):", "return _X.sub('-', text)"),
        "f('axb')",
        "f('')",
    ),
    wrong(
        "remove_in_loop",
        "every one is removed, not the first",
        lines("def f(xs, gone):", "for x in gone:", "    if x in xs:", "        xs.remove(x)", "return xs"),
        lines("def f(xs, gone):", "gone = set(gone)", "xs[:] = [x for x in xs if x not in gone]", "return xs"),
        "f([1, 2, 3], [2])",
        "f([1], [])",
    ),
    wrong(
        "remove_in_loop",
        "a new list in place of the one that was given",
        lines("def f(xs, gone):", "for x in gone:", "    while x in xs:", "        xs.remove(x)", "return len(xs)"),
        lines("def f(xs, gone):", "xs = [x for x in xs if x not in set(gone)]", "return len(xs)"),
        "f([1, 2, 3], [2])",
        "f([1], [])",
    ),
    wrong(
        "same_call_twice",
        "each call draws",
        "import random\n\n\n" + lines("def f(n):", "return random.random() < 2, random.random() < n"),
        "import random\n\n\n" + lines("def f(n):", "drawn = random.random()", "return drawn < 2, drawn < n"),
        "f(2)",
        "f(3)",
    ),
    wrong(
        "same_call_twice",
        "two lists have become one",
        lines("def make(n):", "return [n]") + "\n\n" + lines("def f(n):", "return make(n), make(n)"),
        lines("def make(n):", "return [n]") + "\n\n" + lines("def f(n):", "one = make(n)", "return one, one"),
        "f(1) == ([1], [1])",
        "f(0)",
    ),
    wrong(
        "seen_list_in_loop",
        "not a number is like none, itself included",
        lines("def f(xs):", "out = []", "for x in xs:", "    if x not in out:", "        out.append(x)", "return out"),
        lines(
            "def f(xs):",
            "out = []",
            "for x in xs:",
            "    if not any(x == y for y in out):",
            "        out.append(x)",
            "return out",
        ),
        "f([1.0, 2.0, 1.0])",
        "f([])",
    ),
    wrong(
        "seen_list_in_loop",
        "order is lost",
        lines("def f(xs):", "out = []", "for x in xs:", "    if x not in out:", "        out.append(x)", "return out"),
        lines("def f(xs):", "return list(set(xs))"),
        "f([1, 2, 1])",
        "f([])",
        "f(['a'])",
    ),
    wrong(
        "split_for_first",
        "a whole text where there is no mark",
        lines("def f(text):", "return text.split('/')[-1]"),
        lines("def f(text):", "return text.rsplit('/', 1)[1]"),
        "f('a/b')",
        "f('/')",
    ),
    wrong(
        "split_for_first",
        "white space of several kinds",
        lines("def f(text):", "return text.split()[0]"),
        lines("def f(text):", "return text.strip().partition(' ')[0]"),
        "f('a b')",
        "f(' c  d')",
    ),
    wrong(
        "startswith_any",
        "one prefix is another one's beginning",
        lines(
            "def f(text, heads):",
            "for head in heads:",
            "    if text.startswith(head):",
            "        return head",
            "return ''",
        ),
        lines(
            "def f(text, heads):", "return max((head for head in heads if text.startswith(head)), key=len, default='')"
        ),
        "f('abc', ['ab', 'x'])",
        "f('abc', [])",
    ),
    wrong(
        "strptime_of_iso",
        "less is read than was",
        "from datetime import datetime\n\n\n" + lines("def f(text):", "return datetime.strptime(text, '%Y-%m-%d')"),
        "from datetime import datetime\n\n\n"
        + lines("def f(text):", "return datetime.strptime(text[:10], '%Y-%m-%d')"),
        "f('2024-01-02')",
        "f('1999-12-31')",
    ),
    wrong(
        "sum_of_lists",
        "the first list grows",
        lines("def f(rows):", "return sum(rows, [])"),
        lines(
            "def f(rows):", "out = rows[0] if rows else []", "for row in rows[1:]:", "    out.extend(row)", "return out"
        ),
        "f([[1], [2]])",
        "f([])",
    ),
    wrong(
        "text_prepend_in_loop",
        "not turned round",
        lines("def f(words):", "out = ''", "for word in words:", "    out = word + out", "return out"),
        lines("def f(words):", "return ''.join(words)"),
        "f(['a'])",
        "f(['a', 'a'])",
    ),
    wrong(
        "text_prepend_in_loop",
        "each word is turned round too",
        lines("def f(words):", "out = ''", "for word in words:", "    out = word + out", "return out"),
        lines("def f(words):", "return ''.join(words)[::-1]"),
        "f(['a', 'b'])",
        "f([])",
    ),
    wrong(
        "tuple_concat_in_loop",
        "a list is not a tuple",
        lines("def f(xs):", "out = ()", "for x in xs:", "    out += (x,)", "return out"),
        lines("def f(xs):", "return [x for x in xs]"),
        "len(f([1, 2]))",
        "len(f([]))",
    ),
    wrong(
        "a generator",
        "all is read before the first is given",
        lines("def f(xs):", "for x in xs:", "    yield x + 1"),
        lines("def f(xs):", "yield from [x + 1 for x in xs]"),
        "list(f([1, 2]))",
        "list(f([]))",
    ),
    wrong(
        "a generator",
        "what came before the error is lost",
        lines("def f(xs):", "for x in xs:", "    yield 1 // x"),
        lines("def f(xs):", "yield from [1 // x for x in xs]"),
        "list(f([1, 2]))",
        "list(f([]))",
    ),
    wrong(
        "an iterator",
        "read twice",
        lines(
            "def f(xs):", "total = count = 0", "for x in xs:", "    total += x", "    count += 1", "return total, count"
        ),
        lines("def f(xs):", "return sum(xs), sum(1 for _ in xs)"),
        "f([1, 2])",
        "f([])",
    ),
    wrong(
        "a coroutine",
        "another result",
        lines("async def f(n):", "return n // 2"),
        lines("async def f(n):", "return int(n / 2)"),
        "asyncio.run(f(4))",
        "asyncio.run(f(0))",
    ),
    wrong(
        "a cache on the object",
        "the object is changed",
        lines(
            "class Box:", "def __init__(self, xs):", "    self.xs = xs", "def f(self):", "    return sorted(self.xs)"
        ),
        lines(
            "class Box:",
            "def __init__(self, xs):",
            "    self.xs = xs",
            "def f(self):",
            "    self.xs.sort()",
            "    return list(self.xs)",
        ),
        "Box([2, 1]).f()",
        "Box([]).f()",
    ),
    wrong(
        "an explicit error",
        "in other words",
        lines("def f(n):", "if n < 0:", "    raise ValueError('n must not be negative')", "return n"),
        lines("def f(n):", "if n < 0:", "    raise ValueError('n is negative')", "return n"),
        "f(1)",
        "f(0)",
    ),
    wrong(
        "output",
        "printed once",
        lines("def f(xs):", "for x in xs:", "    print(x)"),
        lines("def f(xs):", "if xs:", "    print(xs[0])"),
        "f([1])",
        "f([])",
    ),
    wrong(
        "regex_built_in_loop",
        "the last match in place of the first",
        "import re\n\n\n"
        + lines(
            "def f(words, text):",
            "for word in words:",
            "    if re.search(word + '+', text):",
            "        return word",
            "return None",
        ),
        "import re\n\n\n"
        + lines(
            "def f(words, text):",
            "found = None",
            "for word in words:",
            "    if re.search(word + '+', text):",
            "        found = word",
            "return found",
        ),
        "f(['a', 'b'], 'aa')",
        "f(['x'], 'aa')",
    ),
    wrong(
        "chain_of_unpacked",
        "doubles are lost",
        "from itertools import chain\n\n\n" + lines("def f(rows):", "return list(chain(*rows))"),
        "from itertools import chain\n\n\n"
        + lines("def f(rows):", "return list(dict.fromkeys(chain.from_iterable(rows)))"),
        "f([[1], [2]])",
        "f([])",
    ),
    wrong(
        "same_generator_twice",
        "used up by the first",
        lines("def f(xs):", "return sum(x for x in xs), max([x for x in xs], default=0)"),
        lines("def f(xs):", "all_of_it = (x for x in xs)", "return sum(all_of_it), max(all_of_it, default=0)"),
        "f([])",
        "f([0])",
    ),
    wrong(
        "index_of_next",
        "the last place",
        lines("def f(xs):", "return xs.index(next(x for x in xs if x > 1))"),
        lines("def f(xs):", "return max(n for n, x in enumerate(xs) if x > 1)"),
        "f([1, 2])",
        "f([3])",
    ),
    wrong(
        "regex_without_prefilter",
        "at the beginning alone",
        "import re\n\n\n" + lines("def f(text):", "return bool(re.search('ab+', text))"),
        "import re\n\n\n" + lines("def f(text):", "return text.startswith('ab') and bool(re.search('ab+', text))"),
        "f('abb')",
        "f('xx')",
    ),
    wrong(
        "pop_front_of_attribute",
        "from the other end",
        lines("class Box:", "def __init__(self, xs):", "    self.xs = xs", "def f(self):", "    return self.xs.pop(0)"),
        lines("class Box:", "def __init__(self, xs):", "    self.xs = xs", "def f(self):", "    return self.xs.pop()"),
        "Box([2]).f()",
        "Box(['a']).f()",
    ),
    wrong(
        "membership_of_all",
        "the same, not a part",
        lines("def f(xs, ys):", "return all(x in ys for x in xs)"),
        lines("def f(xs, ys):", "return set(xs) == set(ys)"),
        "f([1], [1])",
        "f([1], [2])",
    ),
    wrong(
        "fnmatch_in_loop",
        "once for each name, not for each pattern",
        "from fnmatch import fnmatchcase as like\n\n\n"
        + lines("def f(names, heads):", "return [one for one in names for head in heads if like(one, head + '*')]"),
        "from fnmatch import fnmatchcase as like\n\n\n"
        + lines(
            "def f(names, heads):", "return [one for one in names if any(like(one, head + '*') for head in heads)]"
        ),
        "f(['ab'], ['a'])",
        "f(['x'], ['a'])",
    ),
    wrong(
        "types_joined_in_loop",
        "a subclass is left out",
        lines("def f(xs):", "return [isinstance(x, (int, str)) for x in xs]"),
        lines("def f(xs):", "return [type(x) in (int, str) for x in xs]"),
        "f([1, 'a'])",
        "f([])",
    ),
    wrong(
        "literal_built_in_loop",
        "all rows are one row",
        lines("def f(xs):", "return [[0] for _ in xs]"),
        lines("def f(xs):", "row = [0]", "return [row for _ in xs]"),
        "f([1, 2]) == [[0], [0]]",
        "f([])",
    ),
    wrong(
        "copied_to_iterate",
        "changed while it is walked",
        lines("def f(xs):", "for x in list(xs):", "    if x > 0:", "        xs.remove(x)", "return xs"),
        lines("def f(xs):", "for x in xs:", "    if x > 0:", "        xs.remove(x)", "return xs"),
        "f([1, 0])",
        "f([])",
    ),
    wrong(
        "array_grown_in_loop",
        "all parts are one buffer, as the last turn left it",
        CONCATENATE
        + lines(
            "def f(words):",
            "found, buffer = [], []",
            "for word in words:",
            "    buffer[:] = [word]",
            "    found = concatenate([found, buffer])",
            "return found",
        ),
        CONCATENATE
        + lines(
            "def f(words):",
            "parts, buffer = [[]], []",
            "for word in words:",
            "    buffer[:] = [word]",
            "    parts.append(buffer)",
            "return concatenate(parts)",
        ),
        "f(['a'])",
        "f([])",
    ),
    wrong(
        "frame_grown_in_loop",
        "what was there before the loop is lost",
        CONCATENATE
        + lines("def f(rows, more):", "for row in more:", "    rows = concatenate([rows, [row]])", "return rows"),
        CONCATENATE + lines("def f(rows, more):", "return concatenate([[row] for row in more]) if more else rows"),
        "f([], [1, 2])",
        "f([1], [])",
    ),
    wrong(
        "iterrows_in_loop",
        "a table without rows need not have the column",
        lines(
            "def f(table):",
            "rows = [dict(zip(table, row)) for row in zip(*table.values())]",
            "return [row['count'] for row in rows]",
        ),
        lines("def f(table):", "return list(table['count'])"),
        "f({'count': [1, 2], 'price': [3, 4]})",
        "f({'price': [], 'count': []})",
    ),
    wrong(
        "numpy_append_in_loop",
        "what is appended is no longer made flat",
        CONCATENATE
        + lines(
            "def f(rows):", "found = []", "for row in rows:", "    found = concatenate([found, row])", "return found"
        ),
        lines("def f(rows):", "found = []", "for row in rows:", "    found.append(row)", "return found"),
        "len(f([[1], [2]]))",
        "f([])",
    ),
    wrong(
        "join_of_generator",
        "an iterator that ends is another error",
        lines("def f(words, n):", "left = iter(words)", "return ''.join(next(left) for _ in range(n))"),
        lines("def f(words, n):", "left = iter(words)", "return ''.join([next(left) for _ in range(n)])"),
        "f(['a', 'b'], 2)",
        "f([], 0)",
    ),
    wrong(
        "lambda_item_key",
        "of equal keys, the last in place of the first",
        lines("def f(rows):", "return max(rows, key=lambda row: row[0])"),
        lines("def f(rows):", "return sorted(rows, key=lambda row: row[0])[-1]"),
        "f([(1, 'a'), (2, 'b')])",
        "f([(1, 'a')])",
    ),
    wrong(
        "larger_side_filtered",
        "in the order of the other",
        lines("def f(table, keys):", "return [key for key in table if key in keys]"),
        lines("def f(table, keys):", "return [key for key in keys if key in table]"),
        "f({'a': 1, 'b': 2}, ['a', 'b'])",
        "f({'a': 1}, ['b'])",
    ),
    wrong(
        "enum_found_by_value",
        "another error for a value that nobody has",
        "import enum\n\n\n"
        + lines("class C(enum.Enum):", "RED = 'red'", "BLUE = 'azure'")
        + "\n\n"
        + lines("def f(text):", "return C(text).name"),
        "import enum\n\n\n"
        + lines("class C(enum.Enum):", "RED = 'red'", "BLUE = 'azure'")
        + "\n\n_C = {one.value: one for one in C}\n\n\n"
        + lines("def f(text):", "return _C[text].name"),
        "f('red')",
        "f('azure')",
    ),
    wrong(
        "a generator",
        "its argument is emptied before the first is given",
        lines("def f(queue):", "while queue:", "    yield queue.pop(0)"),
        lines("def f(queue):", "items = list(queue)", "del queue[:]", "yield from items"),
        "list(f([1, 2]))",
        "list(f([]))",
    ),
    wrong(
        "a generator",
        "printed before the first is given",
        lines("def f(xs):", "for x in list(xs):", "    print(x)", "    yield x"),
        lines("def f(xs):", "xs = list(xs)", "for x in xs:", "    print(x)", "yield from xs"),
        "list(f([1, 2]))",
        "list(f([]))",
    ),
    wrong(
        "a generator",
        "one list for all, filled otherwise",
        lines("def f(xs):", "out = []", "for x in xs:", "    out.append(x)", "    yield out"),
        lines(
            "def f(xs):",
            "out = []",
            "for x in xs:",
            "    out[1:] = [x] if out else []",
            "    yield out or out.append(x) or out",
        ),
        "len(list(f([1, 2])))",
        "list(f([1]))",
    ),
    wrong(
        "a generator",
        "what it has given is not changed afterwards",
        lines("def f(xs):", "yield xs", "xs += [1]"),
        lines("def f(xs):", "yield xs"),
        "len(list(f([1, 2])))",
        "len(list(f([])))",
    ),
    wrong(
        "a generator",
        "nothing is done when it is closed early",
        lines("def f(xs, log):", "try:", "    for x in xs:", "        yield x", "finally:", "    log.append(0)"),
        lines("def f(xs, log):", "for x in xs:", "    yield x", "log.append(0)"),
        "list(f([1, 2], []))",
        "list(f([3], []))",
    ),
    wrong(
        "an explicit error",
        "with another attribute",
        *(
            lines(
                "class Empty(ValueError):",
                "def __init__(self, at):",
                "    super().__init__('empty')",
                "    self.at = at",
            )
            + "\n\n"
            + lines("def f(xs):", "if not xs:", f"    raise Empty({at})", "return xs")
            for at in ("1", "0")
        ),
        "f([1])",
        "f([2, 3])",
    ),
    wrong(
        "output",
        "among the results, not among the errors",
        "import sys\n\n\n" + lines("def f(n):", "print(n, file=sys.stderr)"),
        lines("def f(n):", "print(n)"),
        "f(1)",
        "f(2)",
    ),
    wrong(
        "output",
        "nothing is logged",
        *(
            "import logging\n\nLOG = logging.getLogger('case')\n\n\n" + lines("def f(xs):", *log, "return sum(xs)")
            for log in (["LOG.debug('sum of %s', xs)"], [])
        ),
        "f([1])",
        "f([])",
    ),
    wrong(
        "output",
        "nobody is warned",
        *(
            "import warnings\n\n\n" + lines("def f(xs):", *warn, "return sum(xs)")
            for warn in (["warnings.warn('old', DeprecationWarning)"], [])
        ),
        "f([1])",
        "f([])",
    ),
    wrong(
        "a file",
        "other content",
        *(
            lines("def f(name, n):", "with open(f'{name}.txt', 'w') as file:", f"    file.write(str({what}))")
            for what in ("n", "0")
        ),
        "f('a', 0)",
        "f('b', 0)",
    ),
    wrong(
        "a file",
        "left behind",
        *(
            "import os\n\n\n"
            + lines(
                "def f(name):", "with open(f'{name}.tmp', 'w') as file:", "    file.write('')", *remove, "return name"
            )
            for remove in (["os.remove(f'{name}.tmp')"], [])
        ),
        "f('a')",
        "f('b')",
    ),
    wrong(
        "the environment",
        "left as it was",
        *(
            "import os\n\n\n" + lines("def f(text):", *put, "return text")
            for put in (["os.environ['CASE'] = text"], [])
        ),
        "f('a')",
        "f('b')",
    ),
    wrong(
        "same_call_twice",
        "another function counts its calls",
        *(
            "CALLS = []\n\n\n" + lines("def g(n):", "CALLS.append(n)", "return n * 2") + "\n\n" + f
            for f in (
                lines("def f(n):", "return g(n) + g(n)"),
                lines("def f(n):", "one = g(n)", "return one + one"),
            )
        ),
        "f(1)",
        "f(2)",
    ),
    wrong(
        "an attribute of a class",
        "no longer counted",
        *(
            lines("class Box:", "made = 0", "def f(self, n):", *count, "    return [n]")
            for count in (["    Box.made += 1"], [])
        ),
        "Box().f(1)",
        "Box().f(2)",
    ),
    wrong(
        "an object of the module",
        "no longer counted",
        *(
            "import types\n\nSTATE = types.SimpleNamespace(made=0)\n\n\n" + lines("def f(n):", *count, "return [n]")
            for count in (["STATE.made += 1"], [])
        ),
        "f(1)",
        "f(2)",
    ),
    wrong(
        "a generator",
        "nobody hears what it is sent",
        *(
            lines("def f(xs):", "for x in xs:", *body)
            for body in (["    got = yield x", "    if got:", "        print(got)"], ["    yield x"])
        ),
        "list(f([1, 2]))",
        "list(f([]))",
    ),
    wrong(
        "a generator",
        "all callers are given one list",
        lines("def f(n):", "yield [n]", "yield [0]"),
        "LAST = [0]\n\n\n" + lines("def f(n):", "yield [n]", "yield LAST"),
        "list(f(1))",
        "list(f(2))",
    ),
    wrong(
        "a coroutine",
        "all callers are given one list",
        lines("async def f(n):", "return [0]"),
        "LAST = [0]\n\n\n" + lines("async def f(n):", "return LAST"),
        "asyncio.run(f(1))",
        "asyncio.run(f(2))",
    ),
    wrong(
        "an asynchronous generator",
        "nothing is done when it is closed early",
        lines("async def f(xs):", "try:", "    for x in xs:", "        yield x", "finally:", "    xs.append('closed')")
        + DRAIN,
        lines("async def f(xs):", "for x in xs:", "    yield x", "xs.append('closed')") + DRAIN,
        "asyncio.run(drained(f([1])))",
        "asyncio.run(drained(f([1, 2])))",
    ),
    wrong(
        "restored_decorator",
        "what a property keeps is out of date when the object changes",
        box("@property", SUM),
        box("@functools.cached_property", SUM),
        "Box(3).total",
        "Box(4).total",
        "Box(2).add(1)",
    ),
    *(
        wrong("restored_decorator", why, box("", SUM), after, "Box(3).total()", "Box(4).total()", "Box(2).add(1)")
        for why, after in (
            ("what a method keeps is out of date when the object changes", box("@functools.lru_cache(None)", SUM)),
            ("what the module keeps is out of date when the object changes", box("", *IN_MODULE)),
        )
    ),
    wrong(
        "restored_decorator",
        "all who ask an object are given one list",
        *(
            STORES
            + lines(
                "class Box:", "def __init__(self, n):", "    self.n = n", kept, "def all(self):", "    return [self.n]"
            )
            for kept in ("@property", "@functools.cached_property")
        ),
        "Box(1).all",
        "Box(2).all",
    ),
    wrong(
        "a class method",
        "a class that comes from this one is left out",
        *(lines("class Box:", "@classmethod", "def f(cls, n):", f"    return {kind}") for kind in ("cls, n", "Box, n")),
        "Box.f(1)",
        "Box.f(2)",
    ),
    wrong(
        "an explicit error",
        "with another cause",
        *(
            lines("def f(xs):", "if not xs:", f"    raise ValueError('none') from OSError({cause!r})", "return xs")
            for cause in ("a file", "a directory")
        ),
        "f([1])",
        "f([2, 3])",
    ),
    wrong(
        "a log",
        "something else is logged",
        *(
            "import logging\n\n\n"
            + lines("def f(text):", f"logging.getLogger('f').info('read %s', {what})", "return 1")
            for what in ("text", "'a'")
        ),
        "f('a')",
        "f('b')",
    ),
    *(
        wrong(
            "a setting",
            why,
            *(f"import {module}\n\n\n" + lines("def f(n):", *done, "return n") for done in ([statement], [])),
            "f(1)",
            "f(2)",
        )
        for why, module, statement in (
            ("how deep calls may go", "sys", "sys.setrecursionlimit(1234)"),
            ("how exact decimals are", "decimal", "decimal.getcontext().prec = 5"),
            ("what is done at the end", "atexit", "atexit.register(len, ())"),
        )
    ),
    wrong(
        "a setting",
        "a variable of the context",
        *(
            "import contextvars\n\nNOW = contextvars.ContextVar('now')\n\n\n" + lines("def f(n):", *done, "return n")
            for done in (["NOW.set(n)"], [])
        ),
        "f(1)",
        "f(2)",
    ),
    wrong(
        "a result",
        "a method of another object",
        *(lines("def f(n):", "one, other = {1}, {2}", f"return {name}.__contains__") for name in ("one", "other")),
        "callable(f(1))",
        "callable(f(2))",
    ),
    wrong(
        "same_call_twice",
        "a function of another module counts its calls",
        *(
            "from elsewhere import count\n\n\n" + lines("def f(xs):", *body, "return len(xs)")
            for body in (["for x in xs:", "    count(x)"], ["for x in set(xs):", "    count(x)"])
        ),
        "f([1, 1])",
        "f([2])",
    ),
    wrong(
        "a variable of another module",
        "no longer counted",
        *("import elsewhere\n\n\n" + lines("def f(n):", *count, "return n") for count in (["elsewhere.MADE += 1"], [])),
        "f(1)",
        "f(2)",
    ),
    wrong(
        "an attribute of a function",
        "no longer counted",
        *(lines("def f(n):", *count, "return n") for count in (["f.calls = getattr(f, 'calls', 0) + 1"], [])),
        "f(1)",
        "f(2)",
    ),
    wrong(
        "a closure",
        "called once in place of each time",
        *(
            lines("def counter():", "made = [0]", "def count():", "    made[0] += 1", "return count")
            + "\n\ncount = counter()\n\n\n"
            + lines("def f(xs):", *body, "return len(xs)")
            for body in (["for x in xs:", "    count()"], ["if xs:", "    count()"])
        ),
        "f([1, 2])",
        "f([])",
    ),
]
