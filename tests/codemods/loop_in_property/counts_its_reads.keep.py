class Basket:
    def __init__(self, prices):
        self._prices = tuple(prices)
        self.reads = 0

    @property
    def total(self):
        self.reads += 1
        return sum(self._prices)

    def shares(self):
        return [price / self.total for price in self._prices]
