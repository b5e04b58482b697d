"""Containers of podman or docker, with gVisor's `runsc` where the settings name it; files are laid out as everywhere.

The image is empty: the host's `/usr` is shown read-only, as by `bot/sandbox/bubblewrap.py`, so that interpreters and
valgrind are the same. The engine sets the limits. Partner: `bot/sandbox/seccomp.py`.
"""

from __future__ import annotations

import hashlib
import io
import os
import resource
import secrets
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

from bot import sandbox
from bot.sandbox import Command, Launch, Options, seccomp
from bot.sandbox.bubblewrap import SYSTEM, environment, give, let_read, limited
from bot.sandbox.process import run

IMAGE = "perfwright-empty"
_ENGINES = ("podman", "docker")
_PASSED = ("PATH", "HOME", "XDG_RUNTIME_DIR", "DOCKER_HOST")
"""What an engine's client needs to find its images; none of it goes inside."""


@dataclass(frozen=True, slots=True)
class Container:
    """The driver."""

    options: Options
    NAME: ClassVar[str] = "container"
    CONFINES: ClassVar[bool] = True

    def problem(self) -> str | None:
        """What is missing on this machine and how to mend it, or None when the driver works."""
        engine = _engine()
        if engine is None:
            return "neither podman nor docker is installed: install one (Debian: apt-get install podman)"
        if message := _failure([engine, "version"]) or _image(engine):
            return f"{engine} does not work here: {message}"
        answer = run(self, Command(("true",), "run"))
        if answer.status == 0:
            return None
        return f"{engine} starts no container here: {(answer.errors.strip().splitlines() or ['no message'])[-1]}"

    def version(self) -> str:
        """What it starts processes with."""
        return _version(_engine() or "absent")

    def launch(self, command: Command) -> Launch:
        """The host's command line for `command`."""
        for source in command.sources:
            let_read(source)
        if os.geteuid() == 0:
            for mount in command.mounts:
                if mount.writable:
                    give(mount.source, self.options.uid)
        engine = _engine() or _ENGINES[0]
        name = f"perfwright-{secrets.token_hex(8)}"
        argv = (engine, "run", "--name", name, *arguments(engine, self.options, command), IMAGE, *_within(command))
        return Launch(argv, _environ(), limited_outside=False, end=(engine, "rm", "--force", name))


DRIVER = Container


def arguments(engine: str, options: Options, command: Command) -> tuple[str, ...]:
    """What is asked of the engine for one command."""
    limits = command.limits
    runtime = ("--runtime", options.runtime) if options.runtime else ()
    memory, shared = str(limits.memory_bytes), min(limits.disk_bytes, 64 * sandbox.MEBIBYTE)
    # podman knows no limit on the number of files; there they are bounded by the memory that they take.
    size = f"size={limits.disk_bytes}" + (f",nr_inodes={limits.disk_files}" if engine == "docker" else "")
    return (
        "--rm", "--interactive", "--pull", "never", *runtime, "--network", "none", "--read-only",
        *_user(engine, options.uid),
        "--hostname", "sandbox", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        "--security-opt", f"seccomp={_filter(options)}", *(("--read-only-tmpfs=false",) if engine == "podman" else ()),
        "--ipc", "private", "--shm-size", str(shared), "--cgroupns", "private",
        "--memory", memory, "--memory-swap", memory,
        "--pids-limit", str(limits.processes), "--oom-score-adj", "1000", "--log-driver", "none",
        "--ulimit", f"nofile={limits.open_files}:{limits.open_files}", "--ulimit", "core=0:0",
        *_processes(),
        "--tmpfs", f"/tmp:rw,exec,nosuid,nodev,mode=1777,{size}",
        "--tmpfs", f"/job:rw,exec,nosuid,nodev,mode=1777,{size}",
        *_variables(command), *_mounts(command), "--workdir", "/job", "--entrypoint", "",
    )  # fmt: skip


def _user(engine: str, uid: int) -> tuple[str, ...]:
    """Whom the job runs as: the bot's own user, who may do the least, or who owns nothing where the bot is root."""
    own = os.geteuid()
    if own and engine == "podman":
        return ("--userns", "keep-id:uid=1000,gid=1000", "--user", "1000:1000")
    return ("--user", f"{own or uid}:{os.getegid() if own else uid}")


def _filter(options: Options) -> Path:
    """Engines read the filter from a file; the engine always makes a memory cgroup."""
    data = seccomp.container(counted=True)
    path = options.state / f"filter-{hashlib.sha256(data).hexdigest()[:16]}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(f".{os.getpid()}")
        made.write_bytes(data)
        made.replace(path)
    return path


def _processes() -> tuple[str, ...]:
    """Podman asks for more than this process may have, and fails; `--pids-limit` is what bounds a job."""
    _, most = resource.getrlimit(resource.RLIMIT_NPROC)
    return () if most == resource.RLIM_INFINITY else ("--ulimit", f"nproc={min(most, 32_768)}:{min(most, 32_768)}")


def _variables(command: Command) -> Iterator[str]:
    words = iter(environment(command))
    for _, name, value in zip(words, words, words, strict=True):
        yield from ("--env", f"{name}={value}")


def _mounts(command: Command) -> Iterator[str]:
    shown = [(Path("/usr"), "/usr", False)]
    # The image has no links: what is one on the host is shown as what it leads to.
    shown += [(Path("/", name).resolve(), f"/{name}", False) for name in ("bin", "sbin", "lib", "lib32", "lib64")]
    shown += [(Path(path).resolve(), path, False) for path in SYSTEM]
    shown += [(source, f"/job/source/{number}", False) for number, source in enumerate(command.sources)]
    shown += [(mount.source, mount.target, mount.writable) for mount in command.mounts]
    for source, target, writable in shown:
        if source.exists():
            readonly = "" if writable else ",readonly"
            yield from ("--mount", f"type=bind,source={source},target={target}{readonly}")


def _within(command: Command) -> tuple[str, ...]:
    """The command, which ends with its wall limit even where nobody is left to end its container."""
    enter = f"/bin/mkdir -p /job/home {sandbox.REPOSITORY} && cd {sandbox.REPOSITORY}"
    script = f'{enter} && unset OLDPWD TERM HOSTNAME container && exec "$@"'
    lifetime = ("/usr/bin/timeout", "--signal=KILL", f"{command.limits.wall_s + 5:g}")
    return ("/bin/sh", "-c", script, "sh", *lifetime, *limited(command, processes=False))


@cache
def _engine() -> str | None:
    return next((engine for engine in _ENGINES if shutil.which(engine)), None)


@cache
def _version(engine: str) -> str:
    answer = subprocess.run([engine, "--version"], env=_environ(), capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _environ() -> dict[str, str]:
    return {name: os.environ[name] for name in _PASSED if name in os.environ}


def _failure(argv: list[str], data: bytes = b"") -> str | None:
    answer = subprocess.run(argv, env=_environ(), input=data, capture_output=True, timeout=120, check=False)
    if answer.returncode == 0:
        return None
    return (answer.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]


@cache
def _image(engine: str) -> str | None:
    """Make the empty image where it is not there yet; what goes wrong, if anything does."""
    if _failure([engine, "image", "inspect", IMAGE]) is None:
        return None
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("empty"))
    return _failure([engine, "import", "-", IMAGE], archive.getvalue())
