import fnmatch
import os
import re


def f(x, p):
    return fnmatch.fnmatch(x, p)
