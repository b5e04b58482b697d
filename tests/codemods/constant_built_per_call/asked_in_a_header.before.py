class Sizes:
    def small(self, name): return {"a": 1, "b": 2, "c": 3}[name]

    def at_most(self, name):
        if not name:
            return None
        elif {
            "x": 4,
            "y": 5,
            "z": 6,
        }.get(name):
            return 1
        for number in {"x": (1, 2), "y": (), "z": (3,)}[name]:
            return number


CALLS = ["Sizes().small('b')", "Sizes().at_most('x')", "Sizes().at_most('')", "Sizes().at_most('q')"]
