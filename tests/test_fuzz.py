"""Every parser of what strangers send, fed with samples that were damaged at random: an answer, or one line of error.

`make test` gives each parser 300 inputs; `FUZZ=10` makes it 3,000. Bytes come from samples that are valid, since most
of what is only random is refused by the first look.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

import rules
from bot import running
from bot.core import card, slash
from bot.core.config import parse_config
from bot.core.diff import parse_diff
from bot.core.requirements import install_plan
from bot.errors import MeasureError, UserError
from bot.handlers import events, handle
from bot.harness import Count, Cover, Harness, Listing, Profile, Reach, Ready, Turn, TurnsReady
from bot.stages.testing import Outcomes
from tests.fakes import FakeProcess
from tests.handlers.test_handlers import BASE, pull

INPUTS = 300 * int(os.environ.get("FUZZ", "1"))
fuzz = settings(
    max_examples=INPUTS, deadline=None, database=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)  # fmt: skip
TOKENS = [
    b"", b"\x00", b"\xff\xfe", b"\n", b"\r\n", b"\t", b'"', b"'", b"\\", b"[", b"]", b"{", b"}", b":", b",", b"-", b"#",
    b"&a ", b"*a", b"!!python/object:os.system ", b"<<: ", b"null", b"true", b"NaN", b"Infinity", b"-1", b"1e999",
    b"9" * 400, b"[" * 3000, b'{"a":' * 3000, b"\xe2\x80\xae", b"\xed\xa0\x80", b"\x1b]0;x\x07", b"../../",
    b"/etc/passwd", b"%s%n", b"@@ -1 +1 @@", b"diff --git a/x b/x\n", b"--- a/x\n+++ b/x\n", b"/perf ", b"```",
    b"\xef\xbb\xbf", b"A" * 5000,
]  # fmt: skip
EDIT = st.tuples(st.integers(0, 10**6), st.integers(0, 40), st.one_of(st.sampled_from(TOKENS), st.binary(max_size=12)))


def damaged(*samples: bytes) -> st.SearchStrategy[bytes]:
    """Samples with some pieces cut out and others put in."""

    def damage(sample: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
        for at, length, piece in edits:
            place = at % (len(sample) + 1)
            sample = sample[:place] + piece + sample[place + length :]
        return sample

    return st.builds(damage, st.sampled_from(samples), st.lists(EDIT, max_size=6))


def held(act: Callable[[], object], *errors: type[Exception]) -> object:
    """What it answers, or None; an error is of a kind that is expected, in one line that is not too long."""
    try:
        return act()
    except errors as error:
        message = str(error)
        assert message
        assert "\n" not in message
        assert len(message) < 5000
        return None


BODIES = [json.dumps(body).encode() for body in (
    pull(), {**BASE, "action": "created", "comment": {"id": 1, "body": "/perf bench"}, "issue": {"number": 1}},
    {**BASE, "ref": "refs/heads/main", "after": "a" * 40, "before": "b" * 40, "commits": []},
    {**BASE, "action": "rerequested", "check_run": {"id": 1, "external_id": "x", "head_sha": "a" * 40, "name": "n"}},
)]  # fmt: skip


@fuzz
@given(st.sampled_from(events()), damaged(*BODIES))
def test_the_body_of_a_webhook(event, body):
    held(lambda: handle(event, body, "id"), UserError)


@fuzz
@given(damaged(b"/perf bench tests/*\n", b"text\n```\n/perf accept `why`\n```\n> /perf fix\n/perf explain `a b` \n"))
def test_a_comment_with_slash_commands(body):
    for words in slash.parse(body.decode("utf-8", "replace")):
        assert words.word
        assert "\n" not in words.word


CONFIGURATION = b"""install: uv pip install -e .
python: "3.12"
env: {A: "1"}
benchmarks:
  - runner: pytest
    paths: [benchmarks/]
threshold: 1%
thresholds: {"slow*": 5%}
budget: 10m
rules: {ignore: [x], unsafe: false}
sweep: {schedule: "0 3 * * *", open-pull-requests: 3}
forks: approve
"""


@fuzz
@given(damaged(CONFIGURATION))
@example(b"a: &a [x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n")
@example(b"install: !!python/object/apply:os.system [id]\n")
@example(b"[" * 100_000)
def test_the_configuration(text):
    held(lambda: parse_config(text.decode("utf-8", "replace")), UserError)


CLAIMS = {
    Listing: b'{"benchmarks": ["a", "b"], "errors": [{"path": "p", "message": "m"}]}',
    Ready: b'{"single": 1, "batch": 2, "ready": true}',
    Count: b'{"instructions": 12345, "calls": 1}',
    Turn: b'{"cpu_ns": 12.5, "wall_ns": 13}',
    Reach: b'{"reached": [0, 1]}',
    Cover: b'{"reached": [["a.py", 1], ["b.py", 7]]}',
    TurnsReady: b'{"loops": 12, "prepared": false, "ready": true}',
    Profile: b'{"costs": [["a.py", 1, 2, 3, 4], ["", 0, 1, 1, 1]], "lines": [["a.py", 3, 9]]}',
    Outcomes: b'{"outcomes": {"t": "passed"}, "errors": [], "status": 0}',
}  # fmt: skip


@fuzz
@given(st.sampled_from(list(CLAIMS)).flatmap(lambda kind: st.tuples(st.just(kind), damaged(CLAIMS[kind]))))
def test_the_claims_of_a_sandbox(claim):
    kind, line = claim
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        assert isinstance(msgspec.json.decode(line, type=kind), kind)


@fuzz
@given(damaged(CLAIMS[Listing]), damaged(CLAIMS[Count], CLAIMS[Profile], CLAIMS[Reach], CLAIMS[TurnsReady]))
def test_a_whole_talk_with_a_harness(listing, answer):
    def talk() -> None:
        harness = Harness(lambda: FakeProcess(*listing.split(b"\n"), *answer.split(b"\n")), "none")
        harness.count("a", 1)
        harness.profile("a", [("a.py", 1)], 1)
        harness.reach("a", [("a.py", 1)], 1)
        harness.begin_turns("a", 1, 1)

    held(talk, MeasureError)


@fuzz
@given(
    damaged(
        b'{"progress": "plan"}', b'{"error": {"message": "m", "detail": "d", "kind": "UserError"}}', b'{"report": {}}'
    )
)
def test_the_output_of_a_runner(line):
    held(lambda: running._parsed(line), MeasureError)


DIFF = b"""diff --git a/pkg/a.py b/pkg/b.py
similarity index 90%
rename from pkg/a.py
rename to pkg/b.py
index 1..2 100644
--- a/pkg/a.py
+++ b/pkg/b.py
@@ -3,2 +3 @@ def f():
-x = 1
-y = 2
+z = 3
diff --git a/data.bin b/data.bin
index 1..2 100644
Binary files a/data.bin and b/data.bin differ
diff --git "a/\\303\\251.py" "b/\\303\\251.py"
deleted file mode 100644
index 1..0
--- "a/\\303\\251.py"
+++ /dev/null
@@ -1 +0,0 @@
-x
\\ No newline at end of file
"""


@fuzz
@given(damaged(DIFF))
def test_a_diff(text):
    held(lambda: parse_diff(text.decode("utf-8", "surrogateescape")), UserError)


@fuzz
@given(damaged(*(rules.load(name).encode() for name in rules.names()[:4])))
def test_a_card(text):
    held(lambda: card.parse(text.decode("utf-8", "replace")), ValueError)


DATA = Path(__file__).parent / "core/data"
DECLARATIONS = {
    "pyproject.toml": (DATA / "simpy-4.1.1/pyproject.toml.txt").read_bytes(),
    "tox.ini": (DATA / "attrs-25.4.0/tox.ini").read_bytes()[:3000],
    "setup.py": (DATA / "fastjsonschema-2.21.2/setup.py.txt").read_bytes(),
    "setup.cfg": (DATA / "aiohttp-3.13.2/setup.cfg").read_bytes(),
    "requirements.txt": (DATA / "aiohttp-3.13.2/requirements/runtime-deps.txt").read_bytes(),
}


@fuzz
@given(st.sampled_from(list(DECLARATIONS)).flatmap(lambda name: st.tuples(st.just(name), damaged(DECLARATIONS[name]))))
def test_the_declarations_of_a_repository(declaration):
    name, text = declaration
    files = {name: text.decode("utf-8", "replace")}
    imports, packages = frozenset({"numpy"}), ("pytest",)
    plan = held(lambda: install_plan(files, imports=imports, runner_packages=packages), UserError)
    assert plan is None or all("\n" not in word and "\0" not in word for line in plan.argv("python") for word in line)
