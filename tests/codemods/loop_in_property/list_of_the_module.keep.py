PRICES = [1]


class Basket:
    def __init__(self):
        self._prices = PRICES

    @property
    def total(self):
        return sum(price * 2 for price in self._prices)

    def shares(self):
        return [price / self.total for price in self._prices]
