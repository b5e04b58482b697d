"""Unpickles recorded arguments, and gives objects the caches that they would have in the version that runs.

An object that another version made lacks an attribute that only this one has; its constructor would have set it.
"""

import ast
import contextlib
import gc
import io
import pickle
import types

import vary_calls

caches = {}
"""By the name of a class: pairs of attribute and literal."""
_PLAIN = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, str, bytes, int, float)


def loads(data):
    """A fresh copy of what was recorded."""
    try:
        found = pickle.loads(data)
    except AttributeError:
        found = _Slotted(io.BytesIO(data)).load()
    if caches:
        _complete(found)
    return found


class _Slotted(pickle._Unpickler):
    """Sets attributes one by one on objects that have `__slots__` in the version that runs, and had none before."""

    dispatch = dict(pickle._Unpickler.dispatch)  # noqa: RUF012

    def load_build(self):
        """As pickle has it, but for them."""
        state, made = self.stack[-1], self.stack[-2]
        if type(state) is not dict or hasattr(made, "__dict__") or hasattr(made, "__setstate__"):
            super().load_build()
            return
        vary_calls.spread.add(type(made))
        for name, value in self.stack.pop().items():
            object.__setattr__(made, name, value)

    dispatch[pickle.BUILD[0]] = load_build


def _complete(value):
    seen, waiting = set(), [value]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, _PLAIN):
            continue
        seen.add(id(one))
        waiting += gc.get_referents(one)
        for kind in type(one).__mro__:
            for name, literal in caches.get(kind.__qualname__, ()):
                with contextlib.suppress(AttributeError, TypeError):
                    if not _has(one, name):
                        object.__setattr__(one, name, ast.literal_eval(literal))


def _has(value, name):
    """Without asking a `__getattr__` of its own."""
    try:
        object.__getattribute__(value, name)
    except AttributeError:
        return False
    return True
