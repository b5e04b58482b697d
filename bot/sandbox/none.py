"""No sandbox: bubblewrap only lays out files; a job sees the host, its network and whatever the bot's user may see.

For a repository that its owner trusts with the machine. Everything of a job still ends with it, and limits that a
process sets for itself still hold. Partner: `bot/sandbox/bubblewrap.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from bot.sandbox import HOST_ENV, Command, Launch, Options
from bot.sandbox.bubblewrap import Bubblewrap, environment, layout, limited

_SHOWN_ANYWAY = ("proc", "dev", "tmp", "job")


@dataclass(frozen=True, slots=True)
class Unsandboxed:
    """The driver."""

    options: Options
    NAME: ClassVar[str] = "none"
    CONFINES: ClassVar[bool] = False

    def problem(self) -> str | None:
        """What is missing on this machine and how to mend it, or None when the driver works."""
        return Bubblewrap(self.options).problem()

    def version(self) -> str:
        """What it starts processes with."""
        return Bubblewrap(self.options).version()

    def launch(self, command: Command) -> Launch:
        """The host's command line for `command`."""
        argv = [
            "bwrap", "--unshare-pid", "--die-with-parent", "--new-session", "--clearenv", *environment(command),
            *_host(), "--proc", "/proc", "--dev-bind", "/dev", "/dev", "--bind", "/tmp", "/tmp",
            *layout(command, str), "--", *limited(command),
        ]  # fmt: skip
        return Launch(tuple(argv), HOST_ENV)


DRIVER = Unsandboxed


def _host() -> Iterator[str]:
    """Every directory of the host at its own place, below a root that has room for the layout of a job."""
    for entry in sorted(os.scandir("/"), key=lambda one: one.name):
        if entry.name in _SHOWN_ANYWAY:
            continue
        if entry.is_symlink():
            yield from ("--symlink", os.readlink(entry.path), entry.path)
        elif entry.is_dir():
            yield from ("--bind", entry.path, entry.path)
