class Basket:
    def __init__(self, prices):
        self._prices = tuple(prices)

    @property
    def total(self):
        return sum(price for price in self._prices if price < self.most)

    @property
    def most(self):
        return max(price for price in self._prices if price < self.total)

    def shares(self):
        return [price / self.total for price in self._prices]
