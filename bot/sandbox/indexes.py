"""Which package indexes this machine is set up for, in uv's words: its variables, then its own configuration file.

pip's variables serve where uv has none. Credentials stay here: `bot/sandbox/gate.py` adds them to what it asks.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

_PYPI = "https://pypi.org/simple"


@dataclass(frozen=True, slots=True)
class Indexes:
    """Where packages come from; addresses may hold credentials."""

    default: str = _PYPI
    extra: tuple[str, ...] = ()
    """Asked before the default one."""
    find_links: tuple[str, ...] = ()
    """Pages of links, or directories of this machine."""


def indexes(environ: Mapping[str, str], home: Path) -> Indexes:
    """What the variables say, and uv's configuration below `home` and of the machine where they say nothing."""
    first = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL")
    extra = f"{environ.get('UV_INDEX', '')} {environ.get('UV_EXTRA_INDEX_URL', '')}".split()
    links = environ.get("UV_FIND_LINKS", "").replace(",", " ").split()
    if not (first or extra or links):
        place = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
        for file in (place / "uv/uv.toml", Path("/etc/uv/uv.toml")):
            if file.is_file():
                return _configured(tomllib.loads(file.read_text()), environ)
        first, extra = environ.get("PIP_INDEX_URL"), environ.get("PIP_EXTRA_INDEX_URL", "").split()
    return _made(first, extra, links, environ)


def _configured(settings: Mapping[str, Any], environ: Mapping[str, str]) -> Indexes:
    rows = settings.get("index", [])
    named = [f"{row['name']}={row['url']}" if "name" in row else row["url"] for row in rows if not row.get("default")]
    defaults = [row["url"] for row in rows if row.get("default")]
    return _made(
        (defaults or [settings.get("index-url")])[0],
        [*named, *settings.get("extra-index-url", ())],
        settings.get("find-links", ()),
        environ,
    )


def _made(first: str | None, extra: Iterable[str], links: Iterable[str], environ: Mapping[str, str]) -> Indexes:
    places = tuple(place.removeprefix("file://") for place in links)
    return Indexes(_address(first, environ) if first else _PYPI, tuple(_address(one, environ) for one in extra), places)


def _address(entry: str, environ: Mapping[str, str]) -> str:
    """An entry may have a name, and an index with a name its credentials in variables of their own."""
    name, separator, url = entry.partition("=")
    if not separator or "/" in name:
        return entry
    prefix = f"UV_INDEX_{''.join(c if c.isalnum() else '_' for c in name.upper())}"
    user, password = environ.get(f"{prefix}_USERNAME"), environ.get(f"{prefix}_PASSWORD")
    if user is None and password is None:
        return url
    parts = urlsplit(url)
    return parts._replace(netloc=f"{quote(user or '', safe='')}:{quote(password or '', safe='')}@{host(url)}").geturl()


def host(url: str) -> str:
    """The host of an address with its port, without credentials."""
    return urlsplit(url).netloc.rpartition("@")[2]


def credentials(url: str) -> tuple[str, str] | None:
    """The user and the password in an address."""
    parts = urlsplit(url)
    return None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
