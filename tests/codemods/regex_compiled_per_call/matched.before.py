import os
import re


def is_version(text):
    return re.match(r"v?\d+(\.\d+)*$", text) is not None


CALLS = ["is_version('v1.2')", "is_version('')", "is_version(b'1')", "is_version(None)"]
