class Basket:
    def __init__(self, prices):
        self._prices = tuple(prices)

    @property
    def total(self):
        for price in self._prices:
            yield price * 2

    def shares(self):
        return [price / self.total for price in self._prices]
