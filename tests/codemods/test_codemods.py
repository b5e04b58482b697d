"""Checks each pair of files five ways, each keep file, each card's example, and small programs made up by hypothesis.

A `.before.py` defines `CALLS`, texts of expressions; before and after must give the same answers or exceptions to all.
"""

from __future__ import annotations

import copy
import io
import re
import string
import tokenize
import types
import warnings
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from libcst import parse_module
from libcst.codemod import CodemodContext

import rules
from bot.core import card
from codemods import Codemod, Rewrite, RewriteError, catalogue, rewrite

HERE = Path(__file__).parent
BEFORE = sorted(HERE.glob("*/*.before.py"))
KEEP = sorted(HERE.glob("*/*.keep.py"))
INTRODUCED = (
    "set", "bytes", "bytearray", "deque", "collections", "re", "regex", "reversed", "tuple", "list", "chain", "Counter",
    "itertools", "operator", "itemgetter", "attrgetter",
)  # fmt: skip

warnings.filterwarnings("ignore", category=SyntaxWarning)


def words(path: Path, suffix: str) -> str:
    return path.name.removesuffix(suffix).replace("_", " ")


def sentence(path: Path) -> str:
    return f"{path.parent.name}: rewriting {words(path, '.before.py')}"


def refusal(path: Path) -> str:
    return f"{path.parent.name}: not rewriting {words(path, '.keep.py')}"


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def after_of(path: Path) -> str:
    return read(path.with_name(path.name.replace(".before.", ".after.")))


def settle(value: Any) -> Any:
    """Run a coroutine to its end, and give matches of `re` a shape that can be compared."""
    if isinstance(value, types.CoroutineType):
        try:
            value.send(None)
        except StopIteration as stop:
            return settle(stop.value)
        raise AssertionError("the coroutine waits for something")
    if isinstance(value, re.Match):
        return value.re.pattern, value.span(), value.groups()
    return value


def answers(source: str, *, calls: list[str] | None = None, messages: bool = False) -> list[Any]:
    """What the calls of a program give: type and value, or type (and message) of the exception."""
    scope: dict[str, Any] = {"__name__": "case"}
    exec(compile(source, "case", "exec"), scope)
    found: list[Any] = []
    for call in scope["CALLS"] if calls is None else calls:
        try:
            value = settle(eval(call, scope))
            found.append((call, type(value), copy.deepcopy(value)))
        except Exception as error:
            found.append((call, type(error), str(error) if messages else ""))
    return found


def assert_same(before: str, after: str, *, messages: bool = False) -> None:
    assert answers(before, messages=messages) == answers(after, messages=messages)


pairs = pytest.mark.parametrize("path", BEFORE, ids=sentence)
every_codemod = pytest.mark.parametrize("name", catalogue())


@pairs
def test_exact_text(path: Path) -> None:
    found = rewrite(path.parent.name, read(path))
    assert found.source == after_of(path)
    assert found.sites
    assert all(site.reason and "\n" not in site.reason for site in found.sites)


@pairs
def test_idempotent(path: Path) -> None:
    assert rewrite(path.parent.name, after_of(path)) == Rewrite(after_of(path), ())


def changed_lines(before: str, after: str) -> Iterator[tuple[int, list[str], list[str]]]:
    """Line number, removed lines and added lines of each difference."""
    old, new = before.splitlines(), after.splitlines()
    for word, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if word != "equal":
            yield a + 1, old[a:b], new[c:d]


@pairs
def test_stays_inside_the_chosen_lines(path: Path) -> None:
    name, before = path.parent.name, read(path)
    sites = rewrite(name, before).sites
    for index, site in enumerate(sites):
        lines = [(site.line, site.end_line)]
        one = rewrite(name, before, only=index)
        assert one.sites == (site,)
        assert rewrite(name, before, lines=lines).source == one.source or len(sites) > 1
        assert rewrite(name, before, lines=[(site.line + 1, site.end_line)]).source != one.source
        assert rewrite(name, before, lines=[]) == Rewrite(before, ())
        for line, removed, added in changed_lines(before, one.source):
            inside = site.line <= line and line + len(removed) - 1 <= site.end_line
            behind = line == site.end_line + 1 and not removed
            top = not removed and re.match(r"(from |import |_[A-Z_\d]+ = )", "\n".join(added).lstrip()) is not None
            assert inside or behind or top, (line, removed, added)
    with pytest.raises(RewriteError, match="no site"):
        rewrite(name, before, only=len(sites))


@pairs
def test_stays_inside_the_chosen_functions(path: Path) -> None:
    name, before = path.parent.name, read(path)
    whole = rewrite(name, before)
    functions = {site.function for site in whole.sites}
    assert rewrite(name, before, functions=frozenset(functions)) == whole
    assert rewrite(name, before, functions=frozenset(f.replace(".<locals>", "") for f in functions)) == whole
    assert rewrite(name, before, functions=frozenset({"", "<module>", "nobody"})) == Rewrite(before, ())


@pairs
def test_both_sides_give_the_same_answers(path: Path) -> None:
    safe = all(site.fix == "safe" for site in rewrite(path.parent.name, read(path)).sites)
    assert len(answers(read(path))) > 1
    assert_same(read(path), after_of(path), messages=safe)


def code_words(source: str) -> set[str]:
    return {t.string for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type == tokenize.NAME}


def indented(source: str, head: str) -> str:
    """The program as the body of something, with its calls beside it."""
    body, calls = re.split(r"^(?=CALLS = )", source, flags=re.MULTILINE)
    moved = re.sub(r"^from __future__.*\n", "", body, flags=re.MULTILINE)
    return head + re.sub(r"^(?=[^\n])", "    ", moved, flags=re.MULTILINE) + calls


def in_a_function(source: str) -> str:
    """Nested in its own kind: the same code, in a function, after the same code."""
    returned = "    globals().update({k: v for k, v in dict(**locals()).items()})\n\n\n"
    body, calls = indented(source, "def around():\n").split("CALLS = ")
    first, _ = re.split(r"^(?=CALLS = )", source, flags=re.MULTILINE)
    return f"{first}\n\n{body.replace('around():', 'around():', 1)}{returned}around()\nCALLS = {calls}"


def in_a_class(source: str) -> str:
    return re.sub(r'"(\w+)\(', r'"Around.\1(', indented(source, "class Around:\n"))


def in_a_branch(source: str) -> str:
    return indented(source, "if len('ab') == 2:\n")


def made_async(source: str) -> str:
    return source if "yield" in source else re.sub(r"^def ", "async def ", source, flags=re.MULTILINE)


def with_shadows(source: str) -> str:
    return source + f"\n{' = '.join(INTRODUCED)} = None\n"


def with_odd_format(source: str) -> str:
    return source + "\nodd  =  [ 1,2 ,] ;  strange=odd\t # \x0c\n\x0c\nif odd :strange  =  {  }\n\n\n# no end"


NEIGHBOURS = [in_a_function, in_a_class, in_a_branch, made_async, with_shadows, with_odd_format]


@pairs
@pytest.mark.parametrize("hostile", NEIGHBOURS)
def test_among_hostile_neighbours(path: Path, hostile: Any) -> None:
    name, before = path.parent.name, hostile(read(path))
    found = rewrite(name, before)
    assert_same(before, found.source)
    assert not rewrite(name, found.source).sites
    for index in range(len(found.sites) if len(found.sites) > 1 else 0):
        assert_same(before, rewrite(name, before, only=index).source)


@pairs
def test_refuses_when_a_name_that_it_needs_is_shadowed(path: Path) -> None:
    new = code_words(after_of(path)) - code_words(read(path))
    if new & set(INTRODUCED) or path.parent.name == "regex_compiled_per_call":
        assert not rewrite(path.parent.name, with_shadows(read(path))).sites


ODD_TEXTS = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "tabs": lambda text: text.replace("    ", "\t"),
    "two spaces": lambda text: text.replace("    ", "  "),
    "no newline at the end": lambda text: text.rstrip("\n"),
    "byte order mark": lambda text: "\ufeff" + text,
    "odd format behind": with_odd_format,
    "async": made_async,
}

NEVER_ASYNC = {"recursion_without_memo"}  # a cached coroutine can be awaited once only


@pairs
@pytest.mark.parametrize("odd", ODD_TEXTS)
def test_keeps_every_other_byte(path: Path, odd: str) -> None:
    change = ODD_TEXTS[odd]
    if odd == "async" and path.parent.name in NEVER_ASYNC:
        assert not rewrite(path.parent.name, change(read(path))).sites
        return
    assert rewrite(path.parent.name, change(read(path))).source == change(after_of(path))


@pytest.mark.parametrize("path", KEEP, ids=refusal)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_keeps(path: Path, newline: str) -> None:
    source = read(path).replace("\n", newline)
    compile(source, str(path), "exec")
    assert rewrite(path.parent.name, source) == Rewrite(source, ())


@every_codemod
def test_a_third_of_the_cases_prove_that_nothing_happens(name: str) -> None:
    kept = [path for path in KEEP if path.parent.name == name]
    rewritten = [path for path in BEFORE if path.parent.name == name]
    assert rewritten
    assert 2 * len(kept) >= len(rewritten)


@every_codemod
def test_a_codemod_has_a_card_whose_example_is_what_it_does(name: str) -> None:
    rule = card.parse(rules.load(name))
    found = rewrite(name, rule.before)
    assert (rule.name, found.source) == (name, rule.after)
    assert {site.fix for site in found.sites} <= {"safe", rule.fix}
    assert rule.workload is not None
    calls = [f"(lambda n: {rule.workload})({n})" for n in (0, 1, 2, 30)]
    assert answers(rule.before, calls=calls) == answers(rule.after, calls=calls)


@pytest.mark.parametrize("name", rules.names())
def test_a_card_shows_evidence_of_a_gain(name: str) -> None:
    rule = card.parse(rules.load(name))
    rows = re.findall(r"^\| (\d+) \|(.*)\|$", rule.sections["Evidence"], flags=re.MULTILINE)
    sizes = [int(size) for size, _ in rows]
    assert sizes[0] == rule.break_even
    assert min(float(ratio) for ratio in rows[-1][1].split("|")) > 1.15


@every_codemod
def test_a_codemod_runs_under_libcst_too(name: str) -> None:
    kind = catalogue()[name]
    rule = card.parse(rules.load(name))
    whole = kind(CodemodContext(), lines=["1-999"]).transform_module(parse_module(rule.before))
    none = kind(CodemodContext(), functions=["nobody"]).transform_module(parse_module(rule.before))
    assert issubclass(kind, Codemod)
    assert kind.DESCRIPTION
    assert (whole.code, none.code) == (rule.after, rule.before)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("def f(:\n", "syntax error on line 1", id="broken syntax"),
        pytest.param("x = 1\x00\n", "syntax error", id="a null byte"),
        pytest.param("x = '\ud800'\n", "not text", id="half a surrogate pair"),
        pytest.param("x\n\n\n\t\n# no end", "byte for byte", id="what libcst would not give back"),
        pytest.param("x = " + "(" * 3000 + ")" * 3000, "too deep", id="many brackets"),
        pytest.param("x = " + "-" * 100_000 + "1\n", "too deep", id="many signs"),
        pytest.param("x = 1" + " + 1" * 100_000 + "\n", "too deep", id="a long sum"),
        pytest.param("x = " + "not " * 500 + "1\nfor a in b: c += re.pop\n", "too deep", id="deep for the visitors"),
        pytest.param("if x:\n y\n" + "elif x:\n y\n" * 50_000, "too deep", id="many branches"),
        pytest.param('x = f"{' + "(" * 5000 + '1}"\n', "too deep", id="many brackets in an f-string"),
        pytest.param("x = (" + "'a'\n" * 50_000 + ")\n", "too deep", id="many strings in a row"),
    ],
)
@every_codemod
def test_says_in_one_line_why_it_cannot_rewrite(name: str, source: str, message: str) -> None:
    with pytest.raises(RewriteError, match=message) as caught:
        rewrite(name, source)
    assert "\n" not in str(caught.value)


def test_a_long_table_is_not_too_deep() -> None:
    source = "TABLE = [\n" + "    (-1.5, a.b, 'text ('),\n" * 3000 + "]\n"
    assert rewrite("regex_compiled_per_call", source) == Rewrite(source, ())


def test_an_unknown_codemod_is_an_error() -> None:
    with pytest.raises(RewriteError, match="there is no codemod nothing"):
        rewrite("nothing", "")


FRAGMENTS = [
    "def f(a, b):\n", "    ", "x = []\n", "x = b''\n", "x = list(a)\n", "for y in a:\n", "while x:\n", "x.append(y)\n",
    "x.pop(0)\n", "x += y\n", "x = x + [y]\n", "if y in x: pass\n", "import re\n", "re.search('a', b)\n", "return x\n",
    "class A:\n", "lambda x: x\n", "try:\n", "except* E as x:\n", "match x:\n", "case [*x]:\n", "\x0c", "\r", "\\\n",
    "f'{x!r:{y}}'\n", "async ", "await x\n", "def g[T](x: T): pass\n", "type X = int\n", "global x\n", "(x := y)\n",
]  # fmt: skip


@every_codemod
@settings(max_examples=30)
@given(text=st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS)).map("".join), st.text(string.printable)))
@example(text="async def f():\n    x = []\n    async for y in x: x = x + [y]\n")
def test_no_text_crashes_it(name: str, text: str) -> None:
    try:
        found = rewrite(name, text)
    except RewriteError:
        return
    assert bool(found.sites) == (found.source != text)


INITIAL = [
    "[]",
    "()",
    "(7,)",
    "list(range(3))",
    "[0]",
    "list(items)",
    "[i for i in items]",
    "b''",
    "set()",
    "{}",
    "sorted(items)",
    "[*items, 7]",
]
STEPS = [
    "box.append(item)", "box += data", "box = box + [item]", "box = box | {item}", "box = {**box, item: len(box)}",
    "out.append(box.pop(0))", "out.append(item in box)", "out.append(len(box))", "out.append(box)",
    "box = [*box, item]",
    "out.append(re.sub('1', 'x', text))", "out.append(bool(re.match(r'\\d', text, re.A)))", "box.add(item)",
    "other = box",
    "if item in box: continue", "if len(box) > 3: return box", "if not box: break", "out.append([i for i in box])",
    "for i in range(3): box += data",
    "box.insert(0, item)", "box = [item] + box", "if item not in box: box.append(item)", "out.append(box.count(item))",
    "out.append(tuple(i for i in box))", "out.append(sum([[item, i] for i in box], []))", "out.insert(0, item)",
    "out.append(bool(set(box) & {item}))", "out.append(item in list(box))", "box += (item,)", "flag = item in {*box}",
    "text = f'{item}.' + text", "out.append(','.join(str(i) for i in box))",
    "if box: out.append(list(i for i in box)[0])",
    "out.append([i for i in box if i in [str(j) for j in items]])", "out.append(item in [0, 1, 2, 3, 5, 8])",
    "out.append(any(text.startswith(i) for i in ('a', '1')))", "out.append(text.upper() in out)",
    "if box.count(item) > 1: out.append(box.count(item))", "out.append(text.split('.')[0])",
    "out.extend(i for i in items if i in box)", "while box: out.append(box.pop(0))",
]  # fmt: skip
TAILS = ["return out", "return out, box", "return box", "return len(box), out", "return [out, bytes(box)]", "yield box"]


@st.composite
def programs(draw: st.DrawFn) -> str:
    steps = draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=4))
    header = draw(st.sampled_from([["for item in items:"], ["while items:", "    item = items.pop()"]]))
    guard = draw(st.sampled_from(["", "try:", "if data:"]))
    lines = [
        "import re",
        "",
        "def f(items, data, text):",
        "    out = []",
        f"    box = {draw(st.sampled_from(INITIAL))}",
    ]
    loop = [*header, *(f"    {step}" for step in steps)]
    if guard:
        loop = [guard, *(f"    {line}" for line in loop)]
    if guard == "try:":
        loop += ["except IndexError:", "    pass"]
    lines += [f"    {line}" for line in loop]
    return "\n".join([*lines, f"    {draw(st.sampled_from(TAILS))}", ""])


CALLS = [
    f"(lambda r: list(r) if hasattr(r, 'send') else r)(f({items}, {data}, '1a'))"
    for items, data in [("[]", "b'x'"), ("[1, 2, 1]", "b'yz'"), ("[0, 5, 0, 7, 3]", "b''"), ("[2]", "[8]")]
]


@every_codemod
@settings(max_examples=40)
@given(program=programs())
def test_small_programs_behave_the_same(name: str, program: str) -> None:
    found = rewrite(name, program)
    if found.sites:
        assert answers(program, calls=CALLS) == answers(found.source, calls=CALLS)
        assert not rewrite(name, found.source).sites
