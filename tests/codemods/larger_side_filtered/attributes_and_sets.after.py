class Settings:
    wanted = ("a", "b")

    def __init__(self, values):
        self.values = values

    def chosen(self):
        return {name: self.values[name] for name in self.wanted if name in self.values}


def both(first, wanted):
    few = {key: first[key] for key in wanted if key in first}
    if len(few) > 1 or not {k: first[k] for k in few if k in first}:
        return sorted(few)
    return few


CALLS = [
    "Settings({'a': 1, 'c': 2}).chosen()", "Settings({}).chosen()", "both({}, [])", "both({1: 2, 3: 4}, [3, 5])",
    "both({1: 2, 3: 4}, {1, 3})", "both({1: 2}, {1: 0})",
]
