"""Suites written for airspeed velocity, served without asv: functions and methods, with parameters.

Follows asv's documented conventions (setup, setup_cache, teardown, params, number). Partner: `bot/runners/asv.py`.
"""

import functools
import gc
import importlib
import itertools
import os
import pkgutil
import re
import sys
import types

import region

KINDS = (
    ("time", re.compile(r"^(Time[A-Z_].+|time_.+)$")),
    ("timeraw", re.compile(r"^(Timeraw[A-Z_].+|timeraw_.+)$")),
    ("mem", re.compile(r"^(Mem[A-Z_].+|mem_.+)$")),
    ("peakmem", re.compile(r"^(PeakMem[A-Z_].+|peakmem_.+)$")),
    ("track", re.compile(r"^(Track[A-Z_].+|track_.+)$")),
)
BYTES = ("mem", "peakmem")
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def load(spec, serve):
    """Import every module of the benchmark directories and serve what they hold."""
    found, errors, values = {}, [], {}
    for directory in spec["paths"]:
        prefix = directory + ": " if len(spec["paths"]) > 1 else ""
        top = os.path.join(spec["root"], directory)
        package = os.path.basename(directory)
        _make_room(package, os.path.dirname(top))
        for name in _modules(package, top):
            try:
                for benchmark in _benchmarks(importlib.import_module(name), spec["scratch"]):
                    made = {prefix + one: run for one, run in benchmark.variants()}
                    found.update(made)
                    if benchmark.unit is not None:
                        values.update(dict.fromkeys(made, benchmark.unit))
            except (Exception, SystemExit) as error:
                errors.append({"path": prefix + name, "message": "%s: %s" % (type(error).__name__, error)})
    serve(found, errors, values)


def _make_room(package, parent):
    """Directories of several packages may have one name: the modules of the one before are forgotten."""
    for name in [name for name in sys.modules if name == package or name.startswith(package + ".")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    sys.path.insert(0, parent)


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


def _benchmarks(module, scratch):
    for name, thing in sorted(vars(module).items()):
        if name.startswith("_") or getattr(thing, "__module__", module.__name__) != module.__name__:
            continue
        if isinstance(thing, type):
            for method in filter(_kind, dir(thing)):
                function = getattr(thing, method, None)
                if callable(function):
                    yield Benchmark(module, function, scratch, owner=thing, method=method)
        elif isinstance(thing, types.FunctionType) and _kind(name):
            yield Benchmark(module, thing, scratch)


def _kind(name):
    return next((kind for kind, pattern in KINDS if pattern.match(name)), None)


class Benchmark:
    """One function or method and what belongs to it."""

    def __init__(self, module, function, scratch, owner=None, method=None):
        self.module, self.function, self.owner, self.method = module, function, owner, method
        self.kind = _kind(method or function.__name__)
        self.scratch = scratch
        middle = owner.__name__ + "." + method if owner else function.__name__
        self.name = getattr(function, "benchmark_name", None) or module.__name__ + "." + middle

    @property
    def unit(self):
        """Of the value that it reckons itself; None where it is counted."""
        if self.kind in BYTES:
            return "bytes"
        return str(self._attribute("unit", "unit"))[:40] if self.kind == "track" else None

    def _attributes(self, name, instance=None):
        """What function, class (or its instance) and module have under a name, the nearest first."""
        for source in (self.function, instance if instance is not None else self.owner, self.module):
            if source is not None and name in dir(source):
                yield getattr(source, name)

    def _attribute(self, name, default=None, instance=None):
        return next(self._attributes(name, instance), default)

    def variants(self):
        """(id, function of a region) for every combination of parameters that is not marked to be skipped."""
        if self._attribute("skip_benchmark", False):
            return
        params = self._attribute("params", []) or []
        if params and not isinstance(params[0], (list, tuple)):
            params = [params]
        skipped = [tuple(values) for values in self._attribute("skip_params", []) or []]
        seen = {}
        for values in itertools.product(*params):
            if values in skipped:
                continue
            shown = "(" + ", ".join(_show(value) for value in values) + ")" if params else ""
            seen[shown] = seen.get(shown, 0) + 1
            again = " (%d)" % seen[shown] if seen[shown] > 1 else ""
            yield self.name + shown + again, functools.partial(self._measure, tuple(values))

    def _measure(self, values, kind):
        instance = self.owner() if self.owner else None
        call = getattr(instance, self.method) if instance is not None else self.function
        cache = self._attribute("setup_cache", None, instance)
        if cache is not None:
            kept = self._kept(cache)
            values = values if kept is None else (kept,) + values
        # As in asv: from the module's to the function's own, and back again.
        setups = list(self._attributes("setup", instance))[::-1]
        teardowns = list(self._attributes("teardown", instance))
        if self._attribute("number", 0) == 1 and setups and self.kind == "time":
            kind.run(call, functools.partial(_again, setups, teardowns, values, []))
        else:
            _set_up(setups, values)
            if self.kind == "timeraw":
                self._measure_code(call(*values), kind)
            elif self.kind in BYTES:
                kind.run(functools.partial(_size if self.kind == "mem" else _peak, call, values))
            else:
                kind.run(functools.partial(call, *values) if values else call)
        _each(teardowns, values)

    def _measure_code(self, code, kind):
        """Code that is to run in an interpreter of its own; starting that, and the code's setup, is taken off."""
        import textwrap  # what only some benchmarks need is not loaded for all

        import commands

        code, setup = code if isinstance(code, tuple) else (code, "")
        setup = textwrap.dedent(setup)
        both = [sys.executable, "-c", setup + "\n" + textwrap.dedent(code)]
        commands.measure(kind, both, self.scratch, without=[sys.executable, "-c", setup + "\npass"])

    def _kept(self, cache):
        """What setup_cache returned, made once for all that share it, in a process and a directory of its own."""
        import pickle

        path = os.path.join(self.scratch, "cache-%s-%d" % (cache.__module__, cache.__code__.co_firstlineno))
        if not os.path.exists(path):
            _in_child(functools.partial(_make_cache, cache, path))
        os.chdir(path + ".files")
        with open(path, "rb") as file:
            return pickle.load(file)


def _size(call, values):
    """Bytes of all that is alive because of what the call returned, as the interpreter allocated them."""
    import tracemalloc

    call(*values)  # what is kept from the first call on is no part of what it returns
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        answer = call(*values)
        gc.collect()
        size = tracemalloc.get_traced_memory()[0] - before
        del answer
        return size
    finally:
        tracemalloc.stop()


def _peak(call, values):
    """Bytes that the interpreter had allocated at most during the call, beyond those before it."""
    import tracemalloc

    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        call(*values)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def _make_cache(cache, path):
    import pickle
    import shutil

    shutil.rmtree(path + ".files", ignore_errors=True)
    os.mkdir(path + ".files")
    os.chdir(path + ".files")
    with open(path + ".new", "wb") as file:
        pickle.dump(cache(), file, pickle.HIGHEST_PROTOCOL)
    os.rename(path + ".new", path)


def _in_child(work):
    """In a process of its own, so that what is measured later has not seen it; an error is raised here."""
    read_fd, write_fd = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            work()
            status = 0
        except BaseException as error:
            os.write(write_fd, ("%s: %s" % (type(error).__name__, error)).encode()[:4000])
            status = 1
        os._exit(status)
    os.close(write_fd)
    with os.fdopen(read_fd, "rb") as answer:
        message = answer.read().decode(errors="replace")
    if os.waitpid(pid, 0)[1] != 0:
        raise RuntimeError("setup_cache failed: %s" % (message or "its process ended"))


def _again(setups, teardowns, values, ran):
    if ran:
        _each(teardowns, values)
    ran.append(True)
    _set_up(setups, values)
    return values, {}


def _set_up(setups, values):
    try:
        _each(setups, values)
    except NotImplementedError as error:
        raise region.Skipped(str(error) or "its setup says so") from None


def _each(hooks, values):
    for hook in hooks:
        hook(*values)


def _show(value):
    return ADDRESS.sub("", repr(value)) if not hasattr(value, "__name__") else value.__name__
