import fnmatch

X = 1

import re


def f(x):
    return fnmatch.fnmatchcase(x, '*.py')
