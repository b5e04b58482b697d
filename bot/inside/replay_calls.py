"""Replays recorded calls and says of each, in a digest, what it did: the bot compares those of two versions.

What a call does: its result or exception, what it yields and what it has read, changed and printed by then, what it
leaves of its arguments and of the module's variables, what it prints, warns of and logs, what it does to files,
processes and the environment (`effects.py`), how many random numbers it draws. Every call gets a fresh copy of its
arguments. Partners: `suite_recorded.py` and `bot/core/behaviour.py`.
"""

import asyncio
import collections.abc
import contextlib
import dis
import functools
import inspect
import io
import itertools
import os
import random
import reprlib
import signal
import time
import types
import warnings

import call_likeness
import effects
import revive
import vary_calls
from call_likeness import Likeness, message_of, name_of, without_addresses

ALL_S = 40.0
MOST_ITEMS = 2000
MOST_STEPS = 20  # items of which it is looked what has been done when they are given
MOST_TWICE = 30
MOST_SHAPED = 300  # calls of which the types of the arguments are looked at
MOST_ATTRIBUTES = 30
LARGEST_VARIABLE = 1000000  # items; of what has more, only the number is looked at
EACH_CALL = 100  # values of a variable that are looked at for each call: what holds more is looked at less often
VALUES = (type(None), bool, int, float, str, bytes, list, tuple, dict, set, frozenset, bytearray, collections.deque)
RAISE = dis.opmap["RAISE_VARARGS"]
LIBRARY = os.path.dirname(os.__file__)


class Late(BaseException):
    """The call took too much processor time; no code that catches Exception catches it."""


class Replay:
    """As a region in `region.py`, for the calls of one function: every recorded one, or variations of them."""

    result = None

    def __init__(self, request):
        self.varied, self.shown = request["varied"], request.get("shown")
        self.variables, self.late_s = request["variables"], request["late_s"]
        self.changing = request["changing"]
        vary_calls.learn(request["constants"])
        self.calls, self.is_last, self.due = 0, False, {}

    def run(self, function, module, recorded, keeps, left):
        """Replay; `module` holds the variables beside the function, `recorded` are pickled arguments.

        `keeps` is whether what it is called through may keep what it has worked out; `left` tells what modules hold.
        """
        self.module = module
        warnings.simplefilter("ignore")
        effects.watch()
        signal.signal(signal.SIGPROF, _late)
        tries = [(revive.loads, data, False) for data in recorded]
        if self.varied:
            tries = self._variations(recorded, inspect.unwrap(function), keeps)
        if self.shown is not None:
            self.result = self._show(function, tries)
            return
        began, digests, beyond = time.monotonic(), [], []
        for number, (make, data, is_beyond) in enumerate(tries):
            if time.monotonic() - began > ALL_S:
                break
            self.is_last = number == len(tries) - 1
            digests.append(self._digest(function, make, data))
            if is_beyond:
                beyond.append(number)
        held = [] if self.varied else left()
        self.result = {"digests": digests, "beyond": beyond, "shapes": _shapes(function, recorded), "left": held}

    def _variations(self, recorded, function, keeps):
        calls, usable = [], []
        for data in recorded:
            with contextlib.suppress(Exception):
                calls.append(revive.loads(data))
                usable.append(data)
        planned = vary_calls.plan(calls)
        every = max(1, len(usable) // MOST_TWICE)
        chosen = usable[::every][:MOST_TWICE]
        makes = (_Twice, _Again) if keeps else (_Twice,)
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            makes += (_Closed, _Thrown, _Sent)
        tries = [(make, data, False) for make in makes for data in chosen]
        for data, arguments in zip(chosen, calls[::every]):
            if vary_calls.change(arguments, self.changing):
                tries.append((functools.partial(_Changed, self.changing), data, False))
        return tries + [(_Varied(steps, change), usable[n], beyond) for n, steps, change, beyond in planned]

    def _digest(self, function, make, data):
        vary_calls.Tape.made = []
        try:
            arguments = make(data)
        except BaseException as error:
            return "?the arguments cannot be made again (%s)" % type(error).__name__
        behaviour = self._behave(function, arguments)
        if behaviour.unknown:
            return "?" + behaviour.unknown[:80]
        return ("!" if behaviour.raised else "=") + behaviour.digest()

    def _behave(self, function, arguments, tell=False):
        return Behaviour(function, arguments, self._variables, self.late_s, _shown if tell else _untold)

    def _variables(self):
        """A digest of the module's variables that the function mentions."""
        self.calls += 1
        digests = []
        for name in self.variables:
            owner, _, last = name.rpartition(".")
            value = (getattr(self.module.get(owner), "__dict__", {}) if owner else self.module).get(last)
            parts = enumerate(_attributes(value))
            digests.append(self._plain(name, value) or [self._plain((name, n), one) for n, one in parts])
        return Likeness().take(digests).digest()

    def _plain(self, where, value):
        """A digest of a plain value, or None; what is large is looked at every few calls, and after the last one."""
        if not isinstance(value, VALUES):
            return None
        size = len(value) if hasattr(value, "__len__") else 0
        if size > LARGEST_VARIABLE or (size and self.calls < self.due.get(where, 0) and not self.is_last):
            return Likeness().take(size).digest()
        seen = Likeness().take(value)
        self.due[where] = self.calls + seen.nodes // EACH_CALL
        return seen.digest()

    def _show(self, function, tries):
        for number, (make, data, _) in enumerate(tries):
            self.is_last = number == len(tries) - 1
            if number < self.shown:
                self._digest(function, make, data)
                continue
            vary_calls.Tape.made = []
            arguments = make(data)
            shown = _shown(arguments)
            behaviour = self._behave(function, arguments, tell=True)
            return {"call": shown, "parts": [behaviour.text] + behaviour.digests()[1:], "after": _shown(arguments)}
        return {"call": "?", "parts": [], "after": "?"}


def _shapes(function, recorded):
    """Of each parameter that has one type in all calls: its name, the type's, and the length where all have one."""
    found = {}
    for data in recorded[:MOST_SHAPED]:
        try:
            args, kwargs = revive.loads(data)
            bound = inspect.signature(function).bind(*args, **kwargs).arguments
        except Exception:
            return []
        for name, value in bound.items():
            length = len(value) if isinstance(value, VALUES) and hasattr(value, "__len__") else -1
            found.setdefault(name, set()).add((type(value), length))
    return [
        [name, kind.__name__, lengths.pop() if len(lengths) == 1 else -1]
        for name, kinds, lengths in ((name, {k for k, _ in seen}, {n for _, n in seen}) for name, seen in found.items())
        for kind in kinds
        if len(kinds) == 1 and kind in VALUES
    ]


def _attributes(value):
    """What an object that is a variable of the module holds, in the order of the names."""
    if isinstance(value, call_likeness.NAMED) or not isinstance(getattr(value, "__dict__", None), dict):
        return []
    return [one for _, one in sorted(value.__dict__.items())[:MOST_ATTRIBUTES]]


class _Twice:
    """The same call made twice: what is handed out again is told from what is made anew."""

    words = "the same call twice returned "

    def __init__(self, data):
        self.first, self.second = revive.loads(data), revive.loads(data)

    def each(self):
        yield self.first
        yield self.second


class _Again(_Twice):
    """The same call made twice on one object: what it keeps in a cache is used."""

    def __init__(self, data):
        super().__init__(data)
        args, kwargs = self.second
        self.second = self.first[0][:1] + args[1:], kwargs


class _Changed(_Twice):
    """The same call made twice, with what it is given changed in between: what is kept may be out of date."""

    words = "called again after what it is given has changed, it returned "

    def __init__(self, names, data):
        self.names, self.first = names, revive.loads(data)

    def each(self):
        yield self.first
        vary_calls.change(self.first, self.names)
        yield self.first


class _Closed:
    """A generator that is closed at its first item: what it does at its end."""

    method, given, words = "close", (), "closed"

    def __init__(self, data):
        self.arguments = revive.loads(data)

    def stop(self, values):
        return getattr(values, self.method)(*self.given)

    async def stop_async(self, values):
        return await getattr(values, "a" + self.method)(*self.given)


class _Thrown(_Closed):
    """A generator in which an error is raised at its first item, as in the body of a context manager."""

    method, given, words = "throw", (ValueError("thrown"),), "given an error"


class _Sent(_Closed):
    """A generator that is sent something for its first item."""

    method, given, words = "send", ("sent",), "sent a text"


class _Varied:
    """A recorded call with one value changed."""

    def __init__(self, steps, change):
        self.steps, self.change = steps, change

    def __call__(self, data):
        return vary_calls.varied(revive.loads(data), self.steps, self.change)


class Behaviour:
    """What one call did, in parts; `unknown` says why that could not be seen."""

    def __init__(self, function, arguments, variables, late_s, tell):
        self.tell = tell
        self.result, self.raised, self.unknown, self.text = Likeness(), False, None, ""
        self.ending = arguments if isinstance(arguments, _Closed) else None
        self.arguments = arguments = arguments.arguments if self.ending else arguments
        self.output, self.errors, self.steps = io.StringIO(), io.StringIO(), 0
        self.effects = effects.Effects()
        random.seed(0)
        try:
            signal.setitimer(signal.ITIMER_PROF, late_s)
            try:
                with contextlib.redirect_stdout(self.output), contextlib.redirect_stderr(self.errors), self.effects:
                    self._call(function)
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
        except Late:
            self.unknown = "a call did not end in time"
        except (MemoryError, RecursionError) as error:
            self.unknown = "a call ended in a %s" % type(error).__name__
        except BaseException as error:
            self._raise(error)
        self.drawn = random.random()
        self.globals = variables()
        self.returned = self.result.digest()
        if self.steps:
            self._done()
        if not isinstance(arguments, _Twice):
            self.result.take(arguments)  # by the same one: what is handed back is told from a copy of it
        self.unknown = self.unknown or self.result.opaque

    def _call(self, function):
        if isinstance(self.arguments, _Twice):
            both = [_drawn_out(function(*args, **kwargs)) for args, kwargs in self.arguments.each()]
            self.result.take(both)
            self.text = self.arguments.words + self.tell(both)
            return
        args, kwargs = self.arguments
        value = function(*args, **kwargs)
        if isinstance(value, types.CoroutineType):
            self.result.take("awaited")
            value = asyncio.run(_awaited(value))
        if isinstance(value, types.AsyncGeneratorType):
            asyncio.run(self._drain_async(value))
        elif isinstance(value, collections.abc.Iterator) and not isinstance(value, io.IOBase):
            self._drain(value)
        else:
            self.result.take(value)
            self.text = "returned " + self.tell(value)

    def _drain(self, values):
        """Take the items one by one, with what has been read and changed of the arguments by then."""
        self.result.take([name_of(type(values)), _read()])
        items = []
        for item in values:
            items.append(item)
            self._item(item)
            if self.ending:
                self.text = "yielded %s, and then was %s" % (self.tell(items), self.ending.words)
                self.result.take(self.ending.stop(values))
                return
            if len(items) > MOST_ITEMS:
                break
        self.text = "yielded " + self.tell(items)

    async def _drain_async(self, values):
        self.result.take("async generator")
        items = []
        async for item in values:
            items.append(item)
            self._item(item)
            if self.ending:
                self.text = "yielded %s, and then was %s" % (self.tell(items), self.ending.words)
                self.result.take(await self.ending.stop_async(values))
                return
            if len(items) > MOST_ITEMS:
                break
        self.text = "yielded " + self.tell(items)

    def _item(self, item):
        self.result.take(item)
        self.result.take(_read())
        self.steps += 1
        if self.steps <= MOST_STEPS:
            self.result.take([Likeness().take(item).digest(), self.output.tell(), self.errors.tell()])
            self._done()

    def _done(self):
        """What has become of the arguments by now: what was looked at before is not looked at again."""
        self.result.take(Likeness().take(self.arguments).digest())

    def _raise(self, error):
        self.raised = True
        cause = error.__cause__
        self.result.take([_said(error), None if cause is None else _said(cause)])
        self.text = "raised %s: %s" % (type(error).__name__, message_of(error)[:200])

    def digests(self):
        """Of the result, the arguments afterwards, the output, the module's variables, the random numbers, the rest."""
        output = Likeness().take([self.output.getvalue(), self.errors.getvalue(), self.effects.said]).digest()
        done = Likeness().take(self.effects.done()).digest()
        return [self.returned, self.result.digest(), output, self.globals, "%r" % self.drawn, done]

    def digest(self):
        """Of the result, and of all the rest."""
        result, *rest = self.digests()
        return result + "." + Likeness().take(rest).digest()


def _said(error):
    """What an exception is, and what it says and holds where that is the code's own."""
    if _is_made_by_the_code(error):
        held = [*error.args, *(vars(error)[name] for name in sorted(vars(error)))]
        said = [message_of(error), [without_addresses(one) for one in held]]
    else:
        said = list(error.args) * (type(error) is KeyError)
    return [name_of(type(error)), said]


def _is_made_by_the_code(error):
    """Or by the interpreter and its library, whose words change from one Python to the next?

    A cause that nobody has raised was made by the statement that names it.
    """
    at = error.__traceback__
    if at is None:
        return True
    while at.tb_next is not None:
        at = at.tb_next
    if os.path.dirname(at.tb_frame.f_code.co_filename) == LIBRARY:
        return False
    return at.tb_frame.f_code.co_code[at.tb_lasti] == RAISE


async def _awaited(value):
    return await value


def _drawn_out(value):
    """What a call returns, and where that is made only when somebody asks for it, that."""
    if isinstance(value, types.CoroutineType):
        value = asyncio.run(_awaited(value))
    if isinstance(value, types.AsyncGeneratorType):
        return asyncio.run(_items(value))
    if isinstance(value, collections.abc.Iterator) and not isinstance(value, io.IOBase):
        return [name_of(type(value)), list(itertools.islice(value, MOST_ITEMS))]
    return value


async def _items(values):
    items = []
    async for item in values:
        items.append(item)
        if len(items) > MOST_ITEMS:
            break
    return items


def _read():
    """How far the iterators among the arguments have been read."""
    return [tape.read for tape in vary_calls.Tape.made]


def _late(_number, _frame):
    raise Late


class _Repr(reprlib.Repr):
    def __init__(self):
        super().__init__()
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = self.maxfrozenset = self.maxdeque = 6
        self.maxstring = self.maxother = 60

    def repr_instance(self, value, level):
        if isinstance(value, vary_calls.Tape):
            return "iter(%s)" % self.repr1(value.items, level)
        if type(value).__repr__ is object.__repr__:
            return "<%s object>" % type(value).__name__
        return without_addresses(super().repr_instance(value, level)).replace(" at 0x>", ">")


_short = _Repr()


def _untold(value):
    """For the many calls that nobody looks at."""
    return ""


def _shown(value):
    """A short text of a value, or of the arguments of a call."""
    value = value.first if isinstance(value, _Twice) else value.arguments if isinstance(value, _Closed) else value
    try:
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], tuple) and isinstance(value[1], dict):
            words = [_short.repr(one) for one in value[0]] + [
                "%s=%s" % (k, _short.repr(v)) for k, v in value[1].items()
            ]
            return ("(%s)" % ", ".join(words))[:300]
        return _short.repr(value)[:300]
    except Exception:
        return "a value of type " + type(value).__name__
