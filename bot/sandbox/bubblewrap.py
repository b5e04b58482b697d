"""The default driver: bubblewrap namespaces, a filter on system calls, a read-only system, no host home, no network.

As root it first leaves root: one bubblewrap, still root's, shows what was asked for and nothing else, and a second one
runs inside of it as an account that owns nothing. The profile and its reasons: `docs/decisions/sandbox.md`. Partners:
`bot/sandbox/process.py`, `bot/sandbox/seccomp.py`.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

from bot import sandbox
from bot.sandbox import HOST_ENV, Command, Launch, Options, cgroup, seccomp
from bot.sandbox.process import run

SYSTEM = (
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/ca-certificates",
    "/etc/localtime",
)
_SHARED_BYTES = 64 * sandbox.MEBIBYTE
_STAGE = "/stage"
_STAY = '"$@"; exit $?'
"""A process that stays between root and who it becomes: without CAP_KILL, which bubblewrap gives up, root's end is no
end for others, and a job would live on when the bot is killed."""
_CAPABILITIES = ("CAP_KILL", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
_FILTER, _ARGUMENTS, _OUTER = "@filter", "@arguments", "@outer"
_FILES = {
    "@hosts": ("/etc/hosts", b"127.0.0.1 localhost sandbox\n"),
    "@nsswitch": ("/etc/nsswitch.conf", b"hosts: files dns\n"),
}
"""What tests of servers need to find themselves by name; the host's own files may name its neighbours."""
_READ_ONLY_PROC = ("sys", "irq", "bus", "fs")
_HIDDEN_PROC = ("sysrq-trigger", "kcore", "kallsyms", "keys", "key-users", "timer_list", "sched_debug", "config.gz")


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """The driver."""

    options: Options
    NAME: ClassVar[str] = "bubblewrap"
    CONFINES: ClassVar[bool] = True

    def problem(self) -> str | None:
        """What is missing on this machine and how to mend it, or None when the driver works."""
        needed = ("bwrap", "prlimit", *(("setpriv",) if os.geteuid() == 0 else ()))
        if any(shutil.which(tool, path=HOST_ENV["PATH"]) is None for tool in needed):
            return "bubblewrap is not installed: install it (Debian: apt-get install bubblewrap util-linux)"
        if not seccomp.supported():
            return f"the sandbox knows no system calls of {os.uname().machine}: use x86_64 or aarch64"
        answer = run(self, Command(("true",), "run"))
        if answer.status == 0:
            return None
        last = (answer.errors.strip().splitlines() or ["no message"])[-1]
        if "uid map" in answer.errors or "Operation not permitted" in answer.errors:
            return (
                f"bubblewrap may not make user namespaces here ({last}): allow them"
                " (Ubuntu: install the AppArmor profile bwrap-userns-restrict)"
            )
        return f"bubblewrap does not work here: {last}"

    def version(self) -> str:
        """What it starts processes with."""
        return _version()

    def launch(self, command: Command) -> Launch:
        """The host's command line for `command`."""
        counted = cgroup.groups().memory is not None
        inputs = {_FILTER: seccomp.program(counted=counted, set_id=command.phase == "run")}
        inputs |= {word: data for word, (_, data) in _FILES.items()}
        if os.geteuid() != 0:
            inputs[_ARGUMENTS] = _words(_profile(command, str))
            return Launch(_inner(command), HOST_ENV, inputs)
        staged = {path: f"{_STAGE}/{number}" for number, path in enumerate(_sources(command))}
        for source in command.sources:
            let_read(source)
        for mount in command.mounts:
            if mount.writable:
                give(mount.source, self.options.uid)
        inputs[_OUTER] = _words(_staging(command, staged))
        inputs[_ARGUMENTS] = _words(_profile(command, lambda path: staged[path]))
        leave = (
            "/bin/sh", "-c", _STAY, "sh",
            "setpriv", f"--reuid={self.options.uid}", f"--regid={self.options.uid}", "--clear-groups",
            "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--pdeathsig=KILL",
        )  # fmt: skip
        return Launch(("bwrap", "--args", _OUTER, "--", *leave, *_inner(command)), HOST_ENV, inputs)


DRIVER = Bubblewrap


@cache
def _version() -> str:
    path = shutil.which("bwrap", path=HOST_ENV["PATH"])
    if path is None:
        return "absent"
    answer = subprocess.run([path, "--version"], env=HOST_ENV, capture_output=True, text=True, check=False)
    return f"{answer.stdout.strip()} {os.stat(path).st_mtime_ns}"


def _words(argv: list[str]) -> bytes:
    # Arguments that come by descriptor are not in /proc/1/cmdline, where the job could read the host's paths.
    return "".join(f"{word}\0" for word in argv).encode()


def _profile(command: Command, place: Callable[[Path], str]) -> list[str]:
    """What is shown inside, and as what; `place` is where a host path is found by the bubblewrap that shows it."""
    disk, shared = str(command.limits.disk_bytes), str(min(command.limits.disk_bytes, _SHARED_BYTES))
    return [
        "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
        "--disable-userns", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--cap-drop", "ALL",
        "--die-with-parent", "--new-session", "--clearenv", *environment(command), *_system(),
        "--proc", "/proc", *_proc(), "--dev", "/dev",
        "--perms", "1777", "--size", shared, "--tmpfs", "/dev/shm", "--remount-ro", "/dev",
        "--perms", "1777", "--size", disk, "--tmpfs", "/tmp",
        *layout(command, place), "--remount-ro", "/",
    ]  # fmt: skip


def layout(command: Command, place: Callable[[Path], str]) -> list[str]:
    """The directory of a job, at the same place inside every driver."""
    argv = [
        "--size",
        str(command.limits.disk_bytes),
        "--tmpfs",
        "/job",
        "--dir",
        "/job/home",
        "--dir",
        sandbox.REPOSITORY,
    ]
    for number, source in enumerate(command.sources):
        argv += ["--ro-bind", place(source), f"/job/source/{number}"]
    for mount in command.mounts:
        argv += ["--bind" if mount.writable else "--ro-bind", place(mount.source), mount.target]
    return [*argv, "--chdir", sandbox.REPOSITORY]


def environment(command: Command) -> list[str]:
    """The variables of a job: nothing of the host's own."""
    values = {
        "PATH": f"{sandbox.ENVIRONMENT}/bin:{sandbox.TOOLS}:/usr/bin:/bin",
        "HOME": "/job/home",
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "USER": "sandbox",
        **command.env,
    }
    return [word for name, value in values.items() for word in ("--setenv", name, value)]


def _system() -> list[str]:
    argv = ["--ro-bind", "/usr", "/usr", "--dir", "/etc", "--dir", "/etc/ssl"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        place = Path("/") / name
        if place.is_symlink():
            argv += ["--symlink", f"usr/{name}", str(place)]
        elif place.is_dir():
            argv += ["--ro-bind", str(place), str(place)]
    for path in SYSTEM:
        argv += ["--ro-bind-try", path, path]
    return argv


def _proc() -> Iterator[str]:
    for name in _READ_ONLY_PROC:
        if Path("/proc", name).exists():
            yield from ("--ro-bind", f"/proc/{name}", f"/proc/{name}")
    for name in _HIDDEN_PROC:
        if Path("/proc", name).exists():
            yield from ("--ro-bind", "/dev/null", f"/proc/{name}")


def _inner(command: Command) -> tuple[str, ...]:
    # Before the arguments, at whose end the system is made read-only.
    files = [part for word, (path, _) in _FILES.items() for part in ("--ro-bind-data", word, path)]
    return ("bwrap", *files, "--args", _ARGUMENTS, "--seccomp", _FILTER, "--", *limited(command))


def limited(command: Command, *, processes: bool = True) -> tuple[str, ...]:
    """The command under limits of its own; processes count per user namespace only when limited inside of it."""
    limits, inside = command.limits, command.argv
    if command.sources:
        copies = [f"/bin/cp -a /job/source/{n}/. {sandbox.REPOSITORY}/" for n in range(len(command.sources))]
        inside = ("/bin/sh", "-c", f'{" && ".join(copies)} && exec "$@"', "sh", *inside)
    # By its whole path: the first place of PATH is the job's own, and a program of that name there would limit nothing.
    return (
        "/usr/bin/prlimit", *((f"--nproc={limits.processes}",) if processes else ()),
        f"--nofile={limits.open_files}", f"--fsize={limits.file_bytes}",
        f"--as={limits.address_bytes}", "--core=0", "--memlock=65536", "--msgqueue=65536", "--nice=0", "--rtprio=0",
        "--", *inside,
    )  # fmt: skip


# ---- Started as root


def _sources(command: Command) -> Iterator[Path]:
    yield from dict.fromkeys((*command.sources, *(mount.source for mount in command.mounts)))


def _staging(command: Command, staged: dict[Path, str]) -> list[str]:
    """Root's part: what the command needs, where an account that may enter nobody's home finds it."""
    writable = {mount.source for mount in command.mounts if mount.writable}
    argv = ["--die-with-parent", "--cap-drop", "ALL"]
    argv += [word for name in _CAPABILITIES for word in ("--cap-add", name)]
    argv += [*_system(), "--bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev"]
    argv += ["--dir", "/tmp", "--dir", _STAGE]
    for path, place in staged.items():
        argv += ["--bind" if path in writable else "--ro-bind", str(path), place]
    return [*argv, "--remount-ro", "/"]


def let_read(tree: Path) -> None:
    """Let others read what the bot has exported: it lies below a directory that only the bot may enter."""
    if tree.stat().st_mode & 0o005 == 0o005:
        return
    for directory, _, names, descriptor in os.fwalk(tree, topdown=False, follow_symlinks=False):
        for name in names:
            mode = os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode
            if stat.S_ISREG(mode):
                os.chmod(name, stat.S_IMODE(mode) | 0o044 | (mode & 0o100 and 0o011), dir_fd=descriptor)
        os.chmod(directory, 0o755)  # noqa: S103


def give(path: Path, uid: int) -> None:
    """Hand what a job may write to whom it runs as; links are never followed, an earlier job may have made them."""
    if path.lstat().st_uid == uid:
        return
    if path.is_dir():
        for _, directories, names, descriptor in os.fwalk(path, topdown=False, follow_symlinks=False):
            for name in (*directories, *names):
                os.chown(name, uid, uid, dir_fd=descriptor, follow_symlinks=False)
    os.chown(path, uid, uid, follow_symlinks=False)
