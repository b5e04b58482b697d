"""The filter, run here by a small machine for classic BPF: what it answers to a call, on each kind of processor."""

from __future__ import annotations

import errno
import json
import struct

import pytest

from bot.sandbox import seccomp

ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32 = 0x40000000


def run(program: bytes, audit: int, number: int, *arguments: int) -> int:
    """What the filter returns."""
    padded = [value & 0xFFFFFFFFFFFFFFFF for value in (*arguments, *[0] * 6)][:6]
    data = struct.pack("=iIQ6Q", number, audit, 0, *padded)
    instructions = list(struct.iter_unpack("=HBBI", program))
    at = accumulator = 0
    while True:
        code, true, false, value = instructions[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif code == 0x54:
            accumulator &= value
        elif code == 0x05:
            at += value
        elif code == 0x15:
            at += true if accumulator == value else false
        elif code == 0x35:
            at += true if accumulator >= value else false
        else:
            assert code == 0x06
            return value


@pytest.fixture(params=["x86_64", "aarch64"])
def ask(request):
    """What a call by name is answered: None when it is allowed, else the error."""
    machine = request.param

    def ask(name: str, *arguments: int, counted: bool = True, set_id: bool = False) -> int | None:
        number = seccomp._MACHINES[machine].numbers.get(name)
        if number is None:
            pytest.skip(f"{machine} has no {name}")
        program = seccomp.program(counted=counted, set_id=set_id, machine=machine)
        answer = run(program, AUDIT[machine], number, *arguments)
        return None if answer == ALLOW else answer - REFUSE

    return ask


@pytest.mark.parametrize("name", seccomp._FORBIDDEN)
def test_forbidden(ask, name):
    assert ask(name) == errno.EPERM


@pytest.mark.parametrize("name", ["io_uring_setup", "userfaultfd", "clone3", "openat2"])
def test_answered_as_by_an_older_kernel(ask, name):
    assert ask(name) == errno.ENOSYS


@pytest.mark.parametrize("name", ["memfd_create", "shmget"])
def test_memory_that_nothing_counts(ask, name):
    assert ask(name, counted=False) == errno.ENOSYS
    assert ask(name) is None


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        pytest.param("clone", [17], None, id="a process"),
        pytest.param("clone", [0x3D0F00], None, id="a thread"),
        pytest.param("clone", [0x10000000 | 17], errno.EPERM, id="a user namespace"),
        pytest.param("clone", [1 << 32 | 0x10000000 | 17], errno.EPERM, id="a user namespace, behind a bit too many"),
        pytest.param("ioctl", [0, 0x5401], None, id="asking a terminal"),
        pytest.param("ioctl", [0, 0x5412], errno.EPERM, id="typing into a terminal"),
        pytest.param("ioctl", [0, 1 << 32 | 0x5412], errno.EPERM, id="typing, behind a bit too many"),
        pytest.param("ioctl", [0, 0x541C], errno.EPERM, id="pasting into a terminal"),
        pytest.param("socket", [1, 1, 0], None, id="unix"),
        pytest.param("socket", [2, 1, 0], None, id="inet"),
        pytest.param("socket", [10, 1, 0], None, id="inet6"),
        pytest.param("socket", [16, 3, 0], None, id="netlink route"),
        pytest.param("socket", [16, 3, 9], errno.EPROTONOSUPPORT, id="netlink audit"),
        pytest.param("socket", [40, 1, 0], errno.EAFNOSUPPORT, id="vsock"),
        pytest.param("socket", [1 << 32 | 40, 1, 0], errno.EAFNOSUPPORT, id="vsock, behind a bit too many"),
        pytest.param("socketpair", [1, 1, 0], None, id="a pair"),
        pytest.param("mknodat", [-100, 0, 0o010600], None, id="a pipe"),
        pytest.param("mknodat", [-100, 0, 0o060600], errno.EPERM, id="a block device"),
        pytest.param("mknodat", [-100, 0, 0o020600], errno.EPERM, id="a character device"),
        pytest.param("fchmodat", [-100, 0, 0o755], None, id="chmod"),
        pytest.param("fchmodat", [-100, 0, 0o4755], errno.EPERM, id="chmod with set-uid"),
        pytest.param("fchmod", [3, 0o2755], errno.EPERM, id="chmod with set-gid"),
        pytest.param("openat", [-100, 0, 0o101, 0o4755], errno.EPERM, id="creating with set-uid"),
        pytest.param("openat", [-100, 0, 0o101, 0o644], None, id="creating"),
        pytest.param("openat", [-100, 0, 0o200000, 0o4755], None, id="opening a directory, the mode being anything"),
        pytest.param("openat", [-100, 0, 0o20200000, 0o4755], errno.EPERM, id="a nameless file with set-uid"),
    ],
)
def test_by_its_arguments(ask, name, arguments, answer):
    assert ask(name, *arguments) == answer


def test_set_id_may_be_allowed_and_devices_are_not(ask):
    assert ask("fchmodat", -100, 0, 0o4755, set_id=True) is None
    assert ask("mknodat", -100, 0, 0o060600, set_id=True) == errno.EPERM


@pytest.mark.parametrize("machine", AUDIT)
@pytest.mark.parametrize("number", [0, 1, 9, 35, 60, 96, 202, 231, 262])
def test_ordinary_calls_are_allowed(machine, number):
    if number in seccomp._MACHINES[machine].numbers.values():
        pytest.skip("it is one of those that are not")
    assert run(seccomp.program(counted=False, machine=machine), AUDIT[machine], number) == ALLOW


@pytest.mark.parametrize("number", [X32, X32 | 250, X32 | 520, 463, 500, 0x7FFFFFFF, -1])
def test_calls_that_nobody_has_judged_do_not_exist(number):
    assert run(seccomp.program(counted=True, machine="x86_64"), AUDIT["x86_64"], number) == REFUSE | errno.ENOSYS


@pytest.mark.parametrize("machine", AUDIT)
@pytest.mark.parametrize("audit", [0x40000003, 0x40000028, 0])
def test_calls_of_another_architecture_kill(machine, audit):
    assert run(seccomp.program(counted=True, machine=machine), audit, 4) == KILL


@pytest.mark.parametrize("machine", AUDIT)
def test_it_is_small_enough_for_the_kernel(machine):
    assert len(seccomp.program(counted=False, machine=machine)) <= 8 * 4096


def test_containers_are_told_the_same():
    rows = json.loads(seccomp.container(counted=True, machine="x86_64"))["syscalls"]
    assert {row["names"][0] for row in rows} == set(seccomp._rules(counted=True, set_id=False))
    assert {"index": 0, "value": 0x10000000, "valueTwo": 0x10000000, "op": "SCMP_CMP_MASKED_EQ"} in [
        condition for row in rows if row["names"] == ["clone"] for condition in row["args"]
    ]
