from enum import Enum


class A(Enum):
    X = 1


def f(A):
    return A.X.value
