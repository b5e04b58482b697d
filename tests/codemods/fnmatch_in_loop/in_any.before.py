import fnmatch
import os
import re


def kept(names, patterns):
    return [name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]


CALLS = ["kept([], [])", "kept(['a.py', 'b.txt'], ['*.py', 'c*'])"]
