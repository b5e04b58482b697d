"""The environment, read here and by nobody else; only front doors ask, and each gets the secrets of its level alone.

Names are probot's where it has them: https://probot.github.io/docs/configuration. Credentials that the set-up page has
got from GitHub lie in `credentials.env` of the data directory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from platformdirs import user_cache_path, user_data_path

from bot.errors import UserError

Level = Literal["runner", "web", "worker"]
CREDENTIALS, KEY = "credentials.env", "key.env"
"""What the set-up page has got, and the publisher's part of it where web and publisher are two accounts."""
_SECRETS: Mapping[Level, frozenset[str]] = {
    "runner": frozenset(),
    "web": frozenset({"WEBHOOK_SECRET"}),
    "worker": frozenset({"APP_ID", "PRIVATE_KEY", "PRIVATE_KEY_PATH"}),
}

_RUNNERS = frozenset({
    "PERFWRIGHT_DATA", "PERFWRIGHT_HOME", "PERFWRIGHT_RUNNER", "PERFWRIGHT_SANDBOX", "PERFWRIGHT_SANDBOX_RUNTIME",
    "PERFWRIGHT_UNSANDBOXED",
})  # fmt: skip
_OTHERS = frozenset({
    "PATH", "PYTHONPATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy", "NO_PROXY",
    "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DOCKER_HOST",
    "UV_CACHE_DIR", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS",
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS",
})  # fmt: skip
_OTHERS_PREFIXES = ("UV_INDEX", "UV_PYTHON")
"""What of other programs the runner gets, and what begins as these do: where programs, packages and sandboxes are."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are kept, who else is there, and the secrets of one level."""

    home: Path
    """Environments and what was measured; may be deleted at any time, at the cost of doing it again."""
    data: Path
    """What must not be lost: the database, the queue, the credentials."""
    github_url: str = "https://github.com"
    api_url: str = "https://api.github.com"
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    redis_url: str | None = field(default=None, repr=False)
    """None: the embedded server of `perfwright up`."""
    database_url: str = field(default="", repr=False)
    app_id: str | None = None
    private_key: str | None = field(default=None, repr=False)
    webhook_secret: str | None = field(default=None, repr=False)
    runner: Path | None = None
    """Where a runner of another account waits for jobs; None: the publisher starts its own."""
    sandbox: str = "bubblewrap"
    runtime: str | None = None
    """What the driver `container` runs containers with."""
    unsandboxed: frozenset[str] = frozenset()
    """Repositories (OWNER/NAME, in small letters) whose code runs without a sandbox, but for forks."""

    @property
    def credentials(self) -> Path:
        """The file that the set-up page writes."""
        return self.data / CREDENTIALS

    @property
    def queue_url(self) -> str:
        """Where the queue is."""
        return self.redis_url or f"unix://{self.data / 'queue' / 'queue.sock'}"


def read(level: Level = "runner", environment: Mapping[str, str] | None = None) -> Settings:
    """The settings for one level; raises UserError with one line on a value that cannot be."""
    given = dict(os.environ if environment is None else environment)
    data = _path(given, "PERFWRIGHT_DATA") or user_data_path("perfwright")
    if level != "runner":
        parted = level == "worker" and (data / KEY).exists()
        given = {**_file(data / (KEY if parted else CREDENTIALS)), **given}
    known = {name: given[name] for name in _SECRETS[level] if given.get(name)}
    github_url = _url(given, "GITHUB_URL", "https://github.com")
    port = _port(given)
    return Settings(
        home=_path(given, "PERFWRIGHT_HOME") or user_cache_path("perfwright"),
        data=data,
        github_url=github_url,
        api_url=_url(given, "GITHUB_API_URL", _api(github_url)),
        public_url=_url(given, "PERFWRIGHT_URL", f"http://127.0.0.1:{port}"),
        host=given.get("HOST") or "127.0.0.1",
        port=port,
        redis_url=None if level == "runner" else given.get("REDIS_URL") or None,
        database_url="" if level == "runner" else given.get("DATABASE_URL") or f"sqlite:///{data / 'perfwright.db'}",
        app_id=known.get("APP_ID"),
        private_key=_key(known),
        webhook_secret=known.get("WEBHOOK_SECRET"),
        runner=_path(given, "PERFWRIGHT_RUNNER"),
        sandbox=given.get("PERFWRIGHT_SANDBOX") or "bubblewrap",
        runtime=given.get("PERFWRIGHT_SANDBOX_RUNTIME") or None,
        unsandboxed=_repositories(given),
    )


def _repositories(given: Mapping[str, str]) -> frozenset[str]:
    names = (given.get("PERFWRIGHT_UNSANDBOXED") or "").lower().replace(",", " ").split()
    for name in names:
        if not re.fullmatch(r"[a-z0-9._-]+/[a-z0-9._-]+", name):
            raise UserError(f"PERFWRIGHT_UNSANDBOXED holds {name!r}: give repositories as OWNER/NAME, no patterns")
    return frozenset(names)


def _path(given: Mapping[str, str], name: str) -> Path | None:
    return Path(given[name]).absolute() if given.get(name) else None


def _url(given: Mapping[str, str], name: str, default: str) -> str:
    url = (given.get(name) or default).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError(f"{name} is {url!r}: give an address such as {default}")
    return url


def _api(github_url: str) -> str:
    return "https://api.github.com" if github_url == "https://github.com" else f"{github_url}/api/v3"


def _port(given: Mapping[str, str]) -> int:
    text = given.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise UserError(f"PORT is {text!r}: give a number from 1 to 65535")
    return int(text)


def _key(known: Mapping[str, str]) -> str | None:
    if key := known.get("PRIVATE_KEY"):
        return key.replace("\\n", "\n")
    if path := known.get("PRIVATE_KEY_PATH"):
        try:
            return Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise UserError(f"PRIVATE_KEY_PATH {path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise UserError(f"PRIVATE_KEY_PATH {path} is no text: give the .pem file that GitHub has made") from None
    return None


def _file(path: Path) -> dict[str, str]:
    """NAME=VALUE a line, as `write_credentials` makes them."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    return {name: value for name, found, value in (line.partition("=") for line in lines) if found}


def environment(level: Level, given: Mapping[str, str]) -> dict[str, str]:
    """What a process of one level is started with: nothing of another level; of the rest, the runner gets a list."""
    if level == "runner":
        return {k: v for k, v in given.items() if k in _RUNNERS | _OTHERS or k.startswith(_OTHERS_PREFIXES)}
    foreign = set().union(*_SECRETS.values()) - _SECRETS[level]
    return {name: value for name, value in given.items() if name not in foreign}


def split_credentials(data: Path) -> None:
    """Take the publisher's part out of what the set-up page has written, for two accounts that share only the rest."""
    known = _file(data / CREDENTIALS)
    theirs = {name: known.pop(name) for name in _SECRETS["worker"] if name in known}
    if theirs:
        write_credentials(data / KEY, theirs)
        write_credentials(data / CREDENTIALS, known)


def write_credentials(path: Path, credentials: Mapping[str, str]) -> None:
    """Write the file that `read` finds, for its owner's eyes only, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{name}={value.strip().replace(chr(10), chr(92) + 'n')}\n" for name, value in credentials.items())
    place = path.with_suffix(".new")
    place.unlink(missing_ok=True)
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    place.rename(path)
