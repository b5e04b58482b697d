"""Reads a file as text, and says in one line why it cannot be read as Python 3.

Its partner is `codemods/__init__.py`, which never lets a file stop a sweep.
"""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize
import warnings
from dataclasses import dataclass

BYTE_ORDER_MARK = "\ufeff"
MOST_CHARACTERS = 2_000_000
PYTHON_2 = re.compile(
    r"""^[ \t]*(?:print[ ]+(?!=|in\b|is\b|and\b|or\b|if\b|not[ ]in\b)[\w"'%(-]|exec[ ]+["'\w]|raise[ ]+\w+,
        |except[ ]+[\w.()]+,[ ]*\w+[ ]*:)|<>|\b0[0-7]+[lL]?\b|\b\d+[lL]\b|\b[uU][rR]["']""",
    re.MULTILINE | re.VERBOSE,
)


class UnreadableError(ValueError):
    """The file cannot be read as Python 3; the message is one line for people."""


@dataclass(frozen=True, slots=True)
class Text:
    """A file as text; `encoding` gives its bytes back, with the mark if there is one."""

    source: str
    encoding: str
    mark: str


def read(source: str | bytes) -> Text:
    """The text of a file; UnreadableError when it has none."""
    encoding = "utf-8"
    if isinstance(source, bytes):
        source, encoding = _decoded(source)
    if len(source) > MOST_CHARACTERS:
        raise UnreadableError(f"larger than {MOST_CHARACTERS} characters")
    if "\x00" in source:
        raise UnreadableError("a nul byte: this is not text")
    mark = BYTE_ORDER_MARK if source.startswith(BYTE_ORDER_MARK) else ""
    return Text(source.removeprefix(mark), encoding, mark)


def _decoded(source: bytes) -> tuple[str, str]:
    if b"\x00" in source:
        raise UnreadableError("a nul byte: this is not text, or not in an encoding that Python reads")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        text = source.decode(encoding)
        if text.encode(encoding) != source:
            raise UnreadableError(f"not reproducible in its encoding {encoding}")
    except (SyntaxError, LookupError) as error:
        raise UnreadableError("an encoding that Python does not know, or not the one it declares") from error
    except UnicodeError as error:
        raise UnreadableError(f"not in the encoding that it declares, {encoding}") from error
    return text, codecs.lookup(encoding).name


def parse(source: str) -> ast.Module | None:
    """The tree of the standard library; None when this Python does not understand what may be newer than itself."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError:
        return None
    except (RecursionError, MemoryError) as error:
        raise UnreadableError("the source is nested too deeply") from error
    except ValueError as error:
        raise UnreadableError("the source is not text that can be encoded") from error


def compiles(source: str) -> bool:
    """Does this Python take the text for a program?"""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def line_of_error(source: str) -> int | None:
    """The line on which this Python finds that a text is none of its own; None where it finds nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except SyntaxError as error:
        return error.lineno
    return None


def is_python_2(source: str) -> bool:
    """Does a text that is no Python 3 look like Python 2?"""
    return PYTHON_2.search(source) is not None
