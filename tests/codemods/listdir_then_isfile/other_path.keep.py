import os


def f(p, q):
    for n in os.listdir(p):
        if os.path.isfile(os.path.join(q, n)):
            return n
