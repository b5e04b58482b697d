import re

TAG = re.compile(r"\W*[a-z]+px")


def tagged(lines):
    return [line for line in lines if TAG.search(line)]
