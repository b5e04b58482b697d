"""What can be taken back alone: hunks in the smallest groups that leave a program, and which group needs which.

Partners: `bot/core/changed.py` finds the hunks, `bot/core/experiment.py` decides which cuts to try.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from bot.core.changed import Changed
from bot.core.model import Hunk
from bot.core.patch import revert, revert_all
from bot.core.source import MODULE, Function, parse
from bot.core.tree import Tree

MOST_APART = 24
"""Hunks of one function that are told apart; where it has more, they are taken back together."""
_Name = tuple[str, ...]
_LOCAL = 3
"""The parts of a local name: file, function, name. Others have two."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Hunks of one function that are taken back together; the unit of an experiment."""

    changed: Changed
    hunks: tuple[Hunk, ...]


def whole(changed: Sequence[Changed]) -> tuple[Cut, ...]:
    """One cut for each function, with all that the diff does to it; module level in pieces."""
    found: list[Cut] = []
    for one in changed:
        apart = one.name == MODULE and len(one.hunks) <= MOST_APART
        found += [Cut(one, (hunk,)) for hunk in one.hunks] if apart else [Cut(one, one.hunks)]
    return tuple(found)


def apart(cut: Cut, base: Tree, head: Tree) -> tuple[Cut, ...]:
    """The smallest parts of a cut, each of which leaves a program when it alone is taken back."""
    one = cut.changed
    before, after = base.text(one.base_path), head.text(one.path)
    if before is None or after is None or not 1 < len(cut.hunks) <= MOST_APART or parse(after) is None:
        return (cut,)
    parts: list[Cut] = []
    waiting: list[Hunk] = []
    for hunk in sorted(cut.hunks, key=lambda hunk: (hunk.new_start, hunk.old_start)):
        waiting.append(hunk)
        if parse(revert(before, after, waiting)) is not None:
            parts.append(Cut(one, tuple(waiting)))
            waiting = []
    if waiting:
        last = parts.pop().hunks if parts else ()
        parts.append(Cut(one, (*last, *waiting)))
    return tuple(parts)


def taken_back(cuts: Collection[Cut], base: Tree, head: Tree) -> dict[str, str] | None:
    """The files of head that change when some cuts are taken back, by path; None where that is no program any more."""
    hunks: dict[str, dict[str, list[Hunk]]] = {}
    for cut in cuts:
        hunks.setdefault(cut.changed.path, {}).setdefault(cut.changed.base_path, []).extend(cut.hunks)
    files: dict[str, str] = {}
    for path, from_base in hunks.items():
        after, pieces = head.text(path), [(base.text(origin), mine) for origin, mine in from_base.items()]
        if any(before is None and any(hunk.old_length for hunk in mine) for before, mine in pieces):
            return None
        if after is None:
            files[path] = pieces[0][0] or ""  # head has deleted the file: it comes back whole
            continue
        files[path] = revert_all(after, [(before or "", mine) for before, mine in pieces])
        if parse(files[path]) is None and parse(after) is not None:
            return None
    return {path: text for path, text in files.items() if text != head.text(path)}


@dataclass(slots=True)
class _Words:
    """Names that some lines bind and use."""

    binds: set[_Name] = field(default_factory=set)
    uses: set[_Name] = field(default_factory=set)


def needs(cuts: Sequence[Cut], base: Tree, head: Tree) -> tuple[frozenset[int], ...]:
    """For each cut those that have to be taken back with it, by their places.

    A cut brings names back that only another one defines, takes names away that another one uses, binds a local name
    otherwise than the one that uses it expects, changes what a function takes, which its callers have to follow, or
    lies with it in a block that one side alone has. What cannot be read needs nothing: then the experiment fails.
    """
    old, new = _Side(base, "base"), _Side(head, "head")
    words = [(old.words(cut), new.words(cut)) for cut in cuts]
    bound_before, bound_now = old.bound(cuts), new.bound(cuts)
    signatures = [_signature(cut, old, new) for cut in cuts]
    blocks = _new_blocks(cuts, old, new)
    found = []
    for at, (was, is_) in enumerate(words):
        lost, gained = is_.binds - bound_before, was.uses - bound_now
        mine = {
            other
            for other, (its_old, its_new) in enumerate(words)
            if other != at
            and (
                lost & its_new.uses
                or gained & its_old.binds
                or _rebinds(was, is_) & (its_old.uses | its_new.uses | _rebinds(its_old, its_new))
                or _rebinds(its_old, its_new) & (was.uses | is_.uses)
                or (signatures[at] and signatures[at] in its_old.uses | its_new.uses)
                or (signatures[other] and signatures[other] in was.uses | is_.uses)
                or blocks[at] & blocks[other]
            )
        }
        found.append(frozenset(mine))
    return tuple(found)


def _rebinds(old: _Words, new: _Words) -> set[_Name]:
    """The local names that a cut binds on either side."""
    return {name for name in old.binds | new.binds if len(name) == _LOCAL}


_Block = tuple[str, int, int]
"""A compound statement outside of functions: file, first and last line."""


def _new_blocks(cuts: Sequence[Cut], old: _Side, new: _Side) -> list[set[_Block]]:
    """The blocks in which each cut lies and whose first line some cut changes: they come and go as a whole."""
    found: list[set[_Block]] = [set() for _ in cuts]
    for side in (old, new):
        changed = [side.changed(cut) for cut in cuts]
        everywhere = {(path, line) for path, lines in changed for line in lines}
        for mine, (path, lines) in zip(found, changed, strict=True):
            mine |= {
                (f"{side.name} {path}", first, last)
                for first, last in side.blocks(path)
                if (path, first) in everywhere and any(first <= line <= last for line in lines)
            }
    return found


@dataclass(frozen=True, slots=True)
class _Signature:
    """What a function takes, and the lines that say so."""

    first: int
    last: int
    takes: str


class _Side:
    """The names in the files of one side, line by line; each file is read once."""

    def __init__(self, tree: Tree, side: str) -> None:
        self.name = side
        self._parse = cache(lambda path: parse(tree.text(path) or ""))
        self._read = cache(self._names)
        self._signatures = cache(self._takes)
        self.blocks = cache(self._blocks)

    def _takes(self, path: str) -> Mapping[int, _Signature]:
        found = {}
        for node in ast.walk(module) if (module := self._parse(path)) else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                start = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                last = max(node.lineno, node.body[0].lineno - 1)
                found[start] = _Signature(node.lineno, last, ast.dump(node.args))
        return found

    def signature(self, path: str, function: Function | None) -> _Signature | None:
        """That of a function of this side."""
        return self._signatures(path).get(function.start) if function else None

    def _names(self, path: str) -> Mapping[int, _Words]:
        module = self._parse(path)
        found: dict[int, _Words] = {}
        for line, binds, name in _names_in(module.body, path, "", frozenset()) if module else ():
            words = found.setdefault(line, _Words())
            (words.binds if binds else words.uses).add(name)
        return found

    def _blocks(self, path: str) -> Sequence[tuple[int, int]]:
        module = self._parse(path)
        return list(_compound(module.body)) if module else []

    def changed(self, cut: Cut) -> tuple[str, set[int]]:
        """The file of a cut on this side, and the lines that it changes there."""
        if self.name == "base":
            return cut.changed.base_path, {line for hunk in cut.hunks for line in hunk.old_changed}
        return cut.changed.path, {line for hunk in cut.hunks for line in hunk.new_changed}

    def words(self, cut: Cut) -> _Words:
        """What the cut's lines bind and use on this side."""
        path, changed = self.changed(cut)
        lines = self._read(path)
        mine = _Words()
        for line in changed & lines.keys():
            mine.binds |= lines[line].binds
            mine.uses |= lines[line].uses
        return mine

    def bound(self, cuts: Sequence[Cut]) -> set[_Name]:
        """Every name that a changed file binds on this side."""
        paths = {self.changed(cut)[0] for cut in cuts}
        return {name for path in paths for words in self._read(path).values() for name in words.binds}


def _compound(body: Sequence[ast.stmt]) -> Iterator[tuple[int, int]]:
    """First and last line of each outermost statement with a body, also in classes, that is no function or class."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _compound(node.body)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and hasattr(node, "body"):
            yield node.lineno, node.end_lineno or node.lineno


def _signature(cut: Cut, old: _Side, new: _Side) -> _Name | None:
    """What a function is called by, where the cut changes what it takes."""
    one = cut.changed
    was = old.signature(one.base_path, one.base)
    is_ = new.signature(one.path, one.head)
    if was is None or is_ is None or was.takes == is_.takes:
        return None
    touched = any(is_.first <= line <= is_.last for hunk in cut.hunks for line in hunk.new_changed)
    return ("call", one.name.rpartition(".")[2]) if touched else None


def _names_in(
    body: Sequence[ast.AST], path: str, scope: str, local: frozenset[str]
) -> Iterator[tuple[int, bool, _Name]]:
    """(line, whether it binds, name) for every name in some statements.

    A local name belongs to its function, a global one to its file; attributes, imports and what a module or class
    defines can be meant from any file.
    """
    waiting: list[ast.AST] = list(reversed(body))
    while waiting:
        node = waiting.pop()
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _defined(node.name, line, path, scope, local)
            waiting += [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
            inner = frozenset(_locals(node))
            for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                yield argument.lineno, True, ("argument", argument.arg)
                yield argument.lineno, True, (path, f"{scope}{node.name}", argument.arg)
            yield from _names_in(node.body, path, f"{scope}{node.name}" if not local else scope, local | inner)
            continue
        if isinstance(node, ast.ClassDef):
            yield from _defined(node.name, line, path, scope, local)
        elif isinstance(node, ast.Name):
            bound = isinstance(node.ctx, ast.Store)
            yield from (
                _defined(node.id, line, path, scope, local)
                if bound
                else [(line, False, _key(node.id, path, scope, local))]
            )
        elif isinstance(node, ast.Attribute):
            yield line, isinstance(node.ctx, ast.Store), ("anywhere", node.attr)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield line, True, _key((alias.asname or alias.name).partition(".")[0], path, scope, local)
                yield line, False, ("anywhere", alias.name)
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield line, False, ("call", called)
            for keyword in node.keywords:
                yield line, False, ("argument", keyword.arg or "")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier() and not local:
            yield line, True, ("anywhere", node.value)  # an entry of __slots__ or __all__
        waiting += reversed(list(ast.iter_child_nodes(node)))


def _defined(name: str, line: int, path: str, scope: str, local: frozenset[str]) -> Iterator[tuple[int, bool, _Name]]:
    yield line, True, _key(name, path, scope, local)
    if name not in local:
        yield line, True, ("anywhere", name)


def _key(name: str, path: str, scope: str, local: frozenset[str]) -> _Name:
    return (path, scope, name) if name in local else (path, name)


def _locals(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """The names that a function binds; those of functions inside it count as its own."""
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node is not function:
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield (alias.asname or alias.name).partition(".")[0]
