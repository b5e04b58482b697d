"""Makes a private list or tuple of constants a set, when the module only asks whether something is in it.

Its card is `rules/module_list_membership.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from codemods._base import Codemod, Edit
from codemods._build import to_set
from codemods._match import function_around, membership
from codemods._tree import Tree
from codemods._types import is_unhashable

BREAK_EVEN = 4


class ModuleListMembership(Codemod):
    """A list is compared item by item; a set is asked by hash."""

    DESCRIPTION = "Use a set for a private constant list that is only searched."
    HINT = re.compile(r"^_\w+\s*=\s*[\[(]", re.MULTILINE)
    SIGNS = frozenset({"in private"})

    @staticmethod
    def find(tree: Tree) -> Iterator[Edit]:
        """A private name of the module, bound once, to which everything else is `in` or `not in`."""
        for line in tree.module.body:
            match line:
                case cst.SimpleStatementLine(
                    body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value)]
                ) if name.startswith("_") and not name.startswith("__"):
                    pass
                case _:
                    continue
            uses = tree.loads(name)
            asked = [(function_around(tree, use), membership(tree, use)) for use in uses]
            if not _is_constant(value) or len(tree.binders(name)) != 1 or name in _exported(tree) or tree.star:
                continue
            functions = [function for function, probe in asked if function is not None and probe is not None]
            if not uses or len(functions) != len(uses) or any(function.opaque for function in functions):
                continue
            if any(is_unhashable(tree, function, probe) for function, probe in asked if function and probe):
                continue
            reason = "probes must be hashable, with == and hash that agree, and no other module may use the list"
            yield Edit(functions[0], "unsafe", reason, {value: to_set})


def _is_constant(value: cst.BaseExpression) -> bool:
    """Is it a list or tuple, in brackets, of at least four constants of one kind?"""
    if not isinstance(value, cst.List | cst.Tuple) or len(value.elements) < BREAK_EVEN:
        return False
    if isinstance(value, cst.Tuple) and not value.lpar:
        return False
    kinds = {type(item.value) for item in value.elements if isinstance(item, cst.Element)}
    is_plain = all(isinstance(item, cst.Element) for item in value.elements)
    return is_plain and kinds in ({cst.SimpleString}, {cst.Integer})


def _exported(tree: Tree) -> set[str]:
    """Every text in the module that could be a name in `__all__` or in `getattr`."""
    texts = (node.evaluated_value for node in tree.nodes(cst.SimpleString))
    return {text for text in texts if isinstance(text, str)}
