import re
from os.path import *


def f(text):
    return re.search('a', text)
