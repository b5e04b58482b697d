import enum


class Kind(str, enum.Enum):
    A = "x"


class Level(enum.StrEnum):
    """Levels."""

    LOW = "low"
    HIGH = "high"

    def louder(self):
        return self.HIGH

_LEVEL_LOW = Level.LOW.value
_LEVEL_HIGH = Level.HIGH.value
X = 1


def levels(text):
    if text == (_LEVEL_LOW):
        return _LEVEL_HIGH + _LEVEL_LOW, Kind.A.value, Level.LOW.name
    return [word for word in text if word == _LEVEL_HIGH]


CALLS = ["levels('low')", "levels(['high', 'low'])", "levels('')"]
