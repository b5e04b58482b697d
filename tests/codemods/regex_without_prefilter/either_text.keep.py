import re

TAG = re.compile(r"\W*(?:ignore|accept)")


def tagged(lines):
    return [line for line in lines if TAG.search(line)]
