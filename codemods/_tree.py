"""A module with what the rules ask of it: parents, places in the text, functions with their names, and scopes.

Its partner is `codemods/_match.py`, which asks. All but the scopes, which few questions need, is one walk of the tree.
"""

from __future__ import annotations

import builtins
import dataclasses
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TypeVar

import libcst as cst
from libcst._nodes.internal import CodegenState

from codemods._scopes import binds, scope_of, scopes_around

Node = TypeVar("Node", bound=cst.CSTNode)
Span = tuple[int, int]

_FRAMES = frozenset({"_getframe", "currentframe", "f_locals"})
"""Attributes, of modules and frames, that lead to the variables of a function."""

REFLECTION = _FRAMES | {"locals", "vars", "exec", "eval", "dir", "breakpoint"}
"""Whoever says one of these words can see or change local variables behind the back of the syntax."""

_RUNNERS = frozenset({"exec", "eval"})
"""What runs text that may give a name of the module another meaning; with a second argument, it binds names there."""

_OWN_NAMESPACE = frozenset({"vars", "locals"})
"""Without arguments, and outside of functions and classes, these are what `globals` is."""

_NAMESPACES = frozenset({"__globals__", "f_globals"})
"""Attributes that are what `globals` gives."""

_BUILTINS = frozenset({"builtins", "__builtins__"})
"""Whoever says one of these words can give a builtin another meaning behind the back of the syntax."""

_PATCHERS = frozenset({"setattr", "delattr", "__setattr__", "__delattr__", "object", "multiple", "patch"})
"""Functions and methods that give the attribute of what they are told first another value."""

_NO_CODE = re.compile(r"whitespace|[lr]par$|[lr]brac|lines|header|footer|comma|semicolon|colon|equal|^dot$|indent")
_STATEMENTS = (cst.BaseStatement, cst.BaseSmallStatement)
_UNSEEN = (
    cst.MatchAs, cst.MatchStar, cst.MatchMapping, cst.NamedExpr, cst.Del, cst.NameItem, cst.TypeVar, cst.TypeVarTuple,
    cst.ParamSpec,
)  # fmt: skip
_IN_TARGETS = (cst.Element, cst.StarredElement, cst.Tuple, cst.List)
_NEWLINE = re.compile(r"\r\n?|\n")
_READERS = (
    cst.Comparison, cst.ComparisonTarget, cst.BinaryOperation, cst.BooleanOperation, cst.UnaryOperation, cst.Arg,
    cst.Call, cst.Return, cst.Expr, cst.IfExp, cst.If, cst.While, cst.CompIf, cst.Assert, cst.Await, cst.Yield,
    cst.FormattedStringExpression, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp, cst.DictElement,
    cst.Index, cst.Slice, cst.Raise, cst.From, cst.StarredDictElement, cst.Decorator, cst.Annotation,
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function with every name in it that may be a variable, nested functions and annotations included."""

    node: cst.FunctionDef
    qualname: str
    enclosing: frozenset[str]
    """Its own qualified name and those of the functions around it, without `<locals>`."""
    variables: dict[str, list[cst.Name]] = field(default_factory=dict)
    opaque: list[bool] = field(default_factory=list)
    """Not empty when the function may look at its own variables by name."""


class Tree:
    """A module with the parents, places and scopes of its nodes, and its functions in order."""

    def __init__(self, module: cst.Module) -> None:
        places = _Places(default_indent=module.default_indent, default_newline=module.default_newline)
        module._codegen(places)
        self.module = module
        self.source = "".join(places.tokens)
        self.spans: Mapping[cst.CSTNode, Span] = places.spans
        """From the first to behind the last character of a node, with the parentheses and space that belong to it."""
        self._inner = places.inner
        self.parents: dict[cst.CSTNode, cst.CSTNode] = {}
        self.star = False
        """There is a star import: no global or builtin name is known to be what it seems."""
        self.has_alias = False
        """A name is not in its normal form: Python takes it for the one that is, and the rules compare spellings."""
        self._rebinders: list[cst.Name] = []
        self._is_reflecting = False
        """A word of `REFLECTION` is given another name outside of functions, by which any of them may call it."""
        self.given: dict[cst.CSTNode, set[str]] = {}
        """The names that `codemods/_build.py` has given away, by the function or module that they are new in."""
        self._named: dict[str, list[cst.Name]] = {}
        self._binders: dict[str, list[cst.Name]] = {}
        self._bound: dict[str, dict[cst.CSTNode, list[cst.Name]]] = {}
        self._kinds: dict[type[cst.CSTNode], list[cst.CSTNode]] = {}
        functions: list[Function] = []
        self._walk(functions)
        self.functions = tuple(sorted(functions, key=lambda item: self.start(item.node)))
        for function in self.functions if self._is_reflecting else ():
            function.opaque.append(True)
        self.names = frozenset(self._named)

    def _walk(self, functions: list[Function]) -> None:
        stack: list[tuple[cst.CSTNode, tuple[Function, ...], str]] = [(self.module, (), "")]
        while stack:
            node, around, path = stack.pop()
            kind = type(node)
            self._kinds.setdefault(kind, []).append(node)
            if kind is cst.Name:
                self._name(node, around, is_global=not path)  # type: ignore[arg-type]  # it is a name
                continue
            if isinstance(node, cst.FunctionDef):
                qualname = path + node.name.value
                names = around[-1].enclosing if around else frozenset()
                function = Function(node, qualname, names | {qualname.replace(".<locals>", "")})
                functions.append(function)
                around, path = (*around, function), f"{qualname}.<locals>."
            elif isinstance(node, cst.ClassDef):
                path += f"{node.name.value}."
            elif kind is cst.ImportStar:
                self.star = True
            for child in children(node):
                self.parents[child] = node
                stack.append((child, around, path))

    def _name(self, node: cst.Name, around: tuple[Function, ...], *, is_global: bool) -> None:
        if node.value in REFLECTION:
            for function in around:
                function.opaque.append(True)
            self._is_reflecting |= not around and self._is_kept(node)
        if not node.value.isascii() and not unicodedata.is_normalized("NFKC", node.value):
            self.has_alias = True
        parent = self.parents[node]
        if isinstance(parent, cst.Attribute) and parent.attr is node:
            if node.value in _NAMESPACES and not self._is_looked_up(parent):
                self._rebinders.append(node)
            return
        if isinstance(parent, cst.Arg) and parent.keyword is node:
            return
        if node.value in _RUNNERS or (node.value in _OWN_NAMESPACE and is_global) or node.value == "globals":
            self._rebinders += [] if self._is_harmless(node, parent) else [node]
        self._named.setdefault(node.value, []).append(node)
        own = isinstance(parent, cst.FunctionDef) and parent.name is node
        for function in around[:-1] if own else around:
            function.variables.setdefault(node.value, []).append(node)

    def _is_kept(self, node: cst.Name) -> bool:
        """Is what a word means kept or handed on, rather than called, bound or imported by that very word?"""
        place: cst.CSTNode = node
        if isinstance(self.parents[place], cst.Attribute):
            if node.value not in _FRAMES:
                return False
            place = self.parents[place]
        parent = self.parents[place]
        match parent:
            case cst.Call(func=called):
                return called is not place
            case cst.ImportAlias(asname=asname):
                return asname is not None
            case cst.Arg(keyword=keyword):
                return keyword is not place
        return self.is_load(place)

    def _is_harmless(self, node: cst.Name, parent: cst.CSTNode) -> bool:
        """Does a word that may rebind names not do so here?"""
        if not isinstance(parent, cst.Call) or parent.func is not node:
            return isinstance(parent, cst.FunctionDef | cst.Param) and parent.name is node
        if node.value in _RUNNERS:
            return len(parent.args) > 1
        return bool(parent.args) or self._is_looked_up(parent)

    def _is_looked_up(self, node: cst.CSTNode) -> bool:
        """Is a dictionary of names only asked for one of them?"""
        parent = self.parents[node]
        match parent:
            case cst.Attribute(attr=cst.Name(value="get")) | cst.Comparison() | cst.ComparisonTarget():
                return True
            case cst.Subscript(value=value):
                return value is node and self.is_load(parent)
        return False

    def meaning(self, name: str, at: cst.CSTNode) -> list[cst.Name] | None:
        """The places that give a name its meaning at a node, none for a builtin; None when that cannot be told."""
        if self.is_bound_unseen(name):
            return None
        if name not in self._bound:  # each site asks for the same few
            self._bound[name] = {}
            for node in self.binders(name):
                if binds(self.parents, node):
                    self._bound[name].setdefault(scope_of(self.parents, node), []).append(node)
        found = self._bound[name]
        return next((found[scope] for scope in scopes_around(self.parents, at) if scope in found), []) if found else []

    @cached_property
    def rebinds(self) -> bool:
        """It may give any of its names another meaning behind the back of the syntax."""
        return any(
            isinstance(self.parents[node], cst.Attribute) or not self._is_local(node) for node in self._rebinders
        )

    def _is_local(self, node: cst.Name) -> bool:
        """Is it certainly a variable of a function?"""
        found = self.meaning(node.value, node)
        return any(isinstance(scope_of(self.parents, item), cst.FunctionDef | cst.Lambda) for item in found or ())

    @cached_property
    def function_of(self) -> Mapping[cst.FunctionDef, Function]:
        """The function that each `def` makes."""
        return {item.node: item for item in self.functions}

    @cached_property
    def patched(self) -> frozenset[str]:
        """The variables, modules among them, of which something here binds an attribute anew, perhaps for a test."""
        nodes = [node for node in self.nodes(cst.Attribute) if isinstance(node.value, cst.Name)]
        bound = [node for node in nodes if not self.is_load(node) and not self._is_imported(node)]
        found = {cst.ensure_type(node.value, cst.Name).value for node in bound}
        return frozenset(found.union(*map(_patched_by, self.nodes(cst.Call))))

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in _NEWLINE.finditer(self.source))]

    def nodes(self, kind: type[Node]) -> list[Node]:
        """Every node of exactly this kind, in the order of the text."""
        return sorted(self._kinds.get(kind, []), key=self.start)  # type: ignore[arg-type]  # all are of the kind

    def inner(self, node: cst.CSTNode) -> Span:
        """The place of a node without the parentheses and space around it."""
        return self._inner.get(node) or self.spans[node]

    def line_of(self, offset: int) -> int:
        """The number of the line with this character."""
        return bisect_right(self._lines, offset)

    def is_first_on_line(self, offset: int) -> bool:
        """Is there nothing but space before this character on its line?"""
        return not self.source[self._lines[self.line_of(offset) - 1] : offset].strip()

    def end_of_line(self, offset: int) -> int:
        """Where the line with this character ends, with what ends it."""
        after = self.line_of(offset)
        return self._lines[after] if after < len(self._lines) else len(self.source)

    def lines(self, node: cst.CSTNode) -> tuple[int, int]:
        """First and last line of a node, with the parentheses of an expression."""
        start, end = self.spans[node] if isinstance(node, cst.BaseExpression) else self.inner(node)
        return self.line_of(start), self.line_of(end)

    def start(self, node: cst.CSTNode) -> int:
        """Where a node starts, as a key to sort by."""
        return self.inner(node)[0]

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node with its parentheses."""
        start, end = self.spans[node]
        return self.source[start:end].strip()

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, from the inside out."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def binders(self, name: str) -> list[cst.Name]:
        """Every place in the module that may give this name a meaning."""
        if name not in self._binders:  # each site asks for the same few
            self._binders[name] = [node for node in self._named.get(name, []) if not self.is_load(node)]
        return self._binders[name]

    def loads(self, name: str) -> list[cst.Name]:
        """Every place in the module that reads this name, or another one that is spelt the same."""
        return [node for node in self._named.get(name, []) if self.is_load(node)]

    def is_builtin(self, name: str, at: cst.CSTNode) -> bool:
        """Seen from a node, does this name mean the builtin, whatever branch was taken before?"""
        if self.star or self.rebinds or not _BUILTINS.isdisjoint(self.names) or not hasattr(builtins, name):
            return False
        return self.meaning(name, at) == []

    def is_bound_unseen(self, name: str) -> bool:
        """Is the name bound where its scope is not known: in a pattern, by `del` or `:=`, or behind `global`?"""
        return any(isinstance(self._binding(place), _UNSEEN) for place in self.binders(name))

    def _binding(self, node: cst.CSTNode) -> cst.CSTNode:
        """What binds a name, around the tuple or list that it may stand in."""
        parent = self.parents[node]
        return self._binding(parent) if isinstance(parent, _IN_TARGETS) else parent

    def has_comment(self, node: cst.CSTNode) -> bool:
        """Is there a comment, or a continued line, in this node that replacing it would lose?"""
        start = self.inner(node)[0] if isinstance(node, _STATEMENTS) else self.spans[node][0]
        code = self.source[start : self.spans[node][1]]
        return "#" in code or "\\\n" in code or "\\\r" in code

    def is_load(self, node: cst.CSTNode) -> bool:
        """Does this place only read the name? Every place that is not known to read it counts as binding it."""
        parent = self.parents[node]
        if isinstance(parent, _READERS):
            return True
        match parent:
            case cst.Element() | cst.StarredElement():
                return self.is_load(self.parents[parent])
            case cst.Tuple() | cst.List():
                return self.is_load(parent)
            case cst.AugAssign() | cst.Assign() | cst.NamedExpr() | cst.AnnAssign():
                return parent.value is node
            case cst.For() | cst.CompFor():
                return parent.iter is node
            case cst.ExceptHandler() | cst.ExceptStarHandler():
                return parent.type is node
            case cst.Subscript():
                return parent.value is node
            case cst.Attribute():
                return parent.value is node and not self._is_imported(parent)
        return False

    def is_ever_imported(self, name: str) -> bool:
        """Does anything in the module import what it calls by this name?"""
        return any(self._is_imported(self._without_as(node)) for node in self.binders(name))

    def _without_as(self, node: cst.CSTNode) -> cst.CSTNode:
        parent = self.parents[node]
        return parent if isinstance(parent, cst.AsName) else node

    def _is_imported(self, node: cst.CSTNode) -> bool:
        parent = self.parents[node]
        if isinstance(parent, cst.Attribute):
            return self._is_imported(parent)
        return isinstance(parent, cst.ImportAlias | cst.ImportFrom)


def _patched_by(call: cst.Call) -> set[str]:
    """What `setattr` and its like, or `patch` of `unittest.mock`, are told to give an attribute, by each name in it."""
    match call:
        case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)), args=[first, *_]):
            if name not in _PATCHERS:
                return set()
            if isinstance(first.value, cst.SimpleString):
                return set(str(first.value.evaluated_value).split(".")[:-1])
            return {first.value.value} if isinstance(first.value, cst.Name) else set()
    return set()


class _Places(CodegenState):
    """Writes the module as libcst does, and notes where each node goes."""

    def __init__(self, default_indent: str, default_newline: str) -> None:
        super().__init__(default_indent, default_newline)
        self.offset = 0
        self.spans: dict[cst.CSTNode, Span] = {}
        self.inner: dict[cst.CSTNode, Span] = {}
        self._starts: list[int] = []

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.add_token(token)

    def add_token(self, value: str) -> None:
        self.tokens.append(value)
        self.offset += len(value)

    def pop_trailing_newline(self) -> None:
        if self.tokens:
            self.offset -= len(self.tokens.pop())

    def before_codegen(self, node: cst.CSTNode) -> None:  # noqa: ARG002
        self._starts.append(self.offset)

    def after_codegen(self, node: cst.CSTNode) -> None:
        self.spans[node] = (self._starts.pop(), self.offset)

    def record_syntactic_position(  # type: ignore[override]  # libcst's is a generator
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Recorder:
        return _Recorder(self, node, start_node, end_node)


class _Recorder:
    """Notes where the text of a node begins and ends, perhaps as nodes in it do."""

    def __init__(self, places: _Places, node: cst.CSTNode, first: cst.CSTNode | None, last: cst.CSTNode | None) -> None:
        self.places = places
        self.node = node
        self.first = first
        self.last = last

    def __enter__(self) -> None:
        self.start = self.places.offset

    def __exit__(self, *_: object) -> None:
        start, end = self.start, self.places.offset
        if self.first is not None:
            start = (self.places.inner.get(self.first) or self.places.spans[self.first])[0]
        if self.last is not None:
            end = (self.places.inner.get(self.last) or self.places.spans[self.last])[1]
        self.places.inner[self.node] = (start, end)


_FIELDS: dict[type[cst.CSTNode], tuple[str, ...]] = {}


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes directly below a node, without those that are only space and punctuation."""
    kind = type(node)
    names = _FIELDS.get(kind)
    if names is None:
        every = [item.name for item in dataclasses.fields(kind)]
        names = _FIELDS[kind] = tuple(name for name in every if not _NO_CODE.search(name))
    for name in names:
        value = getattr(node, name)
        kind = type(value)
        if kind is list or kind is tuple:
            for item in value:
                if _is_node(type(item)):  # type: ignore[arg-type]  # a class can be hashed
                    yield item
        elif _is_node(kind):  # type: ignore[arg-type]  # a class can be hashed
            yield value


@cache
def _is_node(kind: type) -> bool:
    return issubclass(kind, cst.CSTNode)
