class A:
    X = 1


def f():
    return A.X.value
