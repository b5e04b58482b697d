"""Variations of recorded arguments: empty, one, many, None, duplicates, unhashable, subclass, iterator, Unicode, NaN.

The same recording gives the same variations on every side. A variation is `beyond` what was seen when it puts a type
where no recorded call has it: there, two versions may refuse in their own words. Partner: `replay_calls.py`.
"""

import random

MOST = 500
MOST_CALLS = 25  # recorded calls that are varied, of one function
MOST_ATTRIBUTES = 12


spread = set()
"""Types whose objects have `__slots__` here, and had a dict where they were recorded."""


class Tape:
    """An iterator that keeps how far it was read, so that laziness can be compared."""

    made = []  # noqa: RUF012
    """Those of the call that is being replayed."""

    def __init__(self, items):
        self.items, self.read = list(items), 0
        self.made.append(self)

    def __iter__(self):
        return self

    def __next__(self):
        if self.read >= len(self.items):
            self.read += 1
            raise StopIteration
        self.read += 1
        return self.items[self.read - 1]


class Text(str):
    """A subclass."""


class Row(list):
    """A subclass."""


class Table(dict):
    """A subclass."""


def _pairs(old, key, value):
    new = dict(old)
    new[key] = value
    return new


def _like(old, items):
    return type(old)(items) if type(old) in (list, tuple, set, frozenset) else list(items)


def _another(item):
    """One that is like an item and differs from it."""
    kind = type(item)
    if kind in (int, float):
        return item + 1
    if kind in (str, bytes, list, tuple):
        return item + item[:1] if item else item
    return item


def _shorter(item):
    """One that comes before an item, or begins as it does."""
    if type(item) in (int, float):
        return item - 1
    return item[:-1] if type(item) in (str, bytes, list, tuple) else item


NAN = float("nan")
SEQUENCE = [
    lambda old: _like(old, list(old) + [_another(item) for item in old]),
    lambda old: _like(old, [_another(item) for item in old][::-1] + list(old)),
    lambda old: _like(old, [_shorter(item) for item in old] + list(old)),
    lambda old: _like(old, []),
    lambda old: _like(old, list(old)[:1]),
    lambda old: _like(old, list(old) * 3),
    lambda old: _like(old, list(old)[::-1]),
    lambda old: _like(old, list(old)[1:] + list(old)[:1]),
    lambda old: _like(old, [item for item in old for _ in range(2)]),
    lambda old: _like(old, list(old) + [None]),
    lambda old: _like(old, [NAN] + list(old) + [NAN]),
    lambda old: _like(old, list(old) + [[], []]),
    lambda old: _like(old, [1, True, 1.0, 0, False] + list(old)),
    lambda old: _like(old, list(old) + ["\u00e9", "e\u0301", "\u00df", "\u0130", ""]),
    lambda old: tuple(old) if type(old) is list else list(old),
    lambda old: Row(old),
    lambda old: Tape(old),
    lambda old: None,
]
SET = [
    lambda old: _like(old, []),
    lambda old: _like(old, sorted(old, key=repr)[:1]),
    lambda old: _like(old, list(old) + [None]),
    lambda old: _like(old, list(old) + [NAN]),
    lambda old: _like(old, list(old) + [True, 0]),
    lambda old: list(old) + list(old),
    lambda old: None,
]
DICT = [
    lambda old: {},
    lambda old: dict(list(old.items())[:1]),
    lambda old: dict(list(old.items())[::-1]),
    lambda old: _pairs(_pairs(old, True, 0), 1, None),
    lambda old: _pairs(old, None, None),
    lambda old: _pairs(old, "\u0130", NAN),
    lambda old: Table(old),
    lambda old: None,
]
TEXT = [
    lambda old: "",
    lambda old: old[:1],
    lambda old: old * 3,
    lambda old: old[::-1],
    lambda old: old.swapcase(),
    lambda old: old + "\u00e9e\u0301\u00df\u0130\u2028\x00",
    lambda old: " \t" + old + "\r\n\n ",
    lambda old: "0" * len(old),
    lambda old: Text(old),
    lambda old: old.encode("utf-8", "surrogatepass"),
    lambda old: None,
]
BYTES = [
    lambda old: b"",
    lambda old: old[:1],
    lambda old: old * 3,
    lambda old: old[::-1],
    lambda old: b"\xff\x00" + old + b"\r\n",
    lambda old: bytes(len(old)),
    lambda old: bytes(255 - byte for byte in old),
    lambda old: bytearray(old),
    lambda old: None,
]
NUMBER = [
    lambda old: old * 0,
    lambda old: old * 0 + 1,
    lambda old: -old - 1,
    lambda old: old + 1,
    lambda old: True,
    lambda old: float(old),
    lambda old: None,
]
REAL = NUMBER + [lambda old: -0.0, lambda old: NAN, lambda old: float("inf")]
NOTHING = [lambda old: 0, lambda old: "", lambda old: [], lambda old: False]
FLAG = [lambda old: not old, lambda old: int(old), lambda old: None]
NARROWER = [lambda old: type("Narrower", (old,), {})]
KINDS = {
    type: NARROWER, list: SEQUENCE, tuple: SEQUENCE, set: SET, frozenset: SET, dict: DICT, str: TEXT, bytes: BYTES,
    int: NUMBER, float: REAL, bool: FLAG, type(None): NOTHING,
}  # fmt: skip


def changes_of(value):
    """What can be made of a value."""
    return KINDS.get(type(value), ())


def learn(constants):
    """Try the constants of the code as well, each in place of a value of its own type."""
    for constant in constants:
        if type(constant) in KINDS:
            KINDS[type(constant)].append(lambda old, new=constant: new)


def plan(calls, seed=0):
    """Which variations to try: (number of the call, steps to the value, number of the change, beyond)."""
    every = max(1, len(calls) // MOST_CALLS)
    seen, wanted = {}, []
    for arguments in calls:
        for steps, value in places(arguments):
            kinds, inner = seen.setdefault(_slot(steps), (set(), set()))
            kinds.add(type(value))
            inner.update(_inner(value))
    for number in list(range(0, len(calls), every))[:MOST_CALLS]:
        for steps, value in places(calls[number]):
            for change in range(len(changes_of(value))):
                wanted.append((number, steps, change))
    random.Random(seed).shuffle(wanted)
    return [
        (number, steps, change, _beyond(calls[number], steps, change, seen)) for number, steps, change in wanted[:MOST]
    ]


def places(arguments):
    """Steps to each value worth changing, and the value: arguments, first items, attributes of instances."""
    args, kwargs = arguments
    named = [((0, n), value) for n, value in enumerate(args)] + [((1, name), kwargs[name]) for name in sorted(kwargs)]
    for steps, value in named:
        yield steps, value
        for step, inner in _below(value):
            yield steps + (step,), inner


def _below(value):
    if type(value) in (list, tuple) and value and type(value[0]) in (list, tuple, dict, str, bytes):
        yield 0, value[0]
    elif type(value) is dict and value:
        key = next(iter(value))
        yield key, value[key]
    elif type(value) not in KINDS:
        held = _attributes(value)
        for name in sorted(held)[:MOST_ATTRIBUTES]:
            if type(held[name]) in KINDS:
                yield name, held[name]


def _attributes(value):
    """Those of an instance that can be changed; the same ones on every side."""
    if type(value) in spread:
        slots = [getattr(kind, "__slots__", ()) for kind in type(value).__mro__]
        names = {name for some in slots for name in ((some,) if isinstance(some, str) else some)}
        return {name: getattr(value, name) for name in names if hasattr(value, name)}
    held = getattr(value, "__dict__", None)
    return held if isinstance(held, dict) else {}


def _slot(steps):
    return steps[:2] + ("item",) * (len(steps) - 2) if not isinstance(steps[-1], str) else steps


def _inner(value):
    if type(value) is dict:
        return {type(part) for pair in list(value.items())[:200] for part in pair}
    if type(value) in (list, tuple, set, frozenset):
        return set(map(type, list(value)[:200]))
    return set()


def _beyond(arguments, steps, change, seen):
    old = _at(arguments, steps)
    try:
        new = changes_of(old)[change](old)
    except Exception:
        return True
    kinds, inner = seen[_slot(steps)]
    return not (_known(type(new), kinds) and all(_known(kind, inner) for kind in _inner(new)))


def _known(kind, kinds):
    return any(issubclass(kind, one) for one in kinds)


def _at(value, steps):
    for step in steps:
        value = value[step] if type(value) in (list, tuple, dict) else _attributes(value)[step]
    return value


def varied(arguments, steps, change):
    """The arguments with one value changed; they are a copy already."""
    return _with(arguments, steps, change)


def _with(value, steps, change):
    if not steps:
        return changes_of(value)[change](value)
    step, rest = steps[0], steps[1:]
    if type(value) is tuple:
        items = list(value)
        items[step] = _with(items[step], rest, change)
        return tuple(items)
    if type(value) in (list, dict):
        value[step] = _with(value[step], rest, change)
    elif type(value) in spread:
        object.__setattr__(value, step, _with(getattr(value, step), rest, change))
    else:
        value.__dict__[step] = _with(value.__dict__[step], rest, change)
    return value


def change(arguments, names):
    """Change what a caller may change between two calls; whether there was anything.

    That is the containers among the arguments, and of other objects the attributes of these names.
    """
    args, kwargs = arguments
    done = False
    for value in [*args, *(kwargs[name] for name in sorted(kwargs))]:
        if type(value) in KINDS:
            done = _grown(value) or done
            continue
        held = _attributes(value)
        for name in sorted(set(names) & set(held)):
            done = _grown(held[name]) or _set_otherwise(value, name, held[name]) or done
    return done


def _grown(value):
    """Change a container itself, by something like what it has."""
    if type(value) is list and value:
        value.append(_another(value[-1]))
    elif type(value) is dict and value:
        value.pop(next(iter(value)))
    elif type(value) is set and value:
        value.discard(min(value, key=repr))
    else:
        return False
    return True


def _set_otherwise(owner, name, value):
    if type(value) not in (int, float, str, bytes, tuple):
        return False
    new = next((one for one in (make(value) for make in changes_of(value)[:4]) if one != value), value)
    if type(owner) in spread:
        object.__setattr__(owner, name, new)
    else:
        owner.__dict__[name] = new
    return True
