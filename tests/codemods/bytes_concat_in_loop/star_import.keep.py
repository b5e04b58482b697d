from os.path import *


def f(parts):
    data = b""
    for part in parts:
        data += part
    return data
