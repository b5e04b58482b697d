import pandas as pd
from pandas import concat


def table(days, read):
    frame_parts = [pd.DataFrame()]
    for day in days:
        part = read(day)
        part["day"] = day
        frame_parts.append(part)
    frame = pd.concat(frame_parts, ignore_index=True) if len(frame_parts) > 1 else frame_parts[0]
    return len(frame), frame.values.tolist()


def nothing(days, read):
    frame_parts = [None]
    for day in days:
        frame_parts.append(read(day))
    frame = concat(frame_parts) if len(frame_parts) > 1 else frame_parts[0]
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
