"""Recorded calls as a suite: each function is a benchmark of its own calls, and can be replayed to be compared.

Nothing here runs outside of a sandbox: what was recorded is pickled, and whoever wrote the code has written that too.
Partners: `record_calls.py`, and `bot/stages/behave.py`, which carries the recording from sandbox to sandbox unread.
"""

import base64
import functools
import importlib
import inspect
import json
import os
import sys

import call_likeness
import module_state
import record_calls
import replay_calls
import revive

MOST_MEASURED = 100  # calls in one benchmark


def load(spec, serve):
    """Import what was recorded and serve its functions under the names that the bot gave them."""
    options = spec["options"]
    with open(os.path.join(spec["root"], options["recording"]), encoding="utf-8") as file:
        recording = json.load(file)
    sys.path += [place for place in recording["path"] if place not in sys.path]
    call_likeness.unseen.update(json.loads(options["unseen"]))
    for owner, name, literal in json.loads(options["caches"]):
        revive.caches.setdefault(owner, []).append((name, literal))
    found, errors = {}, []
    calls = {}
    for number, data in recording["calls"]:
        calls.setdefault(number, []).append(base64.b64decode(data))
    modules = dict(recording["modules"])
    left = functools.partial(module_state.left, spec["root"], json.loads(options["shared"]))
    for number, (name, through) in enumerate(json.loads(options["names"])):
        try:
            module = importlib.import_module(modules[number])
            function = _public(module, through) if through else record_calls.active.kept[number]
            keeps = bool(through) or options["unseen"] != "[]"
            found[name] = functools.partial(_run, function, vars(module), calls.get(number, []), keeps, left)
        except (Exception, SystemExit) as error:
            errors.append({"path": name, "message": "%s: %s" % (type(error).__name__, error)})
    serve(found, errors)


def _public(module, name):
    """What callers get by this name, without being bound: its decorators are a part of what is compared."""
    owner, _, last = name.rpartition(".")
    for part in owner.split(".") if owner else ():
        module = getattr(module, part)
    found = inspect.getattr_static(module, last)
    for field in ("__func__", "fget"):
        if not callable(found) or isinstance(found, (classmethod, staticmethod)):
            found = getattr(found, field, found)
    if callable(found) or not hasattr(found, "__get__"):
        return found
    if not hasattr(found, "__set__"):
        call_likeness.unseen.add(last)  # where it keeps its value, in the object, nothing else could be had by its name
    return functools.partial(_got, found)


def _got(attribute, owner):
    return attribute.__get__(owner, type(owner))


def _run(function, module, recorded, keeps, left, kind):
    if isinstance(kind, replay_calls.Replay):
        kind.run(function, module, recorded, keeps, left)
        return
    chosen = recorded[:: max(1, len(recorded) // MOST_MEASURED)][:MOST_MEASURED]
    kind.run(functools.partial(_calls, function), functools.partial(_copies, chosen))


def _copies(chosen):
    copies = []
    for data in chosen:
        try:
            copies.append(revive.loads(data))
        except Exception:
            continue
    return (copies,), {}


def _calls(function, copies):
    for args, kwargs in copies:
        try:
            answer = function(*args, **kwargs)
            if inspect.isgenerator(answer):
                for _ in answer:
                    pass
            elif inspect.iscoroutine(answer):
                answer.send(None)
        except Exception:
            continue
