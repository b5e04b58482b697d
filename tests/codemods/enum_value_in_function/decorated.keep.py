from enum import Enum, unique


@unique
class A(Enum):
    X = 1


def f():
    return A.X.value
