"""Moves that the diff itself suggests: what base had and head has lost. Partner: `bot/stages/fix.py` offers them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.changed import Changed
from bot.core.patch import lines_of
from bot.core.source import Function, parse


@dataclass(frozen=True, slots=True)
class Restored:
    """A file with decorators put back, and which."""

    source: str
    decorators: tuple[str, ...]


def restored_decorators(before: str, after: str, one: Changed) -> Restored | None:
    """Head's file with the decorators that a function had at base; None where none is missing, or a name for it is."""
    if one.base is None or one.head is None:
        return None
    old, new = _definition(before, one.base), _definition(after, one.head)
    module = parse(after)
    if old is None or new is None or module is None:
        return None
    kept = {ast.dump(decorator) for decorator in new.decorator_list}
    missing = [decorator for decorator in old.decorator_list if ast.dump(decorator) not in kept]
    if not missing or not all(_known(decorator, module) for decorator in missing):
        return None
    old_lines, new_lines = lines_of(before), lines_of(after)
    texts = ["".join(old_lines[node.lineno - 1 : node.end_lineno or node.lineno]) for node in missing]
    at = one.head.start - 1
    source = "".join([*new_lines[:at], *texts, *new_lines[at:]])
    if parse(source) is None:
        return None
    return Restored(source, tuple(f"@{ast.unparse(decorator)}" for decorator in missing))


def _definition(text: str, function: Function) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    module = parse(text)
    for node in ast.walk(module) if module else ():
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if min([node.lineno, *(one.lineno for one in node.decorator_list)]) == function.start:
            return node
    return None


def _known(decorator: ast.expr, module: ast.Module) -> bool:
    """Whether every name in a decorator is still defined at module level; a partial revert brings back the others."""
    names = {node.id for node in ast.walk(decorator) if isinstance(node, ast.Name)}
    return names <= _defined(module.body) | set(dir(builtins))


def _defined(body: Sequence[ast.stmt]) -> set[str]:
    found = set()
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Import | ast.ImportFrom):
                found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
    return found
