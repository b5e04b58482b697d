"""Names that stand above the imports."""

__version__ = "1.0"
__all__ = ["kind"]

import sys

__author__ = "nobody"


def kind(name):
    kinds = ["a", "b", "c"]
    return sys.intern(name) in kinds


CALLS = ["kind('a')", "kind('d')", "kind(1)"]
