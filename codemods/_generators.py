"""What a generator expression must not hold to be evaluated at once, and the comprehensions that do that.

Its partners are the codemods that replace generators.
"""

from __future__ import annotations

import libcst as cst

from codemods._flow import below


def is_plain_generator(node: cst.CSTNode) -> bool:
    """Is it a generator expression that ends in the same way when it is evaluated at once?

    A StopIteration from `next` becomes a RuntimeError in a generator only, and `super` finds no class in one; one that
    awaits is of another kind.
    """
    if not isinstance(node, cst.GeneratorExp):
        return False
    return not any(
        isinstance(item, cst.Await | cst.Yield | cst.NamedExpr | cst.Asynchronous | cst.Lambda)
        or (isinstance(item, cst.CompFor) and item.asynchronous is not None)
        or (isinstance(item, cst.Name) and item.value in {"next", "__next__", "super", "__class__"})
        for item in below(node)
    )


def to_list(node: cst.CSTNode) -> cst.CSTNode:
    """The list comprehension with the same text between its brackets."""
    generator = cst.ensure_type(node, cst.GeneratorExp)
    left, right = cst.LeftSquareBracket(), cst.RightSquareBracket()
    if generator.lpar:
        left = left.with_changes(whitespace_after=generator.lpar[-1].whitespace_after)
        right = right.with_changes(whitespace_before=generator.rpar[0].whitespace_before)
    return cst.ListComp(generator.elt, generator.for_in, left, right)
