_UNIT_TABLE = 1


def unit(name):
    if name:
        return {"mm": 0.001, "cm": 0.01, "m": 1}[name], _UNIT_TABLE
    return (lambda key: {
        "a": 1,
        "b": (2, -3),
        "c": None,
    }.get(key, name))(name)


CALLS = ["unit('cm')", "unit('')", "unit('x')", "unit([1])", "unit([])"]
