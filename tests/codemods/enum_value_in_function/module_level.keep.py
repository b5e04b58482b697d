from enum import Enum


class A(Enum):
    X = 1


Y = A.X.value
