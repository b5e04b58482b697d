_UNIT_TABLE_2 = {"mm": 0.001, "cm": 0.01, "m": 1}
_UNIT_TABLE_3 = {
    "a": 1,
    "b": (2, -3),
    "c": None,
}
_UNIT_TABLE = 1


def unit(name):
    if name:
        return _UNIT_TABLE_2[name], _UNIT_TABLE
    return (lambda key: _UNIT_TABLE_3.get(key, name))(name)


CALLS = ["unit('cm')", "unit('')", "unit('x')", "unit([1])", "unit([])"]
