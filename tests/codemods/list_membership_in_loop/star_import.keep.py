from os.path import *


def f(words):
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
    return 0
