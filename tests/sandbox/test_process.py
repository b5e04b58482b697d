"""Lines to and from a sandboxed process: whatever it does, the bot gets a line or one MeasureError, in time."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from bot.errors import MeasureError
from tests.sandbox.conftest import LIMITS
from tests.sandbox.test_drivers import gone, tag

__all__ = ["tag"]
ECHO = "import sys\nfor line in sys.stdin: sys.stdout.write(line); sys.stdout.flush()"
HANG = "import time\ntime.sleep(600)"


def refused(attempt) -> str:
    with pytest.raises(MeasureError) as error:
        attempt()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_lines_go_in_and_come_out(start):
    process = start(ECHO)
    for line in (b"one", b"", b"x" * 200_000):
        process.send(line)
        assert process.receive(20) == line


def test_lines_that_come_together_are_taken_apart(start):
    process = start("print('one\\ntwo\\nthree')")
    assert [process.receive(20) for _ in range(3)] == [b"one", b"two", b"three"]


def test_a_line_in_pieces_is_put_together(start):
    code = "import os, time\nfor piece in (b'o', b'n', b'e\\ntw', b'o\\n'): os.write(1, piece); time.sleep(0.02)"
    process = start(code)
    assert [process.receive(20) for _ in range(2)] == [b"one", b"two"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param("", "ended with status 0 in the middle", id="ending at once"),
        pytest.param("print('half', end='')", "ended with status 0 in the middle", id="ending in half a line"),
        pytest.param("raise SystemExit(7)", "ended with status 7 in the middle", id="failing"),
        pytest.param("import os\nos.kill(os.getpid(), 9)", "ended with status 137 in the middle", id="being killed"),
        pytest.param(HANG, "did not answer in time", id="saying nothing"),
        pytest.param(f"print('half', end='', flush=True)\n{HANG}", "did not answer in time", id="saying half a line"),
        pytest.param(f"import os\nos.close(1)\n{HANG}", "did not answer in time", id="closing its output"),
        pytest.param("print('x' * (9 * 2**20))", "printed a line of over 8 MiB", id="a line that is too long"),
        pytest.param("while True: print('x' * 2**20, end='')", "printed a line of over 8 MiB", id="a line without end"),
    ],
)
def test_what_is_no_answer_is_one_line_and_the_end(start, tag, code, message):
    process = start(code, tag)
    timeout_s = 1 if "in time" in message else 20
    assert message in refused(lambda: process.receive(timeout_s))
    assert gone(tag)
    refused(lambda: process.receive(timeout_s))
    refused(lambda: process.send(b"more"))


def test_the_end_of_its_errors_comes_along(start):
    process = start("import sys\nsys.exit('what went wrong')")
    with pytest.raises(MeasureError) as error:
        process.receive(20)
    assert error.value.detail == "what went wrong\n"


def test_the_wall_limit_holds_however_long_the_bot_would_wait(start):
    process = start(HANG, limits=replace(LIMITS, wall_s=0.5))
    assert "did not answer in time" in refused(lambda: process.receive(600))


def test_lines_that_nobody_reads_do_not_hold_the_bot_up(start):
    process = start(HANG, limits=replace(LIMITS, wall_s=0.7))
    assert "did not" in refused(lambda: process.send(b"x" * 2**20))


def test_sending_to_what_has_ended_is_refused(start):
    process = start("")
    process._popen.wait(20)
    refused(lambda: [process.send(b"x" * 100_000) for _ in range(10)])


def test_closing_leaves_nothing_and_may_be_done_twice(start, tag):
    process = start(f"import os\nos.fork()\nos.setsid() if os.getppid() != 1 else 0\nprint(1, flush=True)\n{HANG}", tag)
    process.receive(20)
    process.close()
    process.close()
    process.kill()
    assert gone(tag)


def test_leaving_the_context_leaves_nothing(start, tag):
    with pytest.raises(KeyboardInterrupt), start(HANG, tag):
        raise KeyboardInterrupt
    assert gone(tag)


def test_killed_from_another_thread_it_tells_whoever_waits(start):
    process = start(HANG)
    threading.Timer(0.2, process.kill).start()
    assert "ended with status" in refused(lambda: process.receive(60))
