class Basket:
    def __init__(self, prices):
        self._prices = tuple(prices)

    @property
    def total(self):
        return max(price for price in (self._prices[0], self._prices[1]))

    def shares(self):
        return [price / self.total for price in self._prices]
