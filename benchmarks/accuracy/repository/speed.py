"""The work as pyperf runs it."""

import pyperf
from work import formulas, json_lines, ordering, patterns, records, recursion, strings, words

runner = pyperf.Runner()
for module in (formulas, json_lines, ordering, patterns, records, recursion, strings, words):
    runner.bench_func(module.__name__.partition(".")[2], module.run)
