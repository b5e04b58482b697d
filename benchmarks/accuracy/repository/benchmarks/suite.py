"""The work as asv runs it."""

from work import formulas, json_lines, ordering, patterns, records, recursion, strings, words


def time_formulas():
    formulas.run()


def time_json_lines():
    json_lines.run()


def time_ordering():
    ordering.run()


def time_patterns():
    patterns.run()


def time_records():
    records.run()


def time_recursion():
    recursion.run()


def time_strings():
    strings.run()


def time_words():
    words.run()
