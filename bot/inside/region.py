"""What happens around the benchmarked call, in a forked child that serves one request and ends.

Every kind of region has `run(call, prepare=None)`: `prepare` makes the arguments of one call, outside of what is
measured. Partner: `serve.py` picks the kind and sends `result` to the bot.
"""

import gc
import sys
import time

NOTHING = ((), {})


class Region:
    """Base of all kinds; `result` stays None until the benchmark has called `run`."""

    result = None

    def run(self, call, prepare=None):
        """Measure `call` and return what it returned, so that the benchmark can go on with it."""
        raise NotImplementedError


def _settle():
    gc.collect()
    gc.freeze()
    gc.disable()


class Once(Region):
    """Calls once, measures nothing: for tests."""

    def run(self, call, prepare=None):
        args, kwargs = prepare() if prepare else NOTHING
        self.result = {}
        return call(*args, **kwargs)


class Count(Region):
    """Counts the instructions of one call after a fixed number of warm-up calls."""

    def __init__(self, counter, warmups):
        self.counter, self.warmups = counter, warmups

    def run(self, call, prepare=None):
        _settle()
        for _ in range(self.warmups):
            args, kwargs = prepare() if prepare else NOTHING
            call(*args, **kwargs)
        args, kwargs = prepare() if prepare else NOTHING
        start, stop = self.counter.start, self.counter.stop
        self.counter.zero()
        start()
        try:
            answer = call(*args, **kwargs)
        finally:
            stop()
        self.result = {"instructions": self.counter.read()}
        return answer


class Turns(Region):
    """Times one batch of calls whenever the bot says so, so that base and head take turns on one core."""

    def __init__(self, read_line, write_line, warmups, batch_ns):
        self.read_line, self.write_line = read_line, write_line
        self.warmups, self.batch_ns = warmups, batch_ns

    def run(self, call, prepare=None):
        _settle()
        loops, answer = 1, None
        for _ in range(self.warmups):
            args, kwargs = prepare() if prepare else NOTHING
            began_ns = time.process_time_ns()
            answer = call(*args, **kwargs)
            took_ns = time.process_time_ns() - began_ns
            if prepare is None:
                loops = max(1, min(100000, int(self.batch_ns / max(1, took_ns))))
        self.write_line({"ready": True, "loops": loops})
        while True:
            request = self.read_line()
            if request is None or request.get("op") != "turn":
                break
            # Both sides run the same number of calls a turn: base's choice, sent along by the bot.
            self.write_line(self._turn(call, prepare, int(request.get("loops", loops))))
        self.result = {}
        return answer

    def _turn(self, call, prepare, loops):
        cpu_ns = wall_ns = 0
        if prepare is None:
            wall, cpu = time.perf_counter_ns(), time.process_time_ns()
            for _ in range(loops):
                call()
            cpu_ns, wall_ns = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
        else:
            for _ in range(loops):
                args, kwargs = prepare()
                wall, cpu = time.perf_counter_ns(), time.process_time_ns()
                call(*args, **kwargs)
                cpu_ns += time.process_time_ns() - cpu
                wall_ns += time.perf_counter_ns() - wall
        return {"cpu_ns": cpu_ns / loops, "wall_ns": wall_ns / loops}


class Profile(Region):
    """Counts bytecodes per function and line, and calls into C per function, of one call; exact and repeatable."""

    def __init__(self, root, warmups, limit=4000):
        self.root, self.warmups, self.limit = root.rstrip("/") + "/", warmups, limit
        self.lines, self.calls, self.c_calls = {}, {}, {}

    def run(self, call, prepare=None):
        _settle()
        for _ in range(self.warmups):
            args, kwargs = prepare() if prepare else NOTHING
            call(*args, **kwargs)
        args, kwargs = prepare() if prepare else NOTHING
        sys.setprofile(self._c_call)
        sys.settrace(self._enter)
        try:
            answer = call(*args, **kwargs)
        finally:
            sys.settrace(None)
            sys.setprofile(None)
        self.result = {"functions": self._functions()}
        return answer

    def _enter(self, frame, event, _argument):
        code = frame.f_code
        self.calls[code] = self.calls.get(code, 0) + 1
        lines = self.lines.setdefault(code, {})
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False

        def count(frame, event, _argument):
            if event == "opcode":
                line = frame.f_lineno
                lines[line] = lines.get(line, 0) + 1
            return count

        return count

    def _c_call(self, frame, event, function):
        if event == "c_call":
            calls = self.c_calls.setdefault(frame.f_code, {})
            name = getattr(function, "__qualname__", None) or "?"
            calls[name] = calls.get(name, 0) + 1

    def _functions(self):
        rows = []
        for code, lines in self.lines.items():
            path = code.co_filename
            inside = path.startswith(self.root)
            rows.append({
                "path": path[len(self.root):] if inside else path,
                "inside": inside,
                "line": code.co_firstlineno,
                "name": getattr(code, "co_qualname", code.co_name),
                "calls": self.calls.get(code, 0),
                "opcodes": sum(lines.values()),
                "lines": [[line, count] for line, count in sorted(lines.items()) if line] if inside else [],
                "c_calls": sorted(self.c_calls.get(code, {}).items(), key=lambda item: -item[1])[:8],
            })
        rows.sort(key=lambda row: -row["opcodes"])
        return rows[: self.limit]
