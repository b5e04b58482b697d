class Basket:
    def __init__(self, prices):
        self._prices = tuple(prices)

    @property
    def total(self):
        return sum(price * 2 for price in self._prices)


def totals(make, count):
    return [make().total for _ in range(count)]
