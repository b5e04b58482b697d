"""What Python source says of itself: its functions and where they stand, without running anything."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MODULE = "<module>"


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method; `start` is the line of its first decorator, as in a code object."""

    name: str
    """Qualified as people write it, such as `URL.build`; functions inside functions belong to the outer one."""
    start: int
    end: int


def parse(source: str) -> ast.Module | None:
    """The syntax tree, or None where this Python cannot read the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def functions(source: str) -> tuple[Function, ...]:
    """The outermost functions and methods of a file, in its order; none where it cannot be read."""
    module = parse(source)
    return () if module is None else tuple(_functions(module.body, ""))


def _functions(body: Sequence[ast.stmt], prefix: str) -> Iterator[Function]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield Function(prefix + node.name, start, node.end_lineno or node.lineno)
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.")
        else:
            for inner in (getattr(node, field, []) for field in ("body", "orelse", "finalbody")):
                yield from _functions(inner, prefix)
            for handler in getattr(node, "handlers", []):
                yield from _functions(handler.body, prefix)


def function_at(found: Sequence[Function], line: int) -> Function | None:
    """The function that holds a line, or None for module level."""
    return next((one for one in found if one.start <= line <= one.end), None)
