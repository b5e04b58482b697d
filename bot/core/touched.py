"""Which functions a patch changes, themselves or through what they read at module level: those to be compared.

Partner: `bot/stages/behave.py` has their calls recorded and replayed.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bot.core.patch import lines_of
from bot.core.source import parse

Definition = ast.FunctionDef | ast.AsyncFunctionDef
_Key = tuple[str, int]
_MOST_VARIABLES = 30
_MOST_CONSTANTS = 40
_LONGEST_CONSTANT = 100
_LARGEST_CONSTANT = 10_000
MAKING = frozenset({"__init__", "__new__", "__post_init__", "__attrs_post_init__", "__setstate__"})
"""Methods that make an object."""
_CHANGING = frozenset(
    {"append", "appendleft", "extend", "insert", "pop", "popleft", "popitem", "remove", "clear", "sort", "reverse",
     "update", "setdefault", "add", "discard"}
)  # fmt: skip
"""Methods that change a container."""


@dataclass(frozen=True, slots=True)
class Touched:
    """One function that a patch changes, as it stands before and after; lines are of its first decorator."""

    path: str
    name: str
    """Qualified, such as `URL.build`."""
    before: int
    after: int
    decorated: bool = False
    """Do its decorators differ? Then it is called by its name, with them; else below them."""
    variables: tuple[str, ...] = ()
    """Variables of the module that it mentions and that the patch leaves as they are, those of classes as `Box.size`;
    behind them those that are changed by a function of the module to which it leads."""
    constants: tuple[str | int | float, ...] = ()
    """Those of both versions, with what it reads at module level: worth trying as arguments."""
    changing: tuple[str, ...] = ()
    """Attributes that other functions of the file change once an object is made."""


def touched(path: str, before: str, after: str) -> tuple[Touched, ...]:
    """The functions of one file that behave by other code after a change; none where one version cannot be read."""
    old, new = parse(before), parse(after)
    if old is None or new is None:
        return ()
    moved = _module_names(old, new)
    olds, news = definitions(old), definitions(new)
    looked_at = moved | _read_otherwise(olds, news)
    made_otherwise = _slotted(old) ^ _slotted(new)
    shared = {name for name in _assigned(old) & _assigned(new) if name.rpartition(".")[2] not in moved}
    leading = cache(lambda: [(node.name, _mentioned(node), _changes(node)) for node in olds.values()])
    changing = cache(lambda: tuple(sorted({name for node in olds.values() for name in _set_later(node)})))
    found = []
    for key, one in olds.items():
        other = news.get(key)
        is_same = other is not None and _text(before, one) == _text(after, other) and not looked_at & _mentioned(one)
        if other is None or (is_same and key[0].rpartition(".")[0] not in made_otherwise):
            continue
        decorated = _is_redecorated(one, other)
        names = _mentioned(one)
        further = _led_to(names, leading()) - names
        variables = [name for those in (names, further) for name in sorted(shared) if name.rpartition(".")[2] in those]
        constants = _constants(old, one) | _constants(new, other)
        places = _start(one), _start(other)
        found.append(
            Touched(
                path,
                key[0],
                *places,
                decorated,
                tuple(variables[:_MOST_VARIABLES]),
                tuple(constants)[:_MOST_CONSTANTS],
                changing()[:_MOST_VARIABLES],
            )
        )
    return tuple(found)


def _is_redecorated(one: Definition, other: Definition) -> bool:
    return list(map(ast.dump, one.decorator_list)) != list(map(ast.dump, other.decorator_list))


def _read_otherwise(olds: Mapping[_Key, Definition], news: Mapping[_Key, Definition]) -> set[str]:
    """The properties that become another kind of attribute: one read may have to do with another, as a cache has."""
    both = ((key[0], one, news[key]) for key, one in olds.items() if key in news)
    found = {name for name, one, other in both if _is_property(one) and _is_redecorated(one, other)}
    return {name.rpartition(".")[2] for name in found}


def _is_property(node: Definition) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "property" for one in node.decorator_list)


@dataclass(frozen=True, slots=True)
class Names:
    """Variables of a module that two versions share, those of classes as `Box.size`."""

    same: tuple[str, ...] = ()
    """The same statements set them; functions, which may keep something too, are among them."""
    rebound: tuple[str, ...] = ()
    """They are set otherwise."""


def names(before: str, after: str) -> Names:
    """Those of one file; none where one version cannot be read."""
    old, new = parse(before), parse(after)
    if old is None or new is None:
        return Names()
    moved, both = _module_names(old, new), _assigned(old) & _assigned(new)
    rebound = {name for name in both if name.rpartition(".")[2] in moved}
    functions = {name for name, _ in definitions(old)} & {name for name, _ in definitions(new)}
    return Names(tuple(sorted((both - rebound) | functions)), tuple(sorted(rebound)))


def named_alike(functions: Sequence[Touched], source: str) -> Mapping[Touched, int]:
    """Where functions stand in another version of their file."""
    module = parse(source)
    there = (
        {} if module is None else {name: _start(node) for (name, nth), node in definitions(module).items() if not nth}
    )
    return {one: there[one.name] for one in functions if one.name in there}


def definitions(module: ast.Module) -> dict[_Key, Definition]:
    """Functions by qualified name, and which of those with this name it is: a property has several."""
    found: dict[_Key, Definition] = {}
    seen: Counter[str] = Counter()
    for name, node in _walk(module.body, ""):
        found[name, seen[name]] = node
        seen[name] += 1
    return found


def _walk(body: Sequence[ast.AST], prefix: str) -> Iterator[tuple[str, Definition]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name, node
            continue
        inner = f"{prefix}{node.name}." if isinstance(node, ast.ClassDef) else prefix
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from _walk(getattr(node, field, []), inner)


def _start(node: Definition) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _text(source: str, node: Definition) -> list[str]:
    return lines_of(source)[_start(node) - 1 : node.end_lineno]


def _module_names(old: ast.Module, new: ast.Module) -> set[str]:
    """Names that statements outside of functions bind anew: constants, imports, attributes of classes."""
    before, after = _statements(old), _statements(new)
    changed = [node for text, node in before.items() if text not in after]
    changed += [node for text, node in after.items() if text not in before]
    return {name for node in changed for name in _bound(node)}


def _statements(module: ast.Module) -> dict[str, ast.stmt]:
    return {ast.dump(node): node for node in plain(module.body)}


def plain(body: Sequence[ast.AST]) -> Iterator[ast.stmt]:
    """The simple statements outside of functions."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        inner = [one for field in ("body", "orelse", "finalbody", "handlers") for one in getattr(node, field, [])]
        if inner:
            yield from plain(inner)
        elif isinstance(node, ast.stmt):
            yield node


def _bound(node: ast.stmt) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, ast.alias):
            yield (one.asname or one.name).split(".")[0]


def _slotted(module: ast.Module) -> set[str]:
    """The outermost classes whose objects have the attributes that `__slots__` names, and no others."""
    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    return {one.name for one in classes if any("__slots__" in _bound(node) for node in one.body)}


def _assigned(module: ast.Module) -> set[str]:
    """Variables of the module and of its classes, imports and classes left out."""
    found = set()
    for one in module.body:
        prefix = f"{one.name}." if isinstance(one, ast.ClassDef) else ""
        nodes = (node for node in plain([one]) if not isinstance(node, ast.Import | ast.ImportFrom))
        found |= {prefix + name for node in nodes for name in _bound(node)}
    return found


def _led_to(names: set[str], functions: Sequence[tuple[str, set[str], set[str]]]) -> set[str]:
    """What functions of these names change, and those that they mention; `functions` are (name, mentioned, changed)."""
    seen, found, waiting = set[str](), set[str](), set(names)
    while waiting:
        seen |= waiting
        called = [one for one in functions if one[0] in waiting]
        found |= {name for _, _, changed in called for name in changed}
        waiting = {name for _, mentioned, _ in called for name in mentioned} - seen
    return found


def _changes(function: Definition) -> set[str]:
    """The names that it declares global, and those of which it sets an item or an attribute, or calls a method."""
    found = set[str]()
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            found |= {*node.names}
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            found |= _mentioned(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found |= _mentioned(node.func.value)
    return found


def _set_later(function: Definition) -> Iterator[str]:
    """The attributes that it changes, or sets without looking at them first, as those do who fill a cache."""
    if function.name in MAKING:
        return
    inside = list(ast.walk(function))
    read = {node.attr for node in inside if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)}
    for node in inside:
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) and node.attr not in read:
            yield node.attr
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute):
            yield node.target.attr
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            yield from _attribute(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
            yield from _attribute(node.func.value)


def _attribute(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        yield node.attr


def _mentioned(node: ast.AST) -> set[str]:
    inside = list(ast.walk(node))
    names = {one.id for one in inside if isinstance(one, ast.Name)}
    return names | {one.attr for one in inside if isinstance(one, ast.Attribute)}


def _constants(module: ast.Module, function: Definition) -> dict[str | int | float, None]:
    """Texts and numbers in a function, and in the statements of its module that bind a name that it mentions."""
    names = _mentioned(function)
    nodes: list[ast.AST] = [function, *(node for node in plain(module.body) if names & set(_bound(node)))]
    values = (one.value for node in nodes for one in ast.walk(node) if isinstance(one, ast.Constant))
    return dict.fromkeys(value for value in values if isinstance(value, str | int | float) and _is_small(value))


def _is_small(value: str | float) -> bool:
    """Numbers stay small: an argument may say how much memory or time a call takes."""
    if isinstance(value, str):
        return len(value) <= _LONGEST_CONSTANT and value.isprintable()
    return not isinstance(value, bool) and abs(value) <= _LARGEST_CONSTANT
