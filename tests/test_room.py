"""Room on the disk: what nobody uses goes, at once or not at all."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from bot import room

FREE = 1 << 33


@pytest.fixture
def kept(tmp_path) -> Path:
    place = tmp_path / "kept"
    (place / "inner").mkdir(parents=True)
    return place


def unused_for(place: Path, seconds: float) -> None:
    os.utime(place, (time.time() - seconds,) * 2)


@pytest.mark.parametrize(
    ("free_bytes", "unused_s", "stays"),
    [
        pytest.param(FREE, room.KEPT_S + 60, False, id="unused for weeks"),
        pytest.param(FREE, room.KEPT_S - 60, True, id="unused for less"),
        pytest.param(FREE - 1, room.KEPT_WHEN_SHORT_S + 60, False, id="unused for a day, and the disk is short"),
        pytest.param(FREE - 1, room.KEPT_WHEN_SHORT_S - 60, True, id="used today"),
    ],
)
def test_what_nobody_uses_is_removed(kept, monkeypatch, free_bytes, unused_s, stays):
    usage = shutil.disk_usage(kept)._replace(free=free_bytes)
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: usage)
    unused_for(kept, unused_s)
    room.make([kept], FREE)
    assert list(kept.parent.iterdir()) == ([kept] if stays else [])


def test_what_is_used_is_kept(kept):
    unused_for(kept, 2 * room.KEPT_S)
    room.used(kept)
    room.make([kept], 0)
    assert kept.is_dir()


def test_what_is_not_there_cannot_be_used(tmp_path):
    with pytest.raises(FileNotFoundError):
        room.used(tmp_path / "nothing")


def test_what_an_interrupted_removal_has_left_goes_with_the_next(tmp_path, monkeypatch, kept):
    unused_for(kept, 2 * room.KEPT_S)
    monkeypatch.setattr(room, "remove", lambda _: None)
    room.make([kept], 0)
    monkeypatch.undo()
    (left,) = tmp_path.iterdir()
    assert left != kept, "whoever looks meanwhile finds it whole or not at all"
    room.make([left, tmp_path / "was-never-there"], 0)
    assert not list(tmp_path.iterdir())
