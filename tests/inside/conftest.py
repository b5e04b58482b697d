"""Suites written to a temporary directory and served natively."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import write
from tests.inside.native import Native

Serve = Callable[..., Native]


def _served(place: Path) -> Iterator[Serve]:
    running: list[Native] = []

    def start(files: Mapping[str, str], runner: str = "asv", **options: object) -> Native:
        root = place / f"root{len(running)}"
        root.mkdir()
        write(root, files)
        running.append(Native(root, runner, **options))
        return running[-1]

    yield start
    for native in running:
        native.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Write files below a root of their own and serve them; all that was started is ended."""
    yield from _served(tmp_path)


@pytest.fixture(scope="module")
def serve_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """As `serve`, for suites that several tests ask: every request starts from the same state."""
    yield from _served(tmp_path_factory.mktemp("served"))
