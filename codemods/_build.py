"""Makes new code from old: expressions from templates, and names that nobody uses yet.

Its partner is `codemods/_edit.py`, whose changes are built with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import chain, count

import libcst as cst

from codemods._tree import Function, Tree

_PLACE = re.compile(r"\{(\w+)\}")
_ATOMS = (
    cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.SimpleString, cst.FormattedString, cst.Integer, cst.Float,
    cst.List, cst.Dict, cst.Set, cst.ListComp, cst.SetComp, cst.DictComp,
)  # fmt: skip


def filled(template: str, like: cst.CSTNode, **nodes: cst.BaseExpression) -> cst.BaseExpression:
    """An expression such as `not {a}.isdisjoint({b})` with nodes for its places, in the parentheses of `like`."""
    new = cst.parse_expression(_PLACE.sub(r"_place_\1", template))
    places = {f"_place_{name}": _fit(template, name, node) for name, node in nodes.items()}
    changed = new.visit(_Fill(places))
    assert isinstance(changed, cst.BaseExpression)
    assert isinstance(like, cst.BaseExpression)
    return changed.with_changes(lpar=like.lpar, rpar=like.rpar) if like.lpar else changed


class _Fill(cst.CSTTransformer):
    def __init__(self, places: dict[str, cst.BaseExpression]) -> None:
        super().__init__()
        self.places = places

    def leave_Name(  # noqa: N802
        self,
        original_node: cst.Name,  # noqa: ARG002
        updated_node: cst.Name,
    ) -> cst.BaseExpression:
        return self.places.get(updated_node.value, updated_node)


def _fit(template: str, name: str, node: cst.BaseExpression) -> cst.BaseExpression:
    """The node, in parentheses where the place or its own line breaks need them."""
    is_argument = re.search(r"(?:^|[(\[{,] ?)\{" + name + r"\}(?:$|[)\]},])", template) is not None
    breaks = "\n" in cst.Module([]).code_for_node(node)
    needs = isinstance(node, cst.Tuple | cst.Yield)  # a call would take the items for its arguments
    if node.lpar or isinstance(node, _ATOMS) or (is_argument and not breaks and not needs):
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def to_set(node: cst.CSTNode) -> cst.CSTNode:
    """The set literal with the same text between its braces as a list, or a tuple in parentheses."""
    if isinstance(node, cst.List):
        left = cst.LeftCurlyBrace(whitespace_after=node.lbracket.whitespace_after)
        right = cst.RightCurlyBrace(whitespace_before=node.rbracket.whitespace_before)
        return cst.Set(node.elements, left, right, lpar=node.lpar, rpar=node.rpar)
    items = cst.ensure_type(node, cst.Tuple)
    left = cst.LeftCurlyBrace(whitespace_after=items.lpar[-1].whitespace_after)
    right = cst.RightCurlyBrace(whitespace_before=items.rpar[0].whitespace_before)
    return cst.Set(items.elements, left, right, lpar=items.lpar[:-1], rpar=items.rpar[1:])


class Names:
    """Names that nobody uses yet where they are wanted, and that no rule was given before."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def constant(self, *wishes: str) -> str:
        """A private name for the module that is said nowhere in it.

        It begins with one underscore: a class gives names with two another meaning.
        """
        private = tuple(f"_{wish.strip('_')}" for wish in wishes)
        return self._new(self._tree.module, self._tree.names, private)

    def local(self, function: Function, *wishes: str) -> str:
        """A name for a variable that neither the function nor one around it or in it says."""
        nodes = [function.node, *self._tree.ancestors(function.node)]
        outermost = [node for node in nodes if isinstance(node, cst.FunctionDef)][-1]
        return self._new(outermost, self._tree.function_of[outermost].variables, wishes)

    def _new(self, place: cst.CSTNode, said: Collection[str], wishes: tuple[str, ...]) -> str:
        """The first wish that is free, or the last one with a number."""
        given = self._tree.given.setdefault(place, set())
        numbered = (f"{wishes[-1]}_{number}" for number in count(2))
        name = next(name for name in chain(wishes, numbered) if name not in said and name not in given)
        given.add(name)
        return name


def at_margin(tree: Tree, node: cst.BaseExpression) -> str:
    """The text of the collection, with the indentation of the function taken away from its further lines."""
    line = next(item for item in tree.ancestors(node) if isinstance(item, cst.BaseStatement))
    start = tree.inner(line)[0]
    first = max(tree.source.rfind("\n", 0, start), tree.source.rfind("\r", 0, start)) + 1
    indent = tree.source[first : start - len(tree.source[first:start].lstrip())]
    head, *rest = re.split(r"\r\n|\r|\n", tree.code(node))
    return "\n".join([head, *(item.removeprefix(indent) for item in rest)])
