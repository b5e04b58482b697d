"""Pickles arguments, those also that hold a module, a lock or a read-only view of a dict, which pickle itself refuses.

A lock is handed out open: whoever held it when the call was recorded is not there when it is replayed. Partners:
`record_calls.py` pickles, `revive.py` unpickles.
"""

import copyreg
import importlib
import io
import pickle
import sys
import threading
import types

LOCKS = (type(threading.Lock()), type(threading.RLock()))


def dumps(value):
    """Raises what pickle raises."""
    file = io.BytesIO()
    pickler = pickle.Pickler(file, 4)
    pickler.dispatch_table = {**copyreg.dispatch_table, **_TABLE}
    pickler.dump(value)
    return file.getvalue()


def view(items):
    """A read-only view of a dict, whose type has no name that it could be found by."""
    return types.MappingProxyType(items)


def _module(module):
    if sys.modules.get(module.__name__) is not module:
        raise pickle.PicklingError("the module %s cannot be imported" % module.__name__)
    return importlib.import_module, (module.__name__,)


_TABLE = {
    types.ModuleType: _module,
    types.MappingProxyType: lambda one: (view, (dict(one),)),
    LOCKS[0]: lambda _: (threading.Lock, ()),
    LOCKS[1]: lambda _: (threading.RLock, ()),
}
