import pandas as pd
from pandas import concat


def table(days, read):
    frame = pd.DataFrame()
    for day in days:
        part = read(day)
        part["day"] = day
        frame = pd.concat([frame, part], ignore_index=True)
    return len(frame), frame.values.tolist()


def nothing(days, read):
    frame = None
    for day in days:
        frame = concat((frame, read(day)))
    return frame if frame is None else frame["n"].tolist()


read = lambda day: pd.DataFrame({"n": [day * 2, 7]})


CALLS = [
    "table([], read)",
    "table([1], read)",
    "table([1, 2, 3], read)",
    "table([1], int)",
    "nothing([], read)",
    "nothing([4], read)",
    "nothing([4, 5, 6], read)",
]
