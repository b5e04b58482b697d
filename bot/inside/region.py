"""What happens around the benchmarked call, in a forked child that serves one request and ends.

Every kind of region has `run(call, prepare=None)`: `prepare` makes the arguments of one call, outside of what is
measured. Partner: `serve.py` picks the kind and sends `result` to the bot.
"""

import _thread
import gc
import re
import resource
import sys
import time

import fresh_memory

NOTHING = ((), {})
CLOCKS = frozenset(
    getattr(time, name + unit) for name in ("time", "monotonic", "perf_counter", "process_time") for unit in ("", "_ns")
)
TESTS = re.compile(r"/(tests?|testing)/|/test_[^/]*$|_tests?\.py$|/(conftest|tests?)\.py$")


class Skipped(Exception):
    """The benchmark says that it is not for this place; `place` is empty, since nothing went wrong."""

    place = ""


class Unseen(Exception):
    """What other processes do cannot be looked into; `place` is empty, since nothing went wrong."""

    place = ""


class Unfit(Exception):
    """A test would not do as a benchmark."""


class Region:
    """Base of all kinds; `result` stays None until the benchmark has called `run`."""

    result = None
    warmups = 0

    def run(self, call, prepare=None):
        """Measure `call` and return what it returned, so that the benchmark can go on with it."""
        raise NotImplementedError

    def run_children(self, call, prepare, cpu_ns):
        """Measure a call whose work is done by other processes, of whose CPU time `cpu_ns` is the clock."""
        return self.run(call, prepare)


def _in_threads(kind, function):
    """Have it called for what other threads do that begin from now on."""
    import threading  # what only some requests need is loaded by them

    getattr(threading, kind)(function)


def _settle():
    gc.collect()
    gc.freeze()
    gc.disable()
    fresh_memory.fill()


class Once(Region):
    """Calls once, measures nothing: for tests."""

    def run(self, call, prepare=None):
        args, kwargs = prepare() if prepare else NOTHING
        self.result = {}
        return call(*args, **kwargs)


class Value(Region):
    """Calls once, and takes what the call returned for the value that the benchmark tracks."""

    def run(self, call, prepare=None):
        args, kwargs = prepare() if prepare else NOTHING
        answer = call(*args, **kwargs)
        self.result = {"value": float(answer)}
        return answer


class Count(Region):
    """Counts the instructions of one call after a fixed number of warm-up calls, or after one where calls are long.

    Where one call turns out to be short, `BATCH` more in a row are counted as well: what happens once in many calls,
    such as the allocator taking a new pool, would be a large part of a single one. The bot compares batches where both
    sides have one, and single calls where one side does not.
    """

    BATCH = 32
    SHORT = 400000  # instructions
    # CPU time under valgrind, where it does not count: some 10^9 instructions, in which the first call's are lost. It
    # must not be wall time: on a busy machine calls would be warmed up less than before.
    LONG_S = 3

    def __init__(self, counter, warmups):
        self.counter, self.warmups = counter, warmups

    def run(self, call, prepare=None):
        _settle()
        began = time.process_time()
        for _ in range(self.warmups):
            args, kwargs = prepare() if prepare else NOTHING
            call(*args, **kwargs)
            if time.process_time() - began > self.LONG_S:
                break
        del began
        fresh_memory.fill()  # again: what the calls keep, such as free lists, may have filled a pool
        args, kwargs = prepare() if prepare else NOTHING
        answer = self._count_one(call, args, kwargs)
        if prepare is None and self.warmups > 0 and self.result["single"] < self.SHORT:
            answer = self._count_batch(call)
        return answer

    def _count_one(self, call, args, kwargs):
        start, stop = self.counter.start, self.counter.stop
        self.counter.zero()
        start()
        try:
            answer = call(*args, **kwargs)
        finally:
            stop()
        self.result = {"single": self.counter.read()}
        return answer

    def _count_batch(self, call):
        calls = range(self.BATCH)
        start, stop = self.counter.start, self.counter.stop
        self.counter.zero()
        start()
        try:
            for _ in calls:
                answer = call()
        finally:
            stop()
        self.result.update(batch=self.counter.read(), calls=self.BATCH)
        return answer


class Empty(Count):
    """Counts what the region itself costs, for a single call and for a batch."""

    def run(self, call, prepare=None):
        _settle()
        for _ in range(self.warmups):
            call()
        self._count_one(call, *NOTHING)
        self._count_batch(call)


def children_cpu_ns():
    """CPU time of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int((used.ru_utime + used.ru_stime) * 1e9)


def _cpu_ns():
    return time.process_time_ns() + children_cpu_ns()


class Look(Region):
    """Runs two calls and tells of the second what instructions do not see: waiting, other processes, threads."""

    def run(self, call, prepare=None):
        _settle()
        for _ in range(2):
            args, kwargs = prepare() if prepare else NOTHING
            children, pauses = children_cpu_ns(), resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
            # Each clock is read around the next: in short calls, reading them would look like threads or like waiting.
            own, cpu, wall = time.thread_time_ns(), time.process_time_ns(), time.perf_counter_ns()
            answer = call(*args, **kwargs)
            wall = time.perf_counter_ns() - wall
            cpu = time.process_time_ns() - cpu
            own = time.thread_time_ns() - own
            children = children_cpu_ns() - children
            self.result = {
                "cpu_ns": cpu + children,
                "wall_ns": wall,
                "children_ns": children,
                "threads_ns": max(0, cpu - own),
                "pauses": resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - pauses,
            }
        return answer

    def run_children(self, call, prepare, cpu_ns):
        """Of a command every process is counted: there is nothing in them that instructions do not see."""
        answer = self.run(call, prepare)
        self.result.update(children_ns=0, pauses=0)
        return answer


class Memory(Region):
    """Finds the most memory that one call holds beyond what was there before; exact, as Python asks for it."""

    def run(self, call, prepare=None):
        import tracemalloc  # what only some requests need is loaded by them

        _settle()
        for _ in range(2):
            args, kwargs = prepare() if prepare else NOTHING
            call(*args, **kwargs)
        args, kwargs = prepare() if prepare else NOTHING
        tracemalloc.start()
        try:
            answer = call(*args, **kwargs)
            self.result = {"value": float(tracemalloc.get_traced_memory()[1])}
        finally:
            tracemalloc.stop()
        return answer

    def run_children(self, call, prepare, cpu_ns):
        """Refused: the memory of other processes is not seen from here."""
        raise RuntimeError("the memory that a command takes cannot be told")


class Turns(Region):
    """Times one batch of calls whenever the bot says so, so that base and head take turns on one core."""

    LONG_S = 0.5  # of warming up

    def __init__(self, read_line, write_line, warmups, batch_ns):
        self.read_line, self.write_line = read_line, write_line
        self.warmups, self.batch_ns = warmups, batch_ns
        self.cpu_ns = _cpu_ns

    def run_children(self, call, prepare, cpu_ns):
        self.cpu_ns = cpu_ns
        return self.run(call, prepare)

    def run(self, call, prepare=None):
        _settle()
        quickest_ns, answer = self.batch_ns, None
        started = time.monotonic()
        for _ in range(self.warmups):
            if time.monotonic() - started > self.LONG_S:
                break
            args, kwargs = prepare() if prepare else NOTHING
            began_ns = time.perf_counter_ns()
            answer = call(*args, **kwargs)
            quickest_ns = min(quickest_ns, time.perf_counter_ns() - began_ns)
        # A batch makes up for the clock's coarseness; calls that need preparing are timed one by one.
        loops = 1 if prepare else max(1, min(10000, self.batch_ns // max(1, quickest_ns)))
        self.write_line({"ready": True, "loops": loops, "prepared": prepare is not None})
        while True:
            request = self.read_line()
            if request is None or request.get("op") != "turn":
                break
            # Both sides run the same number of calls a turn: base's choice, sent along by the bot.
            self.write_line(self._turn(call, prepare, int(request.get("loops", loops)), "apart" in request))
        self.result = {}
        return answer

    def _turn(self, call, prepare, loops, apart):
        cpu_ns = wall_ns = 0
        if prepare is None:
            wall, cpu = time.perf_counter_ns(), self.cpu_ns()
            for _ in range(loops):
                call()
            cpu_ns, wall_ns = self.cpu_ns() - cpu, time.perf_counter_ns() - wall
        else:
            for _ in range(loops):
                args, kwargs = prepare()
                if apart:  # the bot looks at its counter now
                    self.write_line({})
                    self.read_line()
                wall, cpu = time.perf_counter_ns(), self.cpu_ns()
                call(*args, **kwargs)
                cpu_ns += self.cpu_ns() - cpu
                wall_ns += time.perf_counter_ns() - wall
        calls = max(1, loops)  # without one, the bot asks what asking costs
        return {"cpu_ns": cpu_ns / calls, "wall_ns": wall_ns / calls}


class Profile(Region):
    """Counts bytecodes and calls into C of one call; exact and repeatable.

    Each is charged to the innermost function on the stack that is watched (those that the diff touches), so that what
    a changed function makes others do is counted as its own; and to "" where no watched function is on the stack.
    Beside that, each line of the repository has what it executes itself, and each line that calls a function of the
    repository how often it does. A generator is called once, however often it goes on. Threads that the call starts are
    looked at where something is watched: how they take turns is not the same each time, and totals have to be.
    """

    MOST = 20000  # lines, and calls from lines, in one answer

    def __init__(self, root, warmups, watched):
        self.root, self.warmups = root.rstrip("/") + "/", warmups
        self.pairs = watched
        self.watched = {(path, line): number for number, (path, line) in enumerate(watched)}
        self.costs = [[0, 0, 0] for _ in range(len(watched) + 1)]
        self.lines = {}
        self.calls = {}
        self.known = {}
        self.stacks = {}  # by thread

    def run(self, call, prepare=None):
        _settle()
        for _ in range(self.warmups):
            args, kwargs = prepare() if prepare else NOTHING
            call(*args, **kwargs)
        args, kwargs = prepare() if prepare else NOTHING
        # CPython 3.12 looks for this on any frame at the moment of settrace, and never again.
        sys._getframe().f_trace_opcodes = True
        if self.watched:
            _in_threads("setprofile", self._c_call)
            _in_threads("settrace", self._enter)
        sys.setprofile(self._c_call)
        sys.settrace(self._enter)
        try:
            answer = call(*args, **kwargs)
        finally:
            sys.settrace(None)
            sys.setprofile(None)
        names = [list(pair) for pair in self.pairs] + [["", 0]]
        self.result = {
            "costs": [name + cost for name, cost in zip(names, self.costs)],
            "lines": [list(place) + count for place, count in sorted(self.lines.items())][: self.MOST],
            "calls": [list(call) + [count] for call, count in sorted(self.calls.items())][: self.MOST],
        }
        return answer

    def run_children(self, call, prepare, cpu_ns):
        """Refused: what other processes execute is not seen from here."""
        raise Unseen("the functions that a command runs cannot be told apart")

    def _watch(self, code):
        if code not in self.known:
            path = code.co_filename
            inside = path[len(self.root) :] if path.startswith(self.root) else None
            self.known[code] = (inside, self.watched.get((inside, code.co_firstlineno)))
        return self.known[code]

    def _stack(self):
        return self.stacks.setdefault(_thread.get_ident(), [len(self.pairs)])

    def _enter(self, frame, event, _argument):
        path, number = self._watch(frame.f_code)
        stack = self._stack()
        here = stack[-1] if number is None else number
        stack.append(here)
        cost = self.costs[here]
        is_call = frame.f_trace is None  # a generator that goes on has its trace function already
        if number is not None and is_call:
            cost[0] += 1
        lines = self.lines
        if path is not None and is_call and frame.f_back is not None:
            self._called(frame.f_back, path, frame.f_code.co_firstlineno)

        def count(frame, event, _argument):
            if event == "opcode":
                cost[1] += 1
                if path is not None:
                    place = (path, frame.f_lineno or 0)
                    if place in lines:
                        lines[place][0] += 1
                    else:
                        lines[place] = [1, 0]
            elif event == "return" and len(stack) > 1:
                stack.pop()
            return count

        # CPython 3.13 asks for opcodes only on a frame that has its trace function already.
        frame.f_trace = count
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        return count

    def _called(self, caller, path, line):
        place, _ = self._watch(caller.f_code)
        if place is not None:
            call = (place, caller.f_lineno or 0, path, line)
            self.calls[call] = self.calls.get(call, 0) + 1

    def _c_call(self, frame, event, function):
        if event == "c_call":
            self.costs[self._stack()[-1]][2] += 1
            path, _ = self._watch(frame.f_code)
            if path is not None:
                self.lines.setdefault((path, frame.f_lineno or 0), [0, 0])[1] += 1


class Reach(Region):
    """Finds which watched functions one first call reaches: no warm-up, so that nothing is cached yet."""

    def __init__(self, root, watched):
        self.root = root.rstrip("/") + "/"
        self.watched = {(self.root + path, line): number for number, (path, line) in enumerate(watched)}
        self.reached = set()

    def run(self, call, prepare=None):
        args, kwargs = prepare() if prepare else NOTHING
        self._begin()
        try:
            answer = call(*args, **kwargs)
        finally:
            self._end()
        self.result = {"reached": self._places()}
        return answer

    def _begin(self):
        _in_threads("setprofile", self._enter)
        sys.setprofile(self._enter)

    def _end(self):
        _in_threads("setprofile", None)
        sys.setprofile(None)

    def run_children(self, call, prepare, cpu_ns):
        """Nobody sees what other processes reach: what a command may reach is not called uncovered."""
        self.run(call, prepare)
        self.result = {"reached": sorted(self.watched.values())}

    def _enter(self, frame, event, _argument):
        if event == "call":
            code = frame.f_code
            number = self.watched.get((code.co_filename, code.co_firstlineno))
            if number is not None:
                self.reached.add(number)

    def _places(self):
        return sorted(self.reached)


class Early(Reach):
    """Finds which watched functions run while the suite loads, in the benchmark's set-up, and in one first call."""

    def __init__(self, root, watched):
        super().__init__(root, watched)
        self.loaded = []
        self._begin()

    def _part(self):
        found, self.reached = self._places(), set()
        return found

    def forked(self):
        """The region of one request: what was seen until now was seen while the suite was loaded."""
        self.loaded = self._part()
        return self

    def run(self, call, prepare=None):
        args, kwargs = prepare() if prepare else NOTHING
        prepared = self._part()
        try:
            answer = call(*args, **kwargs)
        finally:
            self._end()
        self.result = {"loaded": self.loaded, "prepared": prepared, "called": self._part()}
        return answer

    def run_children(self, call, prepare, cpu_ns):
        """Refused: what other processes execute is not seen from here."""
        raise Unseen("the functions that a command runs cannot be told apart")


class Cover(Reach):
    """Finds every function of the repository that one first call reaches."""

    MOST = 20000

    def __init__(self, root):
        super().__init__(root, [])

    def run_children(self, call, prepare, cpu_ns):
        """Refused: what other processes reach is not seen from here."""
        raise Unseen("the functions that a command runs cannot be told apart")

    def _enter(self, frame, event, _argument):
        if event == "call":
            self.reached.add(frame.f_code)

    def _places(self):
        # A list first: threads that are left may go on adding.
        own = (code for code in list(self.reached) if code.co_filename.startswith(self.root))
        return sorted({(code.co_filename[len(self.root) :], code.co_firstlineno) for code in own})[: self.MOST]


class Trial(Reach):
    """Says whether a test would do as a benchmark: what it reaches, that it can be repeated, and how long it takes."""

    def __init__(self, root, watched, warmups):
        super().__init__(root, watched)
        self.warmups, self.reads_clock = warmups, False

    def _enter(self, frame, event, argument):
        super()._enter(frame, event, argument)
        if event == "c_call" and argument in CLOCKS:
            path = frame.f_code.co_filename
            self.reads_clock |= path.startswith(self.root) and bool(TESTS.search(path, len(self.root) - 1))

    def run(self, call, prepare=None):
        answer = super().run(call, prepare)
        if self.reads_clock:
            raise Unfit("it looks at the clock, and counting makes everything slower")
        for _ in range(self.warmups):
            args, kwargs = prepare() if prepare else NOTHING
            began_ns = time.process_time_ns()
            call(*args, **kwargs)
            self.result["cpu_ns"] = time.process_time_ns() - began_ns
        return answer


class Record(Region):
    """Calls once and keeps the arguments of the watched functions."""

    LARGEST = 400000  # bytes

    def __init__(self, recorder):
        self.recorder = recorder

    def run(self, call, prepare=None):
        args, kwargs = prepare() if prepare else NOTHING
        self.recorder.clear(self.LARGEST)
        answer = call(*args, **kwargs)
        self.result = self.recorder.answer()
        return answer
