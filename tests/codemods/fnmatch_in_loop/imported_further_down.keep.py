import fnmatch


def kept(names, patterns):
    return [name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]


KEPT = kept(["a.py"], ["*.py"])

import os
import re

CALLS = ["KEPT"]
