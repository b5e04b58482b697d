import re
import os
import glob as fnmatch


def f(x):
    return fnmatch.fnmatch(x, '*.py')
