import re

TAG = re.compile(r"(?i)\W*ignore")


def tagged(lines):
    return [line for line in lines if TAG.search(line)]
