import os
import re

_IS_VERSION_PATTERN = re.compile(r"v?\d+(\.\d+)*$")


def is_version(text):
    return _IS_VERSION_PATTERN.match(text) is not None


CALLS = ["is_version('v1.2')", "is_version('')", "is_version(b'1')", "is_version(None)"]
