class Basket:
    def __init__(self, prices):
        self._prices = list(prices)
        prices.keep(self)
        self._prices.append(1)

    @property
    def total(self):
        return sum(price * 2 for price in self._prices)

    def shares(self):
        return [price / self.total for price in self._prices]
