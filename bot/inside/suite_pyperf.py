"""Scripts written for pyperf, with a stand-in for it: no worker processes, and pyperf need not be installed.

A script is run once to learn what it would measure, and again for each request, up to the benchmark that was asked
for: what it has prepared by then is what pyperf would have measured. Partner: `bot/runners/pyperf.py`.
"""

import argparse
import functools
import json
import os
import sys
import time
import types

import commands
import coroutines
import programs

LOOPS = 10
"""What a function that times its own loop is asked for, so that what it does around the loop weighs little."""
# pyperf's own options, which scripts read from what they have parsed.
FLAGS = ("--rigorous", "--fast", "--debug-single-value", "--quiet", "--verbose", "--worker", "--copy-env")
NUMBERS = ("--values", "--warmups", "--processes", "--loops", "--inner-loops", "--worker-task", "--timeout")
TEXTS = ("--output", "--append", "--affinity", "--python", "--inherit-environ", "--min-time")


class Measured(BaseException):
    """The benchmark that was asked for has been measured: the rest of the script is not wanted."""


class Session:
    """What the Runners of one script do: note names, or measure one of them."""

    def __init__(self, scratch, wanted=None, kind=None):
        self.scratch, self.wanted, self.kind = scratch, wanted, kind
        self.names = []

    def reached(self, name, measure):
        """A benchmark of the script; returns None, as pyperf's worker processes do for others than theirs."""
        self.names.append(str(name))
        if name == self.wanted and self.kind is not None:
            measure(self.kind)
            raise Measured


session = Session("")


class Runner:
    """pyperf's Runner as scripts see it."""

    def __init__(self, **options):
        self.metadata = dict(options.get("metadata") or {})
        self.argparser = argparse.ArgumentParser()
        self.args = None
        for flag in FLAGS:
            self._option(flag, action="store_true")
        for option in NUMBERS:
            self._option(option, type=int, default=None)
        for option in TEXTS:
            self._option(option, default=None)
        self.argparser.set_defaults(loops=1, inner_loops=None, python=sys.executable)

    def _option(self, name, **how):
        self.argparser.add_argument(name, help=argparse.SUPPRESS, **how)

    def parse_args(self, args=None):
        """Parse once; a second call gets the same answer, as pyperf has it."""
        if self.args is None:
            self.args = self.argparser.parse_args(args)
        return self.args

    def bench_func(self, name, func, *args, **kwargs):
        """A function that is called."""
        return self._reached(name, lambda kind: kind.run(functools.partial(func, *args)))

    def bench_async_func(self, name, func, *args, **kwargs):
        """A coroutine function, each call run to its end."""

        def measure(kind):
            kind.run(functools.partial(coroutines.always(func, kwargs.get("loop_factory")), *args))

        return self._reached(name, measure)

    def bench_time_func(self, name, time_func, *args, **kwargs):
        """A function that runs its own loop and returns how long that took."""
        return self._reached(name, lambda kind: kind.run(functools.partial(time_func, LOOPS, *args)))

    bench_sample_func = bench_time_func

    def timeit(self, name, stmt=None, setup="pass", teardown="pass", inner_loops=None, duplicate=None, **kwargs):
        """A statement, as the module timeit runs it."""
        stmt = name if stmt is None else stmt
        return self._reached(name, lambda kind: _timeit(kind, stmt, setup, teardown, kwargs.get("globals")))

    def bench_command(self, name, command):
        """A command with all that it starts."""
        return self._reached(name, lambda kind: commands.measure(kind, list(command), session.scratch))

    def _reached(self, name, measure):
        self.parse_args()
        return session.reached(name, measure)


def _timeit(kind, stmt, setup, teardown, namespace):
    place = dict(namespace or {})
    for part in _lines(setup):
        exec(compile(part, "<setup>", "exec"), place)
    if not callable(stmt):
        lines = "\n".join(_lines(stmt)).splitlines()
        exec(compile("def statement():\n    " + "\n    ".join(lines), "<stmt>", "exec"), place)
        stmt = place["statement"]
    kind.run(stmt)
    for part in _lines(teardown):
        exec(compile(part, "<teardown>", "exec"), place)


def _lines(code):
    return [code] if isinstance(code, str) else list(code or ())


def stand_in():
    """A module that scripts may import as `pyperf` or by its old name, `perf`."""
    module = types.ModuleType("pyperf")
    module.Runner, module.perf_counter, module.__version__ = Runner, time.perf_counter, "2.9.0"
    module.VERSION = (2, 9, 0)
    module.monotonic_clock, module.timeit = time.perf_counter, None
    module.python_implementation = lambda: sys.implementation.name
    module.python_has_jit = lambda: sys.implementation.name == "pypy"
    module.__path__ = []
    return module


def load(spec, serve):
    """Learn what every script would measure, and serve it; one that does not run is named and the others are served."""
    sys.modules["pyperf"] = sys.modules["perf"] = stand_in()
    found, errors = {}, []
    runs = json.loads(spec["options"]["runs"])
    for path, *arguments in runs:
        start = functools.partial(_run, spec, path, arguments)
        names, error = _names(start)
        prefix = path if sum(run[0] == path for run in runs) == 1 else " ".join([path, *arguments])
        for name in names:
            found.setdefault("%s::%s" % (prefix, name), functools.partial(_measure, start, name))
        if error is not None:
            errors.append({"path": prefix, "message": error})
    serve(found, errors)


def _run(spec, path, arguments, wanted=None, kind=None):
    global session
    session = Session(spec["scratch"], wanted, kind)
    where = os.path.join(spec["root"], path)
    programs.execute(where, arguments)


def _names(start):
    error = None
    try:
        start()
    except SystemExit as end:
        if end.code not in (None, 0):
            error = "the script ended with status %s: give it the arguments that it needs with `command:`" % (end.code,)
    except Exception as raised:
        error = "%s: %s" % (type(raised).__name__, raised)
    return list(dict.fromkeys(session.names)), error


def _measure(start, name, kind):
    try:
        start(name, kind)
    except Measured:
        return
    raise RuntimeError("the script did not come to this benchmark again")
