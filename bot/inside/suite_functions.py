"""Functions and methods named `bench_…`, with unittest's set-up and tear-down around them.

Partner: `bot/runners/functions.py`.
"""

import functools
import inspect
import unittest

import coroutines
import programs


def load(spec, serve):
    """Import every file and serve what it holds; one that does not load is named and the others load."""
    found, errors = {}, []
    for path in spec["paths"]:
        try:
            found.update(_benchmarks(path, programs.load(spec["root"], path)))
        except (Exception, SystemExit) as error:
            errors.append({"path": path, "message": "%s: %s" % (type(error).__name__, error)})
    serve(found, errors)


def _benchmarks(path, module):
    for name, thing in list(vars(module).items()):
        if getattr(thing, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(thing):
            for method in sorted(name for name in dir(thing) if _is_bench(getattr(thing, name, None), name, 1)):
                yield "%s::%s::%s" % (path, name, method), functools.partial(_measure_method, module, thing, method)
        elif _is_bench(thing, name, 0):
            yield "%s::%s" % (path, name), functools.partial(_measure_function, module, thing)


def _is_bench(function, name, bound):
    if not name.startswith("bench_") or not inspect.isfunction(inspect.unwrap(function) if function else None):
        return False
    return _needed(function) <= bound


def _needed(function):
    given = inspect.signature(function).parameters.values()
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return sum(one.default is one.empty and one.kind not in variable for one in given)


def _measured(function):
    """The function; where all it does is to prepare the one that it returns, which needs no argument, that one."""
    called = coroutines.called(function)
    inner = [one.co_name for one in inspect.unwrap(function).__code__.co_consts if inspect.iscode(one)]
    if all(name.startswith("<") and name != "<lambda>" for name in inner):
        return called
    made = called()
    return coroutines.called(made) if inspect.isfunction(made) and not _needed(made) else called


def _measure_function(module, function, kind):
    _hook(module, "setUpModule")
    kind.run(_measured(function))
    _hook(module, "tearDownModule")


def _measure_method(module, owner, method, kind):
    _hook(module, "setUpModule")
    _hook(owner, "setUpClass")
    instance = owner(method) if issubclass(owner, unittest.TestCase) else owner()
    for name in ("setUp", "asyncSetUp"):
        _hook(instance, name)
    kind.run(_measured(getattr(instance, method)))
    for name in ("asyncTearDown", "tearDown", "doCleanups"):
        _hook(instance, name)
    _hook(owner, "tearDownClass")
    _hook(module, "tearDownModule")


def _hook(owner, name):
    hook = getattr(owner, name, None)
    if hook is not None:
        coroutines.called(hook)()
