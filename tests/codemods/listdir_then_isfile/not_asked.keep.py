import os


def f(p):
    for n in os.listdir(p):
        print(os.path.join(p, n))


def g(p):
    return [q for q in p if os.path.isfile(q)]
