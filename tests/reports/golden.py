"""Texts that people read, kept as files beside the tests: review their changes like prose.

`PERFWRIGHT_GOLDENS=write pytest tests/reports` writes them anew.
"""

from __future__ import annotations

import os
from pathlib import Path

PLACE = Path(__file__).parent / "data"


def check(name: str, shown: str, place: Path = PLACE) -> None:
    file = place / name
    if os.environ.get("PERFWRIGHT_GOLDENS") == "write":
        place.mkdir(exist_ok=True)
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")
