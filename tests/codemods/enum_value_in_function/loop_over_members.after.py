import enum


class Coding(enum.Enum):
    PLAIN = "plain"
    SMALL = "gzip"

_CODING_VALUES = {one.value: one for one in Coding}


def coding(accepted):
    for value, one in _CODING_VALUES.items():
        if value in accepted:
            return one
    return [each_value for each_value, each in _CODING_VALUES.items() if each is not accepted]


CALLS = ["coding('').__len__()", "coding('gzip, plain').name", "coding('xgzip').name", "coding([])"]
