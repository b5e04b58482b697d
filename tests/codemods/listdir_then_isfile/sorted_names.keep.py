import os


def f(p):
    for n in sorted(os.listdir(p)):
        if os.path.isfile(os.path.join(p, n)):
            return n
