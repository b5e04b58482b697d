import os


def f():
    for n in os.listdir():
        if os.path.isfile(n):
            return n
