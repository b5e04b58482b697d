from enum import Enum


class A(Enum):
    X = 1

    @property
    def value(self):
        return 2


def f():
    return A.X.value
