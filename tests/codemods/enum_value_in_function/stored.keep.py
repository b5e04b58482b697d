from enum import Enum


class A(Enum):
    X = 1


def f():
    A.X.value = 2
