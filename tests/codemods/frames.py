"""Stands in for pandas where it is not installed: as much of it as the pairs and cards call.

Its partner is `tests/codemods/conftest.py`, which puts it in the place of pandas; with pandas the same tests pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class Series(list[Any]):
    def tolist(self) -> list[Any]:
        return list(self)


class DataFrame:
    def __init__(self, columns: dict[str, Iterable[Any]] | None = None) -> None:
        self.columns = {name: Series(values) for name, values in (columns or {}).items()}

    def __len__(self) -> int:
        return max(map(len, self.columns.values()), default=0)

    def __getitem__(self, name: str) -> Series:
        return self.columns[name]

    def __setitem__(self, name: str, value: object) -> None:
        self.columns[name] = Series([value] * len(self))

    def iterrows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for index, row in enumerate(self.values):
            yield index, dict(zip(self.columns, row, strict=True))

    @property
    def values(self) -> Series:
        return Series([list(row) for row in zip(*self.columns.values(), strict=True)])


def concat(frames: Iterable[DataFrame | None], ignore_index: bool = False) -> DataFrame:
    known = [frame for frame in frames if frame is not None]
    if not all(isinstance(frame, DataFrame) for frame in known):
        raise TypeError("only frames can be concatenated")
    names = dict.fromkeys(name for frame in known for name in frame.columns)
    lists = {name: [frame.columns.get(name, [None] * len(frame)) for frame in known] for name in names}
    return DataFrame({name: [value for values in parts for value in values] for name, parts in lists.items()})
