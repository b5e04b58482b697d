import re


def cut(pattern, lines):
    for line in lines:
        try:
            return re.search(pattern, line)
        except re.error:
            return None
