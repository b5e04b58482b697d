import os


def f(p):
    for n in os.listdir(p):
        n = n.lower()
        if os.path.isfile(os.path.join(p, n)):
            return n
