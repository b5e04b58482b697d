import shlex


def f():
    return shlex.split('a')[0]
