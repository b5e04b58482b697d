"""A partial revert for some calls alone: base's statements where a condition holds, head's for all others.

What head takes otherwise than base is often rare: an empty text, a new option, another type. Partners:
`bot/stages/guard.py` has each of these judged, `bot/core/cuts.py` takes changes back for every call.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.core.changed import Changed
from bot.core.patch import lines_of
from bot.core.source import parse
from bot.core.touched import Definition, definitions

MOST = 6
"""Conditions that are tried for one function, the likeliest first."""
LONGEST = 40
"""Lines of either side that stand beside each other; nobody would keep more of them twice."""
_SIZED = frozenset(["str", "bytes", "list", "tuple", "dict", "set", "frozenset", "bytearray"])
_PLAIN = _SIZED | {"int", "float", "bool"}
_Body = Sequence[ast.stmt]


@dataclass(frozen=True, slots=True)
class Shape:
    """What all recorded calls have at one parameter."""

    kind: str
    """The name of a type of the language."""
    length: int | None = None
    """None where the lengths differ, or there is none."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """Head's file with base's statements under a condition."""

    source: str
    condition: str


def guarded(before: str, after: str, one: Changed, shapes: Mapping[str, Shape]) -> tuple[Guarded, ...]:
    """Every version of head's file that takes base's way under one condition; none where that cannot be written."""
    old, new = _definition(before, one, "base"), _definition(after, one, "head")
    if old is None or new is None or type(old) is not type(new) or not _named(old) <= _named(new):
        return ()
    known, was, is_ = _apart(old.body, new.body)
    if not (_is_plain(was) and _is_plain(is_)) or not (was or is_) or not _defined(was, new, before, after):
        return ()
    place = _Place.of(after, new, known, is_)
    mine = _block(before, was, place.indent) if place else None
    if place is None or mine is None:
        return ()
    simple = (node for node in known if isinstance(node, ast.Assign | ast.AnnAssign))
    there = _named(new) | {name for node in simple for name in _bound(node)}
    conditions = dict.fromkeys([*_unasked(old, new), *_conditions(was, is_, there, shapes)])
    found = (Guarded(place.filled(condition, mine), condition) for condition in conditions)
    return tuple(one for one in found if parse(one.source) is not None)[:MOST]


def _definition(text: str, one: Changed, side: str) -> Definition | None:
    function = one.base if side == "base" else one.head
    module = parse(text)
    for node in definitions(module).values() if module and function else ():
        if function and min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) == function.start:
            return node
    return None


def _apart(old: _Body, new: _Body) -> tuple[_Body, _Body, _Body]:
    """What stands in front at head, and where the two differ.

    A loop that differs inside only stays as head has it, unless nothing else differs.
    """
    known, was, is_ = _behind(old, new, _begins_alike)
    return (known, was, is_) if was or is_ else _behind(old, new, _is_alike)


def _behind(
    old: _Body, new: _Body, alike: Callable[[ast.stmt, ast.stmt], bool]
) -> tuple[_Body, list[ast.stmt], list[ast.stmt]]:
    first = 0
    while first < min(len(old), len(new)) and alike(old[first], new[first]):
        first += 1
    was, is_ = list(old[first:]), list(new[first:])
    while was and is_ and ast.dump(was[-1]) == ast.dump(is_[-1]):
        was.pop()
        is_.pop()
    return new[:first], was, is_


def _begins_alike(one: ast.stmt, other: ast.stmt) -> bool:
    if isinstance(one, ast.For | ast.AsyncFor | ast.While) and type(one) is type(other):
        return _header(one) == _header(other)
    return _is_alike(one, other)


def _is_alike(one: ast.stmt, other: ast.stmt) -> bool:
    is_text = [isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in (one, other)]
    return all(is_text) or ast.dump(one) == ast.dump(other)


def _header(loop: ast.AST) -> list[str]:
    return [ast.dump(getattr(loop, field)) for field in ("target", "iter", "test") if hasattr(loop, field)]


def _is_plain(body: _Body) -> bool:
    """Whether the statements can be set further in: no text goes over several lines, and nothing is declared."""
    scopes = (ast.Global, ast.Nonlocal, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    nodes = [node for one in body for node in ast.walk(one)]
    return not any(
        isinstance(node, scopes) or (isinstance(node, ast.JoinedStr | ast.Constant) and node.lineno != node.end_lineno)
        for node in nodes
    )


def _defined(was: _Body, function: Definition, before: str, after: str) -> bool:
    """Whether every name and attribute that base's statements read is there at head; a guard brings no code back."""
    old, new = parse(before), parse(after)
    if old is None or new is None:
        return False
    own = {name for node in (function, *was) for name in _bound(node)} | _named(function)
    every = {name for node in new.body for name in _bound(node)} | set(dir(builtins))
    nodes = [node for one in was for node in ast.walk(one)]
    read = {node.id for node in nodes if isinstance(node, ast.Name)}
    asked = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return read <= own | every and not asked & (_members(old) - _members(new))


def _members(module: ast.Module) -> set[str]:
    """What a file defines or sets, so that it can be asked for behind a dot."""
    attributes = (node for node in ast.walk(module) if isinstance(node, ast.Attribute))
    return {*_bound(module), *(node.attr for node in attributes if isinstance(node.ctx, ast.Store))}


def _bound(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, ast.alias):
            yield (one.asname or one.name).partition(".")[0]
        elif isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield one.name


def _named(function: Definition) -> set[str]:
    """Its parameters."""
    return {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}


def _unasked(old: Definition, new: Definition) -> Iterator[str]:
    """That no parameter which head has added is made use of."""
    arguments = new.args
    plain = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(plain[len(plain) - len(arguments.defaults) :], arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    added = {one.arg: default for one, default in pairs if one.arg not in _named(old)}
    words = [
        f"{name} is {default.value}"
        for name, default in added.items()
        if isinstance(default, ast.Constant) and (default.value is None or isinstance(default.value, bool))
    ]
    if words and len(words) == len(_named(new) - _named(old)):
        yield " and ".join(words)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in head's file the two ways part."""

    lines: Sequence[str]
    first: int
    last: int
    indent: str
    step: str
    block: str

    @classmethod
    def of(cls, text: str, function: Definition, known: _Body, body: _Body) -> _Place | None:
        lines, inside = lines_of(text), function.body[0]
        if inside.lineno == function.lineno:
            return None  # all of it on one line
        indent = lines[inside.lineno - 1][: inside.col_offset]
        outer = lines[function.lineno - 1][: function.col_offset]
        first = body[0].lineno - 1 if body else (known[-1].end_lineno or 0) if known else inside.lineno - 1
        last = (body[-1].end_lineno or 0) if body else first
        block = _block(text, body, indent)
        if block is None or not indent.startswith(outer):
            return None
        return cls(lines, first, last, indent, indent[len(outer) :], block)

    def filled(self, condition: str, mine: str) -> str:
        """Head's file with both ways."""
        texts = [(f"if {condition}:", mine), ("else:", self.block)]
        if not mine:
            texts = [(f"if not ({condition}):", self.block)]
        ways = (f"{self.indent}{header}\n{_further(text, self.step)}" for header, text in texts if text)
        return "".join([*self.lines[: self.first], *ways, *self.lines[self.last :]])


def _block(text: str, body: _Body, indent: str) -> str | None:
    """The lines of some statements; None where they are not theirs alone, too many, or indented otherwise."""
    if not body:
        return ""
    lines = lines_of(text)
    chosen = lines[body[0].lineno - 1 : body[-1].end_lineno]
    ends = [(one.end_lineno, other.lineno) for one, other in pairwise(body)]
    if len(chosen) > LONGEST or any(end == start for end, start in ends) or not chosen[-1].endswith("\n"):
        return None
    if chosen[0][: body[0].col_offset] != indent or ";" in chosen[-1]:
        return None
    return "".join(chosen)


def _further(text: str, step: str) -> str:
    return "".join(step + line if line.strip() else line for line in lines_of(text))


def _conditions(was: _Body, is_: _Body, there: Iterable[str], shapes: Mapping[str, Shape]) -> list[str]:
    """What may tell the calls apart, on names that both ways have."""
    mentioned = {node.id for one in (*was, *is_) for node in ast.walk(one) if isinstance(node, ast.Name)}
    usable = mentioned & set(there)
    shaped = [(name, shape) for name, shape in shapes.items() if name in usable and shape.kind in _PLAIN]
    sized = [(name, shape) for name, shape in shaped if shape.kind in _SIZED]
    tested = [name for name in dict.fromkeys(_tested([*is_, *was])) if name in usable]
    return [
        *(f"type({name}) is {it.kind} and len({name}) == {it.length}" for name, it in sized if it.length is not None),
        *(condition for name in tested for condition in (f"not {name}", name)),
        *(
            condition
            for name in _tested_for_none([*is_, *was])
            if name in usable
            for condition in (f"{name} is None", f"{name} is not None")
        ),
        *(f"type({name}) is str and {name}.isascii()" for name, it in sized if it.kind == "str"),
        *(f"type({name}) is {it.kind} and {name}" for name, it in sized if it.length is None),
        *(f"type({name}) is {it.kind}" for name, it in shaped),
    ]


def _tested(body: _Body) -> Iterator[str]:
    """The names that the code itself asks whether they are true, in its order."""
    for node in (node for one in body for node in ast.walk(one)):
        asked: list[ast.expr] = []
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            asked = [node.test]
        elif isinstance(node, ast.BoolOp):
            asked = node.values
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            asked = [node.operand]
        yield from (one.id for one in asked if isinstance(one, ast.Name))


def _tested_for_none(body: _Body) -> Iterator[str]:
    """The names that the code itself asks whether they are None."""
    for node in (node for one in body for node in ast.walk(one)):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name):
            other = node.comparators[0]
            if isinstance(node.ops[0], ast.Is | ast.IsNot) and isinstance(other, ast.Constant) and other.value is None:
                yield node.left.id
