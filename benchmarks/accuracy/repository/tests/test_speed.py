"""The work as pytest-benchmark and pytest-codspeed run it."""

import pytest
from work import formulas, json_lines, ordering, patterns, records, recursion, strings, words


@pytest.mark.parametrize(
    "module",
    [formulas, json_lines, ordering, patterns, records, recursion, strings, words],
    ids=lambda module: module.__name__.partition(".")[2],
)
def test_speed(benchmark, module):
    benchmark(module.run)
