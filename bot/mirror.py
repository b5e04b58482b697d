"""Bare stores of the repositories that the app works for: fetched, never checked out, no hook or filter ever runs.

Partner: `bot/git.py` reads them. Flags: git-fetch(1), git-config(1) on `fetch.fsckObjects` and `protocol`.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import urllib.parse
from collections.abc import Sequence
from pathlib import Path

from bot import room
from bot.errors import LostError, MeasureError, TransientError

LARGEST_BYTES = 2 << 30
_FREE_BYTES = 2 * LARGEST_BYTES
TIMEOUT_S = 900
MOST_PACKS = 20
_FLAGS = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "fetch.recurseSubmodules=no",
    "-c", "fetch.unpackLimit=1",
    "-c", "gc.auto=0",
    "-c", "maintenance.auto=false",
    "-c", "credential.helper=",
    "-c", "http.followRedirects=initial",
    "-c", "transfer.fsckObjects=true",
    # Old and harmless mistakes that real histories hold.
    "-c", "fetch.fsck.zeroPaddedFilemode=ignore",
    "-c", "fetch.fsck.badTimezone=ignore",
    "-c", "fetch.fsck.missingSpaceBeforeDate=ignore",
    "-c", "fetch.fsck.missingSpaceBeforeEmail=ignore",
    "-c", "protocol.allow=never",
    "-c", "protocol.https.allow=always",
)  # fmt: skip
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LASTING = re.compile(r"fsck|too large|File size limit|died of signal 25\b")
"""What git says of a history that is no good, or larger than it may be: a later fetch would say the same."""
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Mirrors:
    """All stores of this machine, a directory for each repository's id."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def store(self, repository: int) -> Path:
        """The bare store of a repository, made if it is not there."""
        store = self._place / f"{int(repository)}.git"
        if not (store / "HEAD").is_file():
            store.mkdir(mode=0o750, parents=True, exist_ok=True)
            _git(store, ("init", "--quiet", "--bare"), {})
        room.used(store)
        return store

    def fetch(self, repository: int, url: str, token: str, wanted: Sequence[str]) -> Path:
        """Bring commits (shas) or refs with their history; the token goes by the environment, never by the arguments.

        Raises MeasureError where a commit is not there (any more) and TransientError where the server is not.
        """
        store = self.store(repository)
        # A commit is kept under a name of its own, so that nothing that was fetched is ever collected.
        refs = [f"+{one}:refs/perfwright/{one}" for one in wanted if not _there(store, one)]
        if not refs:
            return store
        room.make((*self._place.glob("*.git"), *self._place.glob("*.git.gone")), _FREE_BYTES)
        host = urllib.parse.urlsplit(url)
        flags = ("-c", "protocol.http.allow=always") if host.hostname in _LOOPBACK else ()
        answer = _git(
            store,
            (*flags, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--force",
             url, *refs, "+refs/tags/*:refs/tags/*"),
            _authority(token),
        )  # fmt: skip
        if answer.returncode == 0:
            _repack(store)
            return store
        said = answer.stderr.decode(errors="replace").strip()
        last = (said.splitlines() or ["git fetch failed"])[-1]
        if "not our ref" in said or "couldn't find remote ref" in said:
            raise MeasureError("the commit is not on GitHub any more: push again")
        if lasting := next((line for line in said.splitlines() if _LASTING.search(line)), None):
            raise MeasureError(f"the repository cannot be fetched: {lasting}")
        raise TransientError(f"the repository cannot be fetched now: {last}")


def _repack(store: Path) -> None:
    """Put small packs together: each fetch leaves one, and git looks for an object in one after the other.

    Whoever reads at the same time finds the new pack when an old one is gone; nothing is collected. Where it fails,
    the packs stay as they are. See git-repack(1), `--geometric`.
    """
    if sum(1 for _ in (store / "objects/pack").glob("*.pack")) > MOST_PACKS:
        _git(store, ("repack", "-d", "--quiet", "--geometric=2"), {})


def _there(store: Path, wanted: str) -> bool:
    """Whether a commit was fetched completely: its name is written last."""
    if not _SHA.fullmatch(wanted):
        return False
    return _git(store, ("rev-parse", "--verify", "--quiet", f"refs/perfwright/{wanted}^{{commit}}"), {}).returncode == 0


def _authority(token: str) -> dict[str, str]:
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: basic {basic}",
    }


def _git(store: Path, arguments: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    command = ("prlimit", f"--fsize={LARGEST_BYTES}", "git", "-C", str(store), *_FLAGS, *arguments)
    try:
        return subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
            umask=0o027,  # whoever measures may read it through its group, and change nothing
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "LC_ALL": "C.UTF-8",
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_TERMINAL_PROMPT": "0",
                **environment,
            },
        )
    except subprocess.TimeoutExpired:
        raise LostError("git did not answer in time: tried again later") from None
