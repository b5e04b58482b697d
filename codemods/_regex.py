"""What can be told of a regular expression that is written out: its flags, whether it compiles, and where.

Its partner is `codemods/regex_compiled_per_call.py`, which asks.
"""

from __future__ import annotations

import re
import warnings

import libcst as cst

from codemods._edit import Python
from codemods._imports import is_module
from codemods._tree import Tree

NOT_EVERYWHERE = {"L", "LOCALE", "DEBUG", "T", "TEMPLATE", "NOFLAG"}
FLAGS = {name: value for name, value in re.RegexFlag.__members__.items() if name not in NOT_EVERYWHERE}
ONE_CHARACTER = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
NEW_IN_3_11 = re.compile(r"[*+?}]\+|\(\?>")


def flags_of(tree: Tree, node: cst.BaseExpression) -> int | None:
    """The value of `re.A | re.B`."""
    match node:
        case cst.Integer(value="0"):
            return 0
        case cst.BinaryOperation(operator=cst.BitOr()):
            left, right = flags_of(tree, node.left), flags_of(tree, node.right)
            return None if left is None or right is None else left | right
        case cst.Attribute(value=cst.Name() as module, attr=cst.Name(value=flag)) if flag in FLAGS:
            return int(FLAGS[flag]) if is_module(tree, module, "re") else None
    return None


def python_of(pattern: cst.BaseExpression) -> Python:
    """The oldest version that compiles a pattern: possessive quantifiers and atomic groups are new."""
    assert isinstance(pattern, cst.SimpleString | cst.ConcatenatedString)
    text = pattern.evaluated_value
    plain = text.decode("latin-1") if isinstance(text, bytes) else text or ""
    return (3, 11) if NEW_IN_3_11.search(ONE_CHARACTER.sub("x", plain)) else (3, 0)


def compiles(text: str | bytes, flags: int | None) -> bool:
    """Does this version compile the pattern, without a warning?"""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(text, flags or 0)
        except (re.error, ValueError, OverflowError, RecursionError, Warning):
            return False
    return True
