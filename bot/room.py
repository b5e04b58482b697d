"""Makes room on the disk: what nobody has used for weeks is removed, and sooner where the disk runs short.

Everything kept this way can be had again: environments are built anew, stores of repositories are fetched anew.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

KEPT_S = 14 * 24 * 3600.0
KEPT_WHEN_SHORT_S = 24 * 3600.0
"""Longer than any job, so that nothing is removed that is in use."""
_GONE = ".gone"


def used(place: Path) -> None:
    """Note that a directory is in use; raises FileNotFoundError where it is not there."""
    os.utime(place)


def make(kept: Iterable[Path], free_bytes: int) -> None:
    """Remove those directories that nobody has used for so long; the disk is short where less than this is free.

    What vanishes meanwhile was removed by another process.
    """
    for place in kept:
        with suppress(FileNotFoundError):
            short = shutil.disk_usage(place).free < free_bytes
            unused_s = time.time() - place.stat().st_mtime
            if place.is_dir() and unused_s > (KEPT_WHEN_SHORT_S if short else KEPT_S):
                # Whole or not there, whoever looks meanwhile; what an interrupted removal left keeps its age.
                gone = place if place.suffix == _GONE else place.rename(place.with_name(place.name + _GONE))
                remove(gone)


def remove(tree: Path) -> None:
    """Remove what a job has written; Python's own way gives up on trees that are made to be too deep for it."""
    for command in (["rm", "-rf"], ["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        if os.path.lexists(tree):
            subprocess.run([*command, "--", str(tree)], check=False, capture_output=True)
