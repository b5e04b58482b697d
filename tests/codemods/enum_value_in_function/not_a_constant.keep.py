from enum import Enum, auto


class A(Enum):
    X = auto()


def f():
    return A.X.value
