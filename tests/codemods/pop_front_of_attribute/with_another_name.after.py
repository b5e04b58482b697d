from collections import deque


class Splits:
    __slots__ = ("_at", "_done")

    def __init__(self):
        self._at: deque[int] | None = None
        self._done = 0

    def begin(self):
        if self._at is None:
            self._at = deque()

    def add(self, place):
        self._at.append(place)
        return self._at[-1] if self._at else 0

    def skip(self, place):
        places = self._at
        while places and places[0] < place:
            places.popleft()
        return len(self._at)


def run(places, place):
    splits = Splits()
    splits.begin()
    return [splits.add(item) for item in places], splits.skip(place)


CALLS = ["run([], 1)", "run([1, 2, 5], 3)"]
