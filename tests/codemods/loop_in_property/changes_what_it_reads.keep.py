class Basket:
    def __init__(self, prices):
        self._prices = list(prices)

    @property
    def total(self):
        prices = self._prices
        prices.sort()
        return sum(prices)

    def shares(self):
        return [price / self.total for price in self._prices]
