"""A short digest of what a value is, by structure: two values with the same digest behave alike for who holds them.

It never asks a value's own `__eq__`, `__hash__` or `__repr__`. The order of dicts counts, that of sets does not; NaN is
like itself, and 1, 1.0 and True are three things; what is the same object twice is told from two that are equal.
What cannot be looked into is opaque: `Likeness.opaque` names it, and nothing that holds it counts as equal.
"""

import copyreg
import datetime
import decimal
import enum
import fractions
import hashlib
import marshal
import pathlib
import re
import types
import uuid

from call_copies import LOCKS

SCALARS = frozenset([type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented)])
NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.MethodDescriptorType)
VIEWS = (type({}.keys()), type({}.values()), type({}.items()))
LASTING = (decimal.Decimal, fractions.Fraction, uuid.UUID, datetime.date, datetime.time, datetime.timedelta,
    datetime.tzinfo, frozenset, range, slice, re.Pattern, pathlib.PurePath)  # fmt: skip
"""Nobody can change them, so that one of them twice and two that are equal are the same to everybody."""
MOST_NODES = 200000
DEEPEST = 60
unseen = set()
"""Names of attributes that say nothing: of caches that only one of the versions has."""
ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")


class Likeness:
    """Takes values one after the other; objects that appear in several of them are known again."""

    def __init__(self, most=MOST_NODES):
        self.pieces, self.opaque = [], None
        self._seen, self._held, self.nodes, self._most = {}, [], 0, most

    def take(self, value):
        """Add a value."""
        self._take(value, 0)
        return self

    def digest(self):
        """Of all that was taken, in its order."""
        return hashlib.blake2b(b"\0".join(self.pieces), digest_size=10).hexdigest()

    def _note(self, *words):
        self.pieces.append(" ".join(words).encode("utf-8", "surrogatepass"))

    def _hide(self, what):
        self.opaque = self.opaque or what
        self._note("opaque", what)

    def _take(self, value, depth):
        kind = type(value)
        self.nodes += 1
        if kind in SCALARS:
            self._scalar(kind, value)
        elif depth > DEEPEST or self.nodes > self._most:
            self._hide("a value too large to compare")
        elif isinstance(value, NAMED):
            self._named(value, depth + 1)
        elif isinstance(value, enum.Enum):
            self._note("member", name_of(kind), str(value._name_))
        elif self._is_new(value):
            self._structure(kind, value, depth + 1)

    def _scalar(self, kind, value):
        if kind is type(Ellipsis) or kind is type(NotImplemented):
            self._note(repr(value))
        else:
            self.pieces.append(marshal.dumps(value, 2))

    def _named(self, value, depth):
        name = getattr(value, "__qualname__", getattr(value, "__name__", "?"))
        if "<" in name:  # a lambda or a function within a function: another one may have the same name
            self._hide("a function made while it ran")
        else:
            self._note("named", str(getattr(value, "__module__", "")), name)
            owner = getattr(value, "__self__", None)
            if isinstance(value, types.BuiltinFunctionType) and not isinstance(owner, types.ModuleType):
                self._take(owner, depth)

    def _is_new(self, value):
        if _is_lasting(value):
            self._held.append(value)  # what it is made of is seen by its identity
            return True
        number = self._seen.get(id(value))
        if number is not None:
            self._note("again", str(number))
            return False
        self._seen[id(value)] = len(self._seen)
        self._held.append(value)
        return True

    def _structure(self, kind, value, depth):
        if kind in (list, tuple):
            self._note(kind.__name__, str(len(value)))
            self._items(value, depth)
        elif kind is dict:
            self._note("dict", str(len(value)))
            self._pairs(value.items(), depth)
        elif kind in (set, frozenset):
            self._note(kind.__name__, *self._unordered(value, depth))
        elif kind in VIEWS:
            self._note("view", kind.__name__)
            self._items(list(value), depth)
        elif kind is re.Match:
            self._note("match")
            self._items([value.re, value.string, value.span(), value.groups(), value.pos, value.endpos], depth)
        elif kind is re.Pattern:
            self._note("pattern")
            self._items([value.pattern, value.flags], depth)
        elif kind is types.MappingProxyType:
            self._note("view of a dict")
            self._take(dict(value), depth)
        elif kind in LOCKS:
            self._note("lock", str(value._is_owned() if kind is LOCKS[1] else value.locked()))
        elif kind is types.MethodType:
            self._note("method", value.__func__.__qualname__)
            self._take(value.__self__, depth)
        else:
            self._reduced(kind, value, depth)

    def _items(self, items, depth):
        if len(items) > 8 and set(map(type, items)) <= SCALARS - {type(Ellipsis), type(NotImplemented)}:
            self.nodes += len(items)
            self.pieces.append(marshal.dumps(tuple(items), 2))
            return
        for item in items:
            self._take(item, depth)

    def _pairs(self, pairs, depth):
        self._items([part for pair in pairs for part in pair], depth)

    def _unordered(self, items, depth):
        digests = []
        for item in items:
            one = Likeness(self._most)
            one.nodes = self.nodes
            one._take(item, depth)
            self.nodes = one.nodes
            self.opaque = self.opaque or one.opaque
            digests.append(one.digest())
        return sorted(digests)

    def _reduced(self, kind, value, depth):
        """As pickle takes it apart: what makes it, its state, its items."""
        try:
            reduced = copyreg.dispatch_table[kind](value) if kind in copyreg.dispatch_table else value.__reduce_ex__(4)
        except Exception:
            self._hide("a value of type " + kind.__name__[:60])
            return
        self._note("object", name_of(kind))
        if isinstance(reduced, str):
            self._note("named", reduced)
            return
        maker, arguments, state, items, pairs = (tuple(reduced) + (None,) * 5)[:5]
        self._held += [arguments, state]
        self._take(maker, depth)
        self._take(arguments, depth)
        self._state(state, depth)
        self._items(list(items) if items is not None else [], depth)
        self._pairs(list(pairs) if pairs is not None else [], depth)

    def _state(self, state, depth):
        for part in state if type(state) is tuple and len(state) == 2 else (state,):
            if type(part) is dict and all(type(name) is str for name in part):
                seen = [(name, part[name]) for name in sorted(part) if name not in unseen]  # they have no order
                self._pairs(seen, depth)
            elif part is not None:  # one is: of an object without a dict, or without slots
                self._take(part, depth)


def _is_lasting(value):
    """Has it no identity that anyone should count on? Tuples with names are tuples."""
    kind = type(value)
    if kind is tuple or kind in LASTING:
        return True
    return isinstance(value, (tuple, *LASTING)) and not kind.__dictoffset__


def name_of(kind):
    """The full name of a class."""
    return "%s.%s" % (kind.__module__, kind.__qualname__)


def message_of(error):
    """What an exception says, without addresses of memory."""
    try:
        return without_addresses(str(error))
    except Exception:
        return "?"


def without_addresses(value):
    """A text without addresses of memory; anything else as it is."""
    return ADDRESS.sub("0x", value) if type(value) is str else value
