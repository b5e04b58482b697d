"""Makes up loops that join and change arrays, and loops over frames: what is rewritten gives the same values."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods import rewrite
from tests.codemods.test_codemods import answers

STARTS = ["np.zeros(2)", "[]", "buffer", "items[0]", "np.array([1.5])", "buffer[:2]"]
CHANGES = [
    "buffer[0] = turn", "buffer += 1", "buffer.sort()", "fill(buffer)", "turn += 1", "part[0] = 9", "part = part * 2",
    "part = np.full(2, turn)", "part = buffer", "part = buffer[1:]", "part = np.asarray(buffer)", "part -= 1",
    "item[0] = 4", "if turn: continue", "if turn > 2: break", "out = np.hstack([out, part])",
    "if turn % 2: part = np.arange(2.0)", "seen.append(part)", "np.add(buffer, 1, out=buffer)", "size = fill(part)",
]  # fmt: skip
PARTS = [
    "part",
    "buffer",
    "item",
    "item * 2",
    "buffer[turn:]",
    "np.asarray(buffer)",
    "[turn, turn]",
    "part.reshape(-1)",
]


@st.composite
def loops(draw: st.DrawFn) -> str:
    change = st.sampled_from(CHANGES)
    parts = ", ".join(draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=2)))
    steps = [
        *draw(st.lists(change, max_size=3)),
        f"out = np.hstack([out, {parts}])",
        *draw(st.lists(change, max_size=2)),
    ]
    nested = draw(st.sampled_from(["", "if turn:", "for item in items[:1]:"]))
    body = [nested, *(f"    {step}" for step in steps)] if nested else steps
    lines = [
        "import numpy as np",
        "",
        "def fill(array):",
        "    array[:] = array[::-1] + 1",
        "    return len(array)",
        "",
        "def f(items, buffer):",
        "    seen = []",
        "    turn = 0",
        "    part = np.ones(2)",
        f"    out = {draw(st.sampled_from(STARTS))}",
        "    for item in items:",
        "        turn += 1",
        *(f"        {line}" for line in body),
        "    return list(out), list(buffer), [list(item) for item in items]",
    ]
    return "\n".join([*lines, ""])


CALLS = [
    "f([], np.arange(3.0))",
    "f([np.ones(2)], np.arange(3.0))",
    "f([np.ones(2), np.arange(2.0), np.zeros(3), np.zeros(1)], np.arange(3.0))",
]


@settings(max_examples=400)
@given(source=loops())
def test_parts_are_joined_as_they_were_in_their_turn(source: str) -> None:
    found = rewrite("array_grown_in_loop", source)
    if found.sites:
        assert shapes(source) == shapes(found.source)


def shapes(source: str) -> list[object]:
    return [str(answer) for answer in answers(source, calls=CALLS)]


ROWS = [
    "out.append(row['a'])", "if row['a'] > 1: continue", "total += row['n']", "name = row['b'] + '!'",
    "out.append(name)", "if flag: out.append(row['c'])", "if not flag: break", "out += [row['n'] for _ in range(2)]",
    "row['a'] = 5", "out.append(_)", "out.append(len(row))", "frame = None", "out.append(row['n'] / 2)",
    "out.append(row['n'] / row['a'])", "if row['n'] and flag: break", "out.append(flag and row['c'])",
    "for _, row in frame.iterrows(): total += row['a']",
]  # fmt: skip


@st.composite
def row_loops(draw: st.DrawFn) -> str:
    steps = draw(st.lists(st.sampled_from(ROWS), min_size=1, max_size=4))
    lines = [
        "import pandas",
        "",
        "def f(frame, flag):",
        "    out = []",
        "    total = 0",
        "    name = ''",
        "    for _, row in frame.iterrows():",
        *(f"        {step}" for step in steps),
        f"    {draw(st.sampled_from(['return out, total', 'return out, total, row', 'return out, _', 'return name']))}",
    ]
    return "\n".join([*lines, ""])


FRAMES = [
    f"f(pandas.DataFrame({columns}), {flag})"
    for columns in ["", "{'a': [], 'b': [], 'n': []}", "{'a': [1, 2, 0], 'b': ['x', 'y', 'z'], 'n': [3, 0, 5]}"]
    for flag in (False, True)
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=300)
@given(source=row_loops())
def test_columns_say_what_rows_do(source: str) -> None:
    found = rewrite("iterrows_in_loop", source)
    if found.sites:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert answers(source, calls=FRAMES) == answers(found.source, calls=FRAMES)
