"""The harness: lists a suite's benchmarks, then serves requests, each in a forked child of its own.

Started as `python serve.py SPEC` with SPEC as JSON; speaks lines of JSON on the standard streams it was started with,
and keeps whatever the repository prints away from them. Partner: `bot/harness.py`.
"""

import importlib
import json
import os
import random
import select
import signal
import sys
import time

import callgrind
import namespaces
import region

MESSAGE_LIMIT = 2000
EMPTY = {"op": "empty", "timeout_s": 60}


class Wire:
    """The private copies of the standard streams."""

    def __init__(self, fds=None):
        if fds is None:
            fds = [os.dup(0), os.dup(1), os.dup(2)]
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            os.dup2(2, 1)
        else:
            os.dup2(fds[2], 1)
            os.dup2(fds[2], 2)
        self.fds = fds
        self.owner = os.getpid()  # alone speaks: a benchmark may fork and let both of them return
        for fd in fds:
            os.set_inheritable(fd, True)

    def read(self):
        """One request, or None when the bot has hung up. Byte by byte, so that a child may go on where we stopped."""
        line = bytearray()
        while True:
            byte = os.read(self.fds[0], 1)
            if not byte:
                return None
            if byte == b"\n":
                return json.loads(line.decode())
            line += byte

    def write(self, message):
        """One answer."""
        if os.getpid() != self.owner:
            os._exit(0)
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(self.fds[1], data) :]


class Server:
    """What a suite gets: `serve(benchmarks, errors, values)` with id -> function of a region.

    `values` has id -> unit for the benchmarks whose region returns a number of their own instead of being counted.
    """

    def __init__(self, spec, wire, counting, early=None):
        self.spec, self.wire, self.counting, self.early = spec, wire, counting, early
        # What only lists before it becomes the counter has nothing to shake.
        self.shaken = _shake() if counting or spec["instrument"] == "none" else None
        self.counter = None

    def serve(self, benchmarks, errors=(), values=None):
        """List, then answer requests until the bot hangs up."""
        listing = {"benchmarks": list(benchmarks), "errors": list(errors)[:200]}
        if values:
            listing["values"] = values
        if self.spec["instrument"] == "callgrind" and not self.counting:
            self.wire.write(listing)
            self._become_counter()
        if self.counting:
            self.counter = callgrind.Callgrind(self.spec["scratch"] + "/callgrind")
            if not self.counter.running():
                raise SystemExit("valgrind does not see its client requests")
            self.wire.write(dict(self._in_child(lambda kind: kind.run(lambda: None), EMPTY), ready=True))
        else:
            self.wire.write(listing)
        while True:
            request = self.wire.read()
            if request is None or request["op"] == "stop":
                return
            run = benchmarks.get(request["benchmark"])
            self.wire.write({"error": "not found"} if run is None else self._in_child(run, request))

    def _become_counter(self):
        os.chdir(self.spec["root"])
        scratch = self.spec["scratch"]
        try:
            os.execvpe(
                "valgrind",
                [
                    "valgrind",
                    "-q",
                    "--tool=callgrind",
                    "--instr-atstart=no",
                    "--log-file=%s/valgrind.log" % scratch,
                    "--callgrind-out-file=%s/callgrind.%%p" % scratch,
                    "--trace-children=no",
                    sys.executable,
                    os.path.abspath(__file__),
                    json.dumps(self.spec),
                    ",".join(map(str, self.wire.fds)),
                ],
                dict(os.environ, **callgrind.ENV),
            )
        except FileNotFoundError:
            raise SystemExit("valgrind is not installed: install it (Debian: apt-get install valgrind)") from None

    def _region(self, request):
        op, warmups = request["op"], request.get("warmups", 4)
        if op == "count":
            return region.Count(self.counter, warmups)
        if op == "empty":
            return region.Empty(self.counter, warmups)
        if op == "value":
            return region.Value()
        if op == "memory":
            return region.Memory()
        if op == "look":
            return region.Look()
        if op == "time":
            return region.Turns(self.wire.read, self.wire.write, warmups, request["batch_ns"])
        if op == "profile":
            return region.Profile(self.spec["root"], warmups, request["watched"])
        if op == "reach":
            return region.Reach(self.spec["root"], request["watched"])
        if op == "early":
            return self.early.forked()
        if op == "cover":
            return region.Cover(self.spec["root"])
        if op == "trial":
            return region.Trial(self.spec["root"], request["watched"], warmups)
        if op == "record":
            import record_calls  # what only some requests need is loaded by them

            return region.Record(record_calls.active)
        if op == "replay":
            import replay_calls

            return replay_calls.Replay(request)
        return region.Once()

    def _in_child(self, run, request):
        read_fd, write_fd = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(read_fd)
                os.setpgid(0, 0)
                self.wire.owner = os.getpid()
                answer = self._child(run, request)
                if self.wire.owner == os.getpid():
                    _answer(write_fd, answer)
            finally:  # whatever happens, a child never returns into its parent's loop
                os._exit(0)
        os.close(write_fd)
        return _await(pid, read_fd, request["timeout_s"])

    def _child(self, run, request):
        kind = self._region(request)
        try:
            random.seed(0)
            if "numpy" in sys.modules:
                sys.modules["numpy"].random.seed(0)
            run(kind)
        except BaseException as error:
            return {"error": describe(error)}
        if kind.result is None:
            return {"error": "the benchmark finished without calling what it was to measure"}
        return kind.result


def describe(error):
    """One line for people: where it failed, and with what."""
    place = getattr(error, "place", "")
    last = error.__traceback__
    if last is not None and not hasattr(error, "place"):
        while last.tb_next is not None:
            last = last.tb_next
        place = " (%s:%s)" % (os.path.basename(last.tb_frame.f_code.co_filename), last.tb_lineno)
    text = str(error).strip().splitlines() or [""]
    return ("%s: %s%s" % (type(error).__name__, text[0], place))[:MESSAGE_LIMIT]


def _answer(fd, message):
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(fd, data) :]
    os.close(fd)


def _await(pid, fd, timeout_s):
    deadline = time.monotonic() + timeout_s
    data, late = b"", False
    # The line's end, not the pipe's: a process that the benchmark left behind may hold that open.
    while b"\n" not in data:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            late = True
            break
        piece = os.read(fd, 65536)
        if not piece:
            break
        data += piece
    _end_group(pid)
    os.close(fd)
    _, status = os.waitpid(pid, 0)
    if late:
        return {"error": "did not finish within %g s" % timeout_s, "timeout": True}
    line, end, _ = data.partition(b"\n")
    if not end:
        return {"error": "the process ended with status %d and no result" % status}
    return json.loads(line.decode())


def _end_group(pid):
    for end in (lambda: os.killpg(pid, signal.SIGKILL), lambda: os.kill(pid, signal.SIGKILL)):
        try:
            end()
            return
        except (ProcessLookupError, PermissionError):
            continue


def _shake():
    """Lay memory out differently for each hash seed: return what stays; what is dropped leaves holes.

    Where objects lie decides which of them collide in caches and tables that go by address, and that alone moved the
    count of a short call by 2 %, in the same direction each time, for an edit that the call never reached.
    """
    drawn = random.Random(os.environ["PYTHONHASHSEED"]).getrandbits(8 * 20000).to_bytes(20000, "little")
    made = [bytearray(2 * size) for size in drawn]
    return made[::2]


def main():
    """Load the suite that SPEC names and serve it."""
    spec = json.loads(sys.argv[1])
    fds = [int(fd) for fd in sys.argv[2].split(",")] if len(sys.argv) > 2 else None
    wire = Wire(fds)
    if fds is None:
        # A place of its own: without a sandbox, base and head share a file system, and perhaps process ids.
        spec["scratch"] += "/" + os.urandom(8).hex()
    os.makedirs(spec["scratch"], exist_ok=True)
    os.chdir(spec["root"])
    if "watched" in spec["options"]:
        import record_calls

        record_calls.Recorder(spec["root"], json.loads(spec["options"]["watched"])).install()
    if spec["root"] not in sys.path:
        sys.path.insert(0, spec["root"])
    namespaces.install(spec["root"])
    early = region.Early(spec["root"], json.loads(spec["options"]["early"])) if "early" in spec["options"] else None
    server = Server(spec, wire, fds is not None, early)
    suite = importlib.import_module("suite_" + spec["runner"])
    try:
        suite.load(spec, server.serve)
    except (Exception, SystemExit) as error:
        wire.write({"fatal": describe(error)})
        raise


if __name__ == "__main__":
    main()
