import re

TAG = re.compile(r"ignore\W")


def tagged(lines):
    return [line for line in lines if TAG.search(line)]
