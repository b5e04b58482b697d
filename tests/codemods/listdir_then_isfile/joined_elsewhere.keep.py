import os


def f(p, place):
    for n in os.listdir(p):
        if os.path.isfile(place):
            place = os.path.join(p, n)
        if n:
            other = os.path.join(p, n)
        if os.path.isdir(other):
            return n
