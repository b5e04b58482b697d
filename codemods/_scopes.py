"""Where a name is looked for: the scopes around a node, and in which of them a place binds its name.

Its partner is `codemods/_tree.py`, which knows every place that says a name. The rules are those of the language
reference, 4.2.2; `tests/codemods/test_scopes.py` compares them with the scopes of libcst, which take ten times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import libcst as cst

Parents = Mapping[cst.CSTNode, cst.CSTNode]

_DISPLAYS = (cst.Element, cst.StarredElement, cst.Tuple, cst.List, cst.Set)
_READERS = (cst.Lambda, cst.WithItem, cst.Match, cst.MatchCase, cst.MatchClass, cst.MatchValue, cst.MatchKeywordElement)
"""What holds a name itself, and gives it no value."""


def scope_of(parents: Parents, node: cst.CSTNode) -> cst.CSTNode:
    """The module, class, function, lambda or comprehension in which what a node says is looked for, or bound.

    A function's name, decorators, defaults and annotations belong to what is around it, as do the bases of a class and
    the first collection that a comprehension runs over.
    """
    is_inside = False
    while node in parents:
        child, node = node, parents[node]
        match node:
            case cst.Param():
                is_inside = child is node.name
            case cst.FunctionDef() | cst.Lambda() | cst.ClassDef() if child is node.body or is_inside:
                return node
            case cst.FunctionDef() | cst.Lambda() | cst.ClassDef():
                is_inside = False
            case cst.CompFor():
                is_inside = is_inside or child is not node.iter or isinstance(parents[node], cst.CompFor)
            case cst.ListComp() | cst.SetComp() | cst.DictComp() | cst.GeneratorExp():
                if is_inside or child is not node.for_in:
                    return node
    return node


def scopes_around(parents: Parents, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The scopes in which a name is looked for, in that order; what is in a class does not see the class's own."""
    scope = scope_of(parents, node)
    yield scope
    while scope in parents:
        scope = scope_of(parents, scope)
        if not isinstance(scope, cst.ClassDef):
            yield scope


def binds(parents: Parents, node: cst.Name) -> bool:
    """Does a place that may bind its name do so? Imports say names that they do not bind, and defaults read theirs."""
    place: cst.CSTNode = node
    while isinstance(parents[place], _DISPLAYS):
        place = parents[place]
    parent = parents[place]
    if isinstance(parent, cst.Param):
        return parent.name is place
    if isinstance(parent, cst.Attribute | cst.ImportFrom | cst.ImportAlias):
        return _is_bound_by_import(parents, node)
    return not isinstance(parent, _READERS)


def import_of(parents: Parents, node: cst.CSTNode) -> cst.Import | cst.ImportFrom | None:
    """The statement that imports what a place binds, if one does."""
    while isinstance(node, cst.Name | cst.Attribute | cst.AsName | cst.ImportAlias):
        node = parents[node]
    return node if isinstance(node, cst.Import | cst.ImportFrom) else None


def imported_name(parents: Parents, node: cst.CSTNode) -> str | None:
    """What a place binds, such as `os.path`, if it imports that by its full name."""
    statement = import_of(parents, node)
    while not isinstance(node, cst.ImportAlias | cst.Module):
        node = parents[node]
    if not isinstance(node, cst.ImportAlias):
        return None
    name = node.evaluated_name
    if isinstance(statement, cst.ImportFrom):
        if statement.module is None or statement.relative:
            return None
        return f"{cst.Module([]).code_for_node(statement.module)}.{name}"
    return name if node.asname is not None else name.partition(".")[0]


def _is_bound_by_import(parents: Parents, node: cst.CSTNode) -> bool:
    parent = parents[node]
    while isinstance(parent, cst.Attribute):
        parent = parents[parent]
    return isinstance(parent, cst.ImportAlias) and parent.asname is None
