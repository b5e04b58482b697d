class Basket:
    def __init__(self, prices):
        self._prices = tuple(prices)

    @property
    def total(self):
        return [price * 2 for price in self._prices]

    def shares(self):
        return [price / self.total for price in self._prices]

    def all(self):
        return self.total
