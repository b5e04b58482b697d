"""Where a module's imports are, what they mean to a function, and where a new statement may stand behind them.

Its partner is `codemods/_apply.py`, which puts the statements there.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from codemods._scopes import import_of
from codemods._tree import Tree


@dataclass(frozen=True, slots=True)
class Insertion:
    """A statement that an edit needs at module level, before the statement that now has this index."""

    index: int
    statement: str

    @property
    def is_import(self) -> bool:
        """Does it make the module import something that it did not?"""
        return self.statement.startswith(("import ", "from "))


def is_module(tree: Tree, name: cst.Name, module: str) -> bool:
    """Does this name mean the module itself, imported once, at the top level, whatever branch was taken before?"""
    return import_index(tree, name, module, "") is not None


def is_item(tree: Tree, node: cst.BaseExpression, module: str, item: str) -> bool:
    """Does an expression certainly mean this item of a module, by its own name or through the module?"""
    match node:
        case cst.Name():
            return import_index(tree, node, module, item) is not None
        case cst.Attribute(value=cst.Name() as owner, attr=cst.Name(value=name)):
            return name == item and is_module(tree, owner, module)
    return False


def import_index(tree: Tree, name: cst.Name, module: str, item: str) -> int | None:
    """Index of the top-level statement that alone gives the name its meaning: `module`, or `item` of it."""
    return index_at(tree, name, name.value, module, item)


def index_at(tree: Tree, at: cst.CSTNode, name: str, module: str, item: str) -> int | None:
    """The same for a name as it is understood at some node."""
    if not tree.is_ever_imported(name) or tree.star or tree.rebinds or name in tree.patched:
        return None
    found = tree.meaning(name, at)
    statement = import_of(tree.parents, found[0]) if found is not None and len(found) == 1 else None
    if statement is None or not _imports(statement, name, module, item):
        return None
    line = tree.parents[statement]
    if tree.parents[line] is not tree.module:
        return None
    return next(i for i, other in enumerate(tree.module.body) if other is line)


def _imports(statement: cst.CSTNode, name: str, module: str, item: str) -> bool:
    if isinstance(statement, cst.ImportFrom):
        if not item or statement.relative or isinstance(statement.names, cst.ImportStar) or statement.module is None:
            return False
        if cst.Module([]).code_for_node(statement.module) != module:
            return False
        return any(a.evaluated_name == item and (a.evaluated_alias or item) == name for a in statement.names)
    if not isinstance(statement, cst.Import) or item:
        return False
    return any(a.evaluated_name == module and (a.evaluated_alias or module) == name for a in statement.names)


def end_of_imports(tree: Tree, after: int = -1) -> int | None:
    """Index behind the first block of imports (and behind statement `after`), or None when nothing may stand there.

    Names such as `__all__` and `__version__` may stand in the block.
    """
    body = tree.module.body
    index = 1 if body and _starts_with_text(body[0]) else 0
    index = max(index, after + 1)
    above = index
    while above < len(body) and (_only_imports(body[above]) or _is_dunder(body[above])):
        above += 1
        index = above if _only_imports(body[above - 1]) else index
    return None if any(_imports_future(item) for item in body[index:]) else index


def _starts_with_text(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.SimpleStatementLine) or not isinstance(node.body[0], cst.Expr):
        return False
    return isinstance(node.body[0].value, cst.SimpleString | cst.ConcatenatedString)


def _only_imports(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and all(
        isinstance(item, cst.Import | cst.ImportFrom) for item in node.body
    )


def _is_dunder(node: cst.CSTNode) -> bool:
    """Is it what often stands above the imports, such as `__all__ = [...]`?"""
    match node:
        case cst.SimpleStatementLine(body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))])]):
            return name.startswith("__") and name.endswith("__")
    return False


def _imports_future(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and any(
        isinstance(item, cst.ImportFrom) and isinstance(item.module, cst.Name) and item.module.value == "__future__"
        for item in node.body
    )


def imported(tree: Tree, module: str, item: str, at: cst.CSTNode) -> tuple[str, tuple[Insertion, ...]] | None:
    """How to write `item` of `module` at a node, with the import that this needs; None when the name is taken."""
    if tree.star:
        return None
    if _is_behind(tree, at, index_at(tree, at, item, module, item)):
        return item, ()
    if _is_behind(tree, at, index_at(tree, at, module, module, "")):
        return f"{module}.{item}", ()
    index = end_of_imports(tree)
    if item in tree.names or index is None:
        return None
    return item, (Insertion(index, f"from {module} import {item}\n"),)


def _is_behind(tree: Tree, at: cst.CSTNode, index: int | None) -> bool:
    """Does a node stand behind this import? What comes before it may be called while its name has no value yet."""
    return index is not None and tree.start(tree.module.body[index]) < tree.start(at)


def imported_module(tree: Tree, module: str, at: cst.CSTNode) -> tuple[Insertion, ...] | None:
    """The import that a node needs to write `module.something`, if any; None when the name is taken."""
    there = index_at(tree, at, module, module, "")
    if there is not None:
        return () if _is_behind(tree, at, there) else None
    index = end_of_imports(tree)
    said = [*tree.binders(module), *tree.loads(module)]
    if tree.star or index is None or not all(isinstance(tree.parents[node], cst.ImportFrom) for node in said):
        return None
    return (Insertion(index, f"import {module}\n"),)
