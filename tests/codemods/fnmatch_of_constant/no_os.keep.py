import fnmatch
import re


def f(x):
    return fnmatch.fnmatch(x, '*.py')
