import re


def cut(pattern, lines):
    for line in lines:
        pattern = re.sub(pattern, "", line)
    return pattern
