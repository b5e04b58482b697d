class Settings:
    wanted = ("a", "b")

    def __init__(self, values):
        self.values = values

    def chosen(self):
        return {name: value for name, value in self.values.items() if name in self.wanted}


def both(first, wanted):
    few = {key: value for (key, value) in first.items() if key in wanted}
    if len(few) > 1 or not {k: v for k, v in first.items() if k in few}:
        return sorted(few)
    return few


CALLS = [
    "Settings({'a': 1, 'c': 2}).chosen()", "Settings({}).chosen()", "both({}, [])", "both({1: 2, 3: 4}, [3, 5])",
    "both({1: 2, 3: 4}, {1, 3})", "both({1: 2}, {1: 0})",
]
