"""What a patch changes that no recorded call shows: a call is replayed with all of its arguments, on what is there.

Partner: `bot/core/touched.py` finds the functions whose calls are compared.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from bot.core.source import parse
from bot.core.touched import Definition, definitions


def unshown(before: str, after: str) -> tuple[str, ...]:
    """In words, for one file; nothing where one version cannot be read."""
    old, new = parse(before), parse(after)
    if old is None or new is None:
        return ()
    return (*_taken_away(old, new), *_taking_otherwise(old, new), *_added(old, new), *_outside(old, new))


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
    """Methods that the language itself calls, in classes that are there."""
    there, classes = {*_names(old)}, {*_classes(old.body, "")}
    for name in dict.fromkeys(_names(new)):
        owner, _, last = name.rpartition(".")
        if name not in there and owner in classes and last.startswith("__") and last.endswith("__"):
            yield f"adds {name}"


def _outside(old: ast.Module, new: ast.Module) -> Iterator[str]:
    """Bases and decorators of classes, and statements outside of functions that bind no name."""
    news = dict(_headers(new.body, ""))
    for name, header in _headers(old.body, ""):
        if news.get(name, header) != header:
            yield f"changes what the class {name} is made of"
    before, after = {*_nameless(old.body)}, {*_nameless(new.body)}
    for text in sorted(before - after):
        yield f"takes a statement away: {text}"
    for text in sorted(after - before):
        yield f"adds a statement: {text}"


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


def _headers(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each class with its bases, keywords and decorators."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield prefix + node.name, tuple(map(ast.dump, (*node.bases, *node.keywords, *node.decorator_list)))
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
