"""What a codemod finds: an edit for each site, and the limits within which edits are wanted.

Its partner is `codemods/_apply.py`, which turns edits into text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import libcst as cst

from codemods._decorators import compilers, may_compile, may_move
from codemods._imports import Insertion
from codemods._tree import Function, Tree, children

FixLevel = Literal["safe", "unsafe", "display-only"]
Level = tuple[FixLevel, str]
"""How sure a rewrite is, and the reason."""
Change = Callable[[cst.CSTNode], cst.CSTNode]
Python = tuple[int, int]
"""A minor version, such as (3, 12)."""

EVERYWHERE: Python = (3, 9)
"""Who does not say which versions a project is for is taken to run it on no older one."""

_MARK = re.compile(
    r"^[ \t]*#+[ \t]*(?:[{}]|</?\w|\[?(?:BEGIN|START|END)\b|(?:begin|start|end)[-_:]|-+[ \t]*8<)", re.MULTILINE
)
"""A comment that says where a part of the file begins or ends, for what takes parts: documents, other programs."""
_VERSION = re.compile(r"\b(?:version_info|hexversion|python_version\w*|PY_?[23]\w*)\b")


class RewriteError(ValueError):
    """The source cannot be rewritten at all; the message is one line for people."""


@dataclass(frozen=True, slots=True)
class Site:
    """One place where the pattern was found; lines are 1-based and count in the text before the rewrite."""

    line: int
    end_line: int
    function: str
    """Qualified name of the enclosing function, such as `URL.build`."""
    fix: FixLevel
    reason: str


@dataclass(frozen=True, slots=True)
class Edit:
    """All that one site needs: changes of nodes, statements around statements, and statements at module level."""

    function: Function
    fix: FixLevel
    reason: str
    changes: Mapping[cst.CSTNode, Change]
    after: Mapping[cst.CSTNode, str] = field(default_factory=dict)
    before: Mapping[cst.CSTNode, str] = field(default_factory=dict)
    insertions: tuple[Insertion, ...] = ()
    python: Python = (3, 0)
    """The oldest version that takes what the edit writes, or all that runs because of it."""

    def spans(self, tree: Tree) -> list[tuple[int, int]]:
        """First and last line of everything this edit touches, without its module-level insertions."""
        spans = [tree.lines(node) for node in self.changes]
        spans += [(tree.lines(node)[1], tree.lines(node)[1]) for node in self.after]
        spans += [(tree.lines(node)[0], tree.lines(node)[0]) for node in self.before]
        return sorted(spans)

    def site(self, tree: Tree, oldest: Python | None = None) -> Site:
        """What the edit says of itself to people, in a project for `oldest` and newer versions."""
        spans = self.spans(tree)
        last = max(end for _, end in spans)
        doubt = self._doubt(tree, oldest or EVERYWHERE) if self.fix == "safe" else None
        if doubt is not None:
            return Site(spans[0][0], last, self.function.qualname, "unsafe", f"{doubt}; otherwise {self.reason}")
        return Site(spans[0][0], last, self.function.qualname, self.fix, self.reason)

    def _doubt(self, tree: Tree, oldest: Python) -> str | None:
        """Why the edit is not safe although the rewrite itself is: what is around the function may mind."""
        node = self.function.node
        if self.python > oldest:
            return f"it needs Python {'.'.join(map(str, self.python))}"
        if any(item.is_import for item in self.insertions):
            return "it adds an import, which a module or a test of the project may mind"
        if may_compile(tree, node):
            return "a compiler may be given the function, and not know what it says then"
        if compilers(tree) and (self.insertions or self._says_more(tree)):
            return "a compiler may be given what calls the function, and not know the names of its module"
        if may_move(tree, node) and (self.insertions or self._says_more(tree)):
            return "a decorator may run the function where the names of its module are not known"
        if not self.insertions:
            return None
        if tree.rebinds:
            return "the module may bind the new name behind the back of its text"
        if _VERSION.search(tree.code(node)) or any(_VERSION.search(tree.code(test)) for test in _tests(tree, node)):
            return "it asks for a version, and what it does for one may not be possible for another"
        top = next(item for item in (node, *tree.ancestors(node)) if tree.parents[item] is tree.module)
        index = next(i for i, item in enumerate(tree.module.body) if item is top)
        if any(index < item.index - 1 for item in self.insertions):
            return "the function may be called before the new name of the module has its value"
        first = min(index, *(item.index for item in self.insertions))
        if _MARK.search(tree.source, tree.spans[tree.module.body[first]][0], tree.start(top)):
            return "a comment marks a part of the file, which may be used without what comes before"
        return None

    def _says_more(self, tree: Tree) -> bool:
        """Does the function say a name of its module then that it does not say now?"""
        said = {name for node, change in self.changes.items() for name in _names(change(node))}
        more = said - self.function.variables.keys()
        return any(name in tree.names and not tree.is_builtin(name, self.function.node) for name in more)


def _names(node: cst.CSTNode) -> set[str]:
    """The variables that a node says."""
    match node:
        case cst.Name(value=name):
            return {name}
        case cst.Attribute(value=value) | cst.Arg(value=value):
            return _names(value)
    return {name for child in children(node) for name in _names(child)}


def _tests(tree: Tree, node: cst.CSTNode) -> list[cst.BaseExpression]:
    """What has to be true, or not, for a statement to run."""
    return [item.test for item in tree.ancestors(node) if isinstance(item, cst.If)]


@dataclass(frozen=True, slots=True)
class Limits:
    """Which of the edits that were found are wanted; None is no limit."""

    functions: frozenset[str] | None = None
    lines: tuple[tuple[int, int], ...] | None = None
    only: int | None = None

    def choose(self, edits: Iterable[Edit], tree: Tree) -> list[Edit]:
        """The wanted edits in the order of the text."""
        chosen = sorted((edit for edit in edits if self._allow(edit, tree)), key=lambda edit: edit.spans(tree))
        if self.only is None:
            return chosen
        if not 0 <= self.only < len(chosen):
            raise RewriteError(f"there is no site {self.only}: {len(chosen)} found")
        return [chosen[self.only]]

    def _allow(self, edit: Edit, tree: Tree) -> bool:
        if self.functions is not None and not self.functions & edit.function.enclosing:
            return False
        if self.lines is None:
            return True
        return all(any(a <= first and last <= b for a, b in self.lines) for first, last in edit.spans(tree))


def limits(functions: Iterable[str] | None, lines: Sequence[tuple[int, int]] | None, only: int | None = None) -> Limits:
    """Limits as people give them."""
    names = None if functions is None else frozenset(map(plain_qualname, functions))
    return Limits(names, None if lines is None else tuple(lines), only)


def plain_qualname(name: str) -> str:
    """`outer.<locals>.inner` and `outer.inner` mean the same function to people and to tools."""
    return name.replace(".<locals>", "")
