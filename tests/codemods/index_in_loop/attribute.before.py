class Order:
    def __init__(self, names):
        self.names = names

    def ranks(self, chosen):
        return [self.names.index(name) for name in chosen]


def ranks(names, chosen):
    return Order(names).ranks(chosen)


CALLS = ["ranks([], [])", "ranks(['b', 'a', 'b'], 'ab')", "ranks(('x', 'y'), ['y'])"]
