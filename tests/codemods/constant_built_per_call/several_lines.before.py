"""Colours."""


class Palette:
    def names(self, key, other):
        codes = {
            "red": 1,
            "green": (2, -1),
            "blue": None,  # none yet
        }
        order = ["a", "b", "c", "d"]
        return [codes.get(key), key in codes, len(codes), [k for k, v in codes.items() if v]], order[other], order.index("c")


CALLS = ["Palette().names('red', 0)", "Palette().names('x', 9)", "Palette().names([], 0)"]
