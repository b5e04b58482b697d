"""Suites written to a temporary directory and served natively."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import write
from tests.inside.native import Native


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Native]]:
    """Write files below a root of their own and serve them; all that was started is ended."""
    running: list[Native] = []

    def start(files: Mapping[str, str], runner: str = "asv", **options: object) -> Native:
        root = tmp_path / f"root{len(running)}"
        root.mkdir()
        write(root, files)
        running.append(Native(root, runner, **options))
        return running[-1]

    yield start
    for native in running:
        native.close()
