from mine import Enum


class A(Enum):
    X = 1


def f():
    return A.X.value
