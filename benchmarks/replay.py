"""How long replaying 10,000 recorded calls takes: `python -m benchmarks.replay`.

One process of the harness, as in a sandbox; the aim is below 10 s for a replay. Both versions are replayed by processes
of their own, and the version before twice.
"""

from __future__ import annotations

import base64
import json
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bot

CALLS = 10_000
WORK = """
SEEN = {}
TABLE = {n: [str(n)] for n in range(5000)}


def index(rows, key, *, fold=False, limit=None):
    found = {}
    for number, row in enumerate(rows):
        name = row[key].lower() if fold else row[key]
        found.setdefault(name, []).append(number)
        if limit is not None and len(found) >= limit:
            break
    SEEN[key] = len(found)
    return found
"""


def recording() -> dict:
    calls = []
    for number in range(CALLS):
        rows = [{"name": f"row {number} {n}", "size": n * 1.5, "tags": ("a", n)} for n in range(number % 20 + 1)]
        calls.append([0, base64.b64encode(pickle.dumps(((rows, "name"), {"fold": number % 2 == 0}), 4)).decode()])
    return {"calls": calls, "modules": [[0, "work"]], "path": []}


def main() -> None:
    inside = Path(bot.__file__).parent / "inside"
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "root"
        root.mkdir()
        (root / "work.py").write_text(WORK)
        (root / "recording.json").write_text(json.dumps(recording()))
        options = {"recording": "recording.json", "watched": '[["work.py", 6]]', "names": '[["index", ""]]'}
        options |= {"caches": "[]", "unseen": "[]", "shared": "{}"}
        spec = {"runner": "recorded", "root": str(root), "scratch": place, "paths": [], "options": options}
        process = subprocess.Popen(
            [sys.executable, str(inside / "serve.py"), json.dumps({**spec, "instrument": "none"})],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PYTHONHASHSEED": "0"},
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        print(process.stdout.readline().decode().strip())
        for varied in (False, True):
            request = {
                "op": "replay",
                "benchmark": "index",
                "variables": ["SEEN", "TABLE"],
                "constants": [1],
                "changing": [],
                "late_s": 2.0,
            }
            began = time.monotonic()
            process.stdin.write(json.dumps({**request, "varied": varied, "timeout_s": 300}).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            what = "variations" if varied else "recorded calls"
            print(f"{len(answer['digests']):,} {what} replayed in {time.monotonic() - began:.1f} s")
        process.stdin.close()
        process.wait()


if __name__ == "__main__":
    main()
