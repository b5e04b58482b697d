import mine as os


def f(p):
    for n in os.listdir(p):
        if os.path.isfile(os.path.join(p, n)):
            return n
