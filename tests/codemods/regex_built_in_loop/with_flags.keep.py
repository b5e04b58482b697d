import re


def cut(pattern, lines, flags):
    return [re.search(pattern, line, flags) for line in lines]
