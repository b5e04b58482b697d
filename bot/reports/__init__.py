"""Report surfaces: one file a surface, found by being here; each is a pure function of a `Report`.

A module of this room has `NAME` and `render(report) -> str`; keyword arguments beyond that have defaults. Modules whose
name begins with an underscore are shared by the surfaces. Partner: `bot/core/text.py` makes strangers' text harmless.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Protocol, cast

from bot.core.model import Report


class Surface(Protocol):
    """What a module of this room offers."""

    NAME: str

    def render(self, report: Report) -> str:
        """The report as this surface shows it."""
        ...


@cache
def surfaces() -> Mapping[str, Surface]:
    """Every surface by name."""
    names = (info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    modules = (cast(Surface, importlib.import_module(f"{__name__}.{name}")) for name in sorted(names))
    return {module.NAME: module for module in modules}
