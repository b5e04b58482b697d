"""Checks that every card of the house can be read, and that a malformed one says in one line what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rules
from bot.core import card

TEXT = """---
name: slow_thing
description: Do it the quick way.
fix: safe
python: ">=3.11"
break-even: 8
workload: "f(n)"
signals: [f is hot]
references: ["https://example.org"]
---

## What it does
Something.

## Why is this slow?
It is quadratic.

## Example
```python
# no heading:
## What it does
f(1)
```

## Use instead
```python
g(1)
```

## When not
Below 8.

## Fix safety
Safe.

## Evidence
Measured.
"""


def test_reads_every_part() -> None:
    found = card.parse(TEXT)
    assert (found.name, found.fix, found.python, found.break_even) == ("slow_thing", "safe", ">=3.11", 8)
    assert (found.signals, found.references) == (("f is hot",), ("https://example.org",))
    assert found.workload == "f(n)"
    assert tuple(found.sections) == card.HEADINGS
    assert found.sections["When not"] == "Below 8."
    assert (found.before, found.after) == ("# no heading:\n## What it does\nf(1)\n", "g(1)\n")


def test_reads_windows_line_ends() -> None:
    assert card.parse(TEXT.replace("\n", "\r\n")) == card.parse(TEXT)


def test_a_rule_that_is_advice_needs_no_code() -> None:
    text = TEXT.replace("fix: safe", "fix: none").replace("```", "")
    text = text.replace("## What it does\nf(1)", "").replace('workload: "f(n)"\n', "")
    found = card.parse(text)
    assert (found.before, found.after, found.break_even, found.workload) == ("", "", 8, None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("---\nname", "name", "must start with front matter", id="no front matter"),
        pytest.param("name: slow_thing", "name: [", "not YAML", id="broken YAML"),
        pytest.param("name: slow_thing", "name: 3", "name must be a text", id="a name that is a number"),
        pytest.param("name: slow_thing\n", "", "lacks name", id="no name"),
        pytest.param("break-even", "brake-even", "did you mean break-even", id="a misspelt key"),
        pytest.param("fix: safe", "fix: yes", "fix must be one of", id="an unknown fix"),
        pytest.param("fix: safe", "fix: [safe]", "fix must be one of", id="a fix that is a list"),
        pytest.param('">=3.11"', '"3.11 or so"', "version specifier", id="no version specifier"),
        pytest.param("break-even: 8\n", "", "lacks break-even", id="no size"),
        pytest.param("break-even: 8", "break-even: 0", "whole number above 0", id="a size of nothing"),
        pytest.param("[f is hot]", "f is hot", "signals must be a list", id="a signal alone"),
        pytest.param("## When not\n", "", "'When not' once", id="a heading that is missing"),
        pytest.param("## Evidence\n", "## Evidence\n## Evidence\n", "'Evidence' once", id="a heading twice"),
        pytest.param("## Evidence\n", "## More\n\n## Evidence\n", "in this order", id="a heading too many"),
        pytest.param("```python\ng(1)", "```\ng(1)", "python code block", id="no code for a safe fix"),
    ],
)
def test_says_in_one_line_what_is_wrong(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(ValueError, match=message) as caught:
        card.parse(TEXT.replace(old, new, 1))
    assert "\n" not in str(caught.value)


@given(st.text())
def test_any_text_is_a_card_or_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        card.parse(text)


@given(st.text())
def test_any_front_matter_is_read_or_a_value_error(text: str) -> None:
    body = TEXT.split("---\n", 2)[2]
    with pytest.raises(ValueError, match=r".+"):
        card.parse(f"---\n{text}\n---\n{body}")


@pytest.mark.parametrize("name", rules.names())
def test_every_card_of_the_house_can_be_read(name: str) -> None:
    assert card.parse(rules.load(name)).name == name


def test_an_unknown_card_is_an_error() -> None:
    with pytest.raises(KeyError):
        rules.load("nothing")
    with pytest.raises(KeyError):
        rules.load("../README")
