class Order:
    def __init__(self, names):
        self.names = names

    def ranks(self, chosen):
        positions = {item: i for i, item in reversed([*enumerate(self.names)])}
        return [positions[name] for name in chosen]


def ranks(names, chosen):
    return Order(names).ranks(chosen)


CALLS = ["ranks([], [])", "ranks(['b', 'a', 'b'], 'ab')", "ranks(('x', 'y'), ['y'])"]
