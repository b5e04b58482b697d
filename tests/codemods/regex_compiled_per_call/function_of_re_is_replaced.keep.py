import re


def trace(function):
    re.search = function


def is_version(text):
    return re.search(r"v?\d+(\.\d+)*$", text) is not None
