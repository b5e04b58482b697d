import fnmatch
import os
import re


def kept(names, patterns):
    patterns_compiled = [re.compile(fnmatch.translate(item)).match for item in patterns]
    return [name for name in names if any(pattern(name) is not None for pattern in patterns_compiled)]


CALLS = ["kept([], [])", "kept(['a.py', 'b.txt'], ['*.py', 'c*'])"]
