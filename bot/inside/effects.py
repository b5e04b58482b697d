"""What a call does to the world beside its result: files, the environment, processes and sockets, warnings, logs.

The interpreter tells of each through `sys.addaudithook` (PEP 578), whichever library is used. Files and variables count
by what has become of them, so that one that is made and removed again is nothing. Partner: `replay_calls.py`.
"""

import atexit
import contextlib
import contextvars
import decimal
import gc
import hashlib
import logging
import os
import re
import sys
import warnings

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
PATHS = {"os.remove": 1, "os.rmdir": 1, "os.mkdir": 1, "os.truncate": 1, "os.chmod": 1, "os.rename": 2, "os.link": 2,
    "os.symlink": 2}  # fmt: skip
"""Events by how many paths they begin with."""
VARIABLES = ("os.putenv", "os.unsetenv")
OUTSIDE = ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.kill", "os.chdir", "socket.connect",
    "socket.sendto", "sqlite3.connect")  # fmt: skip
LARGEST_FILE = 1000000
MOST = 1000
NUMBERS = re.compile(r"0x[0-9a-fA-F]+|\d+(\.\d+)?")
current = None
"""What is being noted, during a call."""
watched = False


def watch():
    """Have the interpreter and the loggers tell; a hook stays as long as the process."""
    global watched
    if watched:
        return
    watched = True
    sys.addaudithook(_told)
    logging.root.addHandler(_Log())
    logging.root.setLevel(1)


class Effects:
    """Notes what is done while it is entered."""

    def __init__(self):
        self.said, self.outside, self.paths, self.names = [], [], {}, {}
        self._warnings = warnings.catch_warnings(record=True)

    def __enter__(self):
        global current
        self._warned = self._warnings.__enter__()
        warnings.simplefilter("always")
        current = self

    def __exit__(self, *_):
        global current
        current = None
        self._warnings.__exit__()
        found = {(one.category.__name__, NUMBERS.sub("0", str(one.message))) for one in self._warned}
        # When an object that was not closed is collected is the interpreter's choice.
        self.said += sorted(one for one in found if one[0] != "ResourceWarning")

    def done(self):
        """What has become of what was touched."""
        files = [(path, _state(path)) for path, was_there in self.paths.items() if was_there or os.path.lexists(path)]
        names = sorted((name, os.environb.get(name)) for name in self.names)
        return [self.outside, sorted(files), names, _settings()]


def _settings():
    """Those of the whole process and of the context that a call may leave otherwise."""
    exact = decimal.getcontext()
    told = [
        sys.getrecursionlimit(),
        gc.isenabled(),
        gc.get_threshold(),
        atexit._ncallbacks(),
        exact.prec,
        exact.rounding,
    ]
    held = {variable.name: value for variable, value in contextvars.copy_context().items()}
    return [told, [(name, held[name]) for name in sorted(held) if isinstance(held[name], (int, float, str, bytes))]]


def _told(event, args):
    """Called for each audit event, of which there are many: most are none of ours."""
    if current is None:
        return
    if event == "open":
        if isinstance(args[2], int) and args[2] & WRITES:
            _touch(args[:1])
    elif event in PATHS:
        _touch(args[: PATHS[event]])
    elif event in VARIABLES:
        current.names[os.fsencode(args[0])] = True
    elif event in OUTSIDE and len(current.outside) < MOST:
        current.outside.append([event, *(one for one in args if isinstance(one, (str, bytes, int, tuple, list)))])


def _touch(paths):
    for path in paths:
        if isinstance(path, (str, bytes, os.PathLike)) and len(current.paths) < MOST:
            with contextlib.suppress(OSError, ValueError):  # what is no path has no effect, and fails by itself
                whole = os.path.abspath(os.fsdecode(path))
                if "__pycache__" not in whole:
                    current.paths.setdefault(whole, os.path.lexists(whole))


def _state(path):
    if not os.path.isfile(path):
        return "a directory" if os.path.isdir(path) else "something else" if os.path.lexists(path) else "nothing"
    try:
        with open(path, "rb") as file:
            return hashlib.blake2b(file.read(LARGEST_FILE), digest_size=10).hexdigest()
    except OSError:
        return "a file"


class _Log(logging.Handler):
    """Keeps what is logged at any level, without the numbers in it: they may be times."""

    def emit(self, record):
        if current is not None and len(current.said) < MOST:
            try:
                text = record.getMessage()
            except Exception as error:
                text = "%s: %s" % (record.msg, type(error).__name__)
            current.said.append((record.name, record.levelname, NUMBERS.sub("0", text)))
