"""Gives the pairs a pandas: the one that is installed, else one with as much of it as they call."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.codemods import frames


@pytest.fixture(scope="session", autouse=True)
def pandas() -> Iterator[None]:
    if find_spec("pandas") is not None:
        yield
        return
    sys.modules["pandas"] = frames
    yield
    del sys.modules["pandas"]
