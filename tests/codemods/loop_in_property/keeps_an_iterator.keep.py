class Basket:
    def __init__(self, prices):
        self._prices = tuple(prices)

    @property
    def total(self):
        doubled = (price * 2 for price in self._prices)
        return doubled if any(self._prices) else None

    def shares(self):
        return [price / self.total for price in self._prices]
