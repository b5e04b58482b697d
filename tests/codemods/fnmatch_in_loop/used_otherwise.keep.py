import fnmatch
import os
import re


def kept(names, patterns):
    for name in names:
        for pattern in patterns:
            if fnmatch.fnmatch(name, pattern):
                return pattern
