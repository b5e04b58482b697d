"""What the modules of the repository hold: variables, attributes of classes and functions, what closures keep.

A call may change any of it, also through functions of other modules. Partner: `replay_calls.py` asks once, after all of
the recorded calls.
"""

import os
import sys
import types

from call_likeness import NAMED, Likeness

MOST = 3000
LARGEST = 20000  # values within one variable; what holds more is looked at in part
ALL = 200000


def left(root, only):
    """[path, name, digest] of each variable; of the files in `only` just the names there, which two versions share."""
    found, room = [], ALL
    root = os.path.realpath(root) + os.sep
    for name, module in sorted(sys.modules.items(), key=lambda item: item[0]):
        file = getattr(module, "__file__", None)
        path = os.path.realpath(file) if isinstance(file, str) else ""
        if not path.startswith(root) or "site-packages" in path or name == "__main__":
            continue
        path = path[len(root) :]
        wanted = only.get(path)
        found.append([path, "", ""])  # that it is loaded
        for where, value in _variables(name, module):
            if wanted is not None and where not in wanted and where.partition(".")[0] not in wanted:
                continue
            if room <= 0 or len(found) >= MOST:
                return [one for one in found if one[0] != path]  # of a file all is told, or nothing
            seen = Likeness(min(LARGEST, room)).take(value)
            room -= seen.nodes
            found.append([path, where, seen.digest()])
    return found


def _variables(name, module):
    for variable, value in sorted(vars(module).items()):
        if variable.startswith("__") or isinstance(value, types.ModuleType) or hasattr(value, "__wrapped__"):
            continue
        if not isinstance(value, NAMED):
            yield variable, value
        elif getattr(value, "__module__", None) == name and isinstance(value, (type, types.FunctionType)):
            for inner, one in _held(value):
                yield variable + "." + inner, one


def _held(value):
    """What a class or a function keeps beside what it does."""
    for name, one in sorted(vars(value).items()):
        if not name.startswith("__") and not isinstance(one, NAMED) and not hasattr(one, "__get__"):
            yield name, one
    if isinstance(value, types.FunctionType):
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or ()):
            try:
                one = cell.cell_contents
            except ValueError:
                continue  # nothing is in it yet
            if not isinstance(one, NAMED):
                yield name, one
