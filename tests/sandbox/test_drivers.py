"""What every driver must hold: nothing leaves the sandbox but what is printed, and nothing outlives it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot import sandbox
from bot.errors import UserError
from bot.sandbox import MEBIBYTE, Command, Mount, Options
from bot.sandbox.process import run
from tests.sandbox.conftest import LIMITS

TOKEN = "ghs_not-a-real-token-3f9c"


def processes_with(tag: str) -> list[int]:
    """Processes of the host with `tag` on their command line."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if tag.encode() in (place / "cmdline").read_bytes() and int(place.name) != os.getpid():
                found.append(int(place.name))
        except OSError:
            continue
    return found


def gone(tag: str) -> bool:
    deadline = time.monotonic() + 10
    while processes_with(tag):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def tag() -> str:
    return f"tag-{os.getpid()}-{time.monotonic_ns()}"


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_an_unknown_driver_is_one_line():
    with pytest.raises(UserError, match=r"no sandbox driver 'nowhere': use one of \w+") as error:
        sandbox.driver("nowhere")
    assert "\n" not in str(error.value)


def test_a_driver_with_a_problem_is_refused_and_no_weaker_one_taken(monkeypatch, driver, tmp_path):
    monkeypatch.setattr(type(driver), "problem", lambda _: "it is not installed")
    with pytest.raises(UserError, match=r"^it is not installed$"):
        sandbox.driver(driver.NAME, Options(state=tmp_path))


# ---- what can be seen


@pytest.mark.parametrize("phase", ["run", "install"])
def test_there_is_no_network(ask, listener, phase):
    assert ask("[name for _, name in socket.if_nameindex()]", phase=phase) == ["lo"]
    port = listener.getsockname()[1]
    assert "refused" in ask(f"socket.create_connection(('127.0.0.1', {port}), 5).recv(1)", phase=phase)
    assert "unreachable" in ask("socket.create_connection(('192.0.2.1', 80), 5)", phase=phase)


@pytest.mark.parametrize("phase", ["run", "install"])
def test_no_names_are_resolved(ask, phase):
    assert ask("socket.gethostbyname('localhost.localdomain.example')", phase=phase).startswith("gaierror")
    assert ask("os.path.exists('/etc/resolv.conf')", phase=phase) is False


@pytest.mark.parametrize("phase", ["run", "install"])
@pytest.mark.parametrize("name", ["'localhost'", "socket.gethostname()"], ids=["localhost", "its own name"])
def test_but_what_it_serves_itself_is_found_by_name(ask, name, phase):
    reached = f"(lambda s: socket.create_connection(({name}, s.getsockname()[1]), 5).getpeername()[0])"
    assert ask(f"{reached}(socket.create_server(('127.0.0.1', 0)))", phase=phase) == "127.0.0.1"


ENGINES_OWN = {"run", "sys", "empty", "/run", "/sys", "/etc/passwd", "/etc/hostname", "HOSTNAME", "container"}
"""What the engines of containers make up, none of it of the host."""


@pytest.mark.parametrize("phase", ["run", "install"])
def test_no_files_of_the_host_but_the_system(driver, ask, tmp_path, phase):
    (tmp_path / "secret").write_text(TOKEN)
    assert ask(f"Path({str(tmp_path / 'secret')!r}).read_text()", phase=phase).startswith("FileNotFoundError")
    known = {"bin", "dev", "etc", "job", "lib", "lib32", "lib64", "proc", "sbin", "tmp", "usr"}
    prefix = Path(os.path.realpath(sys.executable)).parts[1]
    assert set(ask("os.listdir('/')", phase=phase)) <= known | {prefix} | (
        ENGINES_OWN if driver.NAME == "container" else set()
    )
    assert ask("os.listdir(os.path.expanduser('~'))", phase=phase) == []
    assert ask("os.listdir('/tmp')", phase=phase) == []


@pytest.mark.parametrize("path", ["/etc/passwd", "/etc/shadow", "/etc/hostname", "/etc/ssl/private", "/sys", "/run"])
def test_not_among_the_files(driver, ask, path):
    if driver.NAME == "container" and path in ENGINES_OWN:
        pytest.skip("the engine makes one up")
    assert ask(f"os.path.lexists({path!r})") is False


@pytest.mark.parametrize(
    "place", ["/", "/usr", "/usr/bin", "/usr/local/lib", "/etc", "/proc/sys", "/dev", "/dev/shm/../", "/job/.."]
)
def test_the_system_is_read_only(ask, place):
    assert re.match(
        "OSError: .*Read-only|PermissionError|FileNotFoundError", ask(f"Path({place!r}, 'x').write_text('x')")
    )


@pytest.mark.parametrize(
    "setting",
    ["kernel/core_pattern", "kernel/hostname", "vm/drop_caches", "kernel/modprobe", "fs/binfmt_misc/register"],
)
@pytest.mark.parametrize("phase", ["run", "install"])
def test_settings_of_the_kernel_cannot_be_written(ask, setting, phase):
    path = f"/proc/sys/{setting}"
    assert re.search(
        "Read-only|Permission denied|No such file", str(ask(f"os.open({path!r}, os.O_WRONLY)", phase=phase))
    )


def test_only_its_own_processes_are_seen(ask, tag):
    with subprocess.Popen(["sleep", "60"], env={"TAG": tag}) as other:
        try:
            assert ask("os.getpid()") < 10
            pids = ask("[int(name) for name in os.listdir('/proc') if name.isdigit()]")
            assert len(pids) < 10
            assert ask(f"os.kill({other.pid}, 0)").startswith("ProcessLookupError")
        finally:
            other.kill()


@pytest.mark.parametrize("phase", ["run", "install"])
def test_the_environment_of_the_host_does_not_leak(driver, ask, monkeypatch, phase):
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("LD_PRELOAD_HINT", TOKEN)
    assert set(ask("dict(os.environ)", phase=phase)) - (ENGINES_OWN if driver.NAME == "container" else set()) <= {
        "HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "PWD", "TMPDIR", "TZ", "USER",
    }  # fmt: skip
    everywhere = "[str(p) for p in Path('/proc').glob('[0-9]*/environ') if sys.argv[1].encode() in p.read_bytes()]"
    assert ask(everywhere, TOKEN[4:-1], phase=phase) == []


def test_what_the_command_sets_is_there(ask):
    assert ask("os.environ['CHOSEN'] + os.environ['TZ']", env={"CHOSEN": "a b", "TZ": "Asia/Tokyo"}) == "a bAsia/Tokyo"


def test_open_files_of_the_host_are_not_inherited(ask, tmp_path):
    (tmp_path / "secret").write_text(TOKEN)
    with (tmp_path / "secret").open() as secret:
        os.set_inheritable(secret.fileno(), True)
        targets = ask("[os.readlink('/proc/self/fd/' + name) for name in os.listdir('/proc/self/fd') if int(name) > 2"
                      " and os.path.lexists('/proc/self/fd/' + name)]")  # fmt: skip
    assert targets == []


def test_standard_input_is_empty(ask, inside):
    assert ask("sys.stdin.read()") == ""


def test_it_has_no_privileges(ask):
    status = dict(line.split(":\t", 1) for line in ask("Path('/proc/self/status').read_text()").splitlines())
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"].strip() == "1"
    assert ask("os.getuid()") != 0


def test_names_are_its_own(ask):
    assert ask("socket.gethostname()") != socket.gethostname()


# ---- files that it is given


def test_sources_are_copied_over_each_other_and_stay_as_they_are(ask, tmp_path):
    for name, files in {"first": {"a": "1", "b": "1"}, "second": {"b": "2", "c": "2"}}.items():
        (tmp_path / name).mkdir()
        for path, text in files.items():
            (tmp_path / name / path).write_text(text)
    sources = (tmp_path / "first", tmp_path / "second")
    write = "[Path(n).write_text('changed') for n in ('a', 'new')]"
    read = "{p.name: p.read_text() for p in sorted(Path().iterdir())}"
    assert ask(read, sources=sources) == {"a": "1", "b": "2", "c": "2"}
    assert ask(f"[{write}, {read}][1]", sources=sources)["a"] == "changed"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "b", "c", "first", "second"]
    assert (tmp_path / "first/a").read_text() == "1"


@pytest.mark.parametrize(
    "hide",
    [
        pytest.param("f = open('/job/open/x', 'wb')", id="in the open"),
        pytest.param("f = open('/job/open/x', 'wb'); os.unlink('/job/open/x')", id="a file without a name"),
        pytest.param(
            "os.mkdir('/job/open/d'); f = open('/job/open/d/x', 'wb'); os.chmod('/job/open/d', 0)",
            id="where nobody may look",
        ),
    ],
)
def test_what_is_written_to_the_disk_is_bounded_wherever_it_is_hidden(driver, inside, tmp_path, hide):
    if driver.NAME == "container" and "unlink" in hide:
        pytest.skip("no process of the bot's is the parent of a container's: the disk keeps its last 256 MiB")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    write = "import os, time\n" + hide + "\n"
    write += "for _ in range(48): f.write(bytes(1 << 20))\nf.flush()\ntime.sleep(15)\n"
    limits = replace(LIMITS, disk_bytes=16 * MEBIBYTE, file_bytes=512 * MEBIBYTE)
    finished = inside(write, mounts=(Mount(tmp_path / "open", "/job/open", writable=True),), limits=limits)
    assert finished.stopped is not None
    assert "wrote more than 16 MiB" in finished.stopped


def test_mounts_are_read_only_unless_they_are_said_to_be_writable(ask, tmp_path):
    for name in ("open", "shut"):
        (tmp_path / name).mkdir()
    mounts = (Mount(tmp_path / "open", "/job/open", writable=True), Mount(tmp_path / "shut", "/job/shut"))
    answer = ask("Path('/job/open/x').write_text('1'), Path('/job/shut/x').write_text('1')", mounts=mounts)
    assert "Read-only" in answer
    assert (tmp_path / "open/x").read_text() == "1"
    assert not (tmp_path / "shut/x").exists()


def test_the_working_directory_is_the_repository_and_private(ask):
    assert ask("os.getcwd()") == sandbox.REPOSITORY
    assert ask("Path('left').write_text('x')") == 1
    assert ask("os.listdir()") == []


# ---- limits


def test_the_wall_limit_ends_everything(inside, tag):
    code = """
import os, signal, sys, time
for sent in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(sent, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
print("began", flush=True)
time.sleep(600)
"""
    finished = inside(code, tag, limits=replace(LIMITS, wall_s=4))
    assert finished.stopped == "did not end within 4 s"
    assert finished.output == "began\n"
    assert gone(tag)


def test_the_wall_limit_holds_when_output_was_closed(inside, tag):
    code = "import os, time\nos.close(1); os.close(2); time.sleep(600)"
    assert inside(code, tag, limits=replace(LIMITS, wall_s=0.7)).stopped == "did not end within 0.7 s"
    assert gone(tag)


def test_a_daemon_ends_with_the_command_and_holds_nothing_up(inside, tag):
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
print("done")
"""
    finished = inside(code, tag)
    assert (finished.status, finished.output, finished.stopped) == (0, "done\n", None)
    assert gone(tag)


def test_endless_output_is_stopped(inside, tag):
    finished = inside("import os\nwhile True: os.write(1, b'x' * 65536)", tag)
    assert finished.stopped == f"printed more than {MEBIBYTE} bytes"
    assert len(finished.output) < 2 * MEBIBYTE
    assert gone(tag)


def test_output_up_to_the_limit_is_whole(inside):
    finished = inside(f"import sys\nsys.stdout.write('x' * {MEBIBYTE})")
    assert finished.stopped is None
    assert len(finished.output) == MEBIBYTE


def test_of_endless_errors_the_end_is_kept(inside):
    finished = inside("import sys\nfor _ in range(100): sys.stderr.write('x' * 65536)\nsys.stderr.write('the end')")
    assert finished.stopped is None
    assert len(finished.errors) <= 65536
    assert finished.errors.endswith("the end")


def test_output_that_is_no_text_is_kept(inside):
    assert inside("import os\nos.write(1, b'\\xff\\x00ok')").output == "\N{REPLACEMENT CHARACTER}\x00ok"


def test_the_number_of_processes_is_bounded(inside):
    code = """
import os, time
made = 0
try:
    for _ in range(200):
        if os.fork() == 0:
            time.sleep(600)
        made += 1
except OSError:
    pass
print(made)
"""
    assert int(inside(code).output) <= LIMITS.processes


FILL = """
import os, sys
written = 0
try:
    for number in range(20):
        with open(os.path.join(sys.argv[1], str(number)), "wb", buffering=0) as file:
            for _ in range(4):
                written += file.write(bytes(1048576))
except OSError:
    pass
print(written)
"""


@pytest.mark.parametrize("place", [".", "/tmp", "/job/home", "/job", "/dev/shm"])
def test_the_disk_is_bounded(inside, place):
    assert 0 <= int(inside(FILL, place).output) <= 64 * MEBIBYTE


def test_a_file_is_bounded(inside):
    code = (
        "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nwith open('x', 'wb') as f: f.write(bytes(2**24))"
    )
    finished = inside(code)
    assert finished.status != 0
    assert "File too large" in finished.errors


def test_the_address_space_is_bounded(inside):
    assert "MemoryError" in inside(f"bytearray({4096 * MEBIBYTE})").errors


def test_open_files_are_bounded(ask):
    assert "Too many open files" in ask("[open('/dev/null') for _ in range(500)]")


def test_no_core_is_left(inside):
    finished = inside("import os\nos.abort()")
    assert finished.status not in (0, None)


@pytest.mark.parametrize("status", [0, 1, 77])
def test_the_exit_status_is_passed_on(inside, status):
    assert inside(f"raise SystemExit({status})").status == status


def test_a_command_that_is_not_there_fails(driver):
    assert run(driver, Command(("no-such-program",), "run", limits=LIMITS)).status != 0


def test_ending_the_driver_ends_everything(start, tag):
    process = start("import os, time\nos.fork()\nprint('began', flush=True)\ntime.sleep(600)", tag)
    assert process.receive(20) == b"began"
    assert processes_with(tag)
    process.kill()
    assert gone(tag)


BOT = """
import sys, time
from bot import sandbox
from bot.sandbox.process import Process
from tests.sandbox.conftest import python
process = Process(sandbox.drivers()["bubblewrap"], python(sys.argv[1], sys.argv[2]))
print(process.receive(20).decode(), flush=True)
time.sleep(600)
"""


def test_killing_the_bot_ends_everything(driver, tag):
    if driver.NAME == "container":
        pytest.skip("no process of the bot's is the parent of a container's: it ends with its wall limit")
    job = (
        "import os, time\nos.fork()\nos.setsid() if os.getpid() > 2 else 0\nprint('began', flush=True)\ntime.sleep(600)"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", BOT, job, tag], stdout=subprocess.PIPE, cwd=root) as bot:
        assert bot.stdout.readline() == b"began\n"
        assert len(processes_with(tag)) > 1
        bot.kill()
    assert gone(tag)
