import fnmatch
import os


def f(x):
    return fnmatch.fnmatch(x, '*.py')
