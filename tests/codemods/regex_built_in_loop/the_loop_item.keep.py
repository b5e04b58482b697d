import re


def cut(patterns, line):
    return [re.search(pattern, line) for pattern in patterns]
