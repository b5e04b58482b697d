import enum


class Coding(enum.Enum):
    PLAIN = "plain"
    SMALL = "gzip"


def coding(accepted):
    for one in Coding:
        if one.value in accepted:
            return one
    return [each.value for each in Coding if each is not accepted]


CALLS = ["coding('').__len__()", "coding('gzip, plain').name", "coding('xgzip').name", "coding([])"]
