"""Base's way for some calls alone, as text; that the calls agree is for the gate to say."""

from __future__ import annotations

import pytest

from bot.core.changed import Changed
from bot.core.guards import LONGEST, MOST, Shape, guarded
from bot.core.source import functions

BASE = """\
    digits = data[::-1].hex()
    return digits.upper()
"""
HEAD = """\
    # the long way
    digits = "%032x" % int.from_bytes(data, "little")
    return digits.upper()
"""
SIXTEEN = {"data": Shape("bytes", 16)}


def offered(base, head, shapes=SIXTEEN, base_line="def f(data, flag):\n", head_line="def f(data, flag):\n"):
    before, after = f"{base_line}{base}", f"{head_line}{head}"
    there = [functions(text)[0] for text in (before, after)]
    found = guarded(before, after, Changed("m.py", "f", "m.py", *there, ()), shapes)
    assert len(found) <= MOST
    return {one.condition: one.source for one in found}


def test_base_s_way_and_head_s_stand_beside_each_other():
    found = offered(BASE, HEAD)
    assert list(found) == ["type(data) is bytes and len(data) == 16", "type(data) is bytes"]
    assert found["type(data) is bytes"] == (
        "def f(data, flag):\n"
        "    # the long way\n"
        "    if type(data) is bytes:\n"
        "        digits = data[::-1].hex()\n"
        "    else:\n"
        '        digits = "%032x" % int.from_bytes(data, "little")\n'
        "    return digits.upper()\n"
    )


@pytest.mark.parametrize(
    ("shape", "conditions"),
    [
        pytest.param(
            Shape("str"),
            ["type(data) is str and data.isascii()", "type(data) is str and data", "type(data) is str"],
            id="texts of several lengths",
        ),
        pytest.param(Shape("int"), ["type(data) is int"], id="numbers"),
        pytest.param(Shape("Thing"), [], id="not a type that is not the language's own"),
    ],
)
def test_what_all_recorded_calls_have_alike_is_a_condition(shape, conditions):
    assert list(offered(BASE, HEAD, {"data": shape, "flag": Shape("bool")})) == conditions


def test_what_the_code_asks_about_is_a_condition_either_way():
    found = offered("    return data\n", "    if flag and data:\n        return data.strip()\n    return data\n", {})
    assert list(found) == ["not flag", "flag", "not data", "data"]
    assert found["not flag"] == (
        "def f(data, flag):\n    if not (not flag):\n        if flag and data:\n            return data.strip()\n"
        "    return data\n"
    )


@pytest.mark.parametrize(
    ("line", "conditions"),
    [
        pytest.param("def f(data, flag, top=None):\n", ["top is None"], id="an option"),
        pytest.param(
            "def f(data, flag, top=None, *, strict=False):\n", ["top is None and strict is False"], id="two of them"
        ),
        pytest.param("def f(data, flag, top=0):\n", [], id="not one that is compared by its own means"),
        pytest.param("def f(data, flag, top):\n", [], id="not one that everybody has to give"),
        pytest.param("def f(data, flag, *top):\n", [], id="not one for all the rest"),
    ],
)
def test_who_does_not_ask_for_what_head_has_added_is_a_condition(line, conditions):
    assert list(offered(BASE, HEAD, {}, head_line=line)) == conditions


def test_what_the_code_compares_with_none_is_a_condition_either_way():
    found = offered("    return data\n", "    return flag if flag is not None else data\n", {})
    assert list(found) == ["flag is None", "flag is not None"]


def test_a_short_cut_that_comes_back_is_asked_for_first():
    found = offered(
        '    """Says."""\n    if data:\n        return data\n    return -data\n',
        '    """Says."""\n    return -data\n',
        {},
    )
    assert found["data"] == (
        'def f(data, flag):\n    """Says."""\n'
        "    if data:\n        if data:\n            return data\n    return -data\n"
    )


def test_a_loop_that_differs_inside_stays_as_it_is_at_head():
    loop = "    known = False\n    for one in data:\n        known |= {}\n"
    base, head = "    if not known:\n        return flag\n    return data\n", "    return data if known else flag\n"
    found = offered(loop.format("one > 1") + base, loop.format("bool(one > 1)") + head, {})
    text = found["not known"]
    assert "known |= bool(one > 1)" in text
    assert text.endswith("    else:\n        return data if known else flag\n")
    assert "one" not in found, "what a loop binds may not be bound"


def test_a_loop_is_there_twice_where_nothing_else_differs():
    loop = "    found = []\n    for one in data:\n        found.append({})\n    return found\n"
    head_line = "def f(data, flag, strict=False):\n"
    found = offered(loop.format("one"), loop.format("one if not strict else int(one)"), {}, head_line=head_line)
    assert found["strict is False"] == (
        "def f(data, flag, strict=False):\n    found = []\n"
        "    if strict is False:\n        for one in data:\n            found.append(one)\n"
        "    else:\n        for one in data:\n            found.append(one if not strict else int(one))\n"
        "    return found\n"
    )


@pytest.mark.parametrize(
    ("base", "head", "more"),
    [
        pytest.param(BASE, BASE, {}, id="nothing that differs"),
        pytest.param(BASE.replace("data[", "_data["), HEAD, {}, id="not with a name that head has not"),
        pytest.param(
            BASE.replace("data[::-1]", "data.turned()") + "\ndef turned():\n    return 1\n",
            HEAD,
            {},
            id="not with a method that head has not",
        ),
        pytest.param(BASE, HEAD, {"base_line": "def f(data, flags):\n"}, id="not where base takes something else"),
        pytest.param(BASE, HEAD, {"base_line": "async def f(data, flag):\n"}, id="not where one is awaited"),
        pytest.param(BASE.replace("hex()", "hex('''\n''')"), HEAD, {}, id="not with a text of several lines"),
        pytest.param("    global digits\n" + BASE, HEAD, {}, id="not with a declaration"),
        pytest.param("    def g():\n        return 1\n" + BASE, HEAD, {}, id="not with a function"),
        pytest.param(BASE, HEAD.replace("\n    return", ";\\\n    return"), {}, id="not what shares a line"),
        pytest.param("    data += 1\n" * LONGEST + BASE, HEAD, {}, id="not more than anybody keeps twice"),
        pytest.param(" " + BASE.replace("\n    ", "\n     "), HEAD, {}, id="not what is indented otherwise"),
        pytest.param(BASE, HEAD, {"shapes": {}}, id="not where nothing tells calls apart"),
    ],
)
def test_nothing_is_offered(base, head, more):
    assert offered(base, head, **more) == {}
