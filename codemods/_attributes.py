"""What a module does with the attributes of its classes: which of them stay as `__init__` left them.

Its partner is `codemods/_computes.py`, which knows what a method reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain

import libcst as cst

from codemods._flow import below, only_reads
from codemods._imports import is_item
from codemods._match import crosses_scope, function_around
from codemods._tree import Tree
from codemods._types import is_constant_value

CHANGING = frozenset({
    "append", "appendleft", "add", "clear", "discard", "extend", "extendleft", "insert", "intersection_update",
    "difference_update", "move_to_end", "pop", "popitem", "popleft", "remove", "reverse", "rotate", "setdefault",
    "sort", "subtract", "symmetric_difference_update", "update",
})  # fmt: skip
"""Methods of the standard collections that change them."""

_ALL_AT_ONCE = frozenset({"vars", "__dict__"})
"""Whoever says one of these words can change attributes, or copy all there are, where nothing names them."""

_SPECIAL = re.compile(
    r"__(?:slots|getattr|getattribute|setattr|delattr|new|getstate|setstate|reduce|reduce_ex|copy|deepcopy)__"
)
"""What a class may define so that its attributes are not what they are elsewhere."""

_TYPE = r"(?:typing\.|t\.)?(?:str|bytes|int|float|bool|complex|frozenset|FrozenSet|[tT]uple)\b(?:\[.*\])?"
_IMMUTABLE = re.compile(rf":?\s*['\"]?(?:Optional\[{_TYPE}\]|{_TYPE}(?: *\| *None)?)['\"]?")
_MAKES_IMMUTABLE = frozenset({"tuple", "frozenset", "str", "int", "float", "bool", "bytes", "len", "repr"})
_EMPTY = re.compile(
    r"\[\s*\]|\{\s*\}|None|(?:\w+\.)?(?:(?:list|dict|set|deque|OrderedDict)\(\)|(?:Counter|defaultdict|field)\(.*\))",
    re.DOTALL,
)
_TRICKS = re.compile(r"(?:Enum|Flag|Protocol|NamedTuple|TypedDict|Struct|Structure|Model|Module|type|Meta)$")
"""Classes whose instances keep no attributes as others do, by how they are called."""
_DECORATORS = (("functools", "total_ordering"), ("typing", "final"))


class Attributes:
    """Every place of a module that says an attribute, by its name, and what its classes make of them."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.places: dict[str, list[cst.Attribute]] = {}
        for node in tree.nodes(cst.Attribute):
            self.places.setdefault(node.attr.value, []).append(node)

    @cached_property
    def may_change_unseen(self) -> bool:
        """May the module change attributes without naming them, or run `__init__` again?"""
        functions = [function_around(self._tree, place) for place in self.places.get("__init__", ())]
        if any(function is None or function.node.name.value != "__init__" for function in functions):
            return True
        return not _ALL_AT_ONCE.isdisjoint(self._tree.names | self.places.keys()) or None in self._set_by_text

    @cached_property
    def _set_by_text(self) -> set[str | None]:
        """The attributes that `setattr` and its like bind, None among them where it is not written out which."""
        found: set[str | None] = set()
        words = chain(self._tree.loads("setattr"), self._tree.loads("delattr"))
        methods = chain(self.places.get("__setattr__", ()), self.places.get("__delattr__", ()))
        for node in chain(words, methods):
            call = self._tree.parents[node]
            args = call.args[:2] if isinstance(call, cst.Call) and call.func is node else ()
            texts = [arg.value.evaluated_value for arg in args if isinstance(arg.value, cst.SimpleString)]
            found |= {str(text) for text in texts} or {None}
        return found

    @cached_property
    def _classes(self) -> dict[str, cst.ClassDef]:
        """The classes of the module that are bound once."""
        found = {item.name.value: item for item in self._tree.nodes(cst.ClassDef)}
        return {name: item for name, item in found.items() if len(self._tree.binders(name)) == 1}

    def is_plain(self, kind: cst.ClassDef) -> bool:
        """Does a class make instances with a `__dict__` and no tricks, as do the classes that it derives from?"""
        if kind.keywords or not all(self._is_harmless(item.decorator) for item in kind.decorators):
            return False
        if any(_SPECIAL.fullmatch(name) for name in names_bound(kind)):
            return False
        return all(not base.star and self._is_plain_base(kind, base.value) for base in kind.bases)

    def _is_harmless(self, decorator: cst.BaseExpression) -> bool:
        return bool(self._dataclass(decorator)) or any(is_item(self._tree, decorator, *item) for item in _DECORATORS)

    def _is_plain_base(self, kind: cst.ClassDef, base: cst.BaseExpression) -> bool:
        if isinstance(base, cst.Subscript):
            return self._is_plain_base(kind, base.value)
        found = self._classes.get(base.value) if isinstance(base, cst.Name) else None
        if found is not None:
            return self._tree.start(found) < self._tree.start(kind) and self.is_plain(found)
        if isinstance(base, cst.Name) and len(self._tree.binders(base.value)) > 1:
            return False
        return re.fullmatch(r"[\w.]+", self._tree.code(base)) is not None and not _TRICKS.search(self._tree.code(base))

    def _dataclass(self, decorator: cst.BaseExpression) -> str:
        """Is it a dataclass with instances that have a `__dict__`, `open` or `frozen`?"""
        func, args = (decorator.func, decorator.args) if isinstance(decorator, cst.Call) else (decorator, ())
        said = {arg.keyword.value: self._tree.code(arg.value) for arg in args if arg.keyword is not None}
        if said.get("slots", "False") != "False" or len(said) != len(args):
            return ""
        if not is_item(self._tree, func, "dataclasses", "dataclass"):
            return ""
        return "frozen" if said.get("frozen") == "True" else "open"

    def _is_open(self, kind: cst.ClassDef) -> bool:
        """Is it a dataclass that is there to be changed?"""
        return any(self._dataclass(item.decorator) == "open" for item in kind.decorators)

    def family(self, kind: cst.ClassDef) -> list[cst.ClassDef]:
        """A class with those of the module that it derives from, and that derive from it, as their names tell."""
        above, below_it = [kind], [kind]
        for one in above:
            bases = [self._classes[name] for name in _bases(one) if name in self._classes]
            above += [item for item in bases if item not in above]
        for one in below_it:
            derived = [item for item in self._tree.nodes(cst.ClassDef) if one.name.value in _bases(item)]
            below_it += [item for item in derived if item not in below_it]
        return [*above, *below_it[1:]]

    def of_family(self, places: Iterable[cst.Attribute], kind: cst.ClassDef) -> list[cst.Attribute]:
        """The places that may be of the class: not `self.name` in a method of an unrelated one."""
        family = self.family(kind)
        found = []
        for place in places:
            inside = [item for item in self._tree.ancestors(place) if isinstance(item, cst.ClassDef)]
            is_self = isinstance(place.value, cst.Name) and place.value.value == "self"
            if not is_self or not inside or inside[0] in family:
                found.append(place)
        return found

    def stays(self, kind: cst.ClassDef, name: str) -> bool:
        """Does an attribute of a class's instances stay as `__init__` left it, as far as the module tells?"""
        others = [item for item in self.family(kind) if item is not kind]
        if name in self._set_by_text or any(name in names_bound(item) for item in others):
            return False
        made = [*self._fields(kind, name), *self._assigned(kind, name)]
        places = self.of_family(self.places.get(name, ()), kind)
        inside = [item for item in places if self._is_in_init(kind, item)]
        rest = [item for item in places if item not in inside]
        if not made or not all(self._tree.is_load(item) for item in rest):
            return False
        bound = [item for item in inside if not self._tree.is_load(item) or self.changes(item)]
        if len(bound) > 1 and any(self._tree.start(item) > self._first_use(kind) for item in bound):
            return False  # the property may be read in between
        if all(self._is_immutable(kind, value, said) for value, said in made):
            return True
        if self._is_open(kind):
            return False
        if any(self.changes(item) for item in inside) or not any(_is_empty(self._tree, value) for value, _ in made):
            looks = [item for item in places if item not in bound]
            return all(self._is_its_own(kind, *item) for item in made) and all(map(self._only_looks, looks))
        return False  # it is filled from elsewhere

    def _first_use(self, kind: cst.ClassDef) -> float:
        """Where `__init__` first hands the new instance to anyone, a method of its own included."""
        init = method_of(kind, "__init__")
        names = [] if init is None else self._tree.function_of[init].variables.get("self", [])
        return min((self._tree.start(name) for name in names if self._is_used(name)), default=float("inf"))

    def _is_used(self, name: cst.Name) -> bool:
        parent = self._tree.parents[name]
        if not isinstance(parent, cst.Attribute):
            return not isinstance(parent, cst.Param)
        call = self._tree.parents[parent]
        return isinstance(call, cst.Call) and call.func is parent

    def _is_its_own(self, kind: cst.ClassDef, value: cst.BaseExpression | None, said: str) -> bool:
        """Is it not also what another attribute or a variable of the module holds?"""
        init = method_of(kind, "__init__")
        if isinstance(value, cst.Name) and value.value != "None":
            variables = {} if init is None else self._tree.function_of[init].variables
            return not all(map(self._tree.is_load, variables.get(value.value, ())))
        return not isinstance(value, cst.Attribute) and (value is not None or bool(said))

    def stays_everywhere(self, name: str) -> bool:
        """Does an attribute stay in the instances of each class of the module that has it, one of them at least?"""
        kinds = [item for item in self._tree.nodes(cst.ClassDef) if self._has(item, name)]
        return bool(kinds) and all(self.stays(item, name) for item in kinds)

    def _has(self, kind: cst.ClassDef, name: str) -> bool:
        return name in names_bound(kind) or any(True for _ in self._assigned(kind, name))

    def _fields(self, kind: cst.ClassDef, name: str) -> Iterator[tuple[cst.BaseExpression | None, str]]:
        """The default of an attribute that is declared, and what it is said to be; or a constant of the class."""
        declares = bool(kind.decorators) or "NamedTuple" in _bases(kind)
        for line in kind.body.body:
            match line:
                case cst.SimpleStatementLine(body=[cst.AnnAssign(target=cst.Name(value=found)) as assign]):
                    said = self._tree.code(assign.annotation)
                    if found == name and "ClassVar" not in said and declares:
                        yield assign.value, said
                case cst.SimpleStatementLine(
                    body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=found))], value=value)]
                ):
                    if found == name and is_constant_value(value):
                        yield value, ""

    def _assigned(self, kind: cst.ClassDef, name: str) -> Iterator[tuple[cst.BaseExpression | None, str]]:
        """The same of what `__init__` assigns; None where it is bound in another way."""
        for place in self.places.get(name, ()):
            if self._tree.is_load(place) or not self._is_in_init(kind, place):
                continue
            parent = self._tree.parents[place]
            match parent:
                case cst.AnnAssign(annotation=annotation, value=value):
                    yield value, self._tree.code(annotation)
                case cst.AssignTarget():
                    assign = cst.ensure_type(self._tree.parents[parent], cst.Assign)
                    yield assign.value if len(assign.targets) == 1 else None, ""
                case _:
                    yield None, ""

    def _is_in_init(self, kind: cst.ClassDef, place: cst.Attribute) -> bool:
        """Is it `self.name` in the class's own `__init__`?"""
        function = function_around(self._tree, place)
        is_self = isinstance(place.value, cst.Name) and place.value.value == "self"
        if not is_self or function is None or function.node is not method_of(kind, "__init__"):
            return False
        return not crosses_scope(self._tree, place, function)

    def _is_immutable(self, kind: cst.ClassDef, value: cst.BaseExpression | None, said: str) -> bool:
        """Is what the attribute is made certainly text, a number, a tuple or the like?"""
        if _IMMUTABLE.fullmatch(said):
            return True
        match value:
            case cst.Call(func=cst.Name(value=name)):
                return name in _MAKES_IMMUTABLE
            case cst.Name(value=name):
                return _IMMUTABLE.fullmatch(self._said_of_parameter(kind, name)) is not None
        return isinstance(value, cst.SimpleString | cst.Integer | cst.Float | cst.Tuple | cst.FormattedString)

    def _said_of_parameter(self, kind: cst.ClassDef, name: str) -> str:
        """The annotation of a parameter of `__init__` that nothing else binds."""
        init = method_of(kind, "__init__")
        if init is None:
            return ""
        bound = [item for item in self._tree.function_of[init].variables[name] if not self._tree.is_load(item)]
        param = self._tree.parents[bound[0]] if len(bound) == 1 else None
        if not isinstance(param, cst.Param) or param.annotation is None or param.star:
            return ""
        return self._tree.code(param.annotation)

    def changes(self, place: cst.BaseExpression) -> bool:
        """Does this place change the collection: an item of it, or the whole by one of its methods?"""
        parent = self._tree.parents[place]
        match parent:
            case cst.Subscript():
                return parent.value is place and (not self._tree.is_load(parent) or self.changes(parent))
            case cst.Attribute():
                return parent.attr.value in CHANGING
        return isinstance(parent, cst.AugAssign) and parent.target is place

    def _only_looks(self, place: cst.Attribute) -> bool:
        """Does this place neither change nor hand on what the attribute holds?"""
        parent = self._tree.parents[place]
        function = function_around(self._tree, place)
        match parent:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name() as name)]) if function is not None:
                others = [item for item in function.variables[name.value] if item is not name]
                return all(only_reads(self._tree, item) and not self.changes(item) for item in others)
        return only_reads(self._tree, place) and not self.changes(place)


def _is_empty(tree: Tree, value: cst.BaseExpression | None) -> bool:
    return value is not None and _EMPTY.fullmatch(tree.code(value)) is not None


def names_bound(kind: cst.ClassDef) -> list[str]:
    """The names that the body of a class gives a value, as often as it does."""
    return list(_names_bound(kind.body))


def _names_bound(node: cst.CSTNode) -> Iterator[str]:
    for item in node.children:
        match item:
            case cst.FunctionDef(name=name) | cst.ClassDef(name=name):
                yield name.value
            case cst.AssignTarget(target=target) | cst.AnnAssign(target=target):
                yield from (name.value for name in below(target) if isinstance(name, cst.Name))
            case cst.Lambda() | cst.Annotation():
                pass
            case _:
                yield from _names_bound(item)


def method_of(kind: cst.ClassDef, name: str) -> cst.FunctionDef | None:
    """The method of a class with this name, if it is the only one."""
    found = [item for item in kind.body.body if isinstance(item, cst.FunctionDef) and item.name.value == name]
    return found[0] if len(found) == 1 else None


def _bases(kind: cst.ClassDef) -> list[str]:
    """The last names of the classes that a class derives from."""
    values = [base.value.value if isinstance(base.value, cst.Subscript) else base.value for base in kind.bases]
    names = [value.attr if isinstance(value, cst.Attribute) else value for value in values]
    return [name.value for name in names if isinstance(name, cst.Name)]
