import fnmatch
import os
import re


def kept(name, patterns):
    for pattern in patterns:
        if fnmatch.fnmatch(name, pattern):
            return True
