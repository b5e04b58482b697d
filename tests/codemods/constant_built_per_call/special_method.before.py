_PROPS = 1


class Field:
    def __getitem__(self, name):
        props = {"a": 1, "b": 2, "c": 3}
        return props[name], _PROPS

    def __call(self, name):
        return name in ["x", "y"]


CALLS = ["Field()['a']", "Field()['z']"]
