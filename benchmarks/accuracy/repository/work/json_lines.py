"""Writes and reads JSON."""

import json

UNITS = 200
RECORD = {"id": 17, "name": "a name of some length", "tags": ["red"], "sizes": [1.5, 2.25]}


def _copied(record):
    return json.loads(json.dumps(record))


def run():
    for _ in range(UNITS):
        last = _copied(RECORD)
    return len(last["tags"])
