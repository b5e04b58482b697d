"""The default driver: bubblewrap namespaces, a read-only system, no host home, and no network in the run phase.

Profile after `docs/security.md`. Partner: `bot/sandbox/process.py`.
"""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

from bot import sandbox
from bot.sandbox import Command, Launch

NAME = "bubblewrap"
_HOST_ENV = {"PATH": "/usr/bin:/bin"}
_SYSTEM = (
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/ca-certificates",
    "/etc/localtime",
)
_NETWORK = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf")


@cache
def problem() -> str | None:
    """What is missing on this machine and how to mend it, or None when the driver works."""
    for tool in ("bwrap", "prlimit"):
        if shutil.which(tool) is None:
            return "bubblewrap is not installed: install it (Debian: apt-get install bubblewrap util-linux)"
    trial = launch(Command(("true",), "run"))
    answer = subprocess.run(trial.argv, env=trial.env, capture_output=True, text=True, check=False, timeout=60)
    if answer.returncode == 0:
        return None
    lines = answer.stderr.strip().splitlines() or ["no message"]
    if "uid map" in answer.stderr or "Operation not permitted" in answer.stderr:
        return (
            f"bubblewrap may not make user namespaces here ({lines[-1]}): allow them"
            " (Ubuntu: install the AppArmor profile bwrap-userns-restrict)"
        )
    return f"bubblewrap does not work here: {lines[-1]}"


def launch(command: Command) -> Launch:
    """The host's command line for `command`."""
    limits = command.limits
    argv = [
        "bwrap", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
        "--disable-userns", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--cap-drop", "ALL",
        "--die-with-parent", "--new-session", "--clearenv", *_environment(command), *_system(command.phase),
        "--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev",
        "--perms", "1777", "--size", str(64 * sandbox.MEBIBYTE), "--tmpfs", "/dev/shm", "--remount-ro", "/dev",
        "--perms", "1777", "--size", str(limits.disk_bytes), "--tmpfs", "/tmp",
        "--size", str(limits.disk_bytes), "--tmpfs", "/job",
    ]  # fmt: skip
    if command.phase == "run":
        argv.append("--unshare-net")
    argv += ["--dir", "/job/home", "--dir", sandbox.REPOSITORY]
    inside = list(command.argv)
    if command.sources:
        copies = []
        for number, source in enumerate(command.sources):
            argv += ["--ro-bind", str(source), f"/job/source/{number}"]
            copies.append(f"cp -a /job/source/{number}/. {sandbox.REPOSITORY}/")
        inside = ["/bin/sh", "-c", f'{" && ".join(copies)} && exec "$@"', "sh", *inside]
    for mount in command.mounts:
        argv += ["--bind" if mount.writable else "--ro-bind", str(mount.source), mount.target]
    # Limits on processes count per user namespace only when they are set inside of it.
    limited = [
        "prlimit", f"--nproc={limits.processes}", f"--nofile={limits.open_files}", f"--fsize={limits.file_bytes}",
        f"--as={limits.address_bytes}", "--core=0", "--",
    ]  # fmt: skip
    argv += ["--chdir", sandbox.REPOSITORY, "--remount-ro", "/", "--", *limited, *inside]
    return Launch(tuple(argv), _HOST_ENV)


def _environment(command: Command) -> list[str]:
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


def _system(phase: str) -> list[str]:
    argv = ["--ro-bind", "/usr", "/usr", "--dir", "/etc"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        place = Path("/") / name
        if place.is_symlink():
            argv += ["--symlink", f"usr/{name}", str(place)]
        elif place.is_dir():
            argv += ["--ro-bind", str(place), str(place)]
    for path in (*_SYSTEM, *(_NETWORK if phase == "install" else ())):
        argv += ["--ro-bind-try", path, path]
    return argv
