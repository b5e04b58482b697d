"""Finds the codemods of this package, what they find in a text, and rewrites a text with one of them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

import libcst as cst

import codemods
from codemods._apply import Replacement, compatible, fits, replace, replacements
from codemods._base import Codemod
from codemods._edit import Edit, Python, RewriteError, Site, limits
from codemods._guard import is_too_deep
from codemods._ignore import allows, ignored_lines
from codemods._outline import signs
from codemods._text import BYTE_ORDER_MARK, UnreadableError, is_python_2, line_of_error, parse, read
from codemods._together import together
from codemods._tree import Tree

LATE = "to look for the rest takes too long"
"""A problem of a text for which there was not enough time."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The text after the rewrite, and the sites that it changed; without sites it is the text that was given."""

    source: str
    sites: tuple[Site, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One opportunity: a rule, its site, and the least change of the text that takes it, alone."""

    rule: str
    site: Site
    replacements: tuple[Replacement, ...]
    """In the order of the text; they count in the text with its byte order mark."""

    def rewritten(self, source: str) -> str:
        """The text with this opportunity taken, and nothing else."""
        return replace(source, self.replacements)


@dataclass(frozen=True, slots=True)
class Findings:
    """What the rules found in one text, in its order, and what they did not look at and why, in one line each."""

    found: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()
    """What kept the rules from looking at the text, or one of them from looking at all of it."""
    source: str = ""
    """The text that the findings count in; empty when there was none."""
    encoding: str = "utf-8"
    parsed: bool = False
    """Did the text have to be parsed by libcst?"""


@dataclass(frozen=True, slots=True)
class Merged:
    """What changes in a text when several opportunities are taken at once, and which of them are."""

    replacements: tuple[Replacement, ...]
    taken: tuple[Finding, ...]


@cache
def catalogue() -> Mapping[str, type[Codemod]]:
    """Every codemod by name: a module of the package that does not start with an underscore holds one."""
    found: dict[str, type[Codemod]] = {}
    for module in pkgutil.iter_modules(codemods.__path__):
        if not module.name.startswith("_"):
            found[module.name] = _codemod_in(module.name)
    return MappingProxyType(dict(sorted(found.items())))


def _codemod_in(name: str) -> type[Codemod]:
    module = importlib.import_module(f"codemods.{name}")
    kinds = [item for item in vars(module).values() if inspect.isclass(item) and item.__module__ == module.__name__]
    [codemod] = [item for item in kinds if issubclass(item, Codemod)]
    return codemod


def _never() -> bool:
    return False


def find(
    source: str | bytes,
    *,
    rules: Iterable[str] | None = None,
    oldest: Python | None = None,
    is_late: Callable[[], bool] = _never,
) -> Findings:
    """Every opportunity in the functions of a text, for all rules at once or for those named; it never raises.

    With `oldest`, nothing that needs a newer Python than this one. Nothing more is looked for once it `is_late`.
    """
    try:
        text = read(source)
    except UnreadableError as error:
        return Findings(problems=(str(error),))
    whole = text.mark + text.source
    try:
        wanted = _wanted(text.source, catalogue() if rules is None else rules)
        found, problems = _found(text.source, len(text.mark), wanted, oldest, is_late) if wanted else ([], {})
        return Findings(tuple(found), tuple(problems.values()), whole, text.encoding, bool(wanted))
    except (UnreadableError, RewriteError) as error:
        return Findings((), (str(error),), whole, text.encoding)
    except (RecursionError, MemoryError):
        return Findings((), ("the source is nested too deeply",), whole, text.encoding)


def _wanted(source: str, rules: Iterable[str]) -> list[str]:
    """The rules whose pattern may be in the text, as far as the standard library can tell."""
    if is_too_deep(source):
        raise RewriteError("the source is nested too deeply")
    module = parse(source)
    if module is None:
        _parse(source)
    signed = list(rules)
    if module is not None:
        outline = signs(module)
        signed = [name for name in signed if not catalogue()[name].SIGNS or catalogue()[name].SIGNS & outline]
    return [name for name in signed if catalogue()[name].HINT.search(source)]


def merge(
    source: str | bytes,
    wants: Callable[[Finding], bool],
    *,
    rules: Iterable[str] | None = None,
    oldest: Python | None = None,
) -> Merged:
    """The wanted ones of what `find` finds, taken at once; what touches what an earlier one does is not taken."""
    text = read(source)
    tree, shift = _analyse(text.source), len(text.mark)
    found = _edits(tree, shift, _wanted(text.source, catalogue() if rules is None else rules), oldest, {}, _never)
    wanted = sorted((one for one in found if wants(one[0])), key=lambda one: one[1].spans(tree))
    chosen = together(tree, [(one.rule, edit) for one, edit in wanted])
    changed = _moved(replacements(tree, [wanted[index][1] for index in chosen]), shift)
    return Merged(changed, tuple(wanted[index][0] for index in chosen))


def _found(
    source: str, shift: int, rules: Sequence[str], oldest: Python | None, is_late: Callable[[], bool]
) -> tuple[list[Finding], dict[str, str]]:
    problems: dict[str, str] = {}
    found = [one for one, _ in _edits(_analyse(source), shift, rules, oldest, problems, is_late)]
    return sorted(found, key=lambda item: (item.site.line, item.rule, item.site.end_line)), problems


def _edits(
    tree: Tree,
    shift: int,
    rules: Sequence[str],
    oldest: Python | None,
    problems: dict[str, str],
    is_late: Callable[[], bool],
) -> list[tuple[Finding, Edit]]:
    """Each opportunity with the edit that takes it; what keeps a rule from looking is added to the problems, once."""
    lines = ignored_lines(tree)
    found: list[tuple[Finding, Edit]] = []
    for name in rules:
        try:
            for edit in catalogue()[name].find(tree):
                if is_late():
                    break
                if oldest is not None and edit.python > oldest:
                    continue
                try:
                    if fits(tree, edit) and allows(lines, name, edit, tree):
                        found.append((_finding(name, edit, tree, shift, oldest), edit))
                except Exception as error:  # one site's fault must not hide the rule's others
                    problems.setdefault(name, _failed(name, error))
        except Exception as error:  # one rule's fault must not hide what the others find
            problems.setdefault(name, _failed(name, error))
        if is_late():
            problems[LATE] = LATE
            break
    return found


def _failed(name: str, error: Exception) -> str:
    if isinstance(error, RecursionError):
        raise error
    told = "".join(str(error).splitlines()[:1])
    return f"the rule {name} could not look ({type(error).__name__}{': ' if told else ''}{told})"


def _finding(name: str, edit: Edit, tree: Tree, shift: int, oldest: Python | None) -> Finding:
    return Finding(name, edit.site(tree, oldest), _moved(replacements(tree, [edit]), shift))


def _moved(found: Iterable[Replacement], shift: int) -> tuple[Replacement, ...]:
    return tuple(Replacement(item.start + shift, item.end + shift, item.text) for item in found)


def rewrite(
    name: str,
    source: str,
    *,
    functions: frozenset[str] | None = None,
    lines: Sequence[tuple[int, int]] | None = None,
    only: int | None = None,
) -> Rewrite:
    """Rewrite the sites of one pattern, or `only` the one with this index among those chosen.

    `functions` are qualified names such as `URL.build`; sites in functions nested in them count too. With `lines`, a
    site counts when all that it changes is within these ranges. An import or constant that a site needs at module level
    comes with it, wherever that is.
    """
    if name not in catalogue():
        raise RewriteError(f"there is no codemod {name}")
    mark = BYTE_ORDER_MARK if source.startswith(BYTE_ORDER_MARK) else ""
    text = source.removeprefix(mark)
    codemod = catalogue()[name]
    try:
        tree = _analyse(text)
        ignored = ignored_lines(tree)
        hinted = codemod.find(tree) if codemod.HINT.search(text) else ()
        allowed = [edit for edit in hinted if fits(tree, edit) and allows(ignored, name, edit, tree)]
        edits = compatible(tree, limits(functions, lines, only).choose(allowed, tree))
        changed = replace(text, replacements(tree, edits))
    except RecursionError as error:
        raise RewriteError("the source is nested too deeply") from error
    return Rewrite(mark + changed, tuple(edit.site(tree) for edit in edits))


def _analyse(source: str) -> Tree:
    tree = _analysed(source)
    tree.given.clear()  # each answer begins with the same names
    return tree


# One text is usually rewritten by one codemod after the other: what was learnt of the last one is kept.
@lru_cache(maxsize=1)
def _analysed(source: str) -> Tree:
    if is_too_deep(source):
        raise RewriteError("the source is nested too deeply")
    tree = Tree(_parse(source))
    if tree.source != source:
        raise RewriteError("the source cannot be reproduced byte for byte")
    if tree.has_alias:
        raise RewriteError("a name is not in its normal form (NFKC), so that it has two spellings")
    return tree


def _parse(source: str) -> cst.Module:
    try:
        return cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        line = line_of_error(source) or error.raw_line  # libcst may name the line behind
        looks = ": this looks like Python 2" if is_python_2(source) else ""
        raise RewriteError(f"syntax error on line {line}{looks}") from error
    except cst.CSTValidationError as error:
        raise RewriteError("syntax error: a name that this Python does not accept") from error
    except UnicodeError as error:
        raise RewriteError("the source is not text that can be encoded") from error
