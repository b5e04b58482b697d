"""The one fake of each edge."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bot.counter import Reading
from bot.errors import MeasureError


class FakeProcess:
    """A sandboxed process that answers with the given lines and then ends; keeps what it was sent."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)
        self.sent: list[dict[str, object]] = []
        self.closed = False
        self.readings: list[Reading] = []
        self.errors = "the end of standard error"

    def answer(self, answers: Iterable[bytes]) -> None:
        """More to say."""
        self._answers += answers

    def send(self, line: bytes) -> None:
        self.sent.append(msgspec.json.decode(line))

    def receive(self, timeout_s: float) -> bytes:
        if not self._answers:
            raise MeasureError("the sandboxed process ended", detail=self.errors)
        return self._answers.pop(0)

    def reading(self) -> Reading | None:
        return self.readings.pop(0) if self.readings else None

    def close(self) -> None:
        self.closed = True
