"""Measures a command with every process that it starts: under a valgrind of its own, or by the CPU time of children.

Partner: `region.py`, whose kinds say what is wanted; `suite_command.py`, `suite_pyperf.py` and `suite_asv.py` have such
benchmarks.
"""

import os
import shlex
import shutil
import subprocess
import tempfile

from region import children_cpu_ns

SHELL = set("|&;<>()$`\\\"'*?[]#~=%{}!\n")


class CommandFailed(Exception):
    """A command ended with another status than 0; `place` is empty, since no line of Python is to blame."""

    place = ""


def words(command):
    """What to start for a command line: a shell only where it needs one, so that its work is not counted."""
    return ["/bin/sh", "-c", command] if SHELL.intersection(command) else shlex.split(command)


def run(argv):
    """Run to the end; raises CommandFailed with the last line of its standard error."""
    with tempfile.TemporaryFile() as errors:
        try:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        except OSError as error:
            raise CommandFailed("%s cannot be started: %s" % (argv[0], error.strerror)) from None
        if done.returncode == 0:
            return
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - 2000))
        lines = errors.read().decode(errors="replace").strip().splitlines()
    how = "ended with status %d" % done.returncode if done.returncode > 0 else "ended by signal %d" % -done.returncode
    raise CommandFailed("the command %s%s" % (how, ": " + lines[-1] if lines else ""))


def measure(kind, argv, scratch, prepare=None, without=None):
    """Measure a command as `kind` says; `prepare` is called before each time, outside of what is measured.

    `without` is a command whose cost is taken off the count, such as starting the interpreter.
    """

    def prepared():
        if prepare is not None:
            prepare()
        return (), {}

    if not hasattr(kind, "counter"):
        kind.run_children(lambda: run(argv), prepared, children_cpu_ns)
        return
    prepared()
    run(argv)  # natively, so that what is kept from the first time on (compiled modules, caches) is there
    prepared()
    counted = _count(argv, scratch)
    if without is not None:
        counted -= _count(without, scratch)
    kind.result = {"single": max(0, counted)}


def _count(argv, scratch):
    place = tempfile.mkdtemp(dir=scratch)
    try:
        run([
            "valgrind", "-q", "--tool=callgrind", "--trace-children=yes", "--log-file=%s/log.%%p" % place,
            "--callgrind-out-file=%s/out.%%p" % place, *argv,
        ])  # fmt: skip
        return sum(_total(os.path.join(place, name)) for name in os.listdir(place) if name.startswith("out."))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _total(path):
    with open(path, errors="replace") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith("totals:"))
