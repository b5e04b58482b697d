"""The environment, read here and by nobody else; only front doors ask."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path


@dataclass(frozen=True, slots=True)
class Settings:
    """Where Perfwright keeps things."""

    home: Path
    """Environments and what was measured; may be deleted at any time, at the cost of doing it again."""


def read() -> Settings:
    """Settings from the environment: `PERFWRIGHT_HOME`."""
    home = os.environ.get("PERFWRIGHT_HOME")
    return Settings(Path(home).absolute() if home else user_cache_path("perfwright"))
