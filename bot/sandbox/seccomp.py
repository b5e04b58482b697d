"""The filter on system calls of a sandboxed process, assembled here as classic BPF; no library is needed for it.

It allows by default and denies what opens more of the kernel than a benchmark needs: other people's programs must run.
Partner: `bot/sandbox/bubblewrap.py` and `bot/sandbox/container.py` hand it to what starts the process.
"""

from __future__ import annotations

import errno
import json
import platform
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_LOAD, _AND, _RETURN, _EQUAL, _AT_LEAST, _JUMP = 0x20, 0x54, 0x06, 0x15, 0x35, 0x05
_ALL_BITS = 0xFFFFFFFF
_Instruction = tuple[int, int, int, int]
_NEWEST = 463
"""From this number on nothing exists inside: a call that this file has not judged is answered ENOSYS."""


@dataclass(frozen=True, slots=True)
class _Machine:
    audit: int
    container: str
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Where:
    """Holds where the low half of an argument, as the kernel reads an int, has these bits; those above hide nothing."""

    argument: int
    mask: int
    value: int


@dataclass(frozen=True, slots=True)
class _Denial:
    """What a call is answered where all of its conditions hold."""

    errno: int
    where: tuple[_Where, ...] = ()


_SHARED = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "clone3": 435, "openat2": 437, "pidfd_getfd": 438,
    "mount_setattr": 442, "quotactl_fd": 443, "memfd_secret": 447, "fchmodat2": 452, "statmount": 457,
    "listmount": 458,
}  # fmt: skip
_MACHINES = {
    "x86_64": _Machine(0xC000003E, "SCMP_ARCH_X86_64", {
        **_SHARED,
        "open": 2, "ioctl": 16, "shmget": 29, "socket": 41, "socketpair": 53, "clone": 56, "semget": 64, "msgget": 68,
        "creat": 85, "chmod": 90, "fchmod": 91, "ptrace": 101, "syslog": 103, "mknod": 133, "uselib": 134,
        "vhangup": 153, "pivot_root": 155, "chroot": 161, "acct": 163, "settimeofday": 164,
        "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168, "reboot": 169, "iopl": 172, "ioperm": 173,
        "init_module": 175, "delete_module": 176, "quotactl": 179, "lookup_dcookie": 212, "clock_settime": 227,
        "mq_open": 240, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250, "migrate_pages": 256,
        "openat": 257, "mknodat": 259, "fchmodat": 268, "unshare": 272, "move_pages": 279, "perf_event_open": 298,
        "fanotify_init": 300, "name_to_handle_at": 303, "open_by_handle_at": 304, "clock_adjtime": 305, "setns": 308,
        "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313, "memfd_create": 319,
        "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
    }),
    "aarch64": _Machine(0xC00000B7, "SCMP_ARCH_AARCH64", {
        **_SHARED,
        "lookup_dcookie": 18, "ioctl": 29, "mknodat": 33, "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51,
        "fchmod": 52, "fchmodat": 53, "openat": 56, "vhangup": 58, "quotactl": 60, "acct": 89,
        "unshare": 97, "kexec_load": 104, "init_module": 105, "delete_module": 106, "clock_settime": 112,
        "syslog": 116, "ptrace": 117, "reboot": 142, "settimeofday": 170, "mq_open": 180, "msgget": 186, "semget": 190,
        "shmget": 194, "socket": 198, "socketpair": 199, "add_key": 217, "request_key": 218, "keyctl": 219,
        "clone": 220, "swapon": 224, "swapoff": 225, "migrate_pages": 238, "move_pages": 239, "perf_event_open": 241,
        "fanotify_init": 262, "name_to_handle_at": 264, "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268,
        "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "memfd_create": 279,
        "bpf": 280, "userfaultfd": 282, "kexec_file_load": 294,
    }),
}  # fmt: skip

_FORBIDDEN = (
    "add_key", "request_key", "keyctl", "bpf", "perf_event_open", "ptrace", "process_vm_readv", "process_vm_writev",
    "pidfd_getfd", "kcmp", "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "statmount", "listmount", "unshare", "setns", "name_to_handle_at",
    "open_by_handle_at", "fanotify_init", "init_module", "finit_module", "delete_module", "kexec_load",
    "kexec_file_load", "reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "settimeofday",
    "clock_settime", "clock_adjtime", "migrate_pages", "move_pages", "syslog", "vhangup", "iopl", "ioperm", "uselib",
    "lookup_dcookie",
)  # fmt: skip
_ABSENT = ("io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "clone3", "openat2", "memfd_secret")
"""Answered as by an older kernel, so that libraries take the older way; clone3 and openat2 hide flags from a filter."""
_UNCOUNTED = ("memfd_create", "shmget", "semget", "msgget", "mq_open")
"""Memory that no limit of a process counts: only where a memory cgroup counts it is it allowed."""

_NAMESPACES = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET."""
_SET_ID = (0o4000, 0o2000)
_FILE_TYPE, _CHARACTER, _BLOCK = 0o170000, 0o020000, 0o060000
_CREATES = (0o100, 0o20000000)  # O_CREAT, and the bit of O_TMPFILE that it does not share with O_DIRECTORY
_TERMINAL = (0x5412, 0x541C, 0x5423)  # TIOCSTI, TIOCLINUX and TIOCSETD: they type into, paste into or change a terminal
_FAMILIES = (1, 2, 10, 16)  # unix, inet, inet6 and netlink
_LAST_FAMILY, _NETLINK, _LAST_PROTOCOL = 63, 16, 31


def _bits(argument: int, mask: int) -> _Where:
    return _Where(argument, mask, mask)


def _set_id(argument: int, *others: _Where) -> list[_Denial]:
    return [_Denial(errno.EPERM, (*others, _bits(argument, bit))) for bit in _SET_ID]


def _opened(flags: int, mode: int) -> list[_Denial]:
    """The mode is an argument only where a file is made."""
    return [denial for bit in _CREATES for denial in _set_id(mode, _bits(flags, bit))]


def _devices(mode: int) -> list[_Denial]:
    """Pipes and sockets may be made (valgrind makes pipes), devices not."""
    return [_Denial(errno.EPERM, (_Where(mode, _FILE_TYPE, kind),)) for kind in (_CHARACTER, _BLOCK)]


def _families() -> list[_Denial]:
    """Those that leave no sandbox; of netlink the routes, which C libraries ask for the addresses of a machine."""
    other = [family for family in range(_LAST_FAMILY + 1) if family not in _FAMILIES]
    routed = _Where(0, _ALL_BITS, _NETLINK)
    return [
        *(_Denial(errno.EAFNOSUPPORT, (_Where(0, _ALL_BITS, family),)) for family in other),
        *(_Denial(errno.EPROTONOSUPPORT, (routed, _Where(2, _ALL_BITS, n))) for n in range(1, _LAST_PROTOCOL + 1)),
    ]


def _rules(*, counted: bool, set_id: bool) -> dict[str, list[_Denial]]:
    """What is denied, by the name of the call; everything else is allowed."""
    absent = _ABSENT if counted else _ABSENT + _UNCOUNTED
    rules = {name: [_Denial(errno.EPERM)] for name in _FORBIDDEN}
    rules |= {name: [_Denial(errno.ENOSYS)] for name in absent}
    rules |= {
        "clone": [_Denial(errno.EPERM, (_bits(0, bit),)) for bit in _NAMESPACES],
        "ioctl": [_Denial(errno.EPERM, (_Where(1, _ALL_BITS, request),)) for request in _TERMINAL],
        "socket": _families(),
        "socketpair": _families(),
        "mknod": _devices(1),
        "mknodat": _devices(2),
    }
    if not set_id:
        rules |= {"chmod": _set_id(1), "fchmod": _set_id(1), "fchmodat": _set_id(2), "fchmodat2": _set_id(2)}
        rules |= {"creat": _set_id(1), "open": _opened(1, 2), "openat": _opened(2, 3)}
        rules["mknod"], rules["mknodat"] = [*_devices(1), *_set_id(1)], [*_devices(2), *_set_id(2)]
    return rules


def supported() -> bool:
    """Is there a table for this machine's kind of processor?"""
    return platform.machine() in _MACHINES


@cache
def program(*, counted: bool, set_id: bool = False, machine: str | None = None) -> bytes:
    """The filter as the kernel takes it.

    `counted` says that a memory cgroup counts what processes share; `set_id` that files with set-id bits may be made,
    which is harmless where no file of the host can be written.
    """
    kind = _MACHINES[machine or platform.machine()]
    made = [_load(_ARCHITECTURE), (_EQUAL, 1, 0, kind.audit), (_RETURN, 0, 0, _KILL), _load(_NUMBER)]
    made += [(_AT_LEAST, 0, 1, _NEWEST), _refuse(errno.ENOSYS)]  # the calls of x32 are among them
    for name, denials in _rules(counted=counted, set_id=set_id).items():
        if name in kind.numbers:
            body = [instruction for denial in denials for instruction in _compiled(denial)]
            # A call that is not this one jumps over its conditions; a jump that depends reaches 255 instructions.
            made += [(_EQUAL, 1, 0, kind.numbers[name]), (_JUMP, 0, 0, len(body) + 1), *body, (_RETURN, 0, 0, _ALLOW)]
    made.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in made)


def _load(offset: int) -> _Instruction:
    return (_LOAD, 0, 0, offset)


def _refuse(number: int) -> _Instruction:
    return (_RETURN, 0, 0, _ERRNO | number)


def _compiled(denial: _Denial) -> Iterator[_Instruction]:
    """Three instructions a condition, which lead to the next denial where it does not hold; then the answer."""
    left = 3 * len(denial.where)
    for one in denial.where:
        left -= 3
        yield from (
            _load(_ARGUMENTS + 8 * one.argument),
            (_AND, 0, 0, one.mask),
            (_EQUAL, 0, left + 1, one.value),
        )
    yield _refuse(denial.errno)


@cache
def container(*, counted: bool, set_id: bool = False, machine: str | None = None) -> bytes:
    """The same filter as podman and docker take it: https://github.com/opencontainers/runtime-spec (linux.seccomp)."""
    kind = _MACHINES[machine or platform.machine()]
    rows = [
        {
            "names": [name],
            "action": "SCMP_ACT_ERRNO",
            "errnoRet": denial.errno,
            "args": [
                {"index": one.argument, "value": one.mask, "valueTwo": one.value, "op": "SCMP_CMP_MASKED_EQ"}
                for one in denial.where
            ],
        }
        for name, denials in _rules(counted=counted, set_id=set_id).items()
        if name in kind.numbers
        for denial in denials
    ]
    return json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "architectures": [kind.container], "syscalls": rows}).encode()
