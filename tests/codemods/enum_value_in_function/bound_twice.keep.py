from enum import Enum


class A(Enum):
    X = 1


A = A


def f():
    return A.X.value
