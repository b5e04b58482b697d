"""Imports of the repository's packages: each in a fresh interpreter, whose own start is taken off the count.

Partner: `bot/stages/measure.py`, which makes this suite where the configuration asks for import time; no runner has it.
"""

import functools
import json
import sys

import commands


def load(spec, serve):
    """Serve what was listed; nothing is imported before it is asked for."""
    listed = json.loads(spec["options"]["statements"])
    serve({statement: functools.partial(_measure, statement, spec["scratch"]) for statement in listed})


def _measure(statement, scratch, kind):
    whole, empty = ([sys.executable, "-c", code] for code in (statement, "pass"))
    commands.measure(kind, whole, scratch, without=empty)
