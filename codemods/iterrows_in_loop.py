"""Runs over the columns of a frame, side by side, where a loop over `iterrows` only reads a few of them.

Its card is `rules/iterrows_in_loop.md`.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator
from functools import partial

import libcst as cst

from codemods._base import Change, Codemod, Edit
from codemods._build import Names
from codemods._flow import below, is_bound_in, is_inside
from codemods._match import COMPREHENSIONS, crosses_scope, function_around, within
from codemods._tree import Function, Tree

OF_NUMPY = frozenset({
    "all", "any", "astype", "byteswap", "clip", "copy", "data", "dtype", "flags", "flat", "item", "itemsize", "max",
    "mean", "min", "nbytes", "ndim", "prod", "ravel", "repeat", "reshape", "round", "shape", "size", "squeeze", "std",
    "sum", "take", "tobytes", "tolist", "var", "view", "T",
})  # fmt: skip
"""What a number of numpy has and a number of Python has not."""
_DEFERRED = (cst.Lambda, cst.FunctionDef, cst.ClassDef, cst.GeneratorExp)
_BY_ZERO = (cst.Divide, cst.FloorDivide, cst.Modulo)
_BY_ZERO_IN_PLACE = (cst.DivideAssign, cst.FloorDivideAssign, cst.ModuloAssign)
_TOO_LARGE = (cst.Power, cst.PowerAssign)
_TELLING = frozenset({"isinstance", "type", "repr", "id", "divmod", "pow"})
"""Builtins to which a number of numpy is another thing than a number of Python."""


class IterrowsInLoop(Codemod):
    """`iterrows` makes a Series of each row; columns that are zipped give plain values."""

    DESCRIPTION = "Zip the columns that a loop reads instead of making a Series of each row."
    HINT = re.compile(r"\.\s*iterrows\s*\(\s*\)")
    SIGNS = frozenset({".iterrows()"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A loop over a frame that says neither the index, nor the frame, nor the row but to read columns of it."""
        free = Names(tree)
        loops: list[cst.For | cst.CompFor] = [*tree.nodes(cst.For), *tree.nodes(cst.CompFor)]
        for loop in loops:
            function, frame, row = function_around(tree, loop), _frame(tree, loop), _row(loop)
            if function is None or function.opaque or frame is None or row is None:
                continue
            place = _place(tree, loop)
            if place is None or not _is_left_alone(tree, function, loop, place, frame):
                continue
            reads = _reads(tree, function, loop, place, row)
            if not reads or _is_about_columns(tree, function, place, reads):
                continue
            if _tells_numbers_apart(function) or _tells_types_apart(tree, function, place, reads):
                continue
            if not tree.is_builtin("zip", loop.iter) or not tree.is_builtin("len", loop.iter):
                continue
            columns = list(dict.fromkeys(column for _, column in reads))
            names = {column: free.local(function, *_wishes(column, row.value)) for column in columns}
            texts = {column: next(tree.code(_key(read)) for read, key in reads if key == column) for column in columns}
            changes: dict[cst.CSTNode, Change] = {read: partial(_named, name=names[key]) for read, key in reads}
            changes[loop.target] = partial(_target, names=list(names.values()))
            written = ", ".join(f"{frame}[{text}]" for text in texts.values())
            written = f"{f'zip({written})' if len(names) > 1 else written} if len({frame}) else ()"
            changes[loop.iter] = partial(_columns, text=written if isinstance(loop, cst.For) else f"({written})")
            reason = "a value has the type of its column, and no longer one that suits the whole row"
            yield Edit(function, "unsafe", reason, changes)


def _frame(tree: Tree, loop: cst.For | cst.CompFor) -> str | None:
    """The variable of which the loop takes the rows."""
    match loop.iter:
        case cst.Call(func=cst.Attribute(value=cst.Name(value=frame), attr=cst.Name(value="iterrows")), args=[]):
            return None if tree.has_comment(loop.iter) or tree.has_comment(loop.target) else frame
    return None


def _row(loop: cst.For | cst.CompFor) -> cst.Name | None:
    match loop.target:
        case cst.Tuple(elements=[cst.Element(value=cst.Name() as index), cst.Element(value=cst.Name() as row)]):
            return row if index.value != row.value else None
    return None


def _place(tree: Tree, loop: cst.For | cst.CompFor) -> cst.CSTNode | None:
    """The statement or comprehension that the variables of the loop belong to."""
    if isinstance(loop, cst.For):
        return loop if loop.asynchronous is None else None
    around = next(item for item in tree.ancestors(loop) if isinstance(item, COMPREHENSIONS))
    return around if loop.asynchronous is None and not isinstance(around, cst.GeneratorExp) else None


def _is_left_alone(tree: Tree, function: Function, loop: cst.For | cst.CompFor, place: cst.CSTNode, frame: str) -> bool:
    """Does the loop not say the frame, let others run, or stand where a missing column is handled?"""
    if crosses_scope(tree, loop, function, (cst.Lambda, cst.ClassDef, cst.FunctionDef)):
        return False
    if any(isinstance(item, cst.Await | cst.Yield | cst.Asynchronous | cst.Try | cst.TryStar) for item in below(place)):
        return False
    if within(tree, place, lambda node: isinstance(node, cst.Try | cst.TryStar | cst.With), function.node):
        return False
    said = [item for item in function.variables.get(frame, ()) if is_inside(tree, item, place)]
    return len(said) == 1


def _reads(
    tree: Tree, function: Function, loop: cst.For | cst.CompFor, place: cst.CSTNode, row: cst.Name
) -> list[tuple[cst.Subscript, str]]:
    """Each `row["column"]` of the loop; none at all if the row or the index is said in any other way."""
    index = cst.ensure_type(cst.ensure_type(loop.target, cst.Tuple).elements[0].value, cst.Name)
    if any(tree.is_load(item) or _is_declared(tree, item) for item in function.variables[index.value]):
        return []
    found: list[tuple[cst.Subscript, str]] = []
    for item in function.variables[row.value]:
        if item is row:
            continue
        if not is_inside(tree, item, place):
            if _is_declared(tree, item) or not _is_bound_elsewhere(tree, item, loop):
                return []
            continue
        read = tree.parents[item]
        column = (
            _column(read) if isinstance(read, cst.Subscript) and read.value is item and tree.is_load(read) else None
        )
        if column is None or within(tree, item, lambda node: isinstance(node, _DEFERRED), place):
            return []
        assert isinstance(read, cst.Subscript)
        found.append((read, column))
    return sorted(found, key=lambda one: tree.start(one[0]))


def _is_declared(tree: Tree, name: cst.Name) -> bool:
    """Is it the name in `global` or `nonlocal`?"""
    return isinstance(tree.parents[name], cst.NameItem)


def _is_bound_elsewhere(tree: Tree, name: cst.Name, loop: cst.CSTNode) -> bool:
    """Does another loop, which is not around this one, give the name its meaning?"""
    for parent in tree.ancestors(name):
        targets = [parent.target] if isinstance(parent, cst.For) else []
        if isinstance(parent, COMPREHENSIONS):
            targets = [item.target for item in below(parent.for_in) if isinstance(item, cst.CompFor)]
        names = {item.value for target in targets for item in below(target) if isinstance(item, cst.Name)}
        if name.value in names and not is_inside(tree, loop, parent):
            return True
    return False


def _key(read: cst.Subscript) -> cst.SimpleString:
    return cst.ensure_type(cst.ensure_type(read.slice[0].slice, cst.Index).value, cst.SimpleString)


def _column(read: cst.Subscript) -> str | None:
    match read.slice:
        case [cst.SubscriptElement(slice=cst.Index(value=cst.SimpleString() as text, star=None))]:
            value = text.evaluated_value
            return value if isinstance(value, str) and not re.search(r"[\r\n]", text.value) else None
    return None


def _is_about_columns(
    tree: Tree, function: Function, place: cst.CSTNode, reads: list[tuple[cst.Subscript, str]]
) -> bool:
    """May a condition that is the same for all rows, and so may ask for the columns, decide what is read?"""
    for item in below(place):
        if isinstance(item, cst.If | cst.While | cst.IfExp | cst.CompIf):
            test: cst.CSTNode = item.test
        elif isinstance(item, cst.BooleanOperation):
            test = item.left
        else:
            continue
        names = {name.value for name in below(test) if isinstance(name, cst.Name)}
        if is_bound_in(tree, function, names, place):
            continue
        ends = any(isinstance(one, cst.Continue | cst.Break | cst.Return | cst.Raise) for one in below(item))
        if ends or isinstance(item, cst.CompIf) or any(is_inside(tree, read, item) for read, _ in reads):
            return True
    return False


def _tells_numbers_apart(function: Function) -> bool:
    """May the function compute what ends in another way for numbers of numpy than for those of Python?

    Those divide by zero, have no limit for large powers, and turn `~True` to `False`.
    """
    for item in below(function.node.body):
        match item:
            case cst.BinaryOperation(operator=operator, right=right) if isinstance(operator, _BY_ZERO):
                if not _is_number(right) and not isinstance(item.left, cst.SimpleString):
                    return True
            case cst.AugAssign(operator=in_place, value=right) if isinstance(in_place, _BY_ZERO_IN_PLACE):
                if not _is_number(right):
                    return True
            case cst.Power() | cst.PowerAssign() | cst.BitInvert():
                return True
    return False


def _tells_types_apart(
    tree: Tree, function: Function, place: cst.CSTNode, reads: list[tuple[cst.Subscript, str]]
) -> bool:
    """May the loop ask a value what it is, or for what only numbers of numpy have?"""
    nodes: set[cst.CSTNode] = {read for read, _ in reads}
    for item in below(place):
        match item:
            case cst.Call(func=cst.Name(value=name)) if name in _TELLING:
                return True
            case cst.FormattedStringExpression(conversion="r"):
                return True
            case cst.ComparisonTarget(operator=cst.Is() | cst.IsNot(), comparator=other):
                if not isinstance(other, cst.Name) or other.value != "None":
                    return True
            case cst.Attribute(value=value, attr=cst.Name(value=name)) if name in OF_NUMPY:
                is_own = isinstance(value, cst.Name) and is_bound_in(tree, function, {value.value}, place)
                if value in nodes or is_own:
                    return True
    return False


def _is_number(node: cst.BaseExpression) -> bool:
    """Is it a number that is written out, and not zero?"""
    return isinstance(node, cst.Integer | cst.Float) and node.evaluated_value != 0


def _wishes(column: str, row: str) -> tuple[str, str]:
    word = re.sub(r"\W+", "_", column).strip("_").lower()
    long = f"{row}_{word}" if word.isascii() and word else f"{row}_value"
    is_plain = (
        word.isascii() and word.isidentifier() and not keyword.iskeyword(word) and not keyword.issoftkeyword(word)
    )
    return (word if is_plain and not hasattr(builtins, word) else long), long


def _named(node: cst.CSTNode, name: str) -> cst.CSTNode:
    read = cst.ensure_type(node, cst.Subscript)
    return cst.Name(name, lpar=read.lpar, rpar=read.rpar)


def _target(node: cst.CSTNode, names: list[str]) -> cst.CSTNode:
    pair = cst.ensure_type(node, cst.Tuple)
    if len(names) == 1:
        return cst.Name(names[0], lpar=pair.lpar, rpar=pair.rpar)
    return cst.Tuple([cst.Element(cst.Name(name)) for name in names], lpar=pair.lpar, rpar=pair.rpar)


def _columns(node: cst.CSTNode, text: str) -> cst.CSTNode:
    new = cst.parse_expression(text)
    call = cst.ensure_type(node, cst.Call)
    return new.with_changes(lpar=call.lpar, rpar=call.rpar) if call.lpar else new
