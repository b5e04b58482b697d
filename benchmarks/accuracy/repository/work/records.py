"""Allocates small objects."""

from dataclasses import dataclass

UNITS = 200


@dataclass
class Point:
    """A place with a name."""

    x: float
    y: float
    name: str

    def moved(self, by):
        return Point(self.x + by, self.y - by, self.name)


def _path(length):
    point, path = Point(0.0, 0.0, "start"), []
    for _ in range(length):
        point = point.moved(0.5)
        path.append(point)
    return path


def run():
    for _ in range(UNITS):
        path = _path(18)
    return len(path)
