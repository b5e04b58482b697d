import os


def f(p):
    return [[n for n in p] for n in os.listdir(p) if os.path.isfile(os.path.join(p, n))]
