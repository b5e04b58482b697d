_SMALL_TABLE = {"a": 1, "b": 2, "c": 3}
_AT_MOST_TABLE = {
    "x": 4,
    "y": 5,
    "z": 6,
}
_AT_MOST_TABLE_2 = {"x": (1, 2), "y": (), "z": (3,)}


class Sizes:
    def small(self, name): return _SMALL_TABLE[name]

    def at_most(self, name):
        if not name:
            return None
        elif _AT_MOST_TABLE.get(name):
            return 1
        for number in _AT_MOST_TABLE_2[name]:
            return number


CALLS = ["Sizes().small('b')", "Sizes().at_most('x')", "Sizes().at_most('')", "Sizes().at_most('q')"]
