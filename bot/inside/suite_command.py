"""Plain commands, measured with every process that they start; a status other than 0 is a failure.

Partner: `bot/runners/command.py`.
"""

import functools
import json

import commands


def load(spec, serve):
    """Serve what the configuration lists; nothing is started before it is asked for."""
    listed = json.loads(spec["options"]["commands"])
    serve({one["command"]: functools.partial(_measure, one, spec["scratch"]) for one in listed})


def _measure(one, scratch, kind):
    if one["setup"]:
        commands.run(["/bin/sh", "-c", one["setup"]])
    prepare = functools.partial(commands.run, ["/bin/sh", "-c", one["prepare"]]) if one["prepare"] else None
    commands.measure(kind, commands.words(one["command"]), scratch, prepare)
