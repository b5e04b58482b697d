"""Runs files of the repository as programs, or imports them by their path.

Partners: `suite_pyperf.py` and `suite_functions.py`.
"""

import importlib
import importlib.util
import os
import sys
import types


def execute(path, arguments=()):
    """Run a file as `python FILE ARGUMENTS` would, in this process."""
    module = types.ModuleType("__main__")
    module.__file__, module.__builtins__ = path, __builtins__
    sys.modules["__main__"] = module
    sys.argv[:] = [path, *arguments]
    _put_first(os.path.dirname(path))
    with open(path, "rb") as source:
        code = compile(source.read(), path, "exec")
    exec(code, module.__dict__)
    return module


def load(root, path):
    """Import a file by its path: as a module of its package, where directories above it are packages."""
    where = os.path.join(root, path)
    parts = [os.path.basename(path)[:-3]]
    top = os.path.dirname(where)
    while os.path.exists(os.path.join(top, "__init__.py")) and top != root:
        parts.insert(0, os.path.basename(top))
        top = os.path.dirname(top)
    _put_first(top)
    name = ".".join(parts)
    known = sys.modules.get(name)
    if known is not None and os.path.realpath(getattr(known, "__file__", None) or "") != os.path.realpath(where):
        name = path[:-3].replace("/", ".")  # another file has the name already
    elif len(parts) > 1:
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(name, where)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _put_first(directory):
    if directory in sys.path:
        sys.path.remove(directory)
    sys.path.insert(0, directory)
