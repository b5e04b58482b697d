import enum


class Kind(str, enum.Enum):
    A = "x"


class Level(enum.StrEnum):
    """Levels."""

    LOW = "low"
    HIGH = "high"

    def louder(self):
        return self.HIGH
X = 1


def levels(text):
    if text == (Level.LOW.value):
        return Level.HIGH.value + Level.LOW.value, Kind.A.value, Level.LOW.name
    return [word for word in text if word == Level.HIGH.value]


CALLS = ["levels('low')", "levels(['high', 'low'])", "levels('')"]
