import fnmatch
import os
import re


def f(x):
    return fnmatch.fnmatch(x, b'*.py')
