"""Suites written for airspeed velocity, served without asv: `time_*` functions and methods, with parameters.

Follows asv's documented conventions (setup, setup_cache, teardown, params, number). Partner: `bot/runners/asv.py`.
"""

import functools
import importlib
import inspect
import itertools
import os
import pkgutil
import re
import sys

TIMED = re.compile(r"^(Time[A-Z_].+|time_.+)$")


def load(spec, serve):
    """Import every module of the benchmark directory and serve what it holds."""
    directory = spec["options"]["benchmark_dir"]
    top = os.path.join(spec["root"], directory)
    package = os.path.basename(directory.rstrip("/"))
    sys.path.insert(0, os.path.dirname(top))
    found, errors = {}, []
    for name in _modules(package, top):
        try:
            for benchmark in _benchmarks(importlib.import_module(name)):
                found.update(benchmark.variants())
        except (Exception, SystemExit) as error:
            errors.append({"path": name, "message": "%s: %s" % (type(error).__name__, error)})
    serve(found, errors)


def _modules(package, top):
    """Names alone: a package is imported by the caller, who can say what is wrong with it."""
    yield package
    for info in sorted(pkgutil.iter_modules([top]), key=lambda info: info.name):
        name = package + "." + info.name
        if info.ispkg:
            for inner in _modules(name, os.path.join(top, info.name)):
                yield inner
        else:
            yield name


def _benchmarks(module):
    for name, thing in sorted(vars(module).items()):
        if name.startswith("_") or getattr(thing, "__module__", module.__name__) != module.__name__:
            continue
        if inspect.isclass(thing):
            for method, function in inspect.getmembers(thing, callable):
                if TIMED.match(method):
                    yield Benchmark(module, function, owner=thing, method=method)
        elif inspect.isfunction(thing) and TIMED.match(name):
            yield Benchmark(module, thing)


class Benchmark:
    """One timed function or method and what belongs to it."""

    def __init__(self, module, function, owner=None, method=None):
        self.module, self.function, self.owner, self.method = module, function, owner, method
        middle = owner.__name__ + "." + method if owner else function.__name__
        self.name = getattr(function, "benchmark_name", None) or module.__name__ + "." + middle

    def _attribute(self, name, default=None):
        for source in (self.function, self.owner, self.module):
            if source is not None and name in dir(source):
                return getattr(source, name)
        return default

    def variants(self):
        """id -> function of a region, one for every combination of parameters."""
        params = self._attribute("params", []) or []
        if params and not isinstance(params[0], (list, tuple)):
            params = [params]
        ids = {}
        for values in itertools.product(*params):
            shown = "(" + ", ".join(_show(value) for value in values) + ")" if params else ""
            ids[self.name + shown] = functools.partial(self._measure, tuple(values))
        return ids

    def _measure(self, values, region):
        instance = self.owner() if self.owner else None
        call = getattr(instance, self.method) if instance is not None else self.function
        cache = self._hook(instance, "setup_cache")
        if cache is not None:
            kept = cache()
            if kept is not None:
                values = (kept,) + values
        setups = [hook for hook in (self._module_hook("setup"), self._hook(instance, "setup")) if hook]
        teardowns = [hook for hook in (self._hook(instance, "teardown"), self._module_hook("teardown")) if hook]
        if self._attribute("number", 0) == 1 and setups:
            region.run(call, functools.partial(_again, setups, teardowns, values, []))
        else:
            _each(setups, values)
            region.run(functools.partial(call, *values) if values else call)
        _each(teardowns, values)

    def _hook(self, instance, name):
        if instance is not None:
            return getattr(instance, name, None)
        return getattr(self.function, name, None) or (self._module_hook(name) if name == "setup_cache" else None)

    def _module_hook(self, name):
        return getattr(self.module, name, None) if name != "setup_cache" else None


def _again(setups, teardowns, values, ran):
    if ran:
        _each(teardowns, values)
    ran.append(True)
    _each(setups, values)
    return values, {}


def _each(hooks, values):
    for hook in hooks:
        hook(*values)


def _show(value):
    return repr(value) if not hasattr(value, "__name__") else value.__name__
