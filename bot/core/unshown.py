"""What a patch changes that no recorded call shows: a call is replayed with all of its arguments, on what is there.

Partner: `bot/core/touched.py` finds the functions whose calls are compared.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bot.core.source import parse
from bot.core.touched import Definition, definitions, plain

_WITHOUT_METHODS = frozenset({"object", "ABC", "Generic", "Protocol"})
"""Bases of which a class inherits none that it could replace."""
_OF_THE_MOMENT = frozenset(
    {"environ", "getenv", "getcwd", "cwd", "time", "time_ns", "monotonic", "perf_counter", "now", "utcnow", "today",
     "localtime", "getpid", "random", "urandom", "token_hex", "uuid1", "uuid4", "getlocale", "argv"}
)  # fmt: skip
"""By these names a program asks what may be otherwise the next time."""


def unshown(before: str, after: str) -> tuple[str, ...]:
    """In words, for one file; nothing where one version cannot be read."""
    old, new = parse(before), parse(after)
    if old is None or new is None:
        return ()
    return (
        *_taken_away(old, new), *_taking_otherwise(old, new), *_added(old, new), *_outside(old, new), *_early(old, new)
    )  # fmt: skip


def _taken_away(old: ast.Module, new: ast.Module) -> Iterator[str]:
    """What others may use: all but private names that the file itself does not mention any more."""
    there = {*_names(new)}
    mentioned = {node.id for node in ast.walk(new) if isinstance(node, ast.Name)}
    mentioned |= {node.attr for node in ast.walk(new) if isinstance(node, ast.Attribute)}
    for name in dict.fromkeys(_names(old)):
        last = name.rpartition(".")[2]
        is_private = last.startswith("_") and not last.endswith("__") and last not in mentioned
        if name not in there and not is_private:
            yield f"takes {name} away"


def _taking_otherwise(old: ast.Module, new: ast.Module) -> Iterator[str]:
    there = definitions(new)
    for key, one in definitions(old).items():
        other = there.get(key)
        if other is not None and _takes(one) != _takes(other):
            yield f"changes what {key[0]} takes: ({_parameters(one)}) becomes ({_parameters(other)})"


def _added(old: ast.Module, new: ast.Module) -> Iterator[str]:
    """Methods that come to classes that are there, and that are called already: by the language, or as inherited."""
    there, classes = {*_names(old)}, dict(_headers(old.body, ""))
    called = {node.attr for node in ast.walk(old) if isinstance(node, ast.Attribute)}
    called |= {name.rpartition(".")[2] for name, _ in definitions(old)}
    for name in dict.fromkeys(_names(new)):
        owner, _, last = name.rpartition(".")
        if name in there or owner not in classes:
            continue
        if last.startswith("__") and last.endswith("__"):
            yield f"adds {name}"
        elif last in called and _inherits(classes[owner]):
            yield f"adds {name}, which {owner} may have inherited"


def _inherits(node: ast.ClassDef) -> bool:
    return not _WITHOUT_METHODS.issuperset(re.findall(r"\w+", " ".join(map(ast.unparse, node.bases)))[:1])


def _outside(old: ast.Module, new: ast.Module) -> Iterator[str]:
    """Bases and decorators of classes, and statements outside of functions that bind no name."""
    news = {name: _header(node) for name, node in _headers(new.body, "")}
    for name, node in _headers(old.body, ""):
        if news.get(name, _header(node)) != _header(node):
            yield f"changes what the class {name} is made of"
    before, after = {*_nameless(old.body)}, {*_nameless(new.body)}
    for text in sorted(before - after):
        yield f"takes a statement away: {text}"
    for text in sorted(after - before):
        yield f"adds a statement: {text}"


def _early(old: ast.Module, new: ast.Module) -> Iterator[str]:
    """What a call asked each time, and the module now asks once: all recorded calls are replayed in one moment."""
    before, after = (Counter(_asked(plain(module.body))) for module in (old, new))
    inside = set(_asked([node for _, node in definitions(old).items()]))
    for name in after:
        if after[name] > before[name] and name in inside:
            yield f"asks for {name} only once, when it is imported"


def _asked(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in (one for each in nodes for one in ast.walk(each)):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None
        if name in _OF_THE_MOMENT:
            yield name


def _takes(function: Definition) -> tuple[str, ...]:
    """Names, kinds and defaults of its parameters; what they are said to be is no matter."""
    arguments = function.args
    kinds = (arguments.posonlyargs, arguments.args, [arguments.vararg], arguments.kwonlyargs, [arguments.kwarg])
    names = ("/".join(one.arg if one else "" for one in kind) for kind in kinds)
    defaults = (ast.dump(one) if one else "" for one in (*arguments.defaults, None, *arguments.kw_defaults))
    return type(function).__name__, *names, *defaults


def _parameters(function: Definition) -> str:
    text = ast.unparse(function.args)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _names(module: ast.Module) -> Iterator[str]:
    """Of functions, methods and classes."""
    yield from (name for name, _ in definitions(module))
    yield from _classes(module.body, "")


def _classes(body: Sequence[ast.stmt], prefix: str) -> Iterator[str]:
    yield from (name for name, _ in _headers(body, prefix))


def _header(node: ast.ClassDef) -> list[str]:
    """Its bases, keywords and decorators."""
    return [ast.dump(one) for one in (*node.bases, *node.keywords, *node.decorator_list)]


def _headers(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """Each class by its qualified name."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield prefix + node.name, node
            yield from _headers(node.body, f"{prefix}{node.name}.")
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _headers(_inner(node), prefix)


def _nameless(body: Sequence[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a text that only says something
        targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else [getattr(node, "target", None)]
        sets = any(isinstance(one, ast.Attribute | ast.Subscript) for one in targets)
        if isinstance(node, ast.Expr | ast.Delete | ast.Assert | ast.Raise | ast.AugAssign) or sets:
            yield ast.unparse(node)[:80]
        yield from _nameless(_inner(node))


def _inner(node: ast.stmt) -> list[ast.stmt]:
    """The statements below one, a branch or a handler after the other."""
    return [one for field in ("body", "orelse", "finalbody") for one in getattr(node, field, [])] + [
        one for handler in getattr(node, "handlers", []) for one in handler.body
    ]
