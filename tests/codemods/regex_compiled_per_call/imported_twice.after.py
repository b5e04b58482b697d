from re import match

VERSION = 1
import re

_IS_VERSION_PATTERN = re.compile(r"v?\d+(\.\d+)*$", re.A)


def is_version(text):
    return _IS_VERSION_PATTERN.match(text) is not None


CALLS = ["is_version('v1.2')", "is_version('x')"]
