"""Lists what occurs in the functions of a module, from the quick tree of the standard library.

Its partner is `Codemod.SIGNS`: a rule of which no sign occurs need not look at the module at all. A sign may occur
where the rule finds nothing; where the rule finds something, one of its signs must occur.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_CONSTANTS = (ast.Constant, ast.UnaryOp, ast.Tuple, ast.Attribute)
_WORK = frozenset({"sum", "min", "max", "any", "all", "sorted"})
_TEXT_METHODS = frozenset({"join", "lower", "upper", "strip", "replace", "zfill", "decode", "format"})
_TEXT_FUNCTIONS = frozenset({"chr", "hex", "oct", "bin"})
_GROWING = frozenset({"append", "sort", "reverse", "insert"})
_NEW = (ast.List, ast.ListComp, ast.Set, ast.SetComp, ast.Dict, ast.DictComp, ast.Call)
FEW = 3
SEVERAL = 4
IN_LOOP = "loop "


def signs(module: ast.Module) -> frozenset[str]:
    """What occurs in functions, in words; most of these occur again with `loop ` before them if it is in a loop.

    - `len()`, `.pop()` and, of what is imported, `re.match()`: calls. `(generator)`, `(text)`, `(built)` and `(0)`
      instead of `()` say what the first argument is: a generator, a constant text, no constant, or the number 0. `([])`
      is a call with an empty list among its arguments, `.pop()[]` an item of a result, `key .index` a method and
      `key lambda` a function that is handed on as a key.
    - `steady .lower()`: a call of the method of a variable that the loop right around it does not bind.
    - `in display`: one of several constants that are written out; `in set()`, `in comprehension`: what is made at once.
    - `in list`, `in empty list`, `in sequence`, `in private`: a variable to which the function gives a new list, to
      which it gives an empty list and appends, which may be a list or tuple, a private one of the module.
    - `attribute +=`, `bytes +=`, `tuple +=`, `name = name +`, `name = + name`: what grows, as far as it can be told.
    - `set &`, `set() &`: what may be a set, or is a copy, and something else.
    - `any(in)`, `any(.startswith)`: calls of a builtin with a comprehension of these.
    - `if call again`, `if flag`, `if .startswith`: a condition that is asked again, sets a flag, or ends the function.
    - `join`: a loop in a loop that compares a key; `first`: item 0 of a list that was just made; `constants`,
      `attributes`: a collection of some that a variable is given; `items if`: a dictionary of filtered items;
      `for copy`: a loop over a copy; `generator again`; `property` with a loop; `recursion` that branches;
      `pattern.search()`: a compiled pattern of the module.
    """
    outline = _Outline(module)
    stack: list[_Place] = [(module, None, None, "")]
    push, enter, found = stack.append, outline.enter, outline.found
    while stack:
        node, loop, facts, name = stack.pop()
        kind = type(node)
        if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
            facts, name = enter(node, facts), node.name  # type: ignore[attr-defined]  # it is a function
        elif facts is not None:
            signs_of = _SIGNS.get(kind)
            if signs_of is not None:
                at = _At(outline, facts, loop, name)
                for sign in signs_of(node, at):
                    found.add(sign)
                    if loop is not None:
                        found.add(IN_LOOP + sign)
            if kind in _LOOPS:
                loop = node
        for field_name in _fields(kind):  # type: ignore[arg-type]  # a class can be hashed
            value = getattr(node, field_name, None)
            if value.__class__ is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        push((item, loop, facts, name))
            elif isinstance(value, ast.AST):
                push((value, loop, facts, name))
    outline.finish()
    return frozenset(found)


@dataclass(slots=True)
class _Facts:
    """What is known of the variables of a function and those in it, by their names, when all of it has been seen."""

    searched: set[str] = field(default_factory=set)
    """What `in` asks, in a loop."""
    asked: set[str] = field(default_factory=set)
    """What `in` asks anywhere."""
    lists: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    sequences: set[str] = field(default_factory=set)
    appended: set[str] = field(default_factory=set)
    sets: set[str] = field(default_factory=set)
    crossed: set[str] = field(default_factory=set)
    """The operands of `&`."""
    no_bytes: set[str] = field(default_factory=set)
    """What is given bytes without a byte."""
    tuples: set[str] = field(default_factory=set)
    grown: set[str] = field(default_factory=set)
    """What `+=` adds to, in a loop."""
    texts: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)
    """What is added to an attribute, in a loop."""
    generators: int = 0
    said: set[str] = field(default_factory=set)


_Place = tuple[ast.AST, ast.AST | None, _Facts | None, str]
"""A node, the innermost loop around it, the outermost function, and the name of the innermost one."""


class _Outline:
    """The signs of a module, with what the whole of it says."""

    def __init__(self, module: ast.Module) -> None:
        self.found: set[str] = set()
        self.facts: list[_Facts] = []
        self.imported: dict[str, str] = {}
        self.private: set[str] = set()
        self.patterns: set[str] = set()
        self.bound: dict[ast.AST, set[str]] = {}
        for line in module.body:
            match line:
                case ast.Import(names=names):
                    self.imported.update({one.asname or one.name: one.name for one in names})
                case ast.ImportFrom(module=str() as source, names=names):
                    self.imported.update({one.asname or one.name: f"{source}.{one.name}" for one in names})
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=items) | ast.Tuple(elts=items)):
                    self.private.update([name] if name.startswith("_") and len(items) >= SEVERAL else [])
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(attr="compile"))):
                    self.patterns.add(name)

    def enter(self, node: ast.AST, facts: _Facts | None) -> _Facts:
        """The facts of the outermost function around, or of this one; what its head says is added to them."""
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if facts is None:
            facts = _Facts()
            self.facts.append(facts)
        arguments = node.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        facts.sequences.update(one.arg for one in every if one.annotation is not None)
        facts.sequences.update([arguments.vararg.arg] if arguments.vararg is not None else [])
        if any(isinstance(item, ast.Name) and item.id == "property" for item in node.decorator_list):
            self.found.update(["property"] if any(map(_is_work, ast.walk(node))) else [])
        return facts

    def binds(self, loop: ast.AST, name: str) -> bool:
        """Does the loop itself give this variable a value?"""
        if loop not in self.bound:
            names = (node for node in ast.walk(loop) if isinstance(node, ast.Name))
            self.bound[loop] = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
        return name in self.bound[loop]

    def finish(self) -> None:
        """Add what only all of a function tells."""
        for one in self.facts:
            found = {
                "loop in list": one.searched & one.lists,
                "loop in empty list": one.searched & one.empty & one.appended,
                "loop in sequence": one.searched & one.sequences,
                "in private": one.asked & self.private,
                "set &": one.crossed & one.sets,
                "loop bytes +=": one.grown & one.no_bytes,
                "loop tuple +=": one.grown & one.tuples,
                "loop attribute +=": one.added & one.texts,
                "generator again": one.generators > 1,
            }
            self.found.update(sign for sign, names in found.items() if names)


@dataclass(frozen=True, slots=True)
class _At:
    """Where a node is."""

    outline: _Outline
    facts: _Facts
    loop: ast.AST | None
    function: str


_Signs = Callable[[ast.AST, _At], Iterator[str]]
_SIGNS: dict[type[ast.AST], _Signs] = {}


def _of(*kinds: type[ast.AST]) -> Callable[[_Signs], _Signs]:
    """Registers what gives the signs of nodes of these kinds."""

    def register(signs_of: _Signs) -> _Signs:
        _SIGNS.update(dict.fromkeys(kinds, signs_of))
        return signs_of

    return register


@_of(ast.Call)
def _of_call(node: ast.AST, at: _At) -> Iterator[str]:
    assert isinstance(node, ast.Call)
    match node.func:
        case ast.Name(id=name):
            names = [name]
            if name in at.outline.imported:
                names.append(at.outline.imported[name])
            yield from _of_builtin(name, node.args)
        case ast.Attribute(value=receiver, attr=attr):
            names = [f".{attr}"]
            if isinstance(receiver, ast.Name):
                names += [f"{at.outline.imported[receiver.id]}.{attr}"] if receiver.id in at.outline.imported else []
                yield from _of_method(receiver.id, attr, at)
            if attr == "intersection" and isinstance(receiver, ast.Call):
                yield "set() &"
        case _:
            return
    for name in names:
        yield f"{name}()"
        yield from (f"{name}({argument})" for argument in _arguments(node))
    for word in node.keywords:
        match word:
            case ast.keyword(arg="key", value=ast.Attribute(attr=attr)):
                yield f"key .{attr}"
            case ast.keyword(arg="key", value=ast.Lambda(body=ast.Attribute() | ast.Subscript())):
                yield "key lambda"


def _of_method(receiver: str, method: str, at: _At) -> Iterator[str]:
    if method in _GROWING:
        at.facts.sequences.add(receiver)
        if method == "append":
            at.facts.appended.add(receiver)
    if at.loop is not None and not at.outline.binds(at.loop, receiver):
        yield f"steady .{method}()"
    if receiver in at.outline.patterns:
        yield f"pattern.{method}()"


def _of_builtin(name: str, arguments: list[ast.expr]) -> Iterator[str]:
    match arguments:
        case [ast.Call(func=ast.Name(id="tuple" | "list"), args=[ast.GeneratorExp(elt=item) | ast.ListComp(elt=item)])]:
            pass
        case [ast.GeneratorExp(elt=item) | ast.ListComp(elt=item)]:
            pass
        case _:
            return
    match item:
        case ast.Compare(ops=[ast.In()]):
            yield f"{name}(in)"
        case ast.Call(func=ast.Attribute(attr=attr)):
            yield f"{name}(.{attr})"


def _arguments(call: ast.Call) -> Iterator[str]:
    match call.args:
        case [ast.GeneratorExp(), *_]:
            yield "generator"
        case [ast.Constant(value=str() | bytes()), *_]:
            yield "text"
        case [ast.Constant(value=0), *_]:
            yield "0"
        case [ast.Constant(), *_]:
            pass
        case [_, *_]:
            yield "built"
    if any(isinstance(one, ast.List) and not one.elts for one in (*call.args, *(word.value for word in call.keywords))):
        yield "[]"


@_of(ast.Compare)
def _of_compare(node: ast.AST, at: _At) -> Iterator[str]:
    match node:
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[container]):
            pass
        case _:
            return
    match container:
        case ast.Name(id=name):
            at.facts.asked.add(name)
            at.facts.searched.update([name] if at.loop is not None else [])
        case ast.List(elts=items) | ast.Tuple(elts=items) if len(items) >= SEVERAL:
            if all(isinstance(item, ast.Constant) for item in items):
                yield "in display"
        case ast.ListComp() | ast.SetComp():
            yield "in comprehension"
        case ast.Call(func=ast.Name(id=name)):
            yield f"in {name}()"


@_of(ast.Assign)
def _of_assign(node: ast.AST, at: _At) -> Iterator[str]:
    assert isinstance(node, ast.Assign)
    for target in node.targets:
        if isinstance(target, ast.Name):
            _note(target.id, node.value, at.facts)
            yield from _of_value(node.value)
            yield from _of_growth(target.id, node.value)


def _note(name: str, value: ast.expr, facts: _Facts) -> None:
    """Keep what a variable may be."""
    match value:
        case ast.List(elts=items):
            kinds = [facts.lists, facts.sequences, *([] if items else [facts.empty])]
        case ast.ListComp():
            kinds = [facts.lists, facts.sequences]
        case ast.Tuple():
            kinds = [facts.tuples, facts.sequences]
        case ast.Set() | ast.SetComp():
            kinds = [facts.sets]
        case ast.Call(func=ast.Name()):
            kinds = [facts.lists, facts.sequences, facts.sets, facts.texts]
        case ast.Call(func=ast.Attribute(attr=attr)):
            kinds = [facts.lists] if "split" in attr else [facts.texts]
        case ast.Name():
            kinds = [facts.sequences, facts.sets, facts.texts]
        case ast.BinOp(op=ast.Add()):
            kinds = [facts.sequences, facts.texts]
        case ast.JoinedStr() | ast.Constant(value=str()):
            kinds = [facts.texts]
        case ast.Constant(value=b""):
            kinds = [facts.no_bytes]
        case _:
            return
    for kind in kinds:
        kind.add(name)


def _of_value(value: ast.expr) -> Iterator[str]:
    match value:
        case ast.List(elts=items) | ast.Set(elts=items) | ast.Dict(values=items):
            parts = [*items, *(value.keys if isinstance(value, ast.Dict) else [])]
        case _:
            return
    if all(isinstance(one, _CONSTANTS) for one in parts):
        has_attribute = any(isinstance(one, ast.Attribute) for one in parts)
        yield from ["attributes"] if has_attribute else ["constants"] if len(items) >= FEW else []


def _of_growth(name: str, value: ast.expr) -> Iterator[str]:
    match value:
        case ast.BinOp(op=ast.Add() | ast.BitOr(), left=ast.Name(id=left), right=added) if left == name:
            yield from ["name = name +"] if isinstance(added, _NEW) else []
        case ast.List(elts=[ast.Starred(value=ast.Name(id=first)), *_]) if first == name:
            yield "name = name +"
        case ast.Dict(keys=[None, *_], values=[ast.Name(id=first), *_]) if first == name:
            yield "name = name +"
        case ast.Call(func=ast.Attribute(value=ast.Name(id=first), attr="union")) if first == name:
            yield "name = name +"
    match value:
        case ast.BinOp(op=ast.Add(), right=ast.Name(id=right)) if right == name:
            yield "name = + name"


@_of(ast.AugAssign)
def _of_augmented(node: ast.AST, at: _At) -> Iterator[str]:
    match node:
        case ast.AugAssign(op=ast.Add(), target=ast.Name(id=name)):
            at.facts.grown.update([name] if at.loop is not None else [])
        case ast.AugAssign(op=ast.Add(), target=ast.Attribute() | ast.Subscript(), value=ast.Name(id=name)):
            at.facts.added.update([name] if at.loop is not None else [])
        case ast.AugAssign(op=ast.Add(), target=ast.Attribute() | ast.Subscript(), value=value) if _is_text(value):
            yield "attribute +="


def _is_text(value: ast.expr) -> bool:
    """May it be text?"""
    match value:
        case ast.JoinedStr() | ast.Constant(value=str()):
            return True
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return all(isinstance(side, ast.Name) or _is_text(side) for side in (left, right))
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _TEXT_METHODS
        case ast.Call(func=ast.Name(id=name)):
            return name in _TEXT_FUNCTIONS
    return False


@_of(ast.BinOp)
def _of_operation(node: ast.AST, at: _At) -> Iterator[str]:
    match node:
        case ast.BinOp(op=ast.BitAnd(), left=left, right=right):
            pass
        case _:
            return
    for side in (left, right):
        match side:
            case ast.Name(id=name):
                at.facts.crossed.add(name)
            case ast.Set() | ast.SetComp():
                yield "set &"
            case ast.Call(func=ast.Name(id="set" | "frozenset")):
                yield from ("set &", "set() &")


@_of(ast.For, ast.AsyncFor)
def _of_for(node: ast.AST, at: _At) -> Iterator[str]:
    assert isinstance(node, ast.For | ast.AsyncFor)
    if isinstance(node.target, ast.Name):
        at.facts.texts.add(node.target.id)
    match node.iter:
        case ast.Call(func=ast.Name(id="list" | "tuple")) | ast.Call(func=ast.Attribute(attr="copy")):
            yield "for copy"
        case ast.Subscript(slice=ast.Slice()):
            yield "for copy"
    match node:
        case ast.For(body=[ast.If(orelse=[], test=test, body=[first, *rest])], orelse=[]):
            pass
        case _:
            return
    match first:
        case ast.Assign(targets=[ast.Name()], value=ast.Constant(value=bool())) if not rest:
            yield "if flag"
        case ast.Return(value=ast.Constant(value=True)) if isinstance(test, ast.Call):
            yield f"if .{test.func.attr}" if isinstance(test.func, ast.Attribute) else "if call"
    if at.loop is not None and _compares_key(node.target, node.iter, test):
        yield "join"


def _compares_key(target: ast.expr, source: ast.expr, test: ast.expr) -> bool:
    """Does a condition begin with a key of a loop's variable and something that it must equal?"""
    while isinstance(test, ast.BoolOp):
        test = test.values[0]
    match test:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            pass
        case _:
            return False
    for side in (left, right):
        match side:
            case ast.Attribute(value=ast.Name(id=name)) | ast.Subscript(value=ast.Name(id=name)):
                if isinstance(source, ast.Name) and isinstance(target, ast.Name) and name == target.id:
                    return True
    return False


@_of(ast.If, ast.IfExp)
def _of_branch(node: ast.AST, at: _At) -> Iterator[str]:  # noqa: ARG001  # all have the same shape
    assert isinstance(node, ast.If | ast.IfExp)
    test = node.test.left if isinstance(node.test, ast.Compare) else node.test
    match test:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=receiver), attr=attr)):
            pass
        case _:
            return
    for one in ast.walk(node.body[0] if isinstance(node, ast.If) else node.body):
        match one:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=again)) if (name, again) == (receiver, attr):
                yield "if call again"
                return


@_of(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
def _of_comprehension(node: ast.AST, at: _At) -> Iterator[str]:
    assert isinstance(node, _COMPREHENSIONS)
    at.facts.generators += isinstance(node, ast.GeneratorExp)
    for one in node.generators:
        at.facts.texts.update([one.target.id] if isinstance(one.target, ast.Name) else [])
        is_in_loop = at.loop is not None or len(node.generators) > 1
        if is_in_loop and one.ifs and _compares_key(one.target, one.iter, one.ifs[0]):
            yield "join"
    match node:
        case ast.DictComp(
            generators=[ast.comprehension(iter=ast.Call(func=ast.Attribute(attr="items")), ifs=[ast.Compare()])]
        ):
            yield "items if"


@_of(ast.Subscript)
def _of_item(node: ast.AST, at: _At) -> Iterator[str]:  # noqa: ARG001  # all have the same shape
    match node:
        case ast.Subscript(value=ast.Call(func=ast.Name(id="list" | "tuple")), slice=ast.Constant(value=0)):
            yield "first"
        case ast.Subscript(value=ast.ListComp(), slice=ast.Constant(value=0)):
            yield "first"
        case ast.Subscript(value=ast.Call(func=ast.Attribute(attr=attr))):
            yield f".{attr}()[]"
        case ast.Subscript(value=ast.Dict() as table):
            yield from _of_value(table)


@_of(ast.Attribute)
def _of_attribute(node: ast.AST, at: _At) -> Iterator[str]:  # noqa: ARG001  # all have the same shape
    match node:
        case ast.Attribute(value=ast.Dict() as table, attr="get"):
            yield from _of_value(table)


@_of(ast.Return)
def _of_return(node: ast.AST, at: _At) -> Iterator[str]:
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]
    if sum(isinstance(one.func, ast.Name) and one.func.id == at.function for one in calls) > 1:
        yield "recursion"


def _is_work(node: ast.AST) -> bool:
    """Is it a loop, or a call of what loops over its argument?"""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in _WORK
    return isinstance(node, _LOOPS)


@cache
def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """Where nodes of this kind hold others that matter."""
    return () if kind in {ast.Name, ast.Constant} else tuple(set(kind._fields) - {"ctx", "op", "ops", "id", "attr"})
