"""Names that stand above the imports."""

__version__ = "1.0"
__all__ = ["kind"]

import sys

_KINDS = ["a", "b", "c"]

__author__ = "nobody"


def kind(name):
    kinds = _KINDS
    return sys.intern(name) in kinds


CALLS = ["kind('a')", "kind('d')", "kind(1)"]
