import fnmatch
import os
import re


def f(x):
    return fnmatch.filter(x, '*.py')
