"""Who each level runs as: started as root, a process takes the account of its level and never gets root back.

An account may not enter every directory that root may. What a level needs behind such a door is shown to it at its own
place, in a view of the file system that is this process's alone; nothing else behind the door is. Partners: front doors
call `enter` first; `bot/settings.py` says which secrets a level gets.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import bot
from bot import settings
from bot.errors import UserError
from bot.sandbox import cgroup
from bot.settings import Level

_ACCOUNTS: Mapping[Level, tuple[str, int]] = {
    "web": ("perfwright-web", 59_914),
    "worker": ("perfwright", 59_915),
    "runner": ("perfwright-runner", 59_916),
}
"""By name where the machine has such an account, else by a number that has to be nobody's."""
_GROUPS: Mapping[Level, tuple[Level, ...]] = {"web": ("worker",), "worker": ("runner",), "runner": ()}
"""Whose files each may use beside its own: web the database and the queue, the publisher the runner's socket."""
_NEW_MOUNTS, _NEW_USERS = 0x20000, 0x10000000
_READ_ONLY, _NO_PROGRAMS_OF_RANK, _BIND, _PRIVATE = 0x1, 0x2 | 0x4, 0x1000 | 0x4000, 0x40000 | 0x4000
"""MS_RDONLY; MS_NOSUID and MS_NODEV; MS_BIND and MS_PRIVATE with all that is mounted below."""
_SET_PARENT_SIGNAL, _GET_PARENT_SIGNAL = 1, 2
_SET_DUMPABLE, _SET_NO_NEW_PRIVILEGES = 4, 38


@dataclass(frozen=True, slots=True)
class Account:
    """A user and its group."""

    uid: int
    gid: int


def account(level: Level) -> Account:
    """Whom a level belongs to."""
    name, number = _ACCOUNTS[level]
    try:
        known = pwd.getpwnam(name)
    except KeyError:
        return Account(number, number)
    return Account(known.pw_uid, known.pw_gid)


@dataclass(frozen=True, slots=True)
class Places:
    """The directories of a server."""

    data: Path
    home: Path

    def of(self, level: Level) -> Path:
        """What a level keeps for itself, where each has an account of its own."""
        return self.home / {"worker": "publisher"}.get(level, level)

    @property
    def socket(self) -> Path:
        """Where the runner waits for jobs."""
        return self.of("runner") / "runner.sock"

    def prepare(self) -> None:
        """Make them for the accounts of the levels: the runner may read git stores, and of the data nothing."""
        web, worker, runner = account("web"), account("worker"), account("runner")
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(self.home.stat().st_mode | 0o011)
        for place, owner, group, mode in (
            (self.data, worker, worker, 0o3770),
            (self.data / "queue", worker, worker, 0o750),
            (self.of("web"), web, web, 0o700),
            (self.of("worker"), worker, worker, 0o711),
            (self.of("worker") / "mirrors", worker, runner, 0o2750),
            (self.of("runner"), runner, worker, 0o2750),
        ):
            place.mkdir(parents=True, exist_ok=True)
            _own(place, owner.uid, group.gid, mode)
        settings.split_credentials(self.data)
        _own(self.data / settings.CREDENTIALS, web.uid, web.gid, 0o600)
        _own(self.data / settings.KEY, worker.uid, worker.gid, 0o600)
        for name in ("perfwright.db", "perfwright.db-wal", "perfwright.db-shm"):
            _own(self.data / name, worker.uid, worker.gid, 0o660)


def _own(place: Path, uid: int, gid: int, mode: int) -> None:
    """Give what is there; a link that an account has put there is never followed."""
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    if os.fstat(descriptor).st_nlink == 1 or place.is_dir():
        os.fchown(descriptor, uid, gid)
        os.fchmod(descriptor, mode)
    os.close(descriptor)


def enter(level: Level, places: Places) -> None:
    """Become who the level is, where this process is root; where it is not, keep others of its account out of it."""
    if os.geteuid() == 0:
        places.prepare()
        _keep_secrets(level)
        os.environ["PERFWRIGHT_DATA"] = str(places.data)
        os.environ["PERFWRIGHT_HOME"] = str(places.of(level))
        if level == "runner":
            cgroup.delegate(account(level).uid)
            os.environ["UV_CACHE_DIR"] = str(places.of(level) / "uv")  # uv looks for interpreters with a cache
        _show(account(level), (*_code(), places.data, places.home, *(_found() if level == "runner" else ())))
        _become(level)
    if level != "runner":
        shield()


def _keep_secrets(level: Level) -> None:
    """The secrets of this level, read while root can; those of the others are not handed on."""
    if level == "worker" and (key := settings.read("worker").private_key):
        os.environ.pop("PRIVATE_KEY_PATH", None)
        os.environ["PRIVATE_KEY"] = key.replace("\n", "\\n")
    for name in os.environ.keys() - settings.environment(level, os.environ).keys():
        del os.environ[name]


def shield() -> None:
    """Let no other process of this account look into this one: its variables and its memory hold secrets."""
    ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def end_with_parent() -> None:
    """For a process that has just been forked: it gets a word when its parent ends, however that ends."""
    ctypes.CDLL(None).prctl(_SET_PARENT_SIGNAL, signal.SIGTERM)


def _become(level: Level) -> None:
    own, libc, parent_signal = account(level), ctypes.CDLL(None), ctypes.c_int()
    libc.prctl(_GET_PARENT_SIGNAL, ctypes.byref(parent_signal))
    os.setgroups([account(other).gid for other in _GROUPS[level]])
    os.setresgid(own.gid, own.gid, own.gid)
    os.setresuid(own.uid, own.uid, own.uid)
    libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    libc.prctl(_SET_PARENT_SIGNAL, parent_signal)  # the kernel forgets it with the account
    os.umask(0o007 if level != "runner" else 0o077)


# ---- A runner of the publisher's own account


def blind(hidden: Path) -> None:
    """Cover a directory for this process and all that it starts: whoever gets out of a sandbox is still kept from it.

    Where no user namespace may be made, neither can a sandbox be, and nothing is lost.
    """
    own, root = (os.getuid(), os.getgid()), os.geteuid() == 0
    namespaces = _NEW_MOUNTS if root else _NEW_MOUNTS | _NEW_USERS
    if not hidden.is_dir() or ctypes.CDLL(None, use_errno=True).unshare(namespaces) != 0:
        return
    ids = {"setgroups": "deny", "uid_map": f"{own[0]} {own[0]} 1", "gid_map": f"{own[1]} {own[1]} 1"}
    for file, text in () if root else ids.items():
        Path("/proc/self", file).write_text(text)
    _mount("none", Path("/"), "none", _PRIVATE)
    _mount("tmpfs", hidden, "tmpfs", _NO_PROGRAMS_OF_RANK | _READ_ONLY, "mode=755,size=4k")


# ---- What lies behind a door that only root may open


def _code() -> Iterator[Path]:
    yield from (Path(sys.base_prefix), Path(sys.prefix), Path(bot.__file__).parents[1])
    executable = Path(sys.executable)
    while executable.is_symlink():  # an environment's leads to an interpreter, now and then by way of other names
        executable = executable.parent / executable.readlink()
        yield executable.parent.parent


def _found() -> Iterator[Path]:
    """Interpreters and the addresses of indexes of who starts the server, for the runner."""
    home = Path.home()
    yield from sorted(home.glob(".pyenv/versions/*"))
    for name in (".local/share/uv/python", ".config/uv", ".config/pip"):
        if (home / name).is_dir():
            yield home / name


def _show(own: Account, needed: Iterable[Path]) -> None:
    """Cover each door that the account may not open, and show behind it what it needs."""
    doors: dict[Path, list[Path]] = {}
    for place in dict.fromkeys(one for path in needed for one in (path.absolute(), path.resolve())):
        door = next((one for one in reversed(place.parents) if not _opens(one, own)), None)
        if door is not None:
            doors.setdefault(door, []).append(place)
    if not doors:
        return
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_MOUNTS) != 0:
        raise UserError(
            f"the account {own.uid} may not enter {next(iter(doors))}: let it (chmod o+x), put program and data"
            " elsewhere, or start as an ordinary user"
        )
    _mount("none", Path("/"), "none", _PRIVATE)
    for door, places in doors.items():
        kept = {place: os.open(place, os.O_PATH) for place in places}
        _mount("tmpfs", door, "tmpfs", _NO_PROGRAMS_OF_RANK, "mode=755,size=1m")
        for place, descriptor in sorted(kept.items()):
            place.mkdir(parents=True, exist_ok=True)
            _mount(f"/proc/self/fd/{descriptor}", place, "none", _BIND)
            os.close(descriptor)


def _opens(door: Path, own: Account) -> bool:
    known = door.stat()
    return bool(known.st_mode & 0o001) or (known.st_uid == own.uid and bool(known.st_mode & 0o100))


def _mount(source: str, target: Path, kind: str, flags: int, data: str = "") -> None:
    words = (os.fsencode(one) for one in (source, target, kind))
    if ctypes.CDLL(None, use_errno=True).mount(*words, flags, data.encode()) != 0:
        raise UserError(f"{target} cannot be covered or shown: {os.strerror(ctypes.get_errno())}")


def prefix(level: Level) -> tuple[str, ...]:
    """What stands before a command that root starts for a level, so that it runs as its account."""
    return (sys.executable, "-m", "bot.accounts", level) if os.geteuid() == 0 else ()


def blinded(hidden: Path, *argv: str) -> tuple[str, ...]:
    """A command for this account that a directory is hidden from."""
    return (sys.executable, "-m", "bot.accounts", "-", str(hidden), *argv)


def _main(level: str, *argv: str) -> None:
    if level == "-":
        blind(Path(argv[0]))
        argv = argv[1:]
    else:
        known = settings.read("runner")
        enter(cast(Level, level), Places(known.data, known.home))
    os.execvp(argv[0], argv)  # noqa: S606  # what was needed to cover and to show is gone with this


if __name__ == "__main__":
    try:
        _main(*sys.argv[1:])
    except UserError as error:
        sys.exit(f"perfwright: {error}")
