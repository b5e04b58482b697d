"""Keeps the arguments of calls of watched functions, pickled at their entry, while tests and benchmarks run.

The source of a watched function gets one statement more when it is imported; why so, and not with a profiler or a
wrapper, is in `docs/decisions/behaviour.md`. Partners: `serve.py` and `outcomes.py` record, `suite_recorded.py` has it
replayed.
"""

import ast
import base64
import builtins
import importlib.machinery
import os
import sys
import threading
import time

import call_copies

ENTER, KEEP = "__perfwright_enter__", "__perfwright_keep__"
MOST_CALLS = 10000
MOST_OF_ONE = 4000
LARGEST_CALL = 200000  # bytes
LARGEST = 4000000  # bytes of a whole recording
LONGEST_S = 20.0  # spent on pickling
MOST_TESTS = 1000
active = None
"""The recorder of this process, if it has one."""


class Recorder:
    """What was recorded; a function is known by its place in `watched`, pairs of path and first line."""

    def __init__(self, root, watched):
        self.root = os.path.realpath(root)
        self.watched = {(os.path.join(self.root, path), line): n for n, (path, line) in enumerate(watched)}
        self.files = {path for path, _ in self.watched}
        self.modules = {}
        self.kept = {}
        self.test = None
        self.covering = [{} for _ in watched]
        self.clear()

    def clear(self, largest=LARGEST):
        """Forget the calls that were recorded; the next ones may take so many bytes."""
        self.made = [0] * len(self.covering)
        self.seen = [{} for _ in self.covering]
        self.missed = {}
        self.size, self.spent_s, self.largest = 0, 0.0, largest
        self.busy = threading.local()

    def install(self):
        """From now on, modules are imported with their watched functions recorded."""
        global active
        active = self
        setattr(builtins, ENTER, self.enter)
        setattr(builtins, KEEP, self.keep)
        sys.meta_path.insert(0, Finder(self))

    def keep(self, number):
        """A decorator that keeps hold of the plain function, below all decorators of its own."""

        def kept(function):
            self.kept[number] = function
            return function

        return kept

    def enter(self, number, args, kwargs):
        """Called first by each watched function."""
        self.made[number] += 1
        if self.test is not None and len(self.covering[number]) < MOST_TESTS:
            self.covering[number][self.test] = True
        if self.spent_s > LONGEST_S or self.size > self.largest or len(self.seen[number]) >= MOST_OF_ONE:
            return
        if getattr(self.busy, "now", False):
            return  # pickling calls methods of its own, and they are nobody's workload
        self.busy.now = True
        began = time.monotonic()
        try:
            self._record(number, args, kwargs)
        finally:
            self.busy.now = False
            self.spent_s += time.monotonic() - began

    def _record(self, number, args, kwargs):
        try:
            data = call_copies.dumps((args, kwargs))
        except Exception as error:
            self._miss("%s cannot be copied" % _culprit(args, kwargs, error))
            return
        if len(data) > LARGEST_CALL:
            self._miss("its arguments are larger than %d kB" % (LARGEST_CALL // 1000))
        elif data not in self.seen[number]:
            self.seen[number][data] = True
            self.size += len(data)

    def _miss(self, reason):
        if reason in self.missed or len(self.missed) < 20:
            self.missed[reason] = self.missed.get(reason, 0) + 1

    def answer(self):
        """What was recorded, as JSON can hold it; the bot reads the numbers and never what is pickled."""
        calls, most = [], MOST_CALLS // max(1, sum(1 for seen in self.seen if seen))
        for number, seen in enumerate(self.seen):
            calls += [[number, base64.b64encode(data).decode()] for data in list(seen)[:most]]
        return {
            "calls": calls,
            "made": self.made,
            "missed": [[reason, count] for reason, count in sorted(self.missed.items())],
            "modules": [[number, name] for number, name in sorted(self.modules.items())],
            "covering": [sorted(tests) for tests in self.covering],
            "path": [place for place in sys.path if isinstance(place, str)][:200],
        }


def _culprit(args, kwargs, error):
    """The type of the first argument that cannot be pickled."""
    for value in list(args) + list(kwargs.values()):
        try:
            call_copies.dumps(value)
        except Exception:
            return "an argument of type " + type(value).__name__[:60]
    return "an argument (%s)" % type(error).__name__[:60]


class Finder:
    """Finds modules as the others on `sys.meta_path` do, and loads those that hold a watched function itself."""

    def __init__(self, recorder):
        self.recorder = recorder
        self.searching = threading.local()

    def find_spec(self, name, path=None, target=None):
        if getattr(self.searching, "now", False):
            return None
        self.searching.now = True
        try:
            return self._find(name, path, target)
        finally:
            self.searching.now = False

    def _find(self, name, path, target):
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None and finder is not self else None
            if spec is None:
                continue
            if spec.origin and os.path.realpath(spec.origin) in self.recorder.files:
                spec.loader = Loader(name, spec.origin, self.recorder)
            return spec
        return None


class Loader(importlib.machinery.SourceFileLoader):
    """Compiles from the source, never from a cached file, with the statements added."""

    def __init__(self, name, path, recorder):
        super().__init__(name, path)
        self.recorder = recorder

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path), path)
        real = os.path.realpath(path)
        for function in functions(tree.body):
            number = self.recorder.watched.get((real, first_line(function)))
            if number is not None:
                self.recorder.modules[number] = fullname
                watch(function, number)
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


def functions(body):
    """The outermost functions and methods below some statements."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
            continue
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            for inner in functions(getattr(node, field, [])):
                yield inner


def first_line(function):
    """That of its first decorator, as in a code object."""
    return min([function.lineno] + [decorator.lineno for decorator in function.decorator_list])


def watch(function, number):
    """Add the statement that records the arguments, and the decorator that keeps the plain function."""
    arguments = function.args
    plain = [ast.Name(one.arg, ast.Load()) for one in getattr(arguments, "posonlyargs", []) + arguments.args]
    if arguments.vararg:
        plain.append(ast.Starred(ast.Name(arguments.vararg.arg, ast.Load()), ast.Load()))
    keys = [ast.Constant(one.arg, kind=None) for one in arguments.kwonlyargs]
    values = [ast.Name(one.arg, ast.Load()) for one in arguments.kwonlyargs]
    if arguments.kwarg:
        keys.append(None)
        values.append(ast.Name(arguments.kwarg.arg, ast.Load()))
    given = [ast.Constant(number, kind=None), ast.Tuple(plain, ast.Load()), ast.Dict(keys, values)]
    enter = ast.Expr(ast.Call(ast.Name(ENTER, ast.Load()), given, []))
    at = 1 if ast.get_docstring(function, clean=False) is not None else 0
    place = function.body[min(at, len(function.body) - 1)]
    function.body.insert(at, _placed(enter, place))
    keep = ast.Call(ast.Name(KEEP, ast.Load()), [ast.Constant(number, kind=None)], [])
    function.decorator_list.append(_placed(keep, function))


def _placed(new, old):
    """A node on one line: that of the old one, so that no line number changes."""
    for node in ast.walk(new):
        node.lineno = node.end_lineno = old.lineno
        node.col_offset = node.end_col_offset = old.col_offset
    return new
