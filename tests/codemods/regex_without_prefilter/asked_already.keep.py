import re

TAG = re.compile(r"\W*ignore")


def tagged(lines):
    return [line for line in lines if "ignore" in line and TAG.search(line)]
