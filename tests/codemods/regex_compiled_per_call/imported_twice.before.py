from re import match

VERSION = 1
import re


def is_version(text):
    return match(r"v?\d+(\.\d+)*$", text, re.A) is not None


CALLS = ["is_version('v1.2')", "is_version('x')"]
