"""Builds strings."""

UNITS = 200
NAMES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")


def _row(names):
    parts = [f"{name.upper():>10}|{number:04d}" for number, name in enumerate(names)]
    return ";".join(parts).replace("|", " = ")


def run():
    for _ in range(UNITS):
        row = _row(NAMES)
    return len(row)
