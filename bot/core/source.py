"""What Python source says of itself: its functions and where they stand, without running anything."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MODULE = "<module>"
_HEADER = re.compile(r"(?P<indent>[ \t]*)(?:async[ \t]+)?(?P<kind>def|class)[ \t]+(?P<name>\w+)")


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
            return ast.parse(source.removeprefix("\ufeff"))  # the mark of UTF-8 that some editors put in front
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def functions(source: str) -> tuple[Function, ...]:
    """The outermost functions and methods of a file, in its order.

    A file that this Python cannot parse (a newer one's, a broken one) is read by its indentation.
    """
    module = parse(source)
    return tuple(_by_indentation(source) if module is None else _functions(module.body, ""))


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


@dataclass(slots=True)
class _Open:
    """A block that the following lines belong to, until one is indented less."""

    name: str
    kind: str
    indent: int
    start: int


def _by_indentation(source: str) -> Iterator[Function]:
    blocks: list[_Open] = []
    decorated: tuple[int, int] | None = None
    last = 0
    for number, line in enumerate(source.split("\n"), 1):
        text = line.strip()
        if not text or text[0] in "#)]}":
            last = number if text[:1] in set(")]}") else last
            continue
        indent = len(line) - len(line.lstrip())
        while blocks and indent <= blocks[-1].indent:
            yield from _closed(blocks, last)
        last = number
        header = _HEADER.match(line)
        if header and not any(one.kind == "def" for one in blocks):
            start = decorated[0] if decorated else number
            blocks.append(_Open(header["name"], header["kind"], indent, start))
        if text.startswith("@"):
            decorated = decorated or (number, indent)
        elif decorated and (header or indent <= decorated[1]):
            decorated = None
    while blocks:
        yield from _closed(blocks, last)


def _closed(blocks: list[_Open], end: int) -> Iterator[Function]:
    name = ".".join(one.name for one in blocks)
    block = blocks.pop()
    if block.kind == "def":
        yield Function(name, block.start, end)
