"""Collects what a loop joins to a local array or frame in a list, and joins all of it once behind the loop.

Its partners are `codemods/array_grown_in_loop.py` and `codemods/frame_grown_in_loop.py`, which say what joins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import libcst as cst

from codemods._base import Change, Edit
from codemods._build import Names, filled
from codemods._flow import below, names_in, only_reads
from codemods._imports import import_index, is_module
from codemods._match import accumulation, candidates, crosses_scope, within
from codemods._tree import Function, Tree
from codemods._types import exact_type, is_constant_value

_AT_ANOTHER_TIME = (cst.Await, cst.Yield, cst.Asynchronous, cst.Return)
"""What lets others run between two turns, or leaves before the end."""
_GUARDS = (cst.Try, cst.TryStar, cst.With)
"""What may catch the error of a join, or close what a part is read from."""
_VIEWS = (cst.Name, cst.Attribute, cst.Subscript)
"""What gives an object that is there already, or a view of it."""


_VIEWING = frozenset({
    "reshape", "ravel", "view", "transpose", "squeeze", "swapaxes", "cast", "asarray", "asanyarray", "frombuffer",
    "atleast_1d", "atleast_2d", "ascontiguousarray", "memoryview", "zip", "enumerate", "reversed", "iter", "list",
    "tuple", "sorted", "next", "items", "values", "get", "pop",
})  # fmt: skip
"""Functions and methods that may give what they are given or called on, a view of it, or what it holds."""
_KEEPERS = frozenset({"append", "add", "extend", "debug", "info", "warning", "error", "write"})
"""Methods that are called for what they do to others than their arguments."""


@dataclass(frozen=True, slots=True)
class Step:
    """The statement `name = join([name, part, ...], others)`."""

    assign: cst.Assign
    read: cst.Name
    parts: tuple[cst.BaseElement, ...]
    join: str
    others: str
    """The function and its other arguments as they are written; these begin with a comma."""


def collected(tree: Tree, module: str, joins: frozenset[str], reason: str) -> Iterator[Edit]:
    """An edit for each local that loops join parts to, and that nobody looks at before all of them are there."""
    free = Names(tree)
    found_steps = [_step(tree, item, module, joins) for item in tree.nodes(cst.Assign)]
    every = {step.assign.targets[0].target: step for step in found_steps if step is not None}
    making = frozenset(step.assign for step in every.values())
    for function, name, assign, names in candidates(tree) if every else ():
        steps = {item: every[item] for item in names if item in every}
        found = accumulation(tree, function, assign, names, steps.__contains__) if steps else None
        if found is None or not _is_start(tree, assign) or not tree.is_builtin("len", assign):
            continue
        inside = [steps[item] for item in found.inside if item in steps]
        written = {item for item in found.inside if item in steps} | {step.read for step in inside}
        if written != set(found.inside) or len({(step.join, step.others) for step in inside}) != 1:
            continue
        time = _Time(tree, function, tree.start(assign), tree.spans[found.grower], making)
        if not _runs_through(tree, inside, found.grower) or not time.leaves(assign.value):
            continue
        if not all(time.leaves(part.value) or time.makes(part.value, step) for step in inside for part in step.parts):
            continue
        parts = free.local(function, f"{name}_parts")
        changes: dict[cst.CSTNode, Change] = {
            assign.targets[0].target: partial(_renamed, name=parts),
            assign.value: _in_list,
        }
        changes |= {step.assign: partial(_to_append, name=parts, parts=step.parts) for step in inside}
        call = f"{inside[0].join}({parts}{inside[0].others})"
        joined = f"{name} = {call} if len({parts}) > 1 else {parts}[0]"
        yield Edit(function, "unsafe", reason, changes, {found.grower: joined})


def _step(tree: Tree, assign: cst.Assign, module: str, joins: frozenset[str]) -> Step | None:
    """The statement as a step, if it is one."""
    name = assign.targets[0].target
    if len(assign.targets) != 1 or not isinstance(name, cst.Name):
        return None
    match assign.value:
        case cst.Call(func=func, args=[cst.Arg(value=cst.List() | cst.Tuple() as items, keyword=None, star=""), *rest]):
            first, *parts = items.elements or (None,)
        case _:
            return None
    if not parts or not all(isinstance(part, cst.Element) for part in parts) or first is None:
        return None
    if not isinstance(first.value, cst.Name) or first.value.value != name.value:
        return None
    if not all(not arg.star and is_constant_value(arg.value) for arg in rest) or tree.has_comment(assign):
        return None
    if not _joins(tree, func, module, joins):
        return None
    others = "".join(f", {tree.code(arg).removesuffix(',').rstrip()}" for arg in rest)
    return Step(assign, first.value, tuple(parts), tree.code(func), others)


def _joins(tree: Tree, func: cst.BaseExpression, module: str, joins: frozenset[str]) -> bool:
    """Is it one of these functions of the module?"""
    match func:
        case cst.Attribute(value=cst.Name() as name, attr=cst.Name(value=join)):
            return join in joins and is_module(tree, name, module)
        case cst.Name(value=join):
            return join in joins and import_index(tree, func, module, join) is not None
    return False


def _is_start(tree: Tree, assign: cst.Assign) -> bool:
    """May the value stand in a list as it is?"""
    value = assign.value
    bare = isinstance(value, cst.Tuple | cst.Yield | cst.Await) and not value.lpar
    return not bare and not tree.has_comment(assign)


def _runs_through(tree: Tree, steps: list[Step], grower: cst.CSTNode) -> bool:
    """Does nothing stop between the joins and the end of the loop, catch their errors, or let others run?"""
    if any(isinstance(item, _AT_ANOTHER_TIME) for item in below(grower)):
        return False
    block = tree.parents[grower]
    return not any(within(tree, step.assign, lambda node: isinstance(node, _GUARDS), block) for step in steps)


@dataclass(frozen=True, slots=True)
class _Time:
    """From the assignment to the end of the loop: will a part be what it was when it was put into the list?"""

    tree: Tree
    function: Function
    start: int
    loop: tuple[int, int]
    steps: frozenset[cst.CSTNode]
    """The statements that join; what is handed to a function in these is handed on for its result."""

    def leaves(self, value: cst.BaseExpression) -> bool:
        """Does nothing that can be seen change what the value is made of, or is a view of?"""
        seen = _shown(value)
        for name in names_in(self.tree, value):
            if self._is_steady(name) or _is_made_by(self.tree, name, value):
                continue
            aliases = self._aliases(name.value)
            others = [item for alias in aliases for item in self._places(alias) if item is not name]
            if any(_is_changed(self.tree, item) for item in others):
                return False
            own = others if name.value in seen else [item for item in others if item.value == name.value]
            is_new = all(self._is_bound(alias, value) for alias in (aliases if name.value in seen else {name.value}))
            later = [item for item in own if self.tree.start(item) > self.tree.start(name) and name.value in seen]
            own = later if is_new else own
            if not all(self._only_reads(item) for item in own):
                return False
        return True

    def _aliases(self, name: str) -> set[str]:
        """The variable and those that may hold it, a part of it, or what it is a part of."""
        bonds = [{*targets, *_shown(value)} for targets, value in _bonds(self.tree, self.function)]
        found = {name}
        for _ in bonds:
            found.update(*(bond for bond in bonds if bond & found))
        return found

    def _is_bound(self, name: str, value: cst.CSTNode) -> bool:
        """Does each turn of the loop give the variable something else, before anything else in it says it?"""
        first = next((item for item in self._places(name) if self.tree.start(item) >= self.loop[0]), None)
        if first is None or self.tree.is_load(first) or self.tree.start(first) > self.tree.start(value):
            return False
        around = list(self.tree.ancestors(value))
        place = next(item for item in self.tree.ancestors(first) if isinstance(item, cst.For | cst.BaseStatement))
        if isinstance(place, cst.For):
            return place.body in around
        is_statement = isinstance(place, cst.SimpleStatementLine) and self._value(first) is not None
        return is_statement and self.tree.parents[place] in around

    def _only_reads(self, name: cst.Name) -> bool:
        """Does this place only look at a variable, bind it, or make a part of it?"""
        if only_reads(self.tree, name) or not self.tree.is_load(name):
            return True
        return any(item in self.steps for item in self.tree.ancestors(name))

    def makes(self, part: cst.BaseExpression, step: Step) -> bool:
        """Is the part a variable that each turn gives something new before, and says nowhere behind?"""
        if not isinstance(part, cst.Name) or not self.function.variables.get(part.value):
            return False
        parents = self.tree.parents
        places = [item for item in self._places(part.value) if item is not part]
        if any(self.tree.start(item) > self.tree.start(part) for item in places):
            return False
        binders = [item for item in places if not self.tree.is_load(item)]
        values = [self._value(item) for item in binders]
        if not binders or binders[0] is not min(places, key=self.tree.start) or None in values:
            return False
        made = parents[parents[binders[0]]]
        if not isinstance(made, cst.Assign) or parents[parents[made]] is not parents[parents[step.assign]]:
            return False
        return all(value is not None and not isinstance(value, _VIEWS) and self.leaves(value) for value in values)

    def _value(self, binder: cst.Name) -> cst.BaseExpression | None:
        """What an assignment of this one name in the function's own statements gives it, or adds to it."""
        parent = self.tree.parents[binder]
        statement = self.tree.parents[parent] if isinstance(parent, cst.AssignTarget) else parent
        if crosses_scope(self.tree, binder, self.function):
            return None
        if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
            return statement.value
        return statement.value if isinstance(statement, cst.AugAssign) else None

    def _places(self, name: str) -> list[cst.Name]:
        places = self.function.variables.get(name, [])
        return sorted(
            (item for item in places if self.start < self.tree.start(item) < self.loop[1]), key=self.tree.start
        )

    def _is_steady(self, name: cst.Name) -> bool:
        """Is it something imported, or a variable that is always a number?"""
        binders = self.tree.binders(name.value)
        if binders and all(isinstance(item, cst.ImportAlias) for node in binders for item in _roots(self.tree, node)):
            return True
        own = [item for item in self.function.variables.get(name.value, ()) if not self.tree.is_load(item)]
        values = [self._value(item) for item in own]
        numbers = {"int", "float", "str"}
        return bool(own) and all(v is not None and exact_type(self.tree, self.function, v) in numbers for v in values)


def _bonds(tree: Tree, function: Function) -> Iterator[tuple[set[str], cst.BaseExpression]]:
    """Each assignment and loop of the function: the variables that it binds, and what it gives them or their parts."""
    for item in below(function.node.body):
        targets: list[cst.BaseExpression] = []
        match item:
            case cst.Assign(targets=several, value=value):
                targets = [one.target for one in several]
            case cst.For(target=target, iter=value) | cst.CompFor(target=target, iter=value):
                targets = [target]
            case cst.NamedExpr(target=target, value=value):
                targets = [target]
            case cst.AnnAssign(target=target, value=cst.BaseExpression() as value):
                targets = [target]
            case _:
                continue
        names = [name for target in targets for name in names_in(tree, target)]
        yield {name.value for name in names if not tree.is_load(name)}, value


def _shown(value: cst.CSTNode) -> set[str]:
    """The variables that a value may be, be a view of, or hold."""
    match value:
        case cst.Name(value=name):
            return {name}
        case cst.Attribute(value=inner) | cst.Subscript(value=inner) | cst.StarredElement(value=inner):
            return _shown(inner)
        case cst.Element(value=inner) | cst.Arg(value=inner):
            return _shown(inner)
        case cst.List(elements=items) | cst.Tuple(elements=items):
            return set().union(*map(_shown, items))
        case cst.IfExp(body=first, orelse=second):
            return _shown(first) | _shown(second)
        case cst.Call(func=cst.Name(value=called), args=args) if called in _VIEWING:
            return set().union(*map(_shown, args))
        case cst.Call(func=cst.Attribute(value=inner, attr=cst.Name(value=called)), args=args) if called in _VIEWING:
            return _shown(inner).union(*map(_shown, args))
    return set()


def _is_made_by(tree: Tree, name: cst.Name, value: cst.CSTNode) -> bool:
    """Is the name only an operand, so that the value is new, or whose method gives what is no view of it?"""
    node: cst.CSTNode = name
    is_new = False
    while node is not value:
        parent = tree.parents[node]
        if isinstance(parent, cst.List | cst.Tuple | cst.Dict):
            return False
        if isinstance(parent, cst.Call) and parent.func is node:
            return not (isinstance(node, cst.Attribute) and node.attr.value in _VIEWING)
        is_new = is_new or isinstance(parent, cst.BinaryOperation | cst.UnaryOperation | cst.Comparison)
        node = parent
    return is_new


def _roots(tree: Tree, node: cst.CSTNode) -> list[cst.CSTNode]:
    """What a name is said in, above attributes and `as`."""
    parent = tree.parents[node]
    return _roots(tree, parent) if isinstance(parent, cst.Attribute | cst.AsName) else [parent]


def _is_changed(tree: Tree, place: cst.Name) -> bool:
    """May this place change the object, or a part of it: is it stored into, or called or handed on for an effect?"""
    node: cst.CSTNode = place
    parent = tree.parents[node]
    while isinstance(parent, cst.Attribute | cst.Subscript) and parent.value is node:
        node, parent = parent, tree.parents[parent]
    if isinstance(parent, cst.AugAssign) and parent.target is node:
        return True
    if node is not place and not tree.is_load(node):
        return True
    if isinstance(parent, cst.Call):
        return node is not place and isinstance(tree.parents[parent], cst.Expr)
    if not isinstance(parent, cst.Arg):
        return False
    call = cst.ensure_type(tree.parents[parent], cst.Call)
    is_out = parent.keyword is not None and parent.keyword.value == "out"
    return is_out or (isinstance(tree.parents[call], cst.Expr) and not _only_keeps(call.func))


def _only_keeps(func: cst.BaseExpression) -> bool:
    if isinstance(func, cst.Name):
        return func.value == "print"
    return isinstance(func, cst.Attribute) and func.attr.value in _KEEPERS


def _renamed(node: cst.CSTNode, name: str) -> cst.CSTNode:
    return cst.ensure_type(node, cst.Name).with_changes(value=name)


def _in_list(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.BaseExpression)
    start = node.with_changes(lpar=[], rpar=[]) if isinstance(node, cst.Call) else node
    return filled("[{start}]", cst.Name("_"), start=start)


def _to_append(node: cst.CSTNode, name: str, parts: tuple[cst.BaseElement, ...]) -> cst.CSTNode:
    step = cst.ensure_type(node, cst.Assign)
    if len(parts) == 1:
        call = filled("{name}.append({part})", cst.Name("_"), name=cst.Name(name), part=parts[0].value)
    else:
        items = cst.List([*parts[:-1], parts[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)])
        call = filled("{name}.extend({parts})", cst.Name("_"), name=cst.Name(name), parts=items)
    return cst.Expr(call, semicolon=step.semicolon)
